"""Operations of the native core as its tests call them, and sessions to call them on."""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Optional

import pytest
from mere_sdk import _native
from support import keys
from support.peer import Peer
from support.server import Server


class Answer(Exception):
    """What the session's `error` makes of an answer that is no success."""

    def __init__(
        self,
        status: int,
        reason: str,
        body: bytes,
        headers: list[tuple[str, str]],
        missing: Optional[tuple[str, str]],
    ) -> None:
        super().__init__(status, reason, body)
        self.status = status
        self.headers = headers
        self.missing = missing


class Stats:
    __slots__ = ("path", "checksum", "size_bytes", "metadata", "content_type")


class Page:
    __slots__ = ("results",)


STATS = _native.Shape(Stats)
STATS.define([
    ("path", "path", "string", True),
    ("checksum", "checksum", "string", True),
    ("size_bytes", "size_bytes", "integer", False),
    ("metadata", "metadata", ("map", "string"), False),
    ("content_type", "content_type", "string", False),
])
PAGE = _native.Shape(Page)
PAGE.define([("results", "results", ("list", STATS), True)])

REF = [("repository", "path", "string", True), ("ref", "path", "string", True), ("path", "query", "string", True)]
OBJECTS = "/repositories/{repository}/refs/{ref}/objects"
STAT = _native.Operation("stat_object", "GET", OBJECTS + "/stat", REF, None, None, {200: STATS}, True)
GET = _native.Operation("get_object", "GET", OBJECTS, [*REF, ("Range", "header", "string", False)], None, None,
                        {200: "bytes", 206: "bytes"}, True)
LIST = _native.Operation("list_objects", "GET", OBJECTS + "/ls", [*REF[:2], ("amount", "query", "integer", False)],
                         None, None, {200: PAGE}, True)
PUT = _native.Operation("upload_object", "POST", OBJECTS.replace("refs/{ref}", "branches/{ref}"), REF, "bytes",
                        "application/octet-stream", {201: STATS}, True)


def make_repository(session: _native.Session) -> None:
    body = b'{"name":"repo","storage_namespace":"local://repo"}'
    made = session.request("POST", "/api/v1/repositories", [("Content-Type", "application/json")], body)
    assert made.status == 201, made.body


def configure(session: _native.Session, headers: list[tuple[str, str]], retries: int = 1) -> None:
    session.configure(headers=headers, retries=retries, timeout=30, connect_timeout=5, error=Answer)


@pytest.fixture(params=["embedded", "http"])
def session(request: pytest.FixtureRequest, tmp_path: Path,
            make_server: Callable[..., Server]) -> Iterator[_native.Session]:
    if request.param == "embedded":
        made = _native.Session.open(str(tmp_path / "lake"))
        configure(made, [])
    else:
        made = _native.Session.connect(make_server().start().url)
        pair = base64.b64encode(f"{keys.ACCESS_KEY}:{keys.SECRET_KEY}".encode()).decode()
        configure(made, [("Authorization", f"Basic {pair}")])
    make_repository(made)
    yield made
    made.close()


def main(path: str, *more: object) -> tuple[object, ...]:
    return ("repo", "main", path, *more)


def read(session: _native.Session, path: str) -> bytes:
    return session.call(GET, main(path, None))


@pytest.fixture
def peer() -> Iterator[Callable[[Optional[bytes]], Peer]]:
    made: list[Peer] = []

    def make(answer: Optional[bytes]) -> Peer:
        made.append(Peer(answer))
        return made[-1]

    yield make
    for one in made:
        one.close()
