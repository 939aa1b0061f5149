"""Ctrl-C while the native core is at work: no moment is the wrong one."""

import asyncio
import gc
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from mere_sdk import _native
from native_calls import GET, PUT, STAT, configure, main, peer, session  # noqa: F401 (fixtures)
from support.interrupts import interrupt, keyboard_interrupts
from support.peer import Peer


@pytest.fixture(autouse=True)
def python_answers_sigint() -> Iterator[None]:
    with keyboard_interrupts():
        yield


def test_control_c_ends_a_call(peer: Callable[[bytes | None], Peer]) -> None:
    silent = peer(None)
    session = _native.Session.connect(silent.url)
    configure(session, [], retries=0)

    def interrupt_once_it_waits() -> None:
        silent.accepted.wait()
        interrupt()

    threading.Thread(target=interrupt_once_it_waits, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        session.call(STAT, main("x"))


def test_control_c_is_not_lost_in_what_the_garbage_collector_runs() -> None:
    """From Python 3.12 on a collection that is due waits for the call's first look for signals."""
    listening = socket.create_server(("127.0.0.1", 0))
    session = _native.Session.connect("http://127.0.0.1:%d" % listening.getsockname()[1])
    configure(session, [], retries=0)
    # Another process, since a thread of this one would run the collection first.
    silent = os.fork()
    if silent == 0:
        connection, _ = listening.accept()
        os.kill(os.getppid(), signal.SIGINT)
        connection.recv(65536)
        connection.recv(65536)  # until the call is given up
        os._exit(0)

    def at_collection(phase: str, info: dict[str, int]) -> None:
        """Python code, which looks for signals before its first statement."""

    def call_with_a_collection_due() -> None:
        gc.set_threshold(1)
        session.call(STAT, ("repo", "main", [{silent}, {silent}, {silent}] and "x"))  # sets, for the collector

    thresholds = gc.get_threshold()
    gc.callbacks.append(at_collection)
    try:
        with pytest.raises(KeyboardInterrupt):
            call_with_a_collection_due()
    finally:
        gc.set_threshold(*thresholds)
        gc.callbacks.remove(at_collection)
        listening.close()
    assert os.waitstatus_to_exitcode(os.waitpid(silent, 0)[1]) == 0


@pytest.mark.parametrize("concurrency", [1, 7, 200])
def test_control_c_while_progress_is_told_ends_many_calls(session: _native.Session, concurrency: int) -> None:
    told: list[int] = []

    def tell(index: int) -> None:
        told.append(index)
        if len(told) == 3:
            interrupt()

    calls = [(main(f"many/{i}"), b"x") for i in range(300)]
    with pytest.raises(KeyboardInterrupt):
        session.call_many(PUT, calls, concurrency=concurrency, progress=tell)

    assert len(told) == 3


def interrupted_body() -> Iterator[bytes]:
    yield b"first"
    interrupt()
    yield b"never sent"


def test_control_c_in_the_iterator_of_a_body_is_no_failure_of_the_body(session: _native.Session) -> None:
    with pytest.raises(KeyboardInterrupt):
        session.call(PUT, main("one"), interrupted_body())
    with pytest.raises(KeyboardInterrupt):
        session.call_many(PUT, [(main("of many"), interrupted_body())])

    assert session.respond(GET, main("one", None)).status == 404
    assert session.respond(GET, main("of many", None)).status == 404


def test_what_ends_the_program_ends_an_awaited_batch_too(session: _native.Session) -> None:
    def leave(index: int) -> None:
        raise SystemExit(index)

    async def work() -> None:
        await session.call_many_async(PUT, [(main("only"), b"x")], progress=leave)

    with pytest.raises(SystemExit):
        asyncio.run(work())


def test_control_c_ends_the_reading_of_a_stream_that_was_awaited() -> None:
    stalling = Peer(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 10, closes=False)
    session = _native.Session.connect(stalling.url)
    configure(session, [], retries=0)
    begins = threading.Event()

    async def begin() -> _native.BodyStream:
        return await session.stream_async(GET, main("x", None))

    def interrupt_once_it_waits() -> None:  # which it does when this thread gets the interpreter's lock
        begins.wait()
        interrupt()

    stream = asyncio.run(begin())
    threading.Thread(target=interrupt_once_it_waits, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        begins.set()
        stream.read()

    stalling.close()
