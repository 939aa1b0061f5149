"""Text from outside stays text: in headers, in lines of the log, in JSON, XML and pages."""

import hashlib
import json
import xml.etree.ElementTree
from urllib.parse import quote

import pytest

from support import keys, raw, s3
from support.observer import unharmed_by_each_test
from support.server import Server

EVIL = "x\r\nSet-Cookie: stolen=1\r\n\r\n<script>alert(1)</script>"
MARK = "stolen"


@pytest.fixture(scope="module", params=["json", "text"])
def server(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest):
    """Its log tells of every request."""
    settings = {
        "MERE_LOGGING_FORMAT": request.param,
        "MERE_LOGGING_LEVEL": "trace",
        "MERE_LOGGING_AUDIT_LOG_LEVEL": "info",
        "MERE_LOGGING_OUTPUT": "=",
        "MERE_BLOCKSTORE_LOCAL_DISABLE_PRE_SIGNED": "false",
    }
    with Server(tmp_path_factory.mktemp(request.param), environment=keys.INSTALLATION | settings) as running:
        with running.client() as client:
            client.post("/repositories", json={"name": "lake", "storage_namespace": "local://lake"}).raise_for_status()
        yield running


_unharmed = unharmed_by_each_test()


@pytest.fixture
def api(server):
    with server.client(base_url=server.url + "/api/v1/repositories/lake") as client:
        yield client


def ask(server, method: str, target: str, *fields: str) -> raw.Answer:
    """Parsing fails where a head is split."""
    [answer] = raw.exchange(server, raw.head(method, target, *fields), methods=(method,))
    assert all(MARK not in name for name, _ in answer.headers)
    assert MARK not in (answer.header("set-cookie") or "")
    return answer


@pytest.fixture
def poisoned(server, api):
    """An object each of whose properties that become headers holds line ends, given as JSON."""
    address = api.post("/branches/main/objects", params={"path": "plain"}, content=b"abc").json()["physical_address"]
    made = api.put(
        "/branches/main/objects",
        params={"path": EVIL},
        json={
            "physical_address": address,
            "checksum": EVIL,
            "size_bytes": 3,
            "content_type": EVIL,
            "metadata": {"key": EVIL, EVIL: "value", "nul\0": "\0", "unicode-\u2028": "\u0085\u2028"},
        },
    )
    assert made.status_code in (201, 400), made.text
    if made.status_code == 400:
        api.put(
            "/branches/main/objects",
            params={"path": EVIL},
            json={
                "physical_address": address,
                "checksum": hashlib.md5(b"abc").hexdigest(),
                "size_bytes": 3,
                "metadata": {"key": EVIL, EVIL: "value"},
            },
        ).raise_for_status()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_properties_of_objects_do_not_split_headers(server, poisoned, method: str) -> None:
    path = quote(EVIL, safe="")

    rest = ask(server, method, f"/api/v1/repositories/lake/refs/main/objects?path={path}")
    gateway = s3.signed(server, method, f"/lake/main/{quote(EVIL)}")

    assert rest.status == 200
    assert gateway.status_code == 200 and "set-cookie" not in gateway.headers
    assert not any(MARK in name for name in gateway.headers)


@pytest.mark.parametrize(
    "name",
    [
        "response-content-type",
        "response-content-disposition",
        "response-cache-control",
        "response-expires",
        "response-content-language",
        "response-content-encoding",
    ],
)
def test_overridden_headers_do_not_split(server, poisoned, name: str) -> None:
    answer = s3.signed(server, "GET", f"/lake/main/plain?{name}={quote(EVIL, safe='')}")

    assert answer.status_code in (200, 400) and "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "target",
    [
        "/lake/{}",
        "/lake/main/{}",
        "/{}",
        "/api/v1/{}",
        "/api/v1/repositories/{}",
        "/api/v1/repositories/lake/refs/{}",
        "/logout?next={}",
        "/api/v1/repositories/lake/refs/main/objects?path={}",
        "/api/v1/repositories/lake/refs/main/objects?path={}&presign=true",
        "/api/v1/repositories/lake/metadata/range/{}",
        "/api/v1/repositories/lake/actions/runs/{}/hooks/{}/output",
        "/?prefix={}",
    ],
)
def test_what_is_asked_for_does_not_split_headers(server, poisoned, target: str) -> None:
    for text in (
        quote(EVIL, safe=""),
        "%0d%0aSet-Cookie:%20stolen=1",
        "%E5%98%8A%E5%98%8DSet-Cookie:%20stolen=1",
        "%0aSet-Cookie:%20stolen=1",
    ):
        answer = ask(server, "GET", target.replace("{}", text))

        assert answer.status < 500 or answer.status == 501, (target, answer)


def test_errors_are_no_pages(server) -> None:
    """A browser must not read markup out of what was asked for."""
    script = "<script>alert(1)</script>"
    for target in (
        f"/api/v1/repositories/{quote(script, safe='')}",
        f"/api/v1/{quote(script)}",
        f"/api/v1/repositories/lake/refs/{quote(script, safe='')}/objects?path=a",
    ):
        answer = ask(server, "GET", target)

        assert answer.status >= 400
        assert answer.header("content-type").startswith("application/json")
    for target in (f"/{quote(script)}/main/a", f"/lake/main/{quote(script)}"):
        answer = s3.signed(server, "GET", target)
        assert answer.headers["Content-Type"] == "application/xml" and script not in answer.text
        xml.etree.ElementTree.fromstring(answer.content)


NAMES = [
    "line\nend",
    "return\rhere",
    "tab\there",
    "nul\0here",
    "bell\x07",
    "\x1b[31mred",
    "quote\"'<&>",
    "]]>",
    "\ufffe",
    "\u2028",
    "\u202egnp.exe",
    "e\u0301",
    "\U0001f480",
    "\x7f",
    "\x80",
    "%00",
    "../x",
    " ",
    "a" * 1024,
]


def test_listings_hold_any_name(server, api) -> None:
    for name in NAMES:
        api.post(
            "/branches/main/objects", params={"path": "names/" + name if len(name) < 1000 else name}, content=b"x"
        ).raise_for_status()

    listed = [
        item["path"]
        for item in api.get("/refs/main/objects/ls", params={"prefix": "names/", "amount": 1000}).json()["results"]
    ]
    plain = s3.signed(server, "GET", "/lake?prefix=main%2Fnames%2F")
    encoded = s3.signed(server, "GET", "/lake?prefix=main%2Fnames%2F&encoding-type=url&list-type=2")

    assert sorted(listed) == sorted("names/" + name for name in NAMES if len(name) < 1000)
    for answer in (plain, encoded):
        found = xml.etree.ElementTree.fromstring(answer.content)
        assert len(found.findall("{*}Contents")) == len(listed)


@pytest.mark.parametrize(
    "bytes_",
    ["%ff", "%ff%fe", "%c0%80", "%ed%a0%80", "%f5%80%80%80", "%80", "%c3", "a%e2%82", "%f0%9f%92", "%fe%fe%ff%ff"],
)
def test_names_that_are_no_utf8_are_refused_or_kept(server, api, bytes_: str) -> None:
    """Whatever is answered is UTF-8."""
    target = f"/api/v1/repositories/lake/branches/main/objects?path=utf8-{bytes_}"
    [put, got, listed, stat] = raw.exchange(
        server,
        b"".join(
            [
                raw.head("POST", target, "Content-Length: 1") + b"x",
                raw.head("GET", target.replace("branches", "refs")),
                raw.head("GET", "/api/v1/repositories/lake/refs/main/objects/ls?prefix=utf8-"),
                raw.head("GET", target.replace("branches", "refs").replace("objects?", "objects/stat?")),
            ]
        ),
    )
    gateway = s3.signed(server, "PUT", f"/lake/main/utf8-s3-{bytes_}", b"x")

    assert put.status in (201, 400) and got.status == {201: 200, 400: got.status}[put.status] and got.status < 500
    assert listed.status == 200 and stat.status < 500 and gateway.status_code < 500
    for answer in (put.body, listed.body, stat.body, gateway.content):
        answer.decode("utf-8")
    xml.etree.ElementTree.fromstring(s3.signed(server, "GET", "/lake?prefix=main%2Futf8-").content)


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "\xff", "source": "main"}',
        b'{"name": "a\xc0\x80", "source": "main"}',
        b'{"name": "\\ud800", "source": "main"}',
        b'{"name": "\\udc00\\ud800", "source": "main"}',
        b'\xef\xbb\xbf{"name": "bom", "source": "main"}',
        '{"name": "u16", "source": "main"}'.encode("utf-16"),
        b'{"name": "a\nb", "source": "main"}',
        b'{"name": "a\0b", "source": "main"}',
        b'{"name": "a\\u0000b", "source": "main"}',
        b'{"name": "a\\u000d\\u000ab", "source": "main"}',
    ],
)
def test_bodies_that_are_no_utf8_are_400(api, body: bytes) -> None:
    answer = api.post("/branches", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400, answer.text
    answer.content.decode("utf-8")


def test_commits_keep_any_text(api) -> None:
    api.post("/branches/main/objects", params={"path": "c"}, content=b"c").raise_for_status()

    made = api.post(
        "/branches/main/commits", json={"message": EVIL, "metadata": {EVIL: EVIL, "": "\0", "\u2028": "\u202e"}}
    )

    assert made.status_code == 201, made.text
    read = api.get(f"/commits/{made.json()['id']}").json()
    assert (read["message"], read["metadata"]) == (EVIL, {EVIL: EVIL, "": "\0", "\u2028": "\u202e"})


def test_a_record_of_the_log_is_one_line(server, api) -> None:
    """Whatever came in requests: a line that is no record would be one that somebody else wrote."""
    forged = "2026-01-01T00:00:00Z info forged-record"
    for text in (
        "%0a" + quote(forged),
        "%0d%0a" + quote(forged),
        "%e2%80%a8" + quote(forged),
        "%1b%5b2J" + quote(forged),
    ):
        ask(server, "GET", f"/api/v1/repositories/lake/refs/main/objects?path={text}", f"User-Agent: {forged}")
        ask(server, "GET", f"/{text}", f"Referer: {forged}", f"X-Forwarded-For: {forged}")
        s3.signed(server, "GET", f"/lake/main/{text}", headers={"x-amz-user-agent": forged})
    raw.exchange(server, b"GET / HTTP/1.1\r\nHost: \xe2\x80\xa8\x85" + forged.encode().replace(b" ", b"") + b"\r\n\r\n")
    api.post("/branches/main/commits", json={"message": "\n" + forged})
    api.post("/branches", json={"name": "\n" + forged, "source": "main\n" + forged})
    server_log = server.log_file.read_bytes()

    lines = server_log.decode("utf-8").split("\n")

    assert len(lines) > 20
    kind = "json" if server.environment["MERE_LOGGING_FORMAT"] == "json" else "text"
    for line in filter(None, lines):
        assert not any(ord(character) < 0x20 or ord(character) == 0x7F for character in line), line
        assert not line.startswith(forged), line
        if kind == "json" and not line.startswith("Mere"):
            json.loads(line) if line.startswith("{") else None
    starts = {line[:2] for line in lines if forged.split()[-1] in line}
    assert all(
        start.startswith("{") if kind == "json" else start.isdigit() or start[:1].isalpha() for start in starts
    ), starts
