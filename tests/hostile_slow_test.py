"""Clients that take their time, and many that do nothing: they are cut off, and hold up nobody else."""

import resource
import socket
import threading

import httpx
import pytest

from support import raw
from support.observer import MIB, bound_bytes, descriptors, forget_peak, peak_bytes, resident_bytes, unharmed
from support.poll import until
from support.raw import head, trickle

OBJECTS = "/api/v1/repositories/lake/branches/main/objects?path={}"
IDLE = 10_000
SLOW = 200


def _unlimited_files() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@pytest.fixture
def impatient(make_server):
    """A server that waits for a second where it would wait for a minute."""
    settings = {f"MERE_SERVER_{name}_TIMEOUT": "1s" for name in ("HEADER", "BODY")}
    with make_server(
        environment=settings | {"MERE_SERVER_IDLE_TIMEOUT": "10m"}, before_exec=_unlimited_files
    ) as server:
        with server.client() as client:
            client.post("/repositories", json={"name": "lake", "storage_namespace": "local://lake"}).raise_for_status()
        yield server


@pytest.fixture
def many_files():
    old = resource.getrlimit(resource.RLIMIT_NOFILE)
    if old[1] != resource.RLIM_INFINITY and old[1] < IDLE + 500:
        pytest.skip(f"this system allows {old[1]} open files")
    _unlimited_files()
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, old)


def _answers_of(connections: list[socket.socket]) -> list[int]:
    """The first status on each: 0 where it was closed without one."""
    statuses = []
    for connection in connections:
        try:
            data = connection.recv(1 << 16)
        except ConnectionResetError:
            data = b""
        statuses.append(raw.parse(data)[0].status if data else 0)
        connection.close()
    return statuses


@pytest.mark.parametrize(
    "beginning", [b"G", b"GET /_health HTTP/1.1\r\n", b"GET /_health HTTP/1.1\r\nHost: x\r\nX: y\r\n"]
)
def test_heads_that_do_not_end_are_408(impatient, beginning: bytes) -> None:
    with unharmed(impatient), impatient.client() as other:
        slow = [raw.connect(impatient) for _ in range(SLOW)]
        for connection in slow:
            connection.sendall(beginning)

        assert other.get("/repositories/lake").status_code == 200  # while all of them wait
        assert _answers_of(slow) == [408] * SLOW


def test_a_head_that_trickles_is_408_however_steadily(impatient) -> None:
    with unharmed(impatient), raw.connect(impatient) as connection:
        connection.sendall(b"GET /_health HTTP/1.1\r\nX: ")

        answers = trickle(connection, b"a", seconds=20)

        assert [answer.status for answer in answers] == [408]


@pytest.mark.parametrize("framing", ["Content-Length: 1000", "Transfer-Encoding: chunked"])
def test_bodies_that_do_not_come_are_408_and_store_nothing(impatient, framing: str) -> None:
    with unharmed(impatient), impatient.client() as other:
        slow = [raw.connect(impatient) for _ in range(SLOW)]
        for number, connection in enumerate(slow):
            connection.sendall(head("POST", OBJECTS.format(f"slow-{number}"), framing) + b"1\r\na")

        assert other.get("/repositories/lake").status_code == 200
        assert _answers_of(slow) == [408] * SLOW
        assert other.get("/repositories/lake/refs/main/objects/ls").json()["results"] == []


@pytest.mark.parametrize(
    ("target", "fields"),
    [
        (OBJECTS.format("slow"), ["Content-Length: 100000"]),
        ("/api/v1/repositories", ["Content-Type: application/json", "Content-Length: 100000"]),
        (OBJECTS.format("slow"), ["Content-Type: multipart/form-data; boundary=x", "Content-Length: 100000"]),
    ],
    ids=["object", "json", "form"],
)
def test_a_body_that_trickles_is_408_however_steadily(impatient, target: str, fields: list[str]) -> None:
    with unharmed(impatient), raw.connect(impatient) as connection:
        connection.sendall(head("POST", target, *fields))

        answers = trickle(connection, b" ", seconds=20)

        assert [answer.status for answer in answers] == [408]


def test_endless_chunk_framing_is_not_progress(impatient) -> None:
    with unharmed(impatient), raw.connect(impatient) as connection:
        connection.sendall(head("POST", OBJECTS.format("slow"), "Transfer-Encoding: chunked") + b"1;")

        answers = trickle(connection, b"x", seconds=20)

        assert [answer.status for answer in answers] == [408]


def test_readers_that_do_not_read_are_let_go(impatient) -> None:
    """A hundred clients ask for 16 MiB each and read none of it."""
    with impatient.client() as other:
        other.post(
            "/repositories/lake/branches/main/objects", params={"path": "big"}, content=bytes(16 << 20)
        ).raise_for_status()
        with unharmed(impatient, growth_bytes=96 * MIB):
            before = descriptors(impatient)
            deaf = [raw.connect(impatient) for _ in range(100)]
            for connection in deaf:
                connection.sendall(head("GET", "/api/v1/repositories/lake/refs/main/objects?path=big"))

            assert other.get("/repositories/lake").status_code == 200
            until(lambda: descriptors(impatient) <= before + 8, 30, "the server to give up")
            for connection in deaf:
                connection.close()


def test_ten_thousand_idle_connections(impatient, many_files) -> None:
    with impatient.client() as client, unharmed(impatient, growth_bytes=128 * MIB):
        client.get("/repositories/lake").raise_for_status()
        forget_peak(impatient)
        before = resident_bytes(impatient)

        idle = [raw.connect(impatient) for _ in range(IDLE)]
        for connection in idle[::2]:  # half of them have asked for something, and stay
            connection.sendall(b"GET /_health HTTP/1.1\r\nHost: x\r\n\r\n")
        for connection in idle[::2]:
            assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        until(lambda: descriptors(impatient) >= IDLE, 60, "all connections to be taken")

        for number in range(100):
            client.post(
                "/repositories/lake/branches/main/objects", params={"path": f"busy-{number}"}, content=b"x"
            ).raise_for_status()
        with raw.connect(impatient) as fresh:  # and a new one is let in
            fresh.sendall(b"GET /_health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert fresh.recv(4096).startswith(b"HTTP/1.1 200")
        a_connection = (peak_bytes(impatient) - before) / IDLE
        assert a_connection < bound_bytes(10_000), f"{a_connection:.0f} bytes for each idle connection"
        for connection in idle:
            connection.close()


def test_more_connections_than_allowed_are_503(make_server) -> None:
    with make_server(environment={"MERE_SERVER_MAX_CONNECTIONS": "10", "MERE_SERVER_IO_THREADS": "1"}) as server:
        held = [raw.connect(server) for _ in range(10)]
        for connection in held:
            connection.sendall(b"GET /_health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(4096).startswith(b"HTTP/1.1 200")

        assert [answer.status for answer in raw.exchange(server, b"", half_close=False)] == [503]

        for connection in held:
            connection.close()
        until(lambda: httpx.get(server.url + "/_health", trust_env=False).status_code == 200, 20, "room again")


def test_connections_that_come_and_go_leave_nothing(impatient) -> None:
    """Resets at every stage of a request, from four threads."""
    stages = [
        b"",
        b"GET",
        head("GET", "/api/v1/repositories/lake"),
        head("POST", OBJECTS.format("gone"), "Content-Length: 100000") + b"x" * 1000,
        head("GET", "/api/v1/repositories/lake/refs/main/objects?path=none") * 20,
    ]

    def come_and_go() -> None:
        for number in range(500):
            with raw.connect(impatient) as connection:
                connection.sendall(stages[number % len(stages)])
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # close by a reset

    with unharmed(impatient):
        threads = [threading.Thread(target=come_and_go) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
