"""Fixtures of the whole-system tests. They speak HTTP and command line to MERE_BINARY, nothing else."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from support import keys
from support.server import Server

_numbers = itertools.count(1)
_servers = pytest.StashKey[list[Server]]()


def _settings(import_dir: Path) -> dict[str, str]:
    return keys.INSTALLATION | {
        "MERE_BLOCKSTORE_LOCAL_IMPORT_ENABLED": "true",
        "MERE_BLOCKSTORE_LOCAL_ALLOWED_EXTERNAL_PREFIXES": str(import_dir),
    }


@pytest.fixture(scope="session")
def import_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder outside every lake that imports may read."""
    return tmp_path_factory.mktemp("import")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, import_dir: Path, pytestconfig: pytest.Config) -> Iterator[Server]:
    """One initialised server for all tests that only need repositories of their own."""
    with Server(tmp_path_factory.mktemp("server"), environment=_settings(import_dir)) as running:
        pytestconfig.stash[_servers] = [running]
        yield running


@pytest.fixture
def make_server(tmp_path: Path, import_dir: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Server]]:
    """Makes fresh servers, not started; `initialised=False` leaves out the first admin."""
    made: list[Server] = []
    request.node.stash[_servers] = made

    def make(*, initialised: bool = True, environment: dict[str, str] | None = None, **options) -> Server:
        settings = _settings(import_dir) if initialised else {}
        made.append(Server(tmp_path / f"server-{len(made)}", environment=settings | (environment or {}), **options))
        return made[-1]

    yield make
    for running in made:
        running.kill()


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with server.client() as made:
        yield made


@pytest.fixture
def new_repository(client: httpx.Client) -> Callable[[], str]:
    """Makes an empty repository under a name of its own and answers the name."""

    def make() -> str:
        name = f"repo-{next(_numbers)}"
        client.post("/repositories", json={"name": name, "storage_namespace": f"local://{name}"}).raise_for_status()
        return name

    return make


@pytest.fixture
def repository(new_repository: Callable[[], str]) -> str:
    return new_repository()


@pytest.fixture
def api(server: Server, repository: str) -> Iterator[httpx.Client]:
    """A client of the test's own repository."""
    with server.client(base_url=f"{server.url}/api/v1/repositories/{repository}") as made:
        yield made


@pytest.fixture
def anyone(server: Server) -> Iterator[httpx.Client]:
    """A client without keys."""
    with httpx.Client(base_url=server.url, trust_env=False) as made:
        yield made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    report = yield
    if report.failed:
        running = item.config.stash.get(_servers, []) if "server" in getattr(item, "fixturenames", ()) else []
        for one in [*running, *item.stash.get(_servers, [])]:
            report.sections.append((f"log of {one.folder.name}", one.logs()))
    return report
