"""Bytes that are no request, or two servers could read differently: the right refusal, and nothing behind it is run."""

import os

import pytest

from support import raw
from support.observer import unharmed_by_each_test
from support.raw import exchange, head

OBJECT = "/api/v1/repositories/{}/branches/main/objects?path={}"
HEALTH = b"GET /_health HTTP/1.1\r\nHost: lake.test\r\n\r\n"


_unharmed = unharmed_by_each_test()


def request(line: bytes, *fields: bytes, host: bytes = b"Host: lake.test") -> bytes:
    return b"\r\n".join([line, *([host] if host else []), *fields, b"", b""])


GET = b"GET /_health HTTP/1.1"

REFUSED = {
    # What no version of HTTP is, or another one.
    "http 0.9": (b"GET /_health\r\n", 400),
    "tls hello": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(400), 400),
    "ssh": (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", 400),
    "http 2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "http 3": (request(b"GET / HTTP/3.0"), 505),
    "zeros": (bytes(100), 400),
    "line ends": (b"\r\n" * 100, 400),
    "json": (b'{"jsonrpc": "2.0"}\n', 400),
    "lower case protocol": (request(b"GET / http/1.1"), 400),
    "protocol with more digits": (request(b"GET / HTTP/1.10"), 400),
    "no protocol": (request(b"GET /"), 400),
    "words": (request(b"GET / and more HTTP/1.1"), 400),
    # Request lines.
    "long method": (request(b"G" * 33 + b" / HTTP/1.1"), 400),
    "method with a control byte": (request(b"GE\x01T / HTTP/1.1"), 400),
    "long target": (request(b"GET /" + b"a" * 33_000 + b" HTTP/1.1"), 414),
    "endless target": (b"GET /" + b"a" * 200_000, 414),
    "nul in the target": (request(b"GET /_health\0 HTTP/1.1"), 400),
    "tab in the target": (request(b"GET /_hea\tlth HTTP/1.1"), 400),
    "fragment": (request(b"GET /_health#x HTTP/1.1"), 400),
    "user in the target": (request(b"GET http://u@lake.test/_health HTTP/1.1"), 400),
    "another scheme": (request(b"GET ftp://lake.test/ HTTP/1.1"), 400),
    "file scheme": (request(b"GET file:///etc/passwd HTTP/1.1"), 400),
    "no slash": (request(b"GET _health HTTP/1.1"), 400),
    "star": (request(b"GET * HTTP/1.1"), 400),
    "tunnel": (request(b"CONNECT internal:80 HTTP/1.1"), 501),
    # Fields.
    "no host": (request(GET, host=b""), 400),
    "two hosts": (request(GET, b"Host: other"), 400),
    "bare line feeds": (b"GET /_health HTTP/1.1\nHost: lake.test\n\n", 400),
    "bare carriage return": (request(GET, b"X: a\rY: b"), 400),
    "folded": (request(GET, b"X: a", b" b"), 400),
    "folded at once": (request(GET, b" X: a", host=b""), 400),
    "space before the colon": (request(GET, b"Content-Length : 3"), 400),
    "no colon": (request(GET, b"Content-Length"), 400),
    "no name": (request(GET, b": x"), 400),
    "nul in a name": (request(GET, b"X\0Y: x"), 400),
    "nul in a value": (request(GET, b"X: a\0b"), 400),
    "escape in a value": (request(GET, b"User-Agent: \x1b[31mred"), 400),
    "delete in a value": (request(GET, b"X: \x7f"), 400),
    "large field": (request(GET, b"X: " + b"x" * 70_000), 431),
    "many fields": (request(GET, *[b"X%d: y" % i for i in range(1001)]), 431),
    "endless fields": (GET + b"\r\n" + b"X: yyyyyyyyyyyyyyyyy\r\n" * 10_000, 431),
    "unknown expectation": (request(GET, b"Expect: a-pony"), 417),
    # Lengths.
    "negative length": (request(GET, b"Content-Length: -1"), 400),
    "plus": (request(GET, b"Content-Length: +1"), 400),
    "hexadecimal": (request(GET, b"Content-Length: 0x1"), 400),
    "fraction": (request(GET, b"Content-Length: 1.0"), 400),
    "list of lengths": (request(GET, b"Content-Length: 1, 2"), 400),
    "empty length": (request(GET, b"Content-Length:"), 400),
    "beyond 64 bits": (request(GET, b"Content-Length: 18446744073709551616"), 400),
    "six tebibytes": (request(b"PUT / HTTP/1.1", b"Content-Length: 6597069766656"), 413),
    "the last of 64 bits": (request(b"PUT / HTTP/1.1", b"Content-Length: 18446744073709551615"), 413),
    "two lengths": (request(GET, b"Content-Length: 1", b"Content-Length: 2"), 400),
    # Codings.
    "both": (request(GET, b"Content-Length: 1", b"Transfer-Encoding: chunked"), 400),
    "both the other way": (request(GET, b"Transfer-Encoding: chunked", b"Content-Length: 1"), 400),
    "chunked twice": (request(GET, b"Transfer-Encoding: chunked, chunked"), 400),
    "two codings": (request(GET, b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"), 400),
    "chunked not last": (request(GET, b"Transfer-Encoding: chunked, gzip"), 400),
    "gzip": (request(GET, b"Transfer-Encoding: gzip"), 400),
    "gzip, chunked": (request(GET, b"Transfer-Encoding: gzip, chunked"), 501),
    "identity": (request(GET, b"Transfer-Encoding: identity"), 400),
    "quoted": (request(GET, b'Transfer-Encoding: "chunked"'), 400),
    "vertical tab": (request(GET, b"Transfer-Encoding: \x0bchunked"), 400),
    "a parameter": (request(GET, b"Transfer-Encoding: chunked;q=1"), 400),
    "empty coding": (request(GET, b"Transfer-Encoding:"), 400),
    "chunked in 1.0": (request(b"GET /_health HTTP/1.0", b"Transfer-Encoding: chunked"), 400),
}


@pytest.mark.parametrize(("sent", "status"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_request_is_refused_and_ends_the_connection(server, sent: bytes, status: int) -> None:
    answers = exchange(server, sent + HEALTH)  # a reader that saw two requests would answer twice

    assert [answer.status for answer in answers] == [status]
    assert answers[0].header("connection") == "close"


def test_noise_is_refused(server) -> None:
    for seed in range(50):
        noise = bytes([seed]) + os.urandom(200)

        answers = exchange(server, noise)

        assert [answer.status for answer in answers] in ([400], []), noise  # none: it began like a request


SMUGGLED = {
    "length beside chunked": (["Content-Length: 4", "Transfer-Encoding: chunked"], b"0\r\n\r\n"),
    "chunked beside length": (["Transfer-Encoding: chunked", "Content-Length: 4"], b"0\r\n\r\n"),
    "a coding in disguise": (["Transfer-Encoding: xchunked", "Content-Length: 4"], b"0\r\n\r\n"),
    "a space before the colon": (["Transfer-Encoding : chunked", "Content-Length: 4"], b"0\r\n\r\n"),
    "a folded coding": (["Transfer-Encoding:\r\n chunked", "Content-Length: 4"], b"0\r\n\r\n"),
    "a line feed in a value": (["X: y\nTransfer-Encoding: chunked", "Content-Length: 4"], b"0\r\n\r\n"),
    "two lengths": (["Content-Length: 0", "Content-Length: 4"], b""),
    "a size with a sign": (["Transfer-Encoding: chunked"], b"+0\r\n\r\n"),
    "a size with a prefix": (["Transfer-Encoding: chunked"], b"0x0\r\n\r\n"),
    "a size that wraps": (["Transfer-Encoding: chunked"], b"10000000000000000\r\n\r\n"),
    "a chunk that ends in a line feed": (["Transfer-Encoding: chunked"], b"1\r\na\n0\r\n\r\n"),
    "a chunk that is longer than it says": (["Transfer-Encoding: chunked"], b"1\r\naXX\r\n0\r\n\r\n"),
    "a size line that ends in a line feed": (["Transfer-Encoding: chunked"], b"1\na\r\n0\r\n\r\n"),
    "a line feed in an extension": (["Transfer-Encoding: chunked"], b"1;x\ny\r\na\r\n0\r\n\r\n"),
}


@pytest.mark.parametrize(("fields", "body"), SMUGGLED.values(), ids=SMUGGLED.keys())
def test_a_request_hidden_in_a_body_is_not_run(server, client, repository, fields: list[str], body: bytes) -> None:
    hidden = head("DELETE", f"/api/v1/repositories/{repository}")

    answers = exchange(server, head("POST", OBJECT.format(repository, "cover"), *fields) + body + hidden)

    assert [answer.status for answer in answers] == [400]
    assert client.get(f"/repositories/{repository}").status_code == 200
    assert client.get(f"/repositories/{repository}/refs/main/objects/stat?path=cover").status_code == 404


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    return b"".join(chunks) + end


BAD_CHUNKS = {
    "no size": (chunked(b"\r\nabc\r\n"), 400),
    "no hexadecimal": (chunked(b"g\r\nabc\r\n"), 400),
    "negative": (chunked(b"-1\r\na\r\n"), 400),
    "beyond 64 bits": (chunked(b"FFFFFFFFFFFFFFFFF\r\na\r\n"), 400),
    "the last of 64 bits": (chunked(b"FFFFFFFFFFFFFFFF\r\na\r\n"), 413),
    "six tebibytes": (chunked(b"60000000000\r\na\r\n"), 413),
    "together beyond 64 bits": (chunked(b"1\r\na\r\n", b"FFFFFFFFFFFFFFFF\r\na\r\n"), 413),
    "a giant extension": (chunked(b"1;" + b"x" * 5000 + b"\r\na\r\n"), 400),
    "an endless extension": (chunked(b"1;" + b"x" * 200_000, end=b""), 400),
    "many zeros": (chunked(b"0" * 5000 + b"1\r\na\r\n"), 400),
    "a control byte in an extension": (chunked(b"1;x=\x01\r\na\r\n"), 400),
    "giant trailers": (chunked(b"1\r\na\r\n", end=b"0\r\nX: " + b"x" * 20_000 + b"\r\n\r\n"), 400),
    "endless trailers": (chunked(b"1\r\na\r\n", end=b"0\r\n" + b"X: y\r\n" * 20_000), 400),
    "a nul in a trailer": (chunked(b"1\r\na\r\n", end=b"0\r\nX: \0\r\n\r\n"), 400),
    "a folded trailer": (chunked(b"1\r\na\r\n", end=b"0\r\nX: y\r\n z\r\n\r\n"), 400),
    "a trailer without a colon": (chunked(b"1\r\na\r\n", end=b"0\r\nX\r\n\r\n"), 400),
}


@pytest.mark.parametrize(("body", "status"), BAD_CHUNKS.values(), ids=BAD_CHUNKS.keys())
def test_bad_chunks_store_nothing(server, client, repository, body: bytes, status: int) -> None:
    sent = head("POST", OBJECT.format(repository, "a"), "Transfer-Encoding: chunked") + body

    answers = exchange(server, sent)

    assert [answer.status for answer in answers] == [status]
    assert client.get(f"/repositories/{repository}/refs/main/objects/stat?path=a").status_code == 404


def test_extensions_and_trailers_are_read_over(server, client, repository) -> None:
    body = chunked(b'3;name="value";other\r\nabc\r\n', b"0002 ;x\r\nde\r\n", end=b"0\r\nX-Trailer: y\r\n\r\n")

    answers = exchange(
        server, head("POST", OBJECT.format(repository, "a"), "Transfer-Encoding: chunked") + body + HEALTH
    )

    assert [answer.status for answer in answers] == [201, 200]
    assert client.get(f"/repositories/{repository}/refs/main/objects?path=a").content == b"abcde"


@pytest.mark.parametrize("framing", ["Content-Length: 10", "Transfer-Encoding: chunked"])
def test_a_body_that_breaks_off_stores_nothing(server, client, repository, framing: str) -> None:
    part = b"abc" if "Length" in framing else b"5\r\nabc"

    answers = exchange(server, head("POST", OBJECT.format(repository, "a"), framing) + part)

    assert all(answer.status in (400, 408, 499) for answer in answers), answers
    assert client.get(f"/repositories/{repository}/refs/main/objects/stat?path=a").status_code == 404


def test_a_body_that_is_longer_than_it_says_is_the_next_request(server, client, repository) -> None:
    answers = exchange(server, head("POST", OBJECT.format(repository, "a"), "Content-Length: 3") + b"abc\x00\x01more")

    assert [answer.status for answer in answers] == [201, 400]
    assert client.get(f"/repositories/{repository}/refs/main/objects?path=a").content == b"abc"


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_a_body_where_none_is_expected_is_not_the_next_request(server, client, repository, method: str) -> None:
    hidden = head("DELETE", f"/api/v1/repositories/{repository}")
    sent = head(method, OBJECT.format(repository, "a").replace("branches", "refs"), f"Content-Length: {len(hidden)}")

    answers = exchange(server, sent + hidden + HEALTH, methods=(method, "GET"))

    assert len(answers) == 2 and answers[0].status in (404, 204) and answers[1].status == 200
    assert client.get(f"/repositories/{repository}").status_code == 200


def test_pipelined_requests_are_answered_in_order(server, client, repository) -> None:
    names = [f"object-{number}" for number in range(300)]
    sent = b"".join(
        head("POST", OBJECT.format(repository, name), f"Content-Length: {len(name)}") + name.encode() for name in names
    )
    sent += b"".join(head("GET", f"/api/v1/repositories/{repository}/refs/main/objects?path={name}") for name in names)

    answers = exchange(server, sent)

    assert [answer.status for answer in answers] == [201] * 300 + [200] * 300
    assert [answer.body for answer in answers[300:]] == [name.encode() for name in names]


def test_pipelined_answers_that_nobody_reads_do_not_pile_up(server, client, repository) -> None:
    client.post(
        f"/repositories/{repository}/branches/main/objects", params={"path": "big"}, content=bytes(4 << 20)
    ).raise_for_status()
    get = head("GET", f"/api/v1/repositories/{repository}/refs/main/objects?path=big")

    with raw.connect(server) as connection:
        connection.sendall(get * 200)  # 800 MiB of answers; `unharmed` looks at the memory

        assert client.get(f"/repositories/{repository}").status_code == 200


def test_an_answer_to_head_has_no_body(server, repository) -> None:
    answers = exchange(
        server,
        head("HEAD", f"/api/v1/repositories/{repository}/refs/main/objects?path=none") * 3 + HEALTH,
        methods=("HEAD", "HEAD", "HEAD", "GET"),
    )

    assert [answer.status for answer in answers] == [404, 404, 404, 200]


def test_the_gateway_reads_the_same_framing(server, repository) -> None:
    """Its requests come by the same door: a length and a coding, and a length that lies."""
    signed = [
        "Authorization: AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, "
        "Signature=" + "0" * 64,
        "x-amz-date: 20260101T000000Z",
    ]
    for fields, status in (
        (["Content-Length: 4", "Transfer-Encoding: chunked"], 400),
        (["Content-Length: -4"], 400),
        (["Transfer-Encoding: gzip"], 400),
        (["Expect: nothing"], 417),
    ):
        sent = head("PUT", f"/{repository}/main/a", *signed, *fields, authorized=False)

        answers = exchange(server, sent + b"0\r\n\r\n" + HEALTH)

        assert [answer.status for answer in answers] == [status], fields


def test_a_host_of_nonsense_is_no_error_of_ours(server) -> None:
    for host in (b"", b"[::1", b"a" * 5000, b"..", b"\xff\xfe", b"repo.", b"x:99999999", b"%00", b"<script>"):
        answers = exchange(server, request(GET, host=b"Host: " + host))

        assert len(answers) == 1 and answers[0].status < 500, host
