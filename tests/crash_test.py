"""The server is killed at a random moment while clients write: what was acknowledged is there afterwards."""

import random
import time

import pytest

from support.history import Acknowledged, Writer, problems_after, settle
from support.listing import every
from support.poll import until

WRITERS = ["ann", "bob", "cho", "dan"]


def kill_and_recover(make_server, kills: int, seed: int) -> None:
    server = make_server().start()
    chance = random.Random(seed)
    known = {name: Acknowledged() for name in WRITERS}
    with server.client() as client:
        client.post("/repositories", json={"name": "repo", "storage_namespace": "local://repo"}).raise_for_status()
        for name in WRITERS:
            client.post("/repositories/repo/branches", json={"name": name, "source": "main"}).raise_for_status()

    for kill in range(kills):
        writers = [Writer(server, "repo", name, seed=chance.randrange(1 << 30), known=known[name]) for name in WRITERS]
        for writer in writers:
            writer.start()
        until(lambda: sum(writer.operations for writer in writers) >= 8, 60, "some work")
        time.sleep(chance.uniform(0, 0.3))  # the random moment
        server.kill()
        for writer in writers:
            writer.join(60)
            assert not writer.is_alive()
            assert writer.refused == []

        server.start()
        with server.client() as client:
            for name in WRITERS:
                assert problems_after(client, "repo", name, known[name]) == [], f"kill {kill} of seed {seed}"
                settle(client, "repo", name, known[name])
            check_that_everything_reads(client)
    assert server.stop() == 0


def check_that_everything_reads(client) -> None:
    """Nothing half-done is visible: what is listed can be read, and branches have no locks left behind."""
    for entry in every(client, "/repositories/repo/refs/main/objects/ls"):
        body = client.get("/repositories/repo/refs/main/objects", params={"path": entry["path"]})
        assert body.status_code == 200 and len(body.content) == entry["size_bytes"]
    assert sorted(branch["id"] for branch in every(client, "/repositories/repo/branches")) == [*WRITERS, "main"]


def test_what_was_acknowledged_survives_a_kill(make_server) -> None:
    kill_and_recover(make_server, kills=20, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 12))
def test_what_was_acknowledged_survives_many_kills(make_server, seed: int) -> None:
    kill_and_recover(make_server, kills=50, seed=seed)
