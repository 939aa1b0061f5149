"""The server is killed while clients write; after each restart all that was acknowledged holds, and nothing half-holds."""

import random
import threading

import httpx
import pytest

from support.server import Server
from support.writer import Doubt, Writer, read_all

WRITERS = 5


class Killer:
    """Kills the server, once, when this many operations were acknowledged."""

    def __init__(self, server: Server, after: int) -> None:
        self.server, self.left, self.lock = server, after, threading.Lock()

    def count(self) -> None:
        with self.lock:
            self.left -= 1
            if self.left == 0:
                self.server.kill()

    def now(self) -> None:
        with self.lock:
            if self.left > 0:
                self.left = 0
                self.server.kill()


def write_until_killed(server: Server, writers: list[Writer], after: int) -> None:
    killer = Killer(server, after)
    failures: list[BaseException] = []

    def work(writer: Writer) -> None:
        try:
            with server.client() as client:
                while True:
                    writer.step(client)
                    killer.count()
        except (Doubt, httpx.TransportError):
            pass
        except BaseException as error:  # shown by the test's thread
            failures.append(error)
            killer.now()

    threads = [threading.Thread(target=work, args=(writer,)) for writer in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def crash_rounds(server: Server, kills: int, seed: int) -> None:
    random_ = random.Random(seed)
    repository = "crash"
    writers = [Writer(repository, number, seed * 100 + number) for number in range(WRITERS)]
    with server.start().client() as client:
        created = client.post("/repositories", json={"name": repository, "storage_namespace": f"local://{repository}"})
        created.raise_for_status()
        for writer in writers:
            writer.create_branch(client)
    for _ in range(kills):
        write_until_killed(server, writers, after=random_.randrange(1, 60))
        with server.start().client() as client:
            for writer in writers:
                writer.verify(client)
    assert server.stop() == 0


def test_all_that_was_acknowledged_survives_kills(make_server):
    crash_rounds(make_server(), kills=12, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 12))
def test_all_that_was_acknowledged_survives_many_kills(make_server, seed):
    crash_rounds(make_server(), kills=50, seed=seed)


def test_a_kill_in_an_upload_leaves_no_object(make_server):
    server = make_server()
    with server.start().client() as client:
        client.post("/repositories", json={"name": "half", "storage_namespace": "local://half"}).raise_for_status()

    def endless():
        yield b"x" * 1_000_000
        server.kill()
        yield b"y" * 1_000_000

    with server.client() as client, pytest.raises(Exception):
        client.post("/repositories/half/branches/main/objects", params={"path": "big"}, content=endless())

    with server.start().client() as client:
        assert read_all(client, "half", "main", "") == {}
    leftovers = [path for path in (server.data / "objects").rglob("*") if path.is_file() and path.name != "dummy"]
    assert leftovers == []
