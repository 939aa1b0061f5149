"""`mere verify` of a lake that a server has open: it finds what is wrong, and nothing of what only changes."""

import json
import random
import signal
import subprocess
import threading
from pathlib import Path

import httpx
import pytest

from support import program
from support.certificate import make_certificate
from support.poll import until
from support.server import Server
from verify_test import flip_a_bit

OBJECT_BYTES = 40_000  # too large to lie in memory


@pytest.fixture
def served(make_server) -> Server:
    with make_server() as server:
        yield server


@pytest.fixture
def api(served: Server) -> httpx.Client:
    with served.client() as client:
        make_repository(client, "whole")
        make_repository(client, "prices")
        yield client


def make_repository(api: httpx.Client, name: str) -> None:
    api.post("/repositories", json={"name": name, "storage_namespace": f"local://{name}"}).raise_for_status()
    for number in range(12):
        put(api, name, f"committed/{number}")
    commit(api, name, "first")
    api.post(f"/repositories/{name}/tags", json={"id": "v1", "ref": "main"}).raise_for_status()
    put(api, name, "committed/3")
    commit(api, name, "second")
    put(api, name, "staged/0")


def put(api: httpx.Client, repository: str, path: str, branch: str = "main") -> None:
    api.post(f"/repositories/{repository}/branches/{branch}/objects", params={"path": path},
             content=random.randbytes(OBJECT_BYTES)).raise_for_status()


def commit(api: httpx.Client, repository: str, message: str) -> None:
    api.post(f"/repositories/{repository}/branches/main/commits", json={"message": message}).raise_for_status()


def file_of(served: Server, api: httpx.Client, path: str, ref: str = "main") -> Path:
    address = api.get(f"/repositories/prices/refs/{ref}/objects/stat",
                      params={"path": path}).raise_for_status().json()["physical_address"]
    return Path(address.removeprefix("local://"))


def verify(served: Server, *flags: str) -> subprocess.CompletedProcess[str]:
    return program.run("verify", "--data", served.data, *flags, cwd=served.folder)


def findings(ended: subprocess.CompletedProcess[str]) -> list[dict]:
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    assert ended.returncode == (1 if found else 0), ended.stderr
    return found


def test_nothing_is_found_in_a_whole_lake(served: Server, api: httpx.Client) -> None:
    ended = verify(served, "--objects", "--all-commits")

    assert (ended.returncode, ended.stdout) == (0, "")
    assert ended.stderr == (f"2 repositories, 6 commits, 8 tables and 28 objects were looked at, "
                            f"{28 * OBJECT_BYTES} bytes read (0 objects without a checksum of bytes): nothing found\n")


def metarange_of_a_branch_that_is_gone(api: httpx.Client) -> str:
    """Only its commit has it, so that its damage hides no object of others."""
    api.post("/repositories/prices/branches", json={"name": "gone", "source": "main"}).raise_for_status()
    put(api, "prices", "only/here", "gone")
    made = api.post("/repositories/prices/branches/gone/commits", json={"message": "third"}).raise_for_status().json()
    api.delete("/repositories/prices/branches/gone").raise_for_status()
    return made["meta_range_id"]


def test_every_flipped_bit_is_found_and_the_server_goes_on(served: Server, api: httpx.Client) -> None:
    chance = random.Random(11)
    namespace = served.data / "objects" / "prices"
    table = namespace / "_lakefs" / metarange_of_a_branch_that_is_gone(api)
    objects = [file_of(served, api, path, ref) for path, ref in
               [("committed/5", "main"), ("committed/3", "v1"), ("committed/3", "main"), ("staged/0", "main")]]
    for path in [table, *objects]:
        flip_a_bit(path, chance.randrange(path.stat().st_size))

    found = findings(verify(served, "--objects", "--all-commits", "--json"))

    kinds = {finding["address"].removeprefix("local://prices/"): finding["kind"] for finding in found}
    wanted = {str(path.relative_to(namespace)): "damaged_object" for path in objects}
    wanted[str(table.relative_to(namespace))] = "damaged_table"
    assert kinds == wanted
    assert api.get("/healthcheck").status_code == 204


def test_what_is_found_is_the_same_as_without_the_server(served: Server, api: httpx.Client) -> None:
    flip_a_bit(file_of(served, api, "committed/5"), 17)
    file_of(served, api, "staged/0").unlink()
    with file_of(served, api, "committed/3", "v1").open("ab") as longer:
        longer.write(b"x")

    online = [verify(served, "--objects"), verify(served, "--objects", "--json", "prices")]
    served.stop()
    offline = [verify(served, "--objects"), verify(served, "--objects", "--json", "prices")]

    for there, here in zip(online, offline, strict=True):
        assert there.returncode == here.returncode == 1
        assert sorted(there.stdout.splitlines()) == sorted(here.stdout.splitlines())
        assert there.stderr == here.stderr
    assert len(online[1].stdout.splitlines()) == 3


def test_an_unknown_repository_is_an_error(served: Server, api: httpx.Client) -> None:
    ended = verify(served, "nowhere")

    assert ended.returncode == 1
    assert ended.stderr == "mere: verifying: repository not found\n"


def test_damaged_files_are_set_aside_while_the_server_runs(served: Server, api: httpx.Client) -> None:
    path = file_of(served, api, "committed/5")
    flip_a_bit(path, 17)
    damaged = path.read_bytes()

    found = findings(verify(served, "--objects", "--quarantine", "--json"))

    assert [(finding["kind"], finding["quarantined"]) for finding in found] == [("damaged_object", True)]
    namespace = served.data / "objects" / "prices"
    assert (namespace / "_quarantine" / path.relative_to(namespace)).read_bytes() == damaged
    assert api.get("/repositories/prices/refs/main/objects", params={"path": "committed/5"}).status_code == 410
    assert [finding["kind"] for finding in findings(verify(served, "--objects", "--json"))] == ["missing_object"]


def test_a_server_with_any_certificate_is_asked(make_server, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    with make_server(arguments=("--set", "tls.enabled=true", "--set", f"tls.cert_file={certificate.file}",
                                "--set", f"tls.key_file={certificate.key_file}")) as server:
        assert server.url.startswith("https://")

        ended = verify(server)

    assert (ended.returncode, ended.stdout) == (0, "")
    assert ended.stderr.endswith(": nothing found\n")


class Busy:
    """Clients that write, replace, delete, commit, reset, merge, and make and remove branches and repositories."""

    def __init__(self, served: Server) -> None:
        self.served = served
        self.stopped = threading.Event()
        self.rounds = 0
        self.problems: list[BaseException] = []
        self.threads = [threading.Thread(target=self._run, args=(work,)) for work in (self._main, self._branches)]

    def __enter__(self) -> "Busy":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join()
        assert not self.problems

    def _run(self, work) -> None:
        try:
            with self.served.client() as api:
                number = 0
                while not self.stopped.is_set():
                    number += 1
                    work(api, number)
                    self.rounds += 1
        except BaseException as problem:  # told to the test
            self.problems.append(problem)

    def _main(self, api: httpx.Client, number: int) -> None:
        paths = [f"busy/{number % 7}/{i}" for i in range(4)]
        for path in paths:
            put(api, "prices", path)
        gone = file_of(self.served, api, paths[0])
        if number % 3 == 0:
            commit(api, "prices", f"round {number}")
        else:  # as a collector of garbage does, what nothing refers to is removed
            api.delete("/repositories/prices/branches/main/objects", params={"path": paths[0]}).raise_for_status()
            gone.unlink()
            if number % 3 == 1:
                api.put("/repositories/prices/branches/main", json={"type": "reset"}).raise_for_status()

    def _branches(self, api: httpx.Client, number: int) -> None:
        branch = f"work-{number}"
        api.post("/repositories/prices/branches", json={"name": branch, "source": "main"}).raise_for_status()
        put(api, "prices", f"{branch}/a", branch)
        file = file_of(self.served, api, f"{branch}/a", branch)
        api.delete(f"/repositories/prices/branches/{branch}").raise_for_status()
        file.unlink()
        name = f"short-{number}"
        api.post("/repositories", json={"name": name, "storage_namespace": f"local://{name}"}).raise_for_status()
        put(api, name, "a")
        commit(api, name, "one")
        api.delete(f"/repositories/{name}").raise_for_status()


def test_a_busy_server_gives_no_false_alarm(served: Server, api: httpx.Client) -> None:
    with Busy(served) as busy:
        for number in range(8):
            before = busy.rounds
            until(lambda: busy.rounds > before + 2 or busy.problems, 60, "clients at work")
            ended = verify(served, "--objects", "--all-commits", "--threads", str(1 + number % 4))
            assert (ended.returncode, ended.stdout) == (0, ""), ended.stdout + ended.stderr

        flip_a_bit(file_of(served, api, "committed/5"), 17)
        found = findings(verify(served, "--objects", "--json"))
        assert [finding["path"] for finding in found] == ["committed/5"]


def start_slow_check(served: Server, api: httpx.Client) -> subprocess.Popen[str]:
    """One that takes minutes, as it may read 1 MiB in a second, and is under way: it has found what is missing."""
    for number in range(4):
        api.post("/repositories/prices/branches/main/objects", params={"path": f"large/{number}"},
                 content=random.randbytes(64 << 20)).raise_for_status()
    file_of(served, api, "committed/0").unlink()
    check = subprocess.Popen([program.binary(), "verify", "--data", str(served.data), "--objects", "--rate", "1", "prices"],
                             cwd=served.folder, env=program.clean_environment(home=served.folder), text=True,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert check.stdout.readline().startswith("missing_object: prices, branch main, committed/0 ")
    return check


def can_check(api: httpx.Client) -> bool:
    return api.post("/repositories/whole/verify").status_code == 202


def test_an_interrupted_check_ends_at_the_server_too(served: Server, api: httpx.Client) -> None:
    check = start_slow_check(served, api)

    check.send_signal(signal.SIGINT)
    _, err = check.communicate(timeout=60)

    assert check.returncode == 128 + signal.SIGINT
    assert err == "mere: verifying: the check was stopped\n"
    until(lambda: can_check(api), 60, "the end of the check")


def test_a_server_that_stops_does_not_wait_for_a_check(served: Server, api: httpx.Client) -> None:
    check = start_slow_check(served, api)

    assert served.stop() == 0

    _, err = check.communicate(timeout=60)
    assert check.returncode == 1
    assert err.startswith("mere: verifying: ")


def test_a_check_is_asked_for_listed_and_stopped_by_the_api(served: Server, api: httpx.Client) -> None:
    file_of(served, api, "staged/0").unlink()
    started = api.post("/repositories/prices/verify", json={"objects": True})
    assert started.status_code == 202
    check = f"/repositories/prices/verify/{started.json()['id']}"

    until(lambda: api.get(check).raise_for_status().json()["completed"], 60, "the end of the check")

    state = api.get(check).json()
    assert "error" not in state
    assert state["progress"]["findings"] == 1
    listed = api.get(f"{check}/findings").raise_for_status().json()
    assert listed["pagination"] == {"has_more": False, "max_per_page": 1000, "next_offset": "", "results": 1}
    assert (listed["results"][0]["kind"], listed["results"][0]["path"]) == ("missing_object", "staged/0")
    assert api.get(f"{check}/findings", params={"after": "1"}).json()["results"] == []
    assert api.get(f"{check}/findings", params={"after": "x"}).status_code == 400
    assert api.delete(check).status_code == 409
    assert api.get("/repositories/whole/verify/" + started.json()["id"]).status_code == 404
    assert api.post("/repositories/prices/verify", json={"threads": 0}).status_code == 400
    assert api.post("/repositories/nowhere/verify").status_code == 404
    served.stop()
    with served.start().client() as later:  # what was found outlives the server
        assert later.get(f"{check}/findings").raise_for_status().json() == listed


def test_a_check_needs_credentials(served: Server, api: httpx.Client) -> None:
    with httpx.Client(base_url=served.url + "/api/v1", trust_env=False) as anyone:
        assert anyone.post("/repositories/prices/verify").status_code == 401
        assert anyone.get("/repositories/prices/verify/x").status_code == 401
        assert anyone.get("/repositories/prices/verify/x/findings").status_code == 401
        assert anyone.delete("/repositories/prices/verify/x").status_code == 401


def test_a_server_that_was_set_up_at_work_is_asked(make_server) -> None:
    with make_server(initialised=False) as served, served.client() as client:
        client.post("/setup_lakefs", json={"username": "first"}).raise_for_status()

        ended = verify(served)

    assert (ended.returncode, ended.stdout) == (0, ""), ended.stderr
