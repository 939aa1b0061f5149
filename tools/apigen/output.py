"""Puts generated files in place."""

import pathlib


def write_all(folder: pathlib.Path, files: dict[str, str]) -> None:
    """Writes each file unless it already says the same, so that nothing is compiled again in vain."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
