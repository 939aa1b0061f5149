"""fsspec's own tests of any file system."""

from collections.abc import Callable
from pathlib import Path

import pytest
from spec_lakes import mere_spec, of_server

from fsspec.tests import abstract


class LakeFixtures(abstract.AbstractFixtures):
    @pytest.fixture(scope="class", params=["server", "folder"])
    def fs(self, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> object:
        if request.param == "server":
            made = of_server(request.getfixturevalue("server"), skip_instance_cache=True)
        else:
            made = mere_spec.LakeFSFileSystem(lake=tmp_path_factory.mktemp("lake"), skip_instance_cache=True)
        made.create_repository("generic-tests", exist_ok=True)
        return made

    @pytest.fixture
    def fs_path(self) -> str:
        return "generic-tests/main"

    @pytest.fixture
    def fs_join(self) -> Callable[..., str]:
        return lambda *parts: "/".join(parts)

    @pytest.fixture
    def supports_empty_directories(self) -> bool:
        return False


class TestCopy(abstract.AbstractCopyTests, LakeFixtures):
    pass


class TestGet(abstract.AbstractGetTests, LakeFixtures):
    pass


class TestPut(abstract.AbstractPutTests, LakeFixtures):
    pass


class TestPipe(abstract.AbstractPipeTests, LakeFixtures):
    pass


class TestOpen(abstract.AbstractOpenTests, LakeFixtures):
    pass
