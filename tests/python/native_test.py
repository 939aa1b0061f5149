"""The native core, over HTTP and in-process: what _native.pyi promises."""

import asyncio
import base64
import errno
import io
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mere_sdk import _native
from native_calls import (  # noqa: F401 (fixtures)
    Answer,
    GET,
    LIST,
    OBJECTS,
    PAGE,
    PUT,
    Page,
    REF,
    STAT,
    STATS,
    Stats,
    configure,
    main,
    make_repository,
    peer,
    read,
    session,
)
from support import keys
from support.peer import Peer
from support.server import Server


def test_a_value_is_decoded_into_the_slots_of_its_model(session: _native.Session) -> None:
    made = session.call(PUT, main("a/b c.txt"), b"hello")

    assert type(made) is Stats
    assert (made.path, made.size_bytes, made.metadata) == ("a/b c.txt", 5, {})
    assert made.checksum == "5d41402abc4b2a76b9719d911017c592"


def test_names_and_arguments_are_checked_before_anything_is_sent(session: _native.Session) -> None:
    with pytest.raises(_native.ArgumentError, match="get_object: path is missing"):
        session.call(GET, main(None, None))  # type: ignore[arg-type]
    with pytest.raises(_native.ArgumentError, match="path must be str, not int"):
        session.call(GET, main(7, None))  # type: ignore[arg-type]
    with pytest.raises(_native.ArgumentError, match="3 arguments where it takes 4"):
        session.call(GET, main("x"))
    with pytest.raises(_native.ArgumentError, match="line break"):
        session.call(GET, main("x", "bytes=0-1\r\nX-Evil: 1"))
    with pytest.raises(TypeError, match="a body must be bytes"):
        session.call(PUT, main("x"), 3.5)


def test_an_answer_that_is_no_success_is_what_error_makes_of_it(session: _native.Session) -> None:
    with pytest.raises(Answer) as raised:
        read(session, "missing")

    assert raised.value.status == 404
    told = session.respond(GET, main("missing", None))
    assert told.status == 404
    for missing in (raised.value.missing, told.missing):
        assert missing is not None and missing[0].endswith("/main/missing") and "nothing is at" in missing[1]


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 64 * 1024 + 1, 9_000_000])
def test_bytes_come_back_as_they_went(session: _native.Session, size: int) -> None:
    content = os.urandom(size)

    session.call(PUT, main("object"), content)

    assert read(session, "object") == content


def test_bodies_of_every_kind_are_sent(session: _native.Session, tmp_path: Path) -> None:
    content = bytes(range(256)) * 5000
    file = tmp_path / "file"
    file.write_bytes(b"skipped" + content)
    with file.open("rb") as opened:
        opened.seek(7)
        pipe = _native.BodyPipe(1000)
        bodies = {
            "bytes": content,
            "view": memoryview(bytearray(content)),
            "memory file": io.BytesIO(content),
            "file": opened,
            "iterator": iter([content[:10], b"", content[10:]]),
            "text": content.decode("latin-1"),
        }
        for name, body in bodies.items():
            expected = content.decode("latin-1").encode() if name == "text" else content
            assert session.call(PUT, main(name), body).size_bytes == len(expected), name
            assert read(session, name) == expected, name

        under_way = session.start(PUT, main("pipe"), pipe)
        for start in range(0, len(content), 999):
            pipe.write(content[start:start + 999])
        pipe.close()
        assert under_way.result().size_bytes == len(content)
        assert read(session, "pipe") == content


def test_nothing_is_left_of_a_body_that_is_given_up(session: _native.Session) -> None:
    pipe = _native.BodyPipe()
    under_way = session.start(PUT, main("given up"), pipe)
    pipe.write(b"some")
    pipe.abort()
    with pytest.raises((Answer, _native.TransportError)):
        under_way.result()
    with pytest.raises(Answer):
        read(session, "given up")
    with pytest.raises(BrokenPipeError):
        pipe.write(b"more")


def test_a_failing_iterator_leaves_nothing(session: _native.Session) -> None:
    def failing() -> Iterator[bytes]:
        yield b"first"
        raise RuntimeError("no more")

    with pytest.raises(Exception):
        session.call(PUT, main("failing"), failing())
    with pytest.raises(Answer):
        read(session, "failing")


def test_a_stream_is_read_in_any_portions(session: _native.Session, tmp_path: Path) -> None:
    content = os.urandom(3_000_000)
    session.call(PUT, main("object"), content)

    stream = session.stream(GET, main("object", None))
    assert (stream.status, stream.length) == (200, len(content))
    assert stream.header("content-length") == str(len(content))
    into = bytearray(1000)
    assert stream.read(10) == content[:10]
    assert stream.readinto(into) == 1000
    assert bytes(into) == content[10:1010]
    assert stream.read() == content[1010:]
    assert stream.read(1) == b""
    stream.close()
    with pytest.raises(ValueError, match="closed"):
        stream.read(1)

    with session.stream(GET, main("object", None)) as another:
        assert another.read(3) == content[:3]
    with pytest.raises(ValueError, match="closed"):
        another.read(1)

    saved = tmp_path / "saved"
    assert session.stream(GET, main("object", "bytes=1-")).write_to(str(saved)) == len(content) - 1
    assert saved.read_bytes() == content[1:]


def test_many_calls_answer_in_order_with_their_errors(session: _native.Session, tmp_path: Path) -> None:
    told: list[int] = []
    made = session.call_many(PUT, [(main(f"many/{i}"), b"%d" % i) for i in range(100)], progress=told.append)
    assert [one.path for one in made] == [f"many/{i}" for i in range(100)]
    assert sorted(told) == list(range(100))

    got = session.call_many(GET, [(main(f"many/{i}", None), None) for i in (5, 1000, 7)], concurrency=2)
    assert got[0] == b"5" and got[2] == b"7"
    assert isinstance(got[1], Answer) and got[1].status == 404

    sizes = session.download_many(GET, [(main(f"many/{i}", None), str(tmp_path / str(i))) for i in (10, 1000)])
    assert sizes[0] == 2 and isinstance(sizes[1], Answer)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["10"]

    stats = session.upload_many(PUT, [(main("up"), str(tmp_path / "10")), (main("none"), str(tmp_path / "absent"))])
    assert stats[0].size_bytes == 2 and isinstance(stats[1], FileNotFoundError)
    assert session.call_many(GET, []) == []


@pytest.mark.parametrize("concurrency", [1, 7, 200])
def test_the_progress_of_many_calls_is_told_by_the_thread_that_waits(
    session: _native.Session, concurrency: int
) -> None:
    told: list[tuple[int, int]] = []

    def tell(index: int) -> None:
        told.append((index, threading.get_ident()))

    session.call_many(PUT, [(main(f"told/{i}"), b"x") for i in range(90)], concurrency=concurrency, progress=tell)

    assert sorted(told) == [(i, threading.get_ident()) for i in range(90)]


def test_futures_complete_on_their_loop(session: _native.Session) -> None:
    async def work() -> None:
        made = await asyncio.gather(*[session.call_async(PUT, main(f"{i}"), b"x" * i) for i in range(50)])
        assert [one.size_bytes for one in made] == list(range(50))
        with pytest.raises(Answer):
            await session.call_async(GET, main("missing", None))
        stream = await session.stream_async(GET, main("49", None))
        assert (await stream.read_async(9), await stream.read_async()) == (b"x" * 9, b"x" * 40)
        pipe = _native.BodyPipe(10)
        under_way = session.call_async(PUT, main("pipe"), pipe)
        for _ in range(20):
            await pipe.write_async(b"0123456789")
        pipe.close()
        assert (await under_way).size_bytes == 200
        listed = (await session.call_async(LIST, ("repo", "main", 1000))).results
        assert len(listed) == 51

    for _ in range(2):  # a second loop in the same thread
        asyncio.run(work())
    with pytest.raises(RuntimeError, match="no running event loop"):
        session.call_async(GET, main("x", None))


def test_ten_thousand_futures_need_no_thread_each(session: _native.Session) -> None:
    session.call(PUT, main("object"), b"x")

    before = len(os.listdir("/proc/self/task"))

    async def work() -> int:
        reads = [session.call_async(GET, main("object", None)) for _ in range(10_000)]
        threads = len(os.listdir("/proc/self/task"))
        assert await asyncio.gather(*reads) == [b"x"] * 10_000
        return threads

    assert asyncio.run(work()) - before < 10


def test_threads_share_a_session(session: _native.Session) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for i in range(20):
                session.call(PUT, main(f"{number}/{i}"), b"%d" % number)
                assert read(session, f"{number}/{i}") == b"%d" % number
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_closed_session_says_so(session: _native.Session) -> None:
    session.close()
    with pytest.raises(ValueError, match="is closed"):
        read(session, "x")
    session.close()


def test_a_child_of_a_fork_connects_anew_or_is_told_why_not(session: _native.Session) -> None:
    session.call(PUT, main("object"), b"x")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            told = read(session, "object")
        except OSError as failure:
            told = str(failure).encode()
        os.write(writing, told)
        os._exit(0)
    os.close(writing)
    told = os.read(reading, 1000)
    os.close(reading)
    assert os.waitpid(child, 0)[1] == 0
    assert told == b"x" if not session.embedded else b"mere serve" in told
    assert read(session, "object") == b"x"


def test_a_process_ends_whole_with_calls_under_way(tmp_path: Path) -> None:
    script = f"""
import asyncio
from mere_sdk import _native
session = _native.Session.open({str(tmp_path / "lake")!r})
session.configure(headers=[], retries=0, timeout=0, connect_timeout=0, error=lambda *told: Exception(told))
pipe = _native.BodyPipe()
operation = _native.Operation("upload_object", "POST", "/repositories/r/branches/main/objects", [], "bytes", None, {{}},
                              False)
under_way = session.start(operation, (), pipe)  # answered 404 sooner or later: there is no such repository
try:
    pipe.write(b"x")
except BrokenPipeError:
    pass
async def main():
    calls = [session.request_async("GET", "/api/v1/config") for _ in range(300)]
    await calls[0]
asyncio.run(main())
"""
    for _ in range(10):
        ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=dict(os.environ))
        assert (ended.returncode, ended.stderr) == (0, "")


def test_a_lake_in_use_names_the_remedy_and_a_served_one_is_connected_to(
        tmp_path: Path, make_server: Callable[..., Server]) -> None:
    folder = str(tmp_path / "lake")
    here = _native.Session.open(folder)
    assert _native.Session.open(folder).embedded  # the same process shares it
    script = f"from mere_sdk import _native; _native.Session.open({folder!r})"
    other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=dict(os.environ))
    assert "LakeInUseError" in other.stderr and "mere serve" in other.stderr
    here.close()

    server = make_server().start()
    served = _native.Session.open(str(server.data))
    assert not served.embedded and served.name == server.url
    configure(served, [])
    make_repository(served)
    served.call(PUT, main("object"), b"x")


def test_a_session_that_nobody_configured_tells_the_answer(tmp_path: Path) -> None:
    session = _native.Session.open(str(tmp_path / "lake"))
    with pytest.raises(RuntimeError, match="404 Not Found"):
        read(session, "x")


def test_open_without_create_wants_a_lake(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no lake") as missing:
        _native.Session.open(str(tmp_path / "none"), create=False)
    assert (missing.value.errno, missing.value.filename) == (errno.ENOENT, str(tmp_path / "none"))


def test_nobody_there_is_a_connection_error_that_names_the_address() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
    session = _native.Session.connect(address)
    configure(session, [], retries=0)
    with pytest.raises(_native.TransportError, match=address) as raised:
        read(session, "x")
    assert isinstance(raised.value, ConnectionError)


def test_a_body_that_breaks_off_is_never_short(peer: Callable[[bytes | None], Peer]) -> None:
    cut = peer(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 70000)
    session = _native.Session.connect(cut.url)
    configure(session, [], retries=1)

    with pytest.raises(_native.TransportError):
        read(session, "x")
    with pytest.raises(_native.TransportError):
        session.stream(GET, main("x", None)).read()
    stream = session.stream(GET, main("x", None))
    assert stream.read(99_999) == b"x" * 70_000
    with pytest.raises(_native.TransportError):
        stream.read(1)


def test_an_answer_that_is_no_json_is_told(peer: Callable[[bytes | None], Peer]) -> None:
    session = _native.Session.connect(peer(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").url)
    configure(session, [])

    with pytest.raises(_native.DecodeError, match="stat_object: the answer is no JSON"):
        session.call(STAT, main("x"))


def test_a_silent_server_times_out(peer: Callable[[bytes | None], Peer]) -> None:
    session = _native.Session.connect(peer(None).url)
    configure(session, [], retries=0)

    with pytest.raises(TimeoutError):
        session.call(STAT, main("x"), None, _native.CallOptions(timeout=0.2))


def test_a_cancelled_task_ends_its_call(peer: Callable[[bytes | None], Peer]) -> None:
    silent = peer(None)
    session = _native.Session.connect(silent.url)
    configure(session, [], retries=0)

    async def work() -> None:
        task = asyncio.ensure_future(session.call_async(STAT, main("x")))
        await asyncio.to_thread(silent.accepted.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(work())


def test_a_shape_names_the_field_at_fault() -> None:
    with pytest.raises(_native.DecodeError, match="Stats.size_bytes: expected an integer"):
        STATS.loads('{"path": "a", "checksum": "b", "size_bytes": "many"}')
    with pytest.raises(_native.DecodeError, match="Stats.checksum is missing"):
        STATS.loads('{"path": "a"}')
    with pytest.raises(_native.DecodeError, match="no JSON"):
        STATS.loads('{"path": ')
    with pytest.raises(TypeError, match="no slot"):
        _native.Shape(Page).define([("nothing", "nothing", "string", True)])


def test_a_shape_reads_what_it_wrote() -> None:
    stats = STATS.loads('{"checksum":"c","path":"p\\u00e9\\n","unknown":[1],"metadata":{"k":"v"},"content_type":null}')

    assert (stats.path, stats.metadata, stats.size_bytes, stats.content_type) == ("pé\n", {"k": "v"}, None, None)
    again = STATS.loads(STATS.dumps(stats))
    assert all(getattr(again, slot) == getattr(stats, slot) for slot in Stats.__slots__)


LISTED = _native.Operation("list_objects", "GET", OBJECTS + "/ls",
                           [*REF[:2], ("after", "query", "string", False), ("amount", "query", "integer", False)],
                           None, None, {200: PAGE}, True)


def fill(session: _native.Session, count: int) -> list[str]:
    paths = [f"o/{i:04}" for i in range(count)]
    for failure in session.call_many(PUT, [(main(path), b"x") for path in paths]):
        assert isinstance(failure, Stats), failure
    return paths


def test_pages_follow_each_other_to_the_end(session: _native.Session) -> None:
    paths = fill(session, 25)
    pages = session.pages(LISTED, ("repo", "main", None, 10))

    found = [pages.next(), pages.next(), pages.next()]

    assert [[one.path for one in page] for page in found] == [paths[:10], paths[10:20], paths[20:]]
    assert type(found[0][0]) is Stats
    assert pages.next() is None and pages.next() is None


def test_pages_begin_and_end_where_they_are_told(session: _native.Session) -> None:
    paths = fill(session, 25)
    only_paths = ("member", "path", "string")

    pages = session.pages(LISTED, ("repo", "main", paths[4], 10), only_paths, limit=13)

    assert [pages.next(), pages.next(), pages.next()] == [paths[5:15], paths[15:18], None]


def test_pages_are_awaited_too(session: _native.Session) -> None:
    paths = fill(session, 25)

    async def work() -> list[str]:
        pages = session.pages(LISTED, ("repo", "main", None, 10), ("member", "path", "string"))
        found = []
        while page := await pages.next_async():
            found += page
            await asyncio.sleep(0)
        assert await pages.next_async() is None
        return found

    assert asyncio.run(work()) == paths


def test_what_is_wrong_with_a_listing_is_told(session: _native.Session) -> None:
    fill(session, 25)
    with pytest.raises(_native.ArgumentError, match="after must be str, not int"):
        session.pages(LISTED, ("repo", "main", 7, 10))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="stat_object has no pages"):
        session.pages(STAT, main("x"))
    with pytest.raises(Answer) as missing:
        session.pages(LISTED, ("none-such", "main", None, 10)).next()
    assert missing.value.status == 404

    unknown = session.pages(LISTED, ("repo", "main", None, 10), ("by", "path_type", {"common_prefix": "any"}))
    with pytest.raises(_native.DecodeError, match="'object' is not known"):
        unknown.next()
    closed = session.pages(LISTED, ("repo", "main", None, 10))
    closed.next()
    closed.close()
    with pytest.raises(ValueError, match="closed"):
        closed.next()


def test_a_listing_goes_on_in_a_forked_process(make_server: Callable[..., Server]) -> None:
    session = _native.Session.connect(make_server().start().url)
    pair = base64.b64encode(f"{keys.ACCESS_KEY}:{keys.SECRET_KEY}".encode()).decode()
    configure(session, [("Authorization", f"Basic {pair}")])
    make_repository(session)
    paths = fill(session, 25)
    pages = session.pages(LISTED, ("repo", "main", None, 10), ("member", "path", "string"))
    assert pages.next() == paths[:10]

    child = os.fork()
    if child == 0:
        os._exit(0 if [pages.next(), pages.next(), pages.next()] == [paths[10:20], paths[20:], None] else 1)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert pages.next() == paths[10:20]
