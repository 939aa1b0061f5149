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
import sys
import tempfile
from collections.abc import Callable

import limits
import loading
import quiet
import report
import s3_work
import scale
import server
import workloads
from gathered import Gathered

HERE = pathlib.Path(__file__).parent


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="of each load (5)")
    parser.add_argument("--big-mib", type=int, default=256, help="size of the big object (256)")
    parser.add_argument("--rounds", type=int, default=1, help="of the small work, of which the median counts (1)")
    parser.add_argument("--entries", type=int, default=1_000_000, help="of the large work; 0: none (1,000,000)")
    parser.add_argument("--tables", action="store_true",
                        help="write the entries of the large work as tables instead of staging them: ours only")
    parser.add_argument("--commits", type=int, default=10_000, help="of the history of one path (10,000)")
    parser.add_argument("--listings", type=int, default=500, help="of a folder under deletes (500)")
    parser.add_argument("--imports", type=int, default=0, help="files to import, from a folder made for it (0)")
    parser.add_argument("--connections", type=int, default=1000, help="that stay open (1,000)")
    parser.add_argument("--only", default="*", help="a pattern for the names of the small work")
    parser.add_argument("--work", default="all", choices=("all", "rest", "s3"), help="one protocol's work only")
    parser.add_argument("--folder", help="where all lakes go until the end (the system's temporary folder)")
    parser.add_argument("--against", help="URL of a lakeFS-compatible server to compare with")
    parser.add_argument("--pid", type=int, help="its process, for its memory")
    parser.add_argument("--key", default=server.KEY, help="its access key id")
    parser.add_argument("--secret", default=server.SECRET, help="its secret access key")
    parser.add_argument("--plain-s3", help="URL of a plain S3 service to compare the gateway with, or seaweedfs: "
                        "one is started")
    parser.add_argument("--plain-key", help="its access key id")
    parser.add_argument("--plain-secret", help="its secret access key")
    parser.add_argument("--plain-pid", type=int, help="its process, for its memory")
    parser.add_argument("--quick", action="store_true", help="a small form, to see that it works")
    parser.add_argument("--report", action="store_true", help="write bench/report.md and report.svg")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    if options.quick:
        options.seconds, options.big_mib, options.entries, options.commits = 0.2, 8, 2000, 50
        options.listings, options.imports, options.connections = 10, 100, 50
    options.chosen = lambda name: fnmatch.fnmatch(name, options.only)
    return options


def measure_ours(binary: str, options, figures: Gathered) -> None:
    with server.ours(binary, options.folder) as mere:
        figures["start"] = (mere.start_seconds, "s")
        workloads.measure(loading.Bench(mere, options), figures)


def s3_of_ours(binary: str, options, figures: Gathered) -> None:
    with server.ours(binary, options.folder) as mere:
        s3_of_other(mere, options, figures)


def s3_of_other(other: server.Server, options, figures: Gathered) -> None:
    with s3_work.branch(loading.Bench(other, options)) as place:
        s3_work.measure(place, figures)


def s3_of_plain(options, figures: Gathered) -> None:
    with s3_work.plain_service(options) as service, s3_work.bucket(service, options) as place:
        s3_work.measure(place, figures)


def at_scale(binary: str, options, figures: Gathered) -> None:
    if options.entries:
        with server.ours(binary, options.folder) as mere:
            scale.measure(loading.Bench(mere, options), figures)
    if options.imports:
        import_options = argparse.Namespace(**{**vars(options), "entries": options.imports})
        with tempfile.TemporaryDirectory(prefix="mere-import-", dir=options.folder) as files:
            allowed = {
                "blockstore_local_import_enabled": "true",
                "blockstore_local_allowed_external_prefixes": files,
            }
            with server.ours(binary, options.folder, **allowed) as mere:
                scale.import_entries(loading.Bench(mere, import_options), pathlib.Path(files), figures)


def median_of(rounds: list[report.Figures]) -> report.Figures:
    units = {name: unit for figures in rounds for name, (_, unit) in figures.items()}
    return {
        name: (statistics.median(figures[name][0] for figures in rounds if name in figures), unit)
        for name, unit in units.items()
    }


def page(options, figures: dict[str, report.Figures], found) -> str:
    how = (
        f"{os.cpu_count()} cores with the load on the same machine, {workloads.CONNECTIONS} connections where "
        f"nothing else is said; the servers took turns, {options.rounds} rounds, medians."
    )
    parts = ["# What was measured", "", how]
    for title, ours, theirs in (
        ("", "mere", "other"),
        (f"{options.entries:,} entries" if options.entries else f"{options.imports:,} files imported",
         "mere at scale", "other at scale"),
        ("The S3 gateway", "mere s3", "other s3"),
    ):
        if figures[ours]:
            limited = {} if ours == "mere at scale" else found
            parts += [*(["", f"## {title}"] if title else []), "",
                      report.table(figures[ours], figures[theirs] or None, limited)]
    if figures["plain s3"]:
        parts += ["", "## The S3 gateway beside a plain S3 service", "",
                  report.plain_table(figures["mere s3"], figures["plain s3"])]
    if figures["other"] or figures["other s3"]:
        parts += ["", "Bars are times better, marks what is asked for:", "", "![ratios](report.svg)"]
    return "\n".join(parts) + "\n"


def main() -> None:
    options = parse_options()
    with tempfile.TemporaryDirectory(prefix="mere-bench-", dir=options.folder) as options.folder:
        run(options)


def run(options) -> None:
    binary = os.environ["MERE_BINARY"]
    bare = os.environ.get("BARE_BINARY", str(pathlib.Path(binary).parent / "http_bench_server"))
    found = limits.measure(bare, options)
    other = None
    if options.against:
        other = server.Server("other", options.against, options.key, options.secret, options.pid)

    rounds: dict[str, list[report.Figures]] = {
        name: []
        for name in ("mere", "other", "mere s3", "other s3", "plain s3", "mere at scale", "other at scale")
    }

    def turn(name: str, measure: Callable[[Gathered], None]) -> None:
        if not options.quick:
            quiet.wait()
        rounds[name].append(Gathered(name).gather(measure))

    for _ in range(options.rounds):
        if options.work != "s3":
            turn("mere", lambda figures: measure_ours(binary, options, figures))
            if other:
                turn("other", lambda figures: workloads.measure(loading.Bench(other, options), figures))
        if options.work != "rest":
            turn("mere s3", lambda figures: s3_of_ours(binary, options, figures))
            if other:
                turn("other s3", lambda figures: s3_of_other(other, options, figures))
            if options.plain_s3:
                turn("plain s3", lambda figures: s3_of_plain(options, figures))
    if options.work != "s3":
        turn("mere at scale", lambda figures: at_scale(binary, options, figures))
        if other and options.entries:
            turn("other at scale", lambda figures: scale.measure(loading.Bench(other, options), figures))
    figures = {name: median_of(several) for name, several in rounds.items()}
    # Machines that others use too are faster at one time than at another.
    found = {name: max(found[name], again) for name, again in limits.measure(bare, options).items()}

    if Gathered.failures:
        print(*("What failed:", *Gathered.failures), sep="\n- ", file=sys.stderr)
    if options.json:
        print(json.dumps(figures | {"limits": found}, indent=2))
    else:
        show(options, figures, found)
    if Gathered.failures:
        raise SystemExit(1)


def show(options, figures: dict[str, report.Figures], found) -> None:
    text = page(options, figures, found)
    print(text)
    if options.report and not Gathered.failures:
        (HERE / "report.md").write_text(text)
        if options.against:
            sides = ("mere", "mere at scale", "mere s3"), ("other", "other at scale", "other s3")
            ours, theirs = ({k: v for name in side for k, v in figures[name].items()} for side in sides)
            (HERE / "report.svg").write_text(report.plot(ours, theirs))


if __name__ == "__main__":
    main()
