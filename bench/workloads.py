"""The work: each function does one kind on a prepared server and answers a rate (1/s) or a time (s)."""

import concurrent.futures
import pathlib
import re
import subprocess
import time
import urllib.parse
import uuid

import httpx

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = "bench"
FOLDERS, FILES = 100, 100
CONNECTIONS = 32


class Bench:
    def __init__(self, server, seconds: float):
        self.server, self.seconds = server, seconds
        self.run = uuid.uuid4().hex[:8]
        self.repository = f"{REPOSITORY}-{self.run}"
        self.api = f"{server.url}/api/v1"
        self.client = httpx.Client(
            base_url=f"{self.api}/repositories/{self.repository}",
            headers={"Authorization": server.authorization}, timeout=120, trust_env=False,
            limits=httpx.Limits(max_connections=128),
        )

    def call(self, method: str, path: str, **arguments) -> httpx.Response:
        answer = self.client.request(method, path, **arguments)
        if answer.status_code >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
        return answer

    def prepare(self) -> None:
        """10,000 objects of 1 KiB in 100 folders, committed."""
        prefix = self.client.get(f"{self.api}/config/storage").json()["default_namespace_prefix"] or "mem://"
        body = {"name": self.repository, "storage_namespace": f"{prefix}{self.repository}"}
        self.client.post(f"{self.api}/repositories", json=body).raise_for_status()
        paths = [f"folder{folder:03}/file{file:03}" for folder in range(FOLDERS) for file in range(FILES)]
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda path: self.put("main", path, b"x" * 1024), paths))
        self.commit("main", "prepare")

    def put(self, branch: str, path: str, data: bytes) -> None:
        self.call("POST", f"/branches/{branch}/objects", params={"path": path}, content=data)

    def commit(self, branch: str, message: str) -> str:
        return self.call("POST", f"/branches/{branch}/commits", json={"message": message}).json()["id"]

    def branch(self, name: str) -> None:
        self.call("POST", "/branches", json={"name": name, "source": "main"})

    def wrk(self, url: str, *script: str) -> float:
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{self.seconds:g}s", "-H", f"Authorization: {self.server.authorization}"]
        if script:
            command += ["-s", str(HERE / "load" / script[0])]
        command.append(url)
        if script:
            command += ["--", *script[1:]]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        if "Non-2xx" in text:
            raise RuntimeError(f"{url}: {text}")
        return float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])

    def get(self, path: str) -> float:
        return self.wrk(f"{self.api}/repositories/{self.repository}{path}")


def stat(bench: Bench) -> float:
    return bench.get("/refs/main/objects/stat?path=folder042/file042")


def get_1k(bench: Bench) -> float:
    return bench.get("/refs/main/objects?path=folder042/file042")


def list_prefix(bench: Bench) -> float:
    return bench.get("/refs/main/objects/ls?amount=100&prefix=folder042/")


def list_folders(bench: Bench) -> float:
    return bench.get("/refs/main/objects/ls?amount=100&delimiter=/")


def branch_get(bench: Bench) -> float:
    return bench.get("/branches/main")


def upload_1k(bench: Bench) -> float:
    bench.branch("uploads")
    return bench.wrk(bench.server.url, "upload.lua", bench.repository, "uploads", bench.server.authorization, bench.run)


def branch_create(bench: Bench) -> float:
    return bench.wrk(bench.server.url, "branch.lua", bench.repository, bench.server.authorization, bench.run)


def commit_pairs(bench: Bench) -> float:
    """100 times upload, then commit, one after the other; seconds."""
    bench.branch("pairs")
    began = time.perf_counter()
    for number in range(100):
        bench.put("pairs", f"pair/{number}", b"x")
        bench.commit("pairs", f"pair {number}")
    return time.perf_counter() - began


def commit_pairs_16(bench: Bench) -> float:
    """10 pairs on each of 16 branches at once; seconds."""
    for number in range(16):
        bench.branch(f"side{number}")

    def work(number: int) -> None:
        for pair in range(10):
            bench.put(f"side{number}", f"pair/{pair}", b"x")
            bench.commit(f"side{number}", f"pair {pair}")

    began = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))
    return time.perf_counter() - began


def diff_and_merge(bench: Bench) -> dict[str, float]:
    """100 changes scattered over 10,000 objects; seconds for each step."""
    bench.branch("changed")
    for folder in range(FOLDERS):
        bench.put("changed", f"folder{folder:03}/file050", b"changed")
    times = {}

    def timed(name: str, work) -> None:
        began = time.perf_counter()
        work()
        times[name] = time.perf_counter() - began

    timed("uncommitted diff of 100", lambda: bench.call("GET", "/branches/changed/diff?amount=1000"))
    timed("commit of 100 scattered", lambda: bench.commit("changed", "scattered"))
    timed("diff of references", lambda: bench.call("GET", "/refs/main/diff/changed?amount=1000"))
    timed("merge", lambda: bench.call("POST", "/refs/changed/merge/main", json={}))
    return times


def big_object(bench: Bench, size_mib: int) -> dict[str, float]:
    """MiB/s up and down."""
    data = b"\x5a" * (size_mib << 20)
    bench.branch("big")
    began = time.perf_counter()
    bench.put("big", "big", data)
    up = size_mib / (time.perf_counter() - began)
    url = f"{bench.api}/repositories/{bench.repository}/refs/big/objects?" + urllib.parse.urlencode({"path": "big"})
    began = time.perf_counter()
    subprocess.run(["curl", "-sS", "-o", "/dev/null", "-H", f"Authorization: {bench.server.authorization}", url], check=True)
    down = size_mib / (time.perf_counter() - began)
    return {f"{size_mib} MiB up": up, f"{size_mib} MiB down": down}
