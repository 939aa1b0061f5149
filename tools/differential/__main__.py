"""python tools/differential --reference URL --subject URL [--seeds 1-100]: see README.md."""

import argparse
import concurrent.futures
import itertools
import os
import sys
import time
from collections import Counter
from pathlib import Path

import scenario
import steps as step_lists
from compare import Difference, compare
from declared import declaration
from server import Server
from shrink import shrink
from steps import Step

ACCESS_KEY = "AKIAIOSFOLQUICKSTART"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


class Pair:
    """The two servers; every run has repositories of its own."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._servers = (
            Server(options.reference, options.access_key, options.secret_key, settle=options.settle),
            Server(options.subject, options.access_key, options.secret_key),
        )
        self._threads = concurrent.futures.ThreadPoolExecutor(2)
        self._runs = itertools.count(1)
        self._nonce = f"{os.getpid():x}{int(time.time()) % 0x100000:x}"
        self._messages = options.messages
        self._everything = options.everything
        self.requests = 0
        self.declared: Counter[str] = Counter()

    def differences(self, steps: list[Step]) -> list[Difference]:
        """Those that nobody declared, of which the first is the one to look at: others may follow from it."""
        run = next(self._runs)
        names = tuple(f"diff-{self._nonce}-{run}-{side}" for side in "rs")  # of one length: it shows in sizes
        reference, subject = self._threads.map(lambda server, name: server.run(steps, name), self._servers, names)
        self.requests += 2 * len(steps)
        found = []
        for difference in compare(steps, reference, subject, names, self._messages):
            declared = None if self._everything else declaration(difference)
            if declared is None:
                found.append(difference)
                continue
            self.declared[declared.line] += 1
            if declared.diverges:
                break
        return found


def seeds_of(text: str) -> list[int]:
    first, _, last = text.partition("-")
    return list(range(int(first), int(last or first) + 1))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="differential", description=__doc__)
    parser.add_argument("--reference", required=True, metavar="URL", help="a lakeFS-compatible server")
    parser.add_argument("--subject", required=True, metavar="URL", help="the server to compare with it")
    parser.add_argument("--access-key", default=os.environ.get("MERE_ACCESS_KEY_ID", ACCESS_KEY), help="of both")
    parser.add_argument("--secret-key", default=os.environ.get("MERE_SECRET_ACCESS_KEY", SECRET_KEY), help="of both")
    parser.add_argument("--seeds", default="1", help="one, or a range such as 1-100")
    parser.add_argument(
        "--steps", type=int, default=200, help="requests of a scenario, before the final look at everything"
    )
    parser.add_argument("--settings", action="store_true", help="change protection and retention rules too")
    parser.add_argument(
        "--settle",
        type=float,
        default=0,
        metavar="SECONDS",
        help="wait after such changes, for a reference that caches them",
    )
    parser.add_argument("--messages", action="store_true", help="compare the words of errors too")
    parser.add_argument("--everything", action="store_true", help="list declared differences too")
    parser.add_argument("--no-shrink", action="store_true", help="only list, do not look for the shortest scenario")
    parser.add_argument(
        "--keep", type=Path, metavar="FILE", help="write the shortest scenario of the first failing seed there"
    )
    parser.add_argument("--replay", type=Path, metavar="FILE", help="run such a file instead of seeds")
    parser.add_argument("--stop-after", type=int, default=5, metavar="N", help="failing seeds (default 5)")
    return parser.parse_args()


def report(pair: Pair, steps: list[Step], found: list[Difference], options: argparse.Namespace) -> list[Step]:
    kind = found[0].kind()
    shortest = steps[: steps.index(found[0].step) + 1]  # what comes later cannot matter
    if not options.no_shrink:

        def shows(rest: list[Step]) -> bool:
            return any(difference.kind() == kind for difference in pair.differences(rest))

        shortest = shrink(shortest, shows) if shows(shortest) else steps
        found = [difference for difference in pair.differences(shortest) if difference.kind() == kind] or found
        for step in shortest:
            print(f"     {step.line()}")
    print(f"   differs at {found[0].text()}", flush=True)
    return shortest


def main() -> int:
    options = arguments()
    pair = Pair(options)
    scenarios = (
        [("replay", step_lists.from_json(options.replay.read_text()))]
        if options.replay
        else ((seed, scenario.generate(seed, options.steps, options.settings)) for seed in seeds_of(options.seeds))
    )
    failed = done = 0
    for seed, steps in scenarios:
        found = pair.differences(steps)
        done += 1
        if not found:
            continue
        failed += 1
        print(f"seed {seed}: {len(found)} differences in {len(steps)} steps", flush=True)
        shortest = report(pair, steps, found, options)
        if options.keep and failed == 1:
            options.keep.write_text(step_lists.to_json(shortest))
        if failed >= options.stop_after:
            break
    print(f"{done} scenarios, {pair.requests} requests, {failed} with differences")
    for line, count in sorted(pair.declared.items()):
        print(f"  declared, {count} times: {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
