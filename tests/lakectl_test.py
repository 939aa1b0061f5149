"""The real `lakectl`, from MERE_LAKECTL or PATH: what it prints against Mere is what it prints against lakeFS."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from support import keys, program

LAKECTL = os.environ.get("MERE_LAKECTL") or shutil.which("lakectl")
pytestmark = pytest.mark.skipif(LAKECTL is None, reason="no lakectl: put it on PATH or name it in MERE_LAKECTL")

WORDS = [
    (r"[0-9a-f]{64}", "<commit>"),
    (r"\b[0-9a-f]{16}\b", "<short>"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC", "<time>"),
    (r"timestamp: \d+", "timestamp: <epoch>"),
    (r"local:///\S+/objects/", "local:///<objects>/"),
    (r"[0-9a-v]{20}/[0-9a-v]{20}", "<address>"),
    (r"[ \t]+\n", "\n"),
]


@pytest.fixture
def lakectl(server, tmp_path: Path):
    """Runs a command line and answers its exit status and everything it printed, ids and times replaced by words."""
    (tmp_path / ".lakectl.yaml").write_text(
        f"credentials:\n  access_key_id: {keys.ACCESS_KEY}\n  secret_access_key: {keys.SECRET_KEY}\n"
        f"server:\n  endpoint_url: {server.url}\n")
    environment = program.clean_environment({"LAKECTL_INTERACTIVE": "false", "TZ": "UTC"}, home=tmp_path)

    def run(*arguments: str, status: int = 0) -> str:
        ended = subprocess.run([LAKECTL, *arguments], cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL,
                               capture_output=True, text=True, timeout=120)
        printed = ended.stdout + ended.stderr
        assert ended.returncode == status, printed
        for pattern, word in WORDS:
            printed = re.sub(pattern, word, printed)
        return printed

    run.folder = tmp_path
    return run


def test_repositories(lakectl) -> None:
    assert lakectl("repo", "create", "lakefs://ctl-repo", "local://ctl-repo") == (
        "Repository: lakefs://ctl-repo\nRepository 'ctl-repo' created:\nstorage namespace: local://ctl-repo\n"
        "default branch: main\ntimestamp: <epoch>\n")
    assert lakectl("repo", "create", "lakefs://ctl-repo", "local://ctl-repo-2", status=1) == (
        "Repository: lakefs://ctl-repo\nerror creating repository: not unique\n409 Conflict\n")
    assert "ctl-repo\t<time>\tmain\tctl-repo\tlocal://ctl-repo\n" in lakectl("repo", "list", "--prefix", "ctl-")
    lakectl("repo", "delete", "lakefs://ctl-repo", "-y")
    assert lakectl("repo", "delete", "lakefs://ctl-repo", "-y", status=1).endswith("404 Not Found\n")


def test_objects_go_up_are_listed_and_come_down(lakectl, repository: str) -> None:
    main = f"lakefs://{repository}/main"
    source = lakectl.folder / "src"
    (source / "sub").mkdir(parents=True)
    (source / "one.csv").write_text("a,b\n1,2\n")
    (source / "sub" / "two.json").write_text('{"a":1}\n')
    (lakectl.folder / "a.txt").write_text("hello\n")

    assert lakectl("fs", "upload", f"{main}/a.txt", "-s", "a.txt") == (
        "Path: a.txt\nModified Time: <time>\nSize: 6 bytes\nHuman Size: 6 B\n"
        f"Physical Address: local:///<objects>/{repository}/data/<address>\n"
        "Checksum: b1946ac92492d2347c6235b4d2611184\nContent-Type: application/octet-stream\n")
    assert "Uploaded: 2" in lakectl("fs", "upload", f"{main}/data/", "-r", "-s", "src")
    assert "No changes" in lakectl("fs", "upload", f"{main}/data/", "-r", "-s", "src")
    assert lakectl("fs", "ls", f"{main}/") == (
        "object          <time>    6 B             a.txt\n"
        "common_prefix                                                    data/\n")
    assert lakectl("fs", "cat", f"{main}/a.txt") == "hello\n"
    assert lakectl("fs", "stat", f"{main}/missing", status=1) == "not found\n404 Not Found\n"
    lakectl("fs", "download", f"{main}/data/", "down", "-r")
    assert (lakectl.folder / "down" / "sub" / "two.json").read_text() == '{"a":1}\n'
    lakectl("fs", "rm", f"{main}/data/", "-r")
    assert lakectl("fs", "ls", f"{main}/data/", "-r").strip() == ""


def test_branches_commits_diffs_and_merges(lakectl, repository: str) -> None:
    at = f"lakefs://{repository}"
    (lakectl.folder / "a").write_text("a")
    lakectl("fs", "upload", f"{at}/main/base", "-s", "a")
    assert lakectl("commit", f"{at}/main", "-m", "first", "--meta", "k=v") == (
        f"Branch: {at}/main\nCommit for branch \"main\" completed.\n\nID: <commit>\nMessage: first\n"
        "Timestamp: <time>\nParents: <commit>\n\n")
    assert lakectl("commit", f"{at}/main", "-m", "nothing", status=1).endswith("commit: no changes\n400 Bad Request\n")
    assert lakectl("branch", "create", f"{at}/dev", "-s", f"{at}/main") == (
        f"Source ref: {at}/main\ncreated branch 'dev' <commit>\n")
    lakectl("fs", "upload", f"{at}/dev/added", "-s", "a")
    lakectl("fs", "rm", f"{at}/dev/base")
    assert lakectl("diff", f"{at}/dev") == f"Ref: {at}/dev\n+ added added\n- removed base\n"
    lakectl("commit", f"{at}/dev", "-m", "dev change")

    assert lakectl("diff", f"{at}/main", f"{at}/dev") == (
        f"Left ref: {at}/main\nRight ref: {at}/dev\n+ added added\n- removed base\n")
    assert lakectl("merge", f"{at}/dev", f"{at}/main") == (
        f"Source: {at}/dev\nDestination: {at}/main\nMerged \"dev\" into \"main\" to get \"<commit>\".\n")
    assert lakectl("log", f"{at}/main", "--amount", "1") == (
        "\nID:            <commit>\nAuthor:        admin\nDate:          <time>\nMerge:         <commit>, <commit>\n\n"
        "\tMerge 'dev' into 'main'\n\nMetadata:\n\n\t.lakefs.merge.strategy = default\n\n")
    assert "dev change" in lakectl("annotate", f"{at}/main/", "-r")
    assert lakectl("branch", "revert", f"{at}/main", "main", "-m", "1", "-y").startswith(f"Branch: {at}/main\n")
    assert "\tRevert main\n" in lakectl("log", f"{at}/main", "--amount", "1")


def test_tags_protection_and_retention(lakectl, repository: str) -> None:
    at = f"lakefs://{repository}"
    lakectl("tag", "create", f"{at}/v1", f"{at}/main")
    assert lakectl("tag", "list", at) == "v1\t<commit>\n\n"
    assert lakectl("tag", "create", f"{at}/v1", f"{at}/main", status=1).endswith("409 Conflict\n")
    lakectl("tag", "delete", f"{at}/v1", "-y")

    lakectl("branch-protect", "add", at, "main")
    (lakectl.folder / "a").write_text("a")
    assert lakectl("fs", "upload", f"{at}/main/a", "-s", "a", status=1) == (
        "cannot write to protected branch\n403 Forbidden\n")
    lakectl("branch-protect", "delete", at, "main")

    (lakectl.folder / "gc.json").write_text('{"default_retention_days": 21, "branches": []}')
    lakectl("gc", "set-config", at, "-f", "gc.json")
    assert "Default Retention Days: 21" in lakectl("gc", "get-config", at)


def test_a_local_copy_is_cloned_changed_committed_and_pulled(lakectl, repository: str) -> None:
    at = f"lakefs://{repository}/main"
    (lakectl.folder / "one.txt").write_text("one\n")
    lakectl("fs", "upload", f"{at}/ds/one.txt", "-s", "one.txt")
    lakectl("commit", at, "-m", "first")
    copy = lakectl.folder / "ds"

    lakectl("local", "clone", f"{at}/ds/", "ds")
    assert (copy / "one.txt").read_text() == "one\n"
    (copy / "two.txt").write_text("two\n")
    assert "║ local  ║ added  ║ two.txt ║" in lakectl("local", "status", "ds")
    lakectl("local", "commit", "ds", "-m", "from here")
    assert lakectl("fs", "cat", f"{at}/ds/two.txt") == "two\n"

    lakectl("fs", "upload", f"{at}/ds/remote.txt", "-s", "one.txt")
    lakectl("commit", at, "-m", "from there")
    lakectl("local", "pull", "ds")
    assert (copy / "remote.txt").read_text() == "one\n"


def test_an_import(lakectl, repository: str, import_dir: Path) -> None:
    at = f"lakefs://{repository}/main"
    source = import_dir / "lakectl"
    source.mkdir()
    (source / "i1").write_text("i1")

    printed = lakectl("import", "--from", f"local://{source}/", "--to", f"{at}/in/", "-m", "in", "--no-progress")

    assert "Import of 1 object(s) into \"main\" completed." in printed
    assert lakectl("fs", "cat", f"{at}/in/i1") == "i1"


def test_refs_are_dumped_and_restored(lakectl, repository: str) -> None:
    lakectl("refs-dump", f"lakefs://{repository}", "--poll-interval", "1s", "-o", "refs.json")
    lakectl("repo", "create-bare", "lakefs://ctl-restored", f"local://{repository}")

    lakectl("refs-restore", "lakefs://ctl-restored", "--manifest", "refs.json", "--poll-interval", "1s")

    assert lakectl("branch", "list", "lakefs://ctl-restored") == "main\t<commit>\n\n"


def test_doctor_finds_nothing_wrong(lakectl) -> None:
    assert "Valid configuration" in lakectl("doctor")
