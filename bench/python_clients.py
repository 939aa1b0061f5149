"""The Python interfaces against those they replace, on one server and, for ours, in-process too; prints ratios.

MERE_BINARY names the server; PYTHONPATH holds mere, mere_sdk and mere_spec; lakefs, lakefs-sdk and
lakefs-spec are installed. `--against URL` runs today's clients on another lakeFS-compatible server.
"""

import argparse
import concurrent.futures
import dataclasses
import importlib
import io
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import limits
import memory
import quiet
import server

SMALL = os.urandom(16 * 1024)
CHUNK = os.urandom(1 << 20)


@dataclasses.dataclass
class Clients:
    """One family of clients on one lake."""

    name: str
    high_level: str
    generated: str
    file_system: str
    lake: dict[str, str]  # what the constructors are told
    scale: float  # of the counts: slow clients do less

    def __post_init__(self) -> None:
        self.lakefs = importlib.import_module(self.high_level)
        self.client = importlib.import_module(self.high_level + ".client").Client(**self.lake)
        self.sdk = self.client.sdk_client
        file_system = importlib.import_module(self.file_system).LakeFSFileSystem
        self.fs = file_system(**self.lake, use_listings_cache=False, skip_instance_cache=True)
        self.repository = self.lakefs.Repository("bench", client=self.client)
        self.branch = self.repository.branch("main")

    def count(self, number: int) -> int:
        return max(10, int(number * self.scale))


def rate(count: int, work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


def import_seconds(module: str) -> float:
    script = f"import time; start = time.perf_counter(); import {module}; print(time.perf_counter() - start)"
    runs = [subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True) for _ in range(5)]
    return min(float(run.stdout) for run in runs)


def prepare(clients: Clients, listed: int) -> None:
    """A repository with `listed` small objects, committed."""
    import mere_sdk._operations as operations

    clients.repository.create("local://bench", exist_ok=True)
    if next(iter(clients.branch.objects(max_amount=1, prefix="list/")), None) is not None:
        return
    session = ours_session(clients)
    calls = [(("bench", "main", f"list/{i:06}", None, None, None, None), b"x") for i in range(listed)]
    upload = operations.UPLOAD_OBJECT
    for failure in session.call_many(upload, calls, concurrency=64):
        if isinstance(failure, BaseException):
            raise failure
    clients.branch.commit("objects to list")


def ours_session(clients: Clients) -> Any:
    import mere

    return mere.Client(**clients.lake).sdk_client.objects_api.api_client.session


def stats(c: Clients, listed: int) -> dict[str, float]:
    count = c.count(5000)
    paths = [f"list/{i % listed:06}" for i in range(count)]
    objects = c.sdk.objects_api
    return {
        "stat, high level": rate(count, lambda: [c.branch.object(path).stat() for path in paths]),
        "stat, generated": rate(count, lambda: [objects.stat_object("bench", "main", path) for path in paths]),
        "stat, fsspec": rate(count, lambda: [c.fs.info(f"bench/main/{path}") for path in paths]),
    }


def listings(c: Clients, listed: int) -> dict[str, float]:
    def generated() -> int:
        found, after = 0, ""
        while True:
            page = c.sdk.objects_api.list_objects("bench", "main", prefix="list/", after=after, amount=1000)
            found += len(page.results)
            if not page.pagination.has_more:
                return found
            after = page.pagination.next_offset

    assert generated() == listed
    assert len(list(c.branch.objects(prefix="list/"))) == listed
    return {
        "list, high level": rate(listed, lambda: list(c.branch.objects(prefix="list/"))),
        "list, generated": rate(listed, generated),
        "list, fs.find": rate(listed, lambda: c.fs.find("bench/main/list/")),
    }


def many_files(c: Clients, folder: pathlib.Path) -> dict[str, float]:
    count = c.count(2000)
    source = folder / f"{c.name}-put"
    source.mkdir()
    for i in range(count):
        (source / f"{i:05}").write_bytes(SMALL)
    remote = f"bench/main/files-{c.name}"
    results = {"fs.put of 16 KiB": rate(count, lambda: c.fs.put(f"{source}/", f"{remote}/", recursive=True))}
    paths = [f"{remote}/{i:05}" for i in range(count)]
    got: dict[str, bytes] = {}
    results["fs.cat of 16 KiB"] = rate(count, lambda: got.update(c.fs.cat(paths)))
    assert len(got) == count and set(got.values()) == {SMALL}
    target = folder / f"{c.name}-get"
    target.mkdir()
    results["fs.get of 16 KiB"] = rate(count, lambda: c.fs.get(paths, [str(target / f"{i}") for i in range(count)]))
    assert (target / "7").read_bytes() == SMALL

    def read(i: int) -> None:
        with c.branch.object(f"files-{c.name}/{i:05}").reader() as reader:
            assert len(reader.read()) == len(SMALL)

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        # Half a second at most for ours, which hand each other the interpreter's lock: the best of five.
        results["reads by 16 threads"] = max(rate(count, lambda: list(pool.map(read, range(count)))) for _ in range(5))
    return results


def big_object(c: Clients, mib: int, folder: pathlib.Path) -> dict[str, float]:
    """MiB/s up and down; the best of three."""

    def up() -> None:
        with c.branch.object(f"big-{c.name}").writer("wb") as writer:
            for _ in range(mib):
                writer.write(CHUNK)

    def down() -> None:
        with c.branch.object(f"big-{c.name}").reader("rb") as reader:
            size = 0
            while piece := reader.read(len(CHUNK)):
                size += len(piece)
        assert size == mib << 20

    ups = []
    for _ in range(3):
        memory.fetch(str(folder), mib)
        ups.append(rate(mib, up))
    return {"one big object, up": max(ups), "one big object, down": max(rate(mib, down) for _ in range(10))}


def transactions(c: Clients) -> dict[str, float]:
    count = 100
    c.branch.commit("so that a transaction can be merged")

    def high_level() -> None:
        with c.branch.transact(commit_message="a hundred") as transaction:
            for i in range(count):
                transaction.object(f"transaction-{c.name}/{i}").upload(b"small")

    def fsspec() -> None:
        with c.fs.transaction("bench", "main") as transaction:
            for i in range(count):
                with c.fs.open(f"bench/{transaction.branch.id}/fs-transaction-{c.name}/{i}", "wb") as file:
                    file.write(b"small")
            transaction.commit("a hundred")

    return {
        "writes in a transaction, high level": rate(count, high_level),
        "writes in a transaction, fsspec": rate(count, fsspec),
    }


def parquet(c: Clients) -> dict[str, float]:
    import numpy
    import pandas

    path = f"bench/main/table-{c.name}.parquet"
    table = pandas.DataFrame({f"c{i}": numpy.random.default_rng(i).random(650_000) for i in range(10)})
    content = io.BytesIO()
    table.to_parquet(content)
    c.fs.pipe_file(path, content.getvalue())

    def read() -> None:
        with c.fs.open(path, "rb") as file:
            assert len(pandas.read_parquet(file, columns=["c2", "c7"])) == len(table)

    read()
    return {"parquet, 2 of 10 columns of 50 MB": 1 / min(1 / rate(1, read) for _ in range(3))}


def measure(c: Clients, options: argparse.Namespace, folder: pathlib.Path) -> dict[str, float]:
    prepare(c, options.listed)
    if not options.quick:
        quiet.wait()
    results = stats(c, options.listed) | listings(c, options.listed) | many_files(c, folder)
    return results | big_object(c, options.big_mib, folder) | transactions(c) | parquet(c)


def loopback_mib_a_second(size_mib: int) -> float:
    """From one thread of this process to another, by TCP."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def send() -> None:
            with socket.create_connection(listener.getsockname()) as sender:
                for _ in range(size_mib):
                    sender.sendall(CHUNK)

        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            start = time.perf_counter()
            sending = pool.submit(send)
            receiver, into, size = listener.accept()[0], bytearray(len(CHUNK)), 0
            with receiver:
                while count := receiver.recv_into(into):
                    size += count
            sending.result()
        assert size == size_mib << 20
        return size_mib / (time.perf_counter() - start)


def limits_of_the_machine(size_mib: int) -> str:
    """What no transfer of one big object can beat."""
    disk = max(limits.disk_mib_a_second(None, size_mib) for _ in range(3))
    loopback = max(loopback_mib_a_second(size_mib) for _ in range(3))
    return f"The disk takes {disk:,.0f} MiB/s, written and synced; loopback {loopback:,.0f} MiB/s."


def table(today: dict[str, float], ours: dict[str, float], embedded: dict[str, float]) -> str:
    lines = ["| work, a second | today | Mere | times | in-process | times |", "|---|---:|---:|---:|---:|---:|"]
    for name, value in today.items():
        cells = [f"{value:,.3g}"]
        for other in (ours, embedded):
            cells += [f"{other[name]:,.4g}", f"{other[name] / value:,.1f}×"] if name in other else ["", ""]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listed", type=int, default=20_000, help="objects to list (20,000)")
    parser.add_argument("--big-mib", type=int, default=256, help="size of the big object (256)")
    parser.add_argument("--quick", action="store_true", help="a small form, to see that it works")
    parser.add_argument("--against", help="where today's clients work; else on the same server as ours")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--report", action="store_true", help="write bench/python_report.md")
    options = parser.parse_args()
    slow = 0.1
    if options.quick:
        options.listed, options.big_mib, slow = 2_000, 8, 0.01

    # What was written goes when all is measured: files are slow to make on some file systems just after many
    # were removed, and who comes next would pay for it.
    with tempfile.TemporaryDirectory(prefix="mere-bench-") as kept:
        folder = pathlib.Path(kept)
        with server.ours(os.environ["MERE_BINARY"], kept) as mere:
            at = {"username": server.KEY, "password": server.SECRET}
            served = Clients("mere", "mere", "mere_sdk", "mere_spec", at | {"host": mere.url}, 10 * slow)
            ours = measure(served, options, folder)
            in_process = {"lake": str(folder / "embedded")}
            inside = Clients("embedded", "mere", "mere_sdk", "mere_spec", in_process, 10 * slow)
            embedded = measure(inside, options, folder)
            host = at | {"host": options.against or mere.url}
            now = Clients("today", "lakefs", "lakefs_sdk", "lakefs_spec", host, slow)
            today = measure(now, options, folder)
    for name, theirs in (("mere", "lakefs"), ("mere_sdk", "lakefs_sdk"), ("mere_spec", "lakefs_spec")):
        today[f"imports of {theirs}"] = 1 / import_seconds(theirs)
        ours[f"imports of {theirs}"] = 1 / import_seconds(name)
    if options.json:
        print(json.dumps({"today": today, "mere": ours, "in-process": embedded}, indent=2))
        return
    text = table(today, ours, embedded) + "\n\n" + limits_of_the_machine(options.big_mib)
    print(text)
    if options.report:
        where = "on the server named" if options.against else "on the same server as ours"
        page = f"# The Python interfaces, measured\n\n{os.cpu_count()} cores; today's clients {where}.\n\n{text}\n"
        (pathlib.Path(__file__).parent / "python_report.md").write_text(page)


if __name__ == "__main__":
    main()
