"""Every Python block of the Python pages and of the README runs, and prints what the page shows.

The blocks of a page run in order, in one namespace, in a process and an empty folder of their own. Where a block
that is marked `text` follows at once, the output must be that. A page that names http://127.0.0.1:8000 gets a
`mere quickstart` of its own; its address is put in that one's place. Marks, as HTML comments:

    <!-- not run: reason -->        before a block: it is only compiled
    <!-- needs: module, … -->       before a block: it is only compiled where these are not installed
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "python").rglob("*.md"))]
WRITTEN_ADDRESS = "http://127.0.0.1:8000"
SECONDS = 300


class Block(NamedTuple):
    line: int  # of its first line of code
    code: str
    shown: str | None  # what it must print
    not_run: bool
    needs: tuple[str, ...]


def blocks_of(text: str) -> list[Block]:
    """The Python blocks of a page. Raises ValueError for a mark or fence that is not understood."""
    found: list[Block] = []
    marks: dict[str, str] = {}
    after_python = False  # nothing but empty lines since the last Python block
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        fence = re.match(r"( *)```(\S*)", line)
        mark = re.fullmatch(r"<!-- (not run|needs): (.+) -->", line.strip())
        if mark:
            marks[mark.group(1)] = mark.group(2)
        elif fence:
            code = "".join(_until_fence(lines, fence.group(1)))
            if fence.group(2) == "python":
                needs = tuple(filter(None, re.split(r"[, ]+", marks.get("needs", ""))))
                found.append(Block(number + 1, code, None, "not run" in marks, needs))
            elif fence.group(2) == "text" and after_python and not found[-1].not_run:
                found[-1] = found[-1]._replace(shown=code)
            after_python = fence.group(2) == "python"
            marks = {}
        elif line.strip():
            after_python = False
            if marks:
                raise ValueError(f"line {number}: a mark must be just before its block")
    return found


def _until_fence(lines: Iterator[tuple[int, str]], indent: str) -> Iterator[str]:
    for _, line in lines:
        if line.strip() == "```":
            return
        yield line.removeprefix(indent) + "\n"
    raise ValueError("a block without an end")


def run(page: str, address: str) -> None:
    """Runs a page and prints where it differs."""
    import contextlib
    import importlib.util
    import io

    import fsspec

    # What installing the wheel does; other packages may have registered the name too.
    for protocol in ("lakefs", "mere"):
        fsspec.register_implementation(protocol, "mere_spec.LakeFSFileSystem", clobber=True)
    namespace = {"__name__": "__main__"}
    for block in blocks_of(Path(page).read_text(encoding="utf-8")):
        source = "\n" * (block.line - 1) + block.code.replace(WRITTEN_ADDRESS, address)
        code = compile(source, page, "exec", dont_inherit=True)  # tracebacks name the page's lines
        if block.not_run or not all(map(importlib.util.find_spec, block.needs)):
            continue
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, namespace)
        output = printed.getvalue().replace(address, WRITTEN_ADDRESS)
        if block.shown is not None and _lines(output) != _lines(block.shown):
            print(f"{page}:{block.line} shows\n{block.shown}but prints\n{output}")


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip("\n").splitlines()]


if __name__ == "__main__":
    run(*sys.argv[1:])
else:
    import pytest

    from support import program
    from support.server import Server

    pytest.importorskip("mere_sdk._native")

    @pytest.fixture
    def quickstart(tmp_path: Path) -> Iterator[Server]:
        with Server(tmp_path / "server", command="quickstart") as running:
            yield running

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
    def test_the_blocks_of_a_page_do_what_it_says(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
        text = page.read_text(encoding="utf-8")
        server = request.getfixturevalue("quickstart") if WRITTEN_ADDRESS in text else None
        address = server.url if server is not None else WRITTEN_ADDRESS
        (tmp_path / "work").mkdir()

        ended = subprocess.run([sys.executable, __file__, page, address], cwd=tmp_path / "work", text=True,
                               env=program.clean_environment({"PYTHONPATH": os.pathsep.join(sys.path)}, tmp_path),
                               stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS)

        assert ended.returncode == 0, ended.stderr
        assert ended.stdout == "", ended.stdout

    def test_marks_and_outputs_belong_to_their_blocks() -> None:
        text = ("```python\na\n```\n\n```text\n1\n```\n<!-- not run: why -->\n```python\nb\n```\nprose\n"
                "```text\n2\n```\n- item\n\n  ```python\n  c\n  ```\n")

        assert blocks_of(text) == [Block(2, "a\n", "1\n", False, ()), Block(10, "b\n", None, True, ()),
                                   Block(19, "c\n", None, False, ())]

    @pytest.mark.parametrize("name", ["mere.md", "mere_sdk.md", "mere_spec.md"])
    def test_the_reference_is_up_to_date(name: str) -> None:
        sys.path.insert(0, str(ROOT / "tools" / "docs"))
        import python_reference

        assert python_reference.PAGES[name]() == (python_reference.FOLDER / name).read_text(encoding="utf-8"), \
            "run: PYTHONPATH=build/release/python python3 tools/docs/python_reference.py"
