"""Prose and layout of the emitted Python."""

import textwrap

BANNER = "# Made by tools/apigen from api/openapi.yaml.\n"
WIDTH = 100


def prose(text: str, indent: str, first: str = "", later: str = "") -> list[str]:
    """Lines of wrapped text; paragraphs stay apart. `first` and `later` come before the lines' text."""
    lines: list[str] = []
    for paragraph in text.strip().split("\n\n"):
        if lines:
            lines.append("")
        lines += textwrap.wrap(
            " ".join(paragraph.split()).replace("\\", "\\\\"),
            WIDTH,
            initial_indent=indent + (later if lines else first),
            subsequent_indent=indent + later,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return lines


def docstring(text: str, indent: str = "") -> str:
    """A docstring of wrapped paragraphs with a newline."""
    lines = prose(text, indent, first='"""')
    if len(lines) == 1 and len(lines[0]) + 3 <= WIDTH:
        return lines[0] + '"""\n'
    return "\n".join(lines) + f'\n{indent}"""\n'


def sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text[-1] in ".!?:" else text + "."


def entries(names: list[tuple[str, str]], indent: str) -> list[str]:
    """A section's items: `name: what it is`."""
    lines: list[str] = []
    for name, text in names:
        lines += prose(f"{name}: {' '.join(text.split())}" if text else name, indent, "", "    ")
    return lines


def call(head: str, arguments: list[str], indent: str = "") -> str:
    """`head(a, b)` on one line if it fits, else an argument a line."""
    short = f"{indent}{head}({', '.join(arguments)})"
    if len(short) <= WIDTH:
        return short
    inner = "".join(f"{indent}    {argument},\n" for argument in arguments)
    return f"{indent}{head}(\n{inner}{indent})"


def sequence(items: list[str], indent: str, name: str) -> str:
    """`name = [...]`, on as few lines as it needs."""
    short = f"{indent}{name} = [{', '.join(items)}]"
    if len(short) <= WIDTH:
        return short + "\n"
    return f"{indent}{name} = [\n" + "".join(f"{indent}    {item},\n" for item in items) + f"{indent}]\n"
