"""Runs the workloads on a server of ours, and on another by its URL if one is named, and prints the ratios.

MERE_BINARY names our program; BARE_BINARY the HTTP server with nothing behind it (else it is looked for beside it).
"""

import argparse
import json
import os
import pathlib

import server
import workloads

RATES = {
    "branch get": workloads.branch_get,
    "stat": workloads.stat,
    "get of 1 KiB": workloads.get_1k,
    "list 100 by prefix": workloads.list_prefix,
    "list 100 folders": workloads.list_folders,
    "upload of 1 KiB": workloads.upload_1k,
    "branch create": workloads.branch_create,
}
TIMES = {
    "100 upload+commit pairs": workloads.commit_pairs,
    "160 pairs on 16 branches": workloads.commit_pairs_16,
}


def measure(under_test: server.Server, options) -> dict[str, tuple[float, str]]:
    results: dict[str, tuple[float, str]] = {}
    if idle := under_test.resident_mib():
        results["memory when idle"] = (idle, "MiB")
    bench = workloads.Bench(under_test, options.seconds)
    bench.prepare()
    for name, work in RATES.items():
        results[name] = (work(bench), "1/s")
    for name, work in TIMES.items():
        results[name] = (work(bench), "s")
    for name, seconds in workloads.diff_and_merge(bench).items():
        results[name] = (seconds, "s")
    for name, rate in workloads.big_object(bench, options.big_mib).items():
        results[name] = (rate, "MiB/s")
    if after := under_test.resident_mib():
        results["memory at the end"] = (after, "MiB")
    return results


def bare_rate(options, binary: str) -> float | None:
    bare = os.environ.get("BARE_BINARY", str(pathlib.Path(binary).parent / "http_bench_server"))
    if not pathlib.Path(bare).is_file():
        return None
    with server.bare(bare) as url:
        nobody = server.Server("bare", url, "", "")
        return workloads.Bench(nobody, options.seconds).wrk(url)


def better(ours: float, theirs: float, unit: str) -> float:
    return ours / theirs if unit in ("1/s", "MiB/s") else theirs / ours


def table(ours: dict, theirs: dict | None, bare: float | None) -> str:
    lines = ["| work | Mere | unit |" + (" other | times better |" if theirs else "") + (" of the bare server |" if bare else "")]
    lines.append("|---|---:|---|" + ("---:|---:|" if theirs else "") + ("---:|" if bare else ""))
    for name, (value, unit) in ours.items():
        line = f"| {name} | {value:,.3g} | {unit} |" if value < 1000 else f"| {name} | {value:,.0f} | {unit} |"
        if theirs:
            other = theirs.get(name)
            line += f" {other[0]:,.3g} | {better(value, other[0], unit):.1f}× |" if other else " | |"
        if bare:
            line += f" {100 * value / bare:.0f} % |" if unit == "1/s" else " |"
        lines.append(line)
    if bare:
        lines.append(f"| bare HTTP server | {bare:,.0f} | 1/s |" + (" | |" if theirs else "") + " 100 % |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="of each load (5)")
    parser.add_argument("--big-mib", type=int, default=256, help="size of the big object (256)")
    parser.add_argument("--against", help="URL of a lakeFS-compatible server to compare with")
    parser.add_argument("--key", default=server.KEY, help="its access key id")
    parser.add_argument("--secret", default=server.SECRET, help="its secret access key")
    parser.add_argument("--quick", action="store_true", help="a small form, to see that it works")
    parser.add_argument("--report", action="store_true", help="write bench/report.md")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    if options.quick:
        options.seconds, options.big_mib = 0.5, 8

    binary = os.environ["MERE_BINARY"]
    bare = bare_rate(options, binary)
    with server.ours(binary) as mere:
        ours = measure(mere, options)
    theirs = None
    if options.against:
        theirs = measure(server.Server("other", options.against, options.key, options.secret), options)

    if options.json:
        print(json.dumps({"mere": ours, "other": theirs, "bare": bare}, indent=2))
        return
    text = table(ours, theirs, bare)
    print(text)
    if options.report:
        cores = os.cpu_count()
        page = f"# What was measured\n\n{cores} cores, the load on the same machine, {workloads.CONNECTIONS} connections.\n\n{text}\n"
        (pathlib.Path(__file__).parent / "report.md").write_text(page)


if __name__ == "__main__":
    main()
