"""Writes docs/reference/command-line.md from what `mere --help` and `mere COMMAND --help` print.

    python3 tools/docs/command_line.py MERE_BINARY [FILE]
"""

import pathlib
import re
import subprocess
import sys

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "reference" / "command-line.md"

HEAD = """\
# Command line

This page is made from `mere --help` and `mere COMMAND --help` by `tools/docs/command_line.py`. Do not edit it.

Results go to standard output, errors to standard error as `mere: <message>`. The exit status is 0 on success, 1 if the command
failed, and 2 if its arguments are wrong. `mere serve` and `mere quickstart` end with 0 after SIGTERM or SIGINT, and with 143 or
130 after a second one.

Commands that open a lake (`serve`, `quickstart`, `setup`, `restore`, `verify`) take the same settings: see [configuration](configuration.md).
One process at a time uses a lake; `verify` asks the server that has it open.
"""

NOTES = {
    "serve": "Serves until it is told to stop: see [Operating a server](../operating.md).",
    "quickstart": "Like `serve`, and makes an admin with well-known keys and a repository `quickstart` if they are not there. "
                  "Its branch `main` is protected: changes come to it by merges and imports.",
    "setup": "Works once a lake; afterwards it prints `Setup is already complete.` and exits with 1. "
             "See [Authentication](../authentication.md).",
    "torture": "See [Reliability](../reliability.md).",
    "verify": "See [Operating a server](../operating.md#checking-a-lake).",
    "restore": "See [Opening a lakeFS namespace](../opening-lakefs.md).",
    "config": "Needs no lake. The keys are listed in [configuration](configuration.md), too.",
    "completion": "For the current shell only:\n\n```sh\nsource <(mere completion bash)\n```",
}


def help_of(binary: str, *command: str) -> str:
    ended = subprocess.run([binary, *command, "--help"], capture_output=True, text=True, check=True, timeout=60)
    return "\n".join(line.rstrip() for line in ended.stdout.strip().splitlines())


def page(binary: str) -> str:
    """The page's text: a section for each command, in the program's order."""
    overview = help_of(binary)
    text = f"{HEAD}\n## mere\n\n```text\n{overview}\n```\n"
    listed = re.search(r"^Subcommands:\n((?:  .*\n)+)", overview, re.M)
    for command in re.findall(r"^  (\w[\w-]*)", listed.group(1), re.M):
        note = NOTES.get(command)
        text += f"\n## mere {command}\n\n" + (f"{note}\n\n" if note else "")
        text += f"```text\n{help_of(binary, command)}\n```\n"
    return text


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    (pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else PAGE).write_text(page(sys.argv[1]), encoding="utf-8")
