"""The real `lakectl`, from MERE_LAKECTL or PATH: what it prints against Mere is what it printed against lakeFS.

The recorded runs (data/lakectl/README.md) build on each other: one server and one folder see all of them in order.
"""

import json
import os
import pty
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import keys, program
from support.poll import patience
from support.server import Server

LAKECTL = os.environ.get("MERE_LAKECTL") or shutil.which("lakectl")
pytestmark = pytest.mark.skipif(LAKECTL is None, reason="no lakectl: put it on PATH or name it in MERE_LAKECTL")

STEPS = [json.loads(line) for line in
         (Path(__file__).parent / "data" / "lakectl" / "sessions.jsonl").read_text().splitlines()]

# What differs from run to run, and what only depends on the width of it. In this order.
WORDS = [
    (r"\x1b\[[0-9;?]*[A-Za-z]|\x08", ""),
    (r"[0-9a-f]{64}", "<commit>"),
    (r"\b[0-9a-f]{16}\b", "<short>"),
    (r"(?<=<b>)[0-9a-f]{8}\b|(?<=< )[0-9a-f]{7,8}\b", "<shorter>"),
    (r"(?<=git_commit_id      = )[0-9a-f]+", "<git>"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? \+0000 UTC", "<time>"),
    (r"(timestamp:|client-mtime =) \d+", r"\1 <epoch>"),
    (r"local:///\S+?/((?:demo|loc)/data/)", r"local:///<data>/\1"),
    (r"lakeFS version: \S+", "lakeFS version: <version>"),
    (r"(?m)^(\d{3}) \d{10}$", r"\1 <epoch>"),
    (r"[0-9a-v]{20}/[0-9a-v]{20}", "<address>"),
    (r"installation ID: \S+", "installation ID: <id>"),
    (r"(\|?) *20\d\d[ |\t]+\d+[ |\t]+\d+(?: \|)?(?=\n)", "<usage>"),
    (r"GC[\w-]{20,}", "<task>"),
    (r"run id '[0-9a-v]{20}'", "run id '<run>'"),
    (r"\s*[\u2800-\u28ff] Importing [^\n\r]*?\[\d+\w*\]\s*", "\n"),
    (r"\[\S+ in \w+\]", "[<size> in <time>]"),
    (r"(?m)^Warning: Using \"lakectl local\" requires .*\n+", ""),
    (r"(?m)^(\d+|min|max)\t\d+$", r"\1\t<count>"),
    (r"(?m)^.*\u2588.*\n", ""),
    (r"-{3,}", "---"),
    (r"(?m)[ \t]+(\|?)$", r"\1"),
    (r"(?m)(?<=\S) {2,}\|", " |"),
]
TRANSFER = re.compile(r"(?:download|upload|delete local:|delete remote path:) .*done!.*\n")


def worded(printed: str, redrawn: bool) -> str:
    printed = printed.replace("\r\n", "\n")
    for pattern, word in WORDS:
        printed = re.sub(pattern, word, printed)
    if redrawn:  # lines that a terminal overwrites, echoes and pads: what is left of them counts
        printed = re.sub(r"\n+", "\n", re.sub(r"(?m)^ +|^y\n|(?<=\|) +(?= )", "", printed.replace("\r", "\n")))
    # Files are transferred by several threads.
    return re.sub(rf"(?:{TRANSFER.pattern})+", lambda lines: "".join(sorted(lines.group().splitlines(True))),
                  printed).strip()


class Shell:
    """A folder that is the user's home, and a shell in it that finds lakectl."""

    def __init__(self, folder: Path, imports: Path, server: Server) -> None:
        self.folder, self.imports, self.server = folder, imports, server
        programs = folder.parent / "programs"
        programs.mkdir()
        (programs / "lakectl").symlink_to(Path(LAKECTL).resolve())
        (folder / ".lakectl.yaml").write_text(
            f"credentials:\n  access_key_id: {keys.ACCESS_KEY}\n  secret_access_key: {keys.SECRET_KEY}\n"
            f"server:\n  endpoint_url: {server.url}\n")
        self.environment = program.clean_environment({
            "PATH": f"{programs}:{os.environ['PATH']}", "TZ": "UTC", "LC_ALL": "C.UTF-8", "IMPORTS": str(imports),
            "GIT_AUTHOR_NAME": "me", "GIT_AUTHOR_EMAIL": "me@example.com",
            "GIT_COMMITTER_NAME": "me", "GIT_COMMITTER_EMAIL": "me@example.com"}, home=folder)

    def run(self, step: dict) -> tuple[int, str, str]:
        """The exit status and what was printed, paths and the address as in the recordings."""
        command = step["run"].replace("local:///imp/", f"local://{self.imports}/")
        environment = self.environment | (step.get("env") or {})
        if step.get("tty"):
            status, out = self._in_terminal(command, environment, (step.get("stdin") or "").encode())
            return status, self._neutral(out), ""
        ended = subprocess.run(["bash", "-c", command], cwd=self.folder, env=environment, capture_output=True,
                               input=(step.get("stdin") or "").encode(), timeout=patience(120))
        return ended.returncode, self._neutral(ended.stdout), self._neutral(ended.stderr)

    def _in_terminal(self, command: str, environment: dict[str, str], typed: bytes) -> tuple[int, bytes]:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(["bash", "-c", command], cwd=self.folder, env=environment, stdin=theirs,
                                   stdout=theirs, stderr=theirs, start_new_session=True)
        os.close(theirs)
        if typed:
            os.write(ours, typed)
        out = b""
        try:
            while chunk := os.read(ours, 65536):
                out += chunk
        except OSError:
            pass  # the terminal's other end is closed
        finally:
            os.close(ours)
        return process.wait(timeout=60), out

    def _neutral(self, printed: bytes) -> str:
        text = printed.decode(errors="replace")
        for path, word in ((str(self.imports), "/imp"), (str(self.folder), "/home/me"),
                           (self.server.url, "http://127.0.0.1:8000")):
            text = text.replace(path, word)
        return text


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    root = tmp_path_factory.mktemp("lakectl")
    (root / "home").mkdir()
    (root / "imports").mkdir()
    settings = keys.INSTALLATION | {
        "MERE_BLOCKSTORE_LOCAL_IMPORT_ENABLED": "true",
        "MERE_BLOCKSTORE_LOCAL_ALLOWED_EXTERNAL_PREFIXES": str(root / "imports"),
    }
    with Server(root / "server", environment=settings) as server:
        yield Shell(root / "home", root / "imports", server)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step['step']}-{step['section']}")
def test_recorded_run(shell: Shell, step: dict) -> None:
    if "prepare" in step:
        status, out, err = shell.run({"run": f"set -e\n{step['prepare']}"})
        assert status == 0, out + err
        return
    status, out, err = shell.run(step)

    redrawn = "tty" in step or "stdin" in step
    wanted = [step["status"], worded(step["out"], redrawn), worded(step["err"], redrawn)]
    assert [status, worded(out, redrawn), worded(err, redrawn)] == wanted, step["run"]
