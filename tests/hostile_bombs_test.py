"""Small requests that would cost a careless server a lot: answered by a limit, in bounded memory."""

import gzip
import json
import socket
import zlib

import pytest

from support import raw, s3
from support.observer import MIB, unharmed, unharmed_by_each_test
from support.raw import head

JSON = {"Content-Type": "application/json"}


_unharmed = unharmed_by_each_test(growth_bytes=400 * MIB)


BOMB = gzip.compress(bytes(512 << 20), 1)  # half a gibibyte in half a mebibyte


def test_compressed_bodies_are_not_inflated(server, api, repository) -> None:
    commit = gzip.compress(json.dumps({"message": "m"}).encode())
    for coding, body in (
        ("gzip", BOMB),
        ("gzip", commit),
        ("deflate", zlib.compress(b"{}")),
        ("br", b"\x0b\x02\x80{}\x03"),
    ):
        answer = api.post("/branches/main/commits", content=body, headers=JSON | {"Content-Encoding": coding})

        assert answer.status_code in (400, 413, 415), (coding, answer.text)
    stored = api.post(
        "/branches/main/objects", params={"path": "bomb"}, content=BOMB, headers={"Content-Encoding": "gzip"}
    )
    assert stored.json()["size_bytes"] == len(BOMB)
    put = s3.signed(server, "PUT", f"/{repository}/main/bomb-s3", BOMB, headers={"Content-Encoding": "gzip"})
    assert put.status_code == 200
    assert int(s3.signed(server, "HEAD", f"/{repository}/main/bomb-s3").headers["Content-Length"]) == len(BOMB)


JSON_BOMBS = {
    "deep lists": b"[" * 1_000_000,
    "deep lists that close": b'{"message": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"message":' * 500_000,
    "deep metadata": b'{"message": "m", "metadata": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
    "many small values": b'{"message": "m", "x": [' + b"[],{}," * 1_500_000 + b"0]}",
    "many keys": b"{" + b",".join(b'"%x":0' % number for number in range(800_000)) + b"}",
    "one key again and again": b"{" + b",".join([b'"message":"m"'] * 600_000) + b"}",
    "a long string": b'{"message": "' + b"x" * (11 << 20) + b'"}',
    "a long number": b'{"message": ' + b"9" * 5_000_000 + b"}",
    "a long exponent": b'{"message": 1e' + b"9" * 1_000_000 + b"}",
    "escapes": b'{"message": "' + b"\\u0041" * 1_000_000,
    "blanks": b" " * (9 << 20),
    "eleven mebibytes": b"[" + b"0," * 6_000_000,
}


@pytest.mark.parametrize("body", JSON_BOMBS.values(), ids=JSON_BOMBS.keys())
def test_json_that_is_deep_or_large_is_refused(api, body: bytes) -> None:
    answer = api.post("/branches/main/commits", content=body, headers=JSON)

    assert answer.status_code in (400, 413), answer.text[:300]
    assert len(answer.content) < 10_000


def test_large_metadata_is_bounded(api) -> None:
    api.post("/branches/main/objects", params={"path": "a"}, content=b"a").raise_for_status()
    large = {f"key-{number}": "x" * 100 for number in range(60_000)}

    set_ = api.put("/branches/main/objects/stat/user_metadata", params={"path": "a"}, json={"set": large})
    pull = api.post("/pulls", json={"title": "x" * (1 << 20), "source_branch": "a", "destination_branch": "main"})

    assert (set_.status_code, pull.status_code) == (413, 413)
    assert (
        api.put(
            "/branches/main/objects/stat/user_metadata", params={"path": "a"}, json={"set": {"k": "v" * 60_000}}
        ).status_code
        == 204
    )


def test_pages_of_large_commits_are_short(server, api) -> None:
    """A thousand commits of a mebibyte would make one page of the log a gibibyte."""
    with unharmed(server, growth_bytes=80 * MIB):
        ids = [
            api.post("/branches/main/commits", json={"message": "x" * (1 << 20), "allow_empty": True}).json()["id"]
            for _ in range(30)
        ]

        page = api.get("/refs/main/commits", params={"amount": 1000}).json()

        assert 5 <= len(page["results"]) <= 10 and page["pagination"]["has_more"]
        next_page = api.get(
            "/refs/main/commits", params={"amount": 1000, "after": page["pagination"]["next_offset"]}
        ).json()
        assert next_page["results"][0]["id"] == ids[::-1][len(page["results"])]


def test_bodies_of_strangers_hold_no_memory(server) -> None:
    """A hundred clients without keys each send nine of ten mebibytes, and wait."""
    waiting: list[socket.socket] = []
    with unharmed(server, growth_bytes=64 * MIB):
        for _ in range(100):
            connection = raw.connect(server)
            waiting.append(connection)
            sent = head(
                "POST",
                "/api/v1/repositories",
                "Content-Type: application/json",
                f"Content-Length: {10 << 20}",
                authorized=False,
            )
            try:
                connection.sendall(sent + b" " * (9 << 20))
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused without reading it all
        for connection in waiting:
            connection.close()


def test_bodies_of_users_are_bounded_together(server) -> None:
    waiting: list[socket.socket] = []
    with unharmed(server, growth_bytes=320 * MIB):
        for _ in range(100):
            connection = raw.connect(server)
            connection.settimeout(2)  # the server may leave the rest where it is
            waiting.append(connection)
            sent = head("POST", "/api/v1/repositories", "Content-Type: application/json", f"Content-Length: {10 << 20}")
            try:
                connection.sendall(sent + b" " * (9 << 20))
            except (BrokenPipeError, ConnectionResetError, TimeoutError):
                pass
        with server.client() as client:
            assert client.get("/repositories").status_code == 200
        for connection in waiting:
            connection.close()


def test_giant_lists_of_paths_are_refused(api) -> None:
    api.post("/branches/main/objects", params={"path": "a"}, content=b"a").raise_for_status()
    for count in (1001, 100_000):
        answer = api.post("/branches/main/objects/delete", json={"paths": ["a"] * count})

        assert answer.status_code == 400, answer.text
    assert api.get("/refs/main/objects/stat", params={"path": "a"}).status_code == 200
    long = api.post("/branches/main/objects/delete", json={"paths": ["x" * 9000] * 1000})
    assert long.status_code in (200, 400) and len(long.content) < 20 * MIB
