"""The C++ library as users have it: installed, found by CMake, and the guide of docs/cpp built on it and run."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from support import keys, program
from support.server import Server

ROOT = Path(__file__).resolve().parents[1]
GUIDE = ROOT / "docs" / "cpp" / "index.md"

# Around the pieces of the guide, which are one program.
PIECES = """
#include <iostream>

#include "client/async_api.h"
#include "client/file_system.h"
#include "client/lake.h"
#include "serve/local_lake.h"

namespace client = mere::client;

mere::Status run(const client::Lake& lake) {
%s
  return {};
}

int main() {
  const auto lake = mere::serve::open_configured_lake();
  const mere::Status done = lake ? run(*lake) : mere::Status(lake.error());
  if (done) return 0;
  std::cerr << mere::name_of(done.error().code) << ": " << done.error().message << '\\n';
  return 1;
}
"""


def build_folder() -> Path:
    folder = Path(program.binary()).resolve().parent
    if not (folder / "CMakeCache.txt").exists():
        pytest.skip("MERE_BINARY does not lie in a build of this repository")
    return folder


def cached(build: Path, name: str) -> str:
    found = re.search(rf"^{name}:\w+=(.*)$", (build / "CMakeCache.txt").read_text(), re.M)
    return found.group(1) if found else ""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.S | re.M)


def run(*command: str | Path, **options) -> str:
    done = subprocess.run([str(part) for part in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          **options)
    assert done.returncode == 0, f"{command[0]} ended with {done.returncode}:\n{done.stdout[-8000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    prefix = tmp_path_factory.mktemp("installed")
    run("cmake", "--install", build_folder(), "--component", "cpp", "--prefix", prefix)
    return prefix


@pytest.fixture(scope="module")
def guide(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the built programs: `prices`, which the guide shows whole, and `pieces`."""
    folder = tmp_path_factory.mktemp("guide")
    (whole,) = [block for block in blocks("cpp") if "int main()" in block]
    pieces = [block for block in blocks("cpp") if block != whole]
    (folder / "prices.cpp").write_text(whole)
    (folder / "pieces.cpp").write_text(PIECES % "".join(pieces))
    (cmake,) = blocks("cmake")
    (folder / "CMakeLists.txt").write_text(
        cmake + "\nadd_executable(pieces pieces.cpp)\ntarget_link_libraries(pieces PRIVATE mere::embedded)\n")
    build = build_folder()
    sanitize = cached(build, "MERE_SANITIZE")
    run("cmake", "-G", "Ninja", "-S", folder, "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={package}",
        f"-DCMAKE_CXX_COMPILER={cached(build, 'CMAKE_CXX_COMPILER')}", f"-DCMAKE_C_COMPILER={cached(build, 'CMAKE_C_COMPILER')}",
        f"-DCMAKE_CXX_FLAGS={'-fsanitize=' + sanitize if sanitize else ''}")
    run("ninja", "-C", folder / "build")
    return folder / "build"


def test_every_header_finds_what_it_includes(package: Path):
    root = package / "include" / "mere"
    headers = sorted(root.rglob("*.h"))
    assert root / "client" / "lake.h" in headers
    missing = [f"{header.relative_to(root)}: {included}" for header in headers
               for included in re.findall(r'^#include "(.+)"', header.read_text(), re.M) if not (root / included).exists()]
    assert not missing


def check(guide: Path, environment: dict[str, str], folder: Path) -> None:
    settings = {"env": program.clean_environment(environment, home=folder), "cwd": folder}
    assert run(guide / "prices", **settings).startswith("commit ")
    said = run(guide / "pieces", **settings)
    for expected in ("lakefs://prices/main/no/such: ", "item,price\nmilk,2\nprice\n", "06/01.csv 19\n", "added 06/03.csv\n",
                     "200: 2 branches\n", "2 files, ", "2 tags\n"):
        assert expected in said, said
    assert sorted(p.name for p in (folder / "june-files").iterdir()) == ["02.csv", "03.csv"]


def test_the_guide_runs_without_a_server(guide: Path, tmp_path: Path):
    check(guide, {"MERE_LAKE": str(tmp_path / "lake")}, tmp_path)


def test_the_guide_runs_on_a_server(guide: Path, make_server, tmp_path: Path):
    with make_server() as server:
        work = tmp_path / "work"
        work.mkdir()
        check(guide, {"MERE_SERVER_ENDPOINT_URL": server.url, "MERE_CREDENTIALS_ACCESS_KEY_ID": keys.ACCESS_KEY,
                      "MERE_CREDENTIALS_SECRET_ACCESS_KEY": keys.SECRET_KEY}, work)


def test_a_program_without_settings_is_told_what_to_set(guide: Path, tmp_path: Path):
    done = subprocess.run([guide / "prices"], env=program.clean_environment({}, home=tmp_path), text=True,
                          capture_output=True)
    assert done.returncode == 1
    assert done.stderr.startswith("unauthenticated: no credentials: set MERE_LAKE")
