"""Writes docs/reference/configuration.md from what `mere config --json` says.

    python3 tools/docs/configuration.py MERE_BINARY [FILE]
"""

import json
import pathlib
import subprocess
import sys

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "reference" / "configuration.md"

HEAD = """\
# Configuration

This page is made from `mere config --json` by `tools/docs/configuration.py`. Do not edit it.

Where settings come from and which wins: [Operating a server](../operating.md#configuration). Limits and time-outs with their
defaults: [there too](../operating.md#limits-and-time-outs). A key's name in the environment may begin with `LAKEFS_` instead of `MERE_`; `MERE_` wins.

Durations are written `90s`, `15m`, `1h30m`; switches `true` or `false`; lists with commas, or as lists in YAML. Keys of lakeFS's that
are not here are accepted, have no effect, and are reported when the server starts.
"""


def keys_of(binary: str) -> dict[str, str]:
    ended = subprocess.run([binary, "config", "--json"], capture_output=True, text=True, check=True, timeout=60)
    return json.loads(ended.stdout)


def page(keys: dict[str, str]) -> str:
    """The page's text: a table for each group of keys, in the program's order."""
    text = HEAD
    group = None
    for key, meaning in keys.items():
        first = key.partition(".")[0] if "." in key else "The lake"
        if first != group:
            group = first
            text += f"\n## {group}\n\n| Key | In the environment | Meaning |\n|---|---|---|\n"
        variable = "MERE_" + key.upper().replace(".", "_")
        text += f"| `{key}` | `{variable}` | {meaning.replace('|', chr(92) + '|')} |\n"
    return text


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    (pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else PAGE).write_text(page(keys_of(sys.argv[1])), encoding="utf-8")
