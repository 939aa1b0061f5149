"""Runs the workloads on a server of ours, and on another by its URL if one is named, and prints the ratios.

MERE_BINARY names our program; LOAD_BINARY and BARE_BINARY the load generator and the HTTP server with nothing
behind it (else they are looked for beside it). With `--against`, the two take turns, `--rounds` times, and the
median of each figure counts.
"""

import argparse
import fnmatch
import json
import os
import pathlib
import statistics
import tempfile

import limits
import loading
import report
import scale
import server
import workloads

HERE = pathlib.Path(__file__).parent


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="of each load (5)")
    parser.add_argument("--big-mib", type=int, default=256, help="size of the big object (256)")
    parser.add_argument("--rounds", type=int, default=1, help="of the small work, of which the median counts (1)")
    parser.add_argument("--entries", type=int, default=1_000_000, help="of the large work; 0: none (1,000,000)")
    parser.add_argument("--commits", type=int, default=10_000, help="of the history of one path (10,000)")
    parser.add_argument("--listings", type=int, default=500, help="of a folder under deletes (500)")
    parser.add_argument("--imports", type=int, default=0, help="files to import, from a folder made for it (0)")
    parser.add_argument("--only", default="*", help="a pattern for the names of the small work")
    parser.add_argument("--folder", help="where our server's lake goes (the system's temporary folder)")
    parser.add_argument("--against", help="URL of a lakeFS-compatible server to compare with")
    parser.add_argument("--pid", type=int, help="its process, for its memory")
    parser.add_argument("--key", default=server.KEY, help="its access key id")
    parser.add_argument("--secret", default=server.SECRET, help="its secret access key")
    parser.add_argument("--quick", action="store_true", help="a small form, to see that it works")
    parser.add_argument("--report", action="store_true", help="write bench/report.md and report.svg")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    if options.quick:
        options.seconds, options.big_mib, options.entries, options.commits = 0.2, 8, 2000, 50
        options.listings, options.imports = 10, 100
    options.chosen = lambda name: fnmatch.fnmatch(name, options.only)
    return options


def measure_ours(binary: str, options) -> report.Figures:
    with server.ours(binary, options.folder) as mere:
        figures = {"start": (mere.start_seconds, "s")}
        return figures | workloads.measure(loading.Bench(mere, options))


def at_scale(binary: str, options) -> report.Figures:
    figures: report.Figures = {}
    if options.entries:
        with server.ours(binary, options.folder) as mere:
            figures |= scale.measure(loading.Bench(mere, options))
    if options.imports:
        import_options = argparse.Namespace(**{**vars(options), "entries": options.imports})
        with tempfile.TemporaryDirectory(prefix="mere-import-", dir=options.folder) as files:
            allowed = {
                "blockstore_local_import_enabled": "true",
                "blockstore_local_allowed_external_prefixes": files,
            }
            with server.ours(binary, options.folder, **allowed) as mere:
                bench = loading.Bench(mere, import_options)
                figures |= scale.import_entries(bench, pathlib.Path(files))
    return figures


def median_of(rounds: list[report.Figures]) -> report.Figures:
    return {
        name: (statistics.median(figures[name][0] for figures in rounds if name in figures), unit)
        for name, (_, unit) in rounds[0].items()
    }


def page(options, ours, theirs, large, large_theirs, found) -> str:
    how = (
        f"{os.cpu_count()} cores with the load on the same machine, {workloads.CONNECTIONS} connections where "
        f"nothing else is said; the two servers took turns, {options.rounds} rounds, medians."
    )
    parts = ["# What was measured", "", how, "", report.table(ours, theirs, found)]
    if large:
        parts += ["", f"## {options.entries:,} entries", "", report.table(large, large_theirs, {})]
    if theirs:
        parts += ["", "Bars are times better, marks what is asked for:", "", "![ratios](report.svg)"]
    return "\n".join(parts) + "\n"


def main() -> None:
    options = parse_options()
    binary = os.environ["MERE_BINARY"]
    bare = os.environ.get("BARE_BINARY", str(pathlib.Path(binary).parent / "http_bench_server"))
    found = limits.measure(bare, options)
    other = None
    if options.against:
        other = server.Server("other", options.against, options.key, options.secret, options.pid)

    ours_rounds, their_rounds = [], []
    for _ in range(options.rounds):
        ours_rounds.append(measure_ours(binary, options))
        if other:
            their_rounds.append(workloads.measure(loading.Bench(other, options)))
    ours, theirs = median_of(ours_rounds), median_of(their_rounds) if their_rounds else None
    large = at_scale(binary, options)
    large_theirs = scale.measure(loading.Bench(other, options)) if other and options.entries else None

    if options.json:
        names = ("mere", "other", "mere at scale", "other at scale", "limits")
        print(json.dumps(dict(zip(names, (ours, theirs, large, large_theirs, found))), indent=2))
        return
    text = page(options, ours, theirs, large, large_theirs, found)
    print(text)
    if options.report:
        (HERE / "report.md").write_text(text)
        if theirs:
            both = ours | large, theirs | (large_theirs or {})
            (HERE / "report.svg").write_text(report.plot(*both))


if __name__ == "__main__":
    main()
