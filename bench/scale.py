"""The large work: a branch of many entries, and what changes of a few of them cost."""

import collections
import json
import os
import pathlib
import re
import statistics
import subprocess
import time

from loading import Bench

CONNECTIONS = 32
PAGE = 1000
LISTING_SECONDS = 60
STAGE = (
    'PUT /branches/{branch}/objects?path=e/{number} '
    '{{"physical_address":"{namespace}/data/{number}","checksum":"{checksum}{number}","size_bytes":1024}}'
)


class Scale:
    def __init__(self, bench: Bench, results: dict[str, tuple[float, str]]):
        self.bench, self.entries, self.results = bench, bench.options.entries, results
        self.namespace = ""

    def stage(self, branch: str, number: str, count: int, checksum: str = "aa", **options):
        request = STAGE.format(branch=branch, number=number, namespace=self.namespace, checksum=checksum)
        return self.bench.load(request, connections=CONNECTIONS, count=count, **options)

    def put(self, name: str, value: float, unit: str = "s") -> None:
        self.results[name] = (value, unit)

    def pages(self, path: str) -> float:
        """Seconds to read a listing or a diff to its end."""
        began, after = time.perf_counter(), ""
        while True:
            page = self.bench.call("GET", path, params={"amount": PAGE, "after": after}).content
            pagination = json.loads(re.search(rb'"pagination":(\{[^{}]*\})', page)[1])
            if not pagination["has_more"]:
                return time.perf_counter() - began
            after = pagination["next_offset"]

    def commit(self, branch: str) -> float:
        return self.bench.timed("POST", f"/branches/{branch}/commits", json={"message": "x"})

    def commit_tables(self) -> float:
        """Commits entries that a program has written as tables, since staging 10⁷ takes a quarter of an hour."""
        tables = pathlib.Path(os.environ["MERE_BINARY"]).parent / "tables"
        command = [tables, f"{self.bench.server.data}/objects", self.namespace, str(self.entries)]
        written = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        params, body = {"source_metarange": written}, {"message": "written"}
        return self.bench.timed("POST", "/branches/main/commits", params=params, json=body)

    def run(self) -> None:
        bench, entries = self.bench, self.entries
        bench.create_repository()
        self.namespace = bench.call("GET", "").json()["storage_namespace"]
        if bench.options.tables:
            self.put("committing written tables", self.commit_tables())
        else:
            self.put("staging entries", self.stage("main", "{n}", entries).rate, "1/s")
            self.put("committing them", self.commit("main"))
        self.put("listing all", self.list_all())
        self.few_changes()
        self.scattered_changes()
        self.deletes()
        self.history()
        if most := bench.server.memory_mib("VmHWM"):
            self.put("memory at most", most, "MiB")

    def list_all(self) -> float:
        request = f"GET /refs/main/objects/ls?amount={PAGE}&after=e/{{n}}"
        return self.bench.load(request, connections=1, count=-(-self.entries // PAGE), step=PAGE).seconds

    def few_changes(self) -> None:
        """Commits of 10 changes; the median of five."""
        self.bench.branch("few")
        for name, number, options in (
            ("commit of 10 side by side", "{n}", {"first": self.entries // 2}),
            ("commit of 10 scattered", "{s}", {"scatter": self.entries}),
        ):
            times = []
            for turn in range(5):
                self.stage("few", number, 10, checksum=f"b{turn}", **options)
                times.append(self.commit("few"))
            self.put(name, statistics.median(times))

    def scattered_changes(self) -> None:
        """Every step on branches of its own; the median of three. One target stays where it was, so that its tree
        becomes the changed one; the other has moved on, before the merge and before the revert."""
        bench, times, changes = self.bench, collections.defaultdict(list), self.entries // 100
        for turn in range(3):
            changed, unmoved, moved = f"changed{turn}", f"unmoved{turn}", f"moved{turn}"
            for branch in (changed, unmoved, moved):
                bench.branch(branch)
            self.move_on(moved, first=changes)
            self.stage(changed, "{s}", changes, checksum=f"c{turn}", scatter=self.entries)
            times["uncommitted diff"].append(self.pages(f"/branches/{changed}/diff"))
            times["commit"].append(self.commit(changed))
            times["diff of references"].append(self.pages(f"/refs/main/diff/{changed}"))
            for suffix, target in ((" where nothing moved", unmoved), ("", moved)):
                merge = bench.timed("POST", f"/refs/{changed}/merge/{target}", json={})
                times["merge" + suffix].append(merge)
                revert = {"ref": bench.call("GET", f"/branches/{target}").json()["commit_id"], "parent_number": 1}
                if target == moved:
                    self.move_on(moved, first=changes + 10)
                times["revert" + suffix].append(bench.timed("POST", f"/branches/{target}/revert", json=revert))
        for name, seconds in times.items():
            self.put(f"1 %: {name}", statistics.median(seconds))

    def move_on(self, branch: str, first: int) -> None:
        """Ten changes that no other step makes."""
        self.stage(branch, "{s}", 10, checksum="d", scatter=self.entries, first=first)
        self.commit(branch)

    def deletes(self) -> None:
        """Listing what is left of a branch whose entries have all been deleted but not committed."""
        bench = self.bench
        bench.branch("emptied")
        bench.put("emptied", "e/z", b"left")
        began = time.perf_counter()
        for first in range(0, self.entries, PAGE):
            paths = [f"e/{number:08}" for number in range(first, min(first + PAGE, self.entries))]
            bench.call("POST", "/branches/emptied/objects/delete", json={"paths": paths})
        self.put("deleting all, a thousand a call", self.entries / (time.perf_counter() - began), "1/s")
        request = "GET /refs/emptied/objects/ls?amount=100&prefix=e/"
        once = bench.timed("GET", request.removeprefix("GET "))
        count = max(10, min(bench.options.listings, int(LISTING_SECONDS / once)))  # lakeFS takes seconds for one
        found = bench.load(request, connections=1, count=count)
        self.put("p99 of listings under as many deletes", found.p99_ms, "ms")

    def history(self) -> None:
        """The log of one path that few of many commits touched."""
        bench, commits = self.bench, self.bench.options.commits
        bench.branch("long")
        pair = (
            "POST /branches/long/objects?path=history/{n} @1",
            'POST /branches/long/commits {"message":"{n}"}',
        )
        made = bench.load(*pair, connections=16, count=commits, tolerate=True)
        self.put(f"making {commits:,} commits", made.iterations / made.seconds, "1/s")
        log = "/refs/long/commits?objects=history/00000007&amount=1"
        bench.call("GET", log)  # what an index is made of at the first question is not counted
        self.put("log of one path over them", statistics.median(bench.timed("GET", log) for _ in range(3)))


def import_entries(bench: Bench, folder: pathlib.Path, results: dict[str, tuple[float, str]]) -> None:
    """An import of small files below `folder`, which the server must be allowed to read."""
    for number in range(bench.options.entries):
        if number % PAGE == 0:
            (folder / f"{number // PAGE:05}").mkdir()
        (folder / f"{number // PAGE:05}" / f"{number % PAGE:03}").write_bytes(b"%d" % number)
    bench.create_repository()
    body = {
        "paths": [{"path": f"local://{folder}/", "destination": "imported/", "type": "common_prefix"}],
        "commit": {"message": "import"},
    }
    began = time.perf_counter()
    started = bench.call("POST", "/branches/main/import", json=body).json()["id"]
    while not (status := bench.call("GET", "/branches/main/import", params={"id": started}).json())["completed"]:
        time.sleep(0.05)
    if "error" in status:
        raise RuntimeError(status["error"])
    results["import"] = (bench.options.entries / (time.perf_counter() - began), "1/s")
    if most := bench.server.memory_mib("VmHWM"):
        results["memory at most, importing"] = (most, "MiB")


def measure(bench: Bench, results: dict[str, tuple[float, str]]) -> None:
    Scale(bench, results).run()
