"""tools/differential, tried on this server against itself, with and without a planted fault."""

import json
import re
import subprocess
import sys
from pathlib import Path

from support.meddler import forgetful
from support.poll import patience

TOOLS = Path(__file__).parents[1] / "tools" / "differential"
PAGE = Path(__file__).parents[1] / "docs" / "differences.md"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, TOOLS, *arguments], capture_output=True, text=True, timeout=patience(300))


def test_a_server_does_not_differ_from_itself(server) -> None:
    done = run(
        "--reference",
        server.url,
        "--subject",
        server.url,
        "--seeds",
        "1-2",
        "--steps",
        "60",
        "--messages",
        "--everything",
        "--settings",
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^2 scenarios, \d{3,} requests, 0 with differences$", done.stdout, re.MULTILINE), done.stdout


def test_a_planted_difference_is_found_and_cut_down(server, tmp_path: Path) -> None:
    def forgets(method: str, target: str) -> bool:
        return method == "DELETE" and target.endswith("/branches/main/objects?path=b")

    with forgetful(server.url, forgets) as faulty:
        done = run(
            "--reference",
            server.url,
            "--subject",
            faulty,
            "--seeds",
            "1-40",
            "--steps",
            "40",
            "--stop-after",
            "1",
            "--keep",
            str(tmp_path / "kept.json"),
        )
        assert done.returncode == 1, done.stdout + done.stderr
        kept = json.loads((tmp_path / "kept.json").read_text())
        replayed = run(
            "--reference", server.url, "--subject", faulty, "--replay", str(tmp_path / "kept.json"), "--no-shrink"
        )

    # An upload, its deletion, and the question whose answer differs; at most something in between.
    assert any(step["method"] == "DELETE" and step["query"] == [["path", "b"]] for step in kept), done.stdout
    assert 2 <= len(kept) <= 6, done.stdout
    assert replayed.returncode == 1, replayed.stdout
    assert (
        run("--reference", server.url, "--subject", server.url, "--replay", str(tmp_path / "kept.json")).returncode == 0
    )


def test_declared_differences_stand_in_the_page() -> None:
    sys.path.insert(0, str(TOOLS))
    try:
        from declared import DECLARED
    finally:
        sys.path.remove(str(TOOLS))
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]

    for declared in DECLARED:
        assert any(row.startswith(f"| {declared.line}") for row in rows), declared.line
