"""Answers that point elsewhere, as those to `presign=true` do: followed, and without the lake's credentials."""

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mere_sdk._native")
import mere_sdk  # noqa: E402
from mere_sdk import aio  # noqa: E402

CONTENT = bytes(range(256)) * 1000


class Both(BaseHTTPRequestHandler):
    """A lake that hands addresses out, and the store that they lead to."""

    protocol_version = "HTTP/1.1"
    store = ""
    seen: list[tuple[str, dict[str, str]]] = []

    def do_GET(self) -> None:  # noqa: N802
        self.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        body, status, headers = b"", 302, {}
        if self.path.startswith("/store/"):
            body, status = CONTENT, 200
            if wanted := self.headers.get("Range"):
                first, last = wanted.removeprefix("bytes=").split("-")
                body, status = CONTENT[int(first):int(last) + 1], 206
                headers["Content-Range"] = f"bytes {first}-{last}/{len(CONTENT)}"
        elif "path=round" in self.path:
            headers["Location"] = self.path
        elif "path=gone" in self.path:
            headers["Location"] = "ftp://127.0.0.1/x"
        else:
            headers["Location"] = f"{self.store}/store/x?signature=s%2Fs"
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def sdk() -> Iterator["mere_sdk.LakeFSClient"]:
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Both) for _ in range(2)]
    for one in servers:
        threading.Thread(target=one.serve_forever, daemon=True).start()
    lake, Both.store = [f"http://127.0.0.1:{one.server_port}" for one in servers]
    Both.seen = []
    yield mere_sdk.LakeFSClient(mere_sdk.Configuration(host=f"{lake}/api/v1", username="u", password="p"))
    for one in servers:
        one.shutdown()
        one.server_close()


def _the_store_saw_no_credentials() -> None:
    asked = [headers for path, headers in Both.seen if path == "/store/x?signature=s%2Fs"]
    assert asked
    for headers in asked:
        assert not {"authorization", "cookie", "x-lakefs-client"} & headers.keys()


def test_the_bytes_come_from_where_the_lake_points(sdk: Any, tmp_path: Path) -> None:
    api = sdk.objects_api

    assert api.get_object("r", "main", "x", presign=True) == CONTENT
    assert api.get_object("r", "main", "x", presign=True, range="bytes=10-19") == CONTENT[10:20]
    with sdk.stream_object("r", "main", "x", presign=True) as body:
        assert body.read(7) == CONTENT[:7] and body.read() == CONTENT[7:]
    assert sdk.download_object("r", "main", "x", tmp_path / "x") == len(CONTENT)
    assert (tmp_path / "x").read_bytes() == CONTENT

    _the_store_saw_no_credentials()
    assert "authorization" in Both.seen[0][1]


def test_so_they_do_when_they_are_awaited(sdk: Any) -> None:
    async def work() -> None:
        async with aio.LakeFSClient(sdk._api.configuration) as client:
            assert await client.objects_api.get_object("r", "main", "x", presign=True) == CONTENT

    asyncio.run(work())
    _the_store_saw_no_credentials()


@pytest.mark.parametrize(("path", "asked"), [("round", 6), ("gone", 1)])
def test_a_way_that_leads_nowhere_ends(sdk: Any, path: str, asked: int) -> None:
    with pytest.raises(mere_sdk.ApiException) as raised:
        sdk.objects_api.get_object("r", "main", path, presign=True)

    assert raised.value.status == 302
    assert len(Both.seen) == asked


def test_requests_by_hand_are_answered_as_they_are(sdk: Any) -> None:
    pool = sdk._api.rest_client.pool_manager

    assert pool.request("GET", "/api/v1/anything").status == 302
    with pytest.raises(mere_sdk.ApiValueError, match="a URL must be a str, not NoneType"):
        pool.request("GET", None)
    answer = pool.request("GET", f"{Both.store}/store/y", preload_content=False)
    assert answer.read(5) == CONTENT[:5]
    assert b"".join(answer.stream(1000)) == CONTENT[5:]
    answer = pool.request("GET", f"{Both.store}/store/y", preload_content=False)
    assert answer.data == CONTENT and answer.data == CONTENT
    refused = pool.request("GET", "/api/v1/anything", preload_content=False)
    assert refused.status == 302 and refused.data == b""
