"""The small work: each function does one kind on a prepared repository and answers what it measured."""

import collections
import statistics
import time

import memory
from loading import Bench

FOLDERS, FILES = 100, 100
CONNECTIONS = 32
UPLOAD = "POST /branches/{branch}/objects?path={path} @{size}"
COMMIT = 'POST /branches/{branch}/commits {{"message":"{message}"}}'


def prepare(bench: Bench) -> None:
    """10,000 objects of 1 KiB in 100 folders, committed."""
    bench.create_repository()
    for folder in range(FOLDERS):
        path = f"folder{folder:03}/file{{n}}"
        bench.load(UPLOAD.format(branch="main", path=path, size=1024), connections=16, count=FILES)
    bench.commit("main", "prepare")


def rate_of(request: str):
    def work(bench: Bench) -> float:
        return bench.load(request, connections=CONNECTIONS, seconds=bench.options.seconds).rate

    return work


branch_get = rate_of("GET /branches/main")
stat = rate_of("GET /refs/main/objects/stat?path=folder042/file00000042")
get_1k = rate_of("GET /refs/main/objects?path=folder042/file00000042")
list_prefix = rate_of("GET /refs/main/objects/ls?amount=100&prefix=folder042/")
list_folders = rate_of("GET /refs/main/objects/ls?amount=100&delimiter=/")


def upload_1k(bench: Bench) -> float:
    bench.branch("uploads")
    request = UPLOAD.format(branch="uploads", path="up/{n}", size=1024)
    return bench.load(request, connections=CONNECTIONS, seconds=bench.options.seconds).rate


def upload_latency(bench: Bench) -> float:
    """The 99th of 100 uploads of 1 KiB at 64 connections, ms."""
    bench.branch("latency")
    request = UPLOAD.format(branch="latency", path="up/{n}", size=1024)
    return bench.load(request, connections=64, seconds=bench.options.seconds).p99_ms


def branch_create(bench: Bench) -> float:
    request = f'POST /branches {{"name":"b-{bench.run}-{{n}}","source":"main"}}'
    return bench.load(request, connections=CONNECTIONS, seconds=bench.options.seconds).rate


def pair(branch: str, folder: str = "pair") -> tuple[str, str]:
    return (
        UPLOAD.format(branch=branch, path=folder + "/{c}/{i}", size=1),
        COMMIT.format(branch=branch, message="pair {c} {i}"),
    )


def commit_pairs(bench: Bench) -> float:
    """100 times upload, then commit, one after the other; seconds."""
    bench.branch("pairs")
    return bench.load(*pair("pairs"), connections=1, count=100).seconds


def commit_pairs_16(bench: Bench) -> float:
    """10 such pairs on each of 16 branches at once; seconds."""
    for number in range(16):
        bench.branch(f"side-{number:08}")
    return bench.load(*pair("side-{c}"), connections=16, count=160).seconds


def pairs_within(bench: Bench) -> dict[str, tuple[float, str]]:
    """The same among the 10,000 objects instead of behind them: each commit writes a part of these anew."""
    bench.branch("within")
    for number in range(16):
        bench.branch(f"within-{number:08}")
    folder = "folder050/pair"
    alone = bench.load(*pair("within", folder), connections=1, count=100).seconds
    together = bench.load(*pair("within-{c}", folder), connections=16, count=160).seconds
    return {"100 pairs among 10,000 objects": (alone, "s"), "160 of them on 16 branches": (together, "s")}


def commits_of_64(bench: Bench) -> dict[str, tuple[float, str]]:
    """64 writers on one branch, each uploading and committing; commits a second, and how many were refused."""
    bench.branch("crowd")
    upload, commit = pair("crowd")
    commit = commit.replace('"}', '","allow_empty":true}')
    found = bench.load(upload, commit, connections=64, seconds=bench.options.seconds, tolerate=True)
    return {
        "64 writers, one branch": ((found.requests / 2 - found.refused) / found.seconds, "1/s"),
        "of their requests refused": (found.refused, ""),
    }


def diff_and_merge(bench: Bench) -> dict[str, tuple[float, str]]:
    """100 changes scattered over 10,000 objects; seconds for each step, the median of five."""
    times = collections.defaultdict(list)
    for turn in range(5):
        changed, target = f"changed{turn}", f"target{turn}"
        bench.branch(changed)
        bench.branch(target)
        for folder in range(FOLDERS):
            bench.put(changed, f"folder{folder:03}/file00000050", b"changed%d" % turn)
        for name, method, path, body in (
            ("uncommitted diff of 100", "GET", f"/branches/{changed}/diff?amount=1000", None),
            ("commit of 100 scattered", "POST", f"/branches/{changed}/commits", {"message": "x"}),
            ("diff of references", "GET", f"/refs/main/diff/{changed}?amount=1000", None),
            ("merge", "POST", f"/refs/{changed}/merge/{target}", {}),
        ):
            times[name].append(bench.timed(method, path, json=body))
    return {name: (statistics.median(seconds), "s") for name, seconds in times.items()}


def big_object(bench: Bench) -> dict[str, tuple[float, str]]:
    """MiB/s up and down; the best of three, and of ten, since a download takes 50 ms."""
    size = bench.options.big_mib
    bench.branch("big")
    ups, downs = [], []
    for number in range(3):
        upload = UPLOAD.format(branch="big", path=f"big{number}", size=size << 20)
        memory.fetch(bench.options.folder, size)
        ups.append(size / bench.load(upload, connections=1, count=1).seconds)
    for _ in range(10):
        downs.append(size / bench.load("GET /refs/big/objects?path=big0", connections=1, count=1).seconds)
    return {f"{size} MiB up": (max(ups), "MiB/s"), f"{size} MiB down": (max(downs), "MiB/s")}


def measure(bench: Bench, results: dict[str, tuple[float, str]]) -> None:
    """Everything here, by the names of the report: value and unit."""
    if idle := bench.server.memory_mib():
        results["memory when idle"] = (idle, "MiB")
    began = time.perf_counter()
    prepare(bench)
    results["10,000 uploads and a commit"] = (time.perf_counter() - began, "s")
    for name, work, unit in (
        ("branch get", branch_get, "1/s"),
        ("stat", stat, "1/s"),
        ("get of 1 KiB", get_1k, "1/s"),
        ("list 100 by prefix", list_prefix, "1/s"),
        ("list 100 folders", list_folders, "1/s"),
        ("upload of 1 KiB", upload_1k, "1/s"),
        ("p99 of uploads, 64 connections", upload_latency, "ms"),
        ("branch create", branch_create, "1/s"),
        ("100 upload+commit pairs", commit_pairs, "s"),
        ("160 pairs on 16 branches", commit_pairs_16, "s"),
    ):
        if bench.options.chosen(name):
            results[name] = (work(bench), unit)
    for name, several in (
        ("pairs within", pairs_within),
        ("64 writers", commits_of_64),
        ("diff and merge", diff_and_merge),
        ("big object", big_object),
    ):
        if bench.options.chosen(name):
            for figure, value in several(bench).items():
                results[figure] = value
    if after := bench.server.memory_mib("VmHWM"):
        results["memory at most"] = (after, "MiB")
