"""Writes docs/python/reference/*.md from the signatures and docstrings of the Python packages.

    PYTHONPATH=build/release/python python3 tools/docs/python_reference.py [FOLDER]
"""

from __future__ import annotations

import importlib
import inspect
import pathlib
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "docs" / "python" / "reference"

HEAD = """\
# Reference: `{package}`

This page is made from the package's docstrings by `tools/docs/python_reference.py`. Do not edit it.

"""

MERE = (
    ("mere", ("open", "repository", "repositories")),
    ("mere.client", ("Client", "from_aws_role", "from_web_identity")),
    ("mere.config", ("ClientConfig",)),
    ("mere.repository", ("Repository",)),
    ("mere.reference", ("Reference",)),
    ("mere.branch", ("Branch", "_Transaction")),
    ("mere.tag", ("Tag",)),
    ("mere.object", ("StoredObject", "WriteableObject", "ObjectReader", "ObjectWriter")),
    ("mere.import_manager", ("ImportManager",)),
)
TITLES = {"_Transaction": "Transaction"}  # what users meet under another name

SPEC = (
    ("mere_spec", ("LakeFSFileSystem", "LakeFSTransaction")),
    ("mere_spec.file", ("LakeFSObjectReader", "LakeFSObjectWriter")),
    ("mere_spec.errors", ("translate_lakefs_error",)),
)
SDK = (
    ("mere_sdk", ("LakeFSClient", "Configuration", "ApiResponse")),
    ("mere_sdk._streaming", ("UploadStream",)),
    ("mere_sdk._transaction", ("Transaction",)),
)

ANSWERED = {  # by methods; users make none
    "_Transaction", "ObjectReader", "ObjectWriter", "ApiResponse", "UploadStream", "Transaction", "LakeFSTransaction",
    "LakeFSObjectReader", "LakeFSObjectWriter",
}

LISTED = {name for _, names in (*MERE, *SPEC) for name in names}


def mere_page() -> str:
    """Classes with their own and inherited members; models and exceptions as tables."""
    import mere.exceptions
    import mere.models

    text = HEAD.format(package="mere")
    text += "`mere.aio` has the same names. What asks the lake is awaited there, properties that ask are methods, "
    text += "and a `Listing` is an async iterator.\n\n" + "".join(module_sections(MERE))
    text += "## Records\n\n"
    for name, one in classes_of(mere.models):
        fields = ", ".join(f"`{field}`" for field in one.__annotations__)
        text += f"**{name}**: {flat(one)} Fields: {fields}.\n\n"
    return text + "## Exceptions\n\n" + exceptions(mere.exceptions)


def sdk_page() -> str:
    """The client and its configuration, a table of operations an area, a table of models."""
    import mere_sdk
    import mere_sdk.exceptions
    import mere_sdk.models
    from mere_sdk.client import API_CLASSES

    text = HEAD.format(package="mere_sdk")
    text += "`mere_sdk.aio` has the same names with awaitable methods.\n\n"
    text += "".join(module_sections(SDK))
    text += "## Operations\n\nEach has a twin `…_with_http_info`, and takes the keywords of every method: see "
    text += "[the guide](../generated.md#status-headers-raw-answers). A call's `help()` tells its parameters and errors.\n"
    for attribute, name in sorted(API_CLASSES.items()):
        api = getattr(mere_sdk, name)
        text += f"\n### {attribute}\n\n{flat(api)}\n\n| Method | |\n|---|---|\n"
        for method, function in vars(api).items():
            if not method.startswith("_") and not method.endswith("_with_http_info"):
                text += f"| `{cell(method + signature(function, without=('kwargs',)))}` | {cell(flat(function))} |\n"
    text += "\n## Models\n\n| Class | | Fields |\n|---|---|---|\n"
    for name in sorted(dir(mere_sdk.models)):
        model = getattr(mere_sdk.models, name)
        if inspect.isclass(model) and hasattr(model, "_fields"):
            fields = ", ".join(f"`{field}`" for field in model._fields)
            text += f"| `{name}` | {cell(flat(model))} | {fields} |\n"
    return text + "\n## Exceptions\n\n" + exceptions(mere_sdk.exceptions)


def spec_page() -> str:
    """The file system, its transaction, its files."""
    return HEAD.format(package="mere_spec") + "".join(module_sections(SPEC))


PAGES: dict[str, Callable[[], str]] = {"mere.md": mere_page, "mere_sdk.md": sdk_page, "mere_spec.md": spec_page}


def module_sections(modules: tuple[tuple[str, tuple[str, ...]], ...]) -> Iterator[str]:
    for module, names in modules:
        for name in names:
            one = getattr(importlib.import_module(module), name)
            if inspect.ismodule(one):  # one that can be called, as mere.repository
                one = type(one).__call__
            title = TITLES.get(name, name)
            yield class_section(title, one) if inspect.isclass(one) else function_section(f"{module}.{title}", one, "##")


def class_section(title: str, one: type) -> str:
    text = f"## {title}\n\n"
    if one.__name__ not in ANSWERED:
        text += f"`{title}{signature(one.__init__)}`\n\n"
    text += prose(doc(one)) + prose(doc(vars(one).get("__init__")))
    for name, member in members(one):
        if isinstance(member, property):
            text += f"### {title}.{name}\n\n{prose(doc(member))}"
        else:
            text += function_section(f"{title}.{name}", member, "###")
    base = next((base.__name__ for base in one.__mro__[1:] if base.__name__ in LISTED), None)
    return text + (f"Further: everything of [{base}](#{base.lower()}).\n\n" if base else "")


def members(one: type) -> list[tuple[str, Any]]:
    """Public methods and properties with a docstring, in order: its own, and those of bases that have no section."""
    found: dict[str, Any] = {}
    for base in reversed(one.__mro__):
        if base.__module__.split(".")[0] != one.__module__.split(".")[0] \
                or base is not one and base.__name__ in LISTED:
            continue
        for name, member in vars(base).items():
            member = getattr(member, "__func__", member)  # of static and class methods
            if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, property)) \
                    and doc(member):
                found[name] = member
    return list(found.items())


def function_section(title: str, function: Any, level: str) -> str:
    call = title.rpartition(".")[2] + signature(function, without=("self", "cls"), answer=True)
    return f"{level} {title}\n\n`{call}`\n\n{prose(doc(function))}"


def signature(function: Any, without: tuple[str, ...] = (), answer: bool = False) -> str:
    """Parameters with their types as they are written; `without` some."""
    known = inspect.signature(function)
    written = [parameter for name, parameter in known.parameters.items() if name not in {"self", *without}]
    kept = known.replace(parameters=written, return_annotation=known.return_annotation if answer else known.empty)
    text = re.sub(r"<[\w.]+ object at 0x[0-9a-f]+>", "...", str(kept))
    return re.sub(r"(: |-> )'([^']*)'", r"\1\2", text)


def exceptions(module: Any) -> str:
    text = "| Exception | Is also | |\n|---|---|---|\n"
    for name, one in classes_of(module):
        if issubclass(one, BaseException):
            also = ", ".join(f"`{base.__name__}`" for base in one.__bases__
                             if not base.__name__.startswith("_") and base is not Exception)
            text += f"| `{name}` | {also} | {cell(flat(one))} |\n"
    return text


def classes_of(module: Any) -> list[tuple[str, type]]:
    """The public classes of a module, in its order: those that it exports, or else defines."""
    exported = getattr(module, "__all__", ())
    return [(name, one) for name, one in vars(module).items() if inspect.isclass(one) and not name.startswith("_")
            and (name in exported or one.__module__ == module.__name__)]


def doc(one: Any) -> str:
    """Its own docstring, not one that it inherits from another package."""
    return inspect.cleandoc(one.__doc__ or "") if one is not None else ""


def flat(one: Any) -> str:
    """A docstring's first paragraph on one line."""
    return " ".join(doc(one).partition("\n\n")[0].split())


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def prose(text: str) -> str:
    """A docstring as Markdown."""
    return "".join(f"{paragraph(block)}\n\n" for block in re.split(r"\n\s*\n", text)) if text else ""


def paragraph(block: str) -> str:
    """One of its paragraphs: a section is a list, what is indented or begins with `>>>` is code."""
    first, _, rest = block.partition("\n")
    if re.fullmatch(r"(Args|Attributes|Raises|Returns|Yields):", first):
        return f"*{first[:-1]}*\n\n" + section(rest)
    if first.startswith((" ", ">>>")):
        return f"```text\n{inspect.cleandoc(block)}\n```"
    return block


def section(text: str) -> str:
    """`name: meaning` with further lines indented, or plain text."""
    lines = inspect.cleandoc(text).splitlines()
    named = [re.sub(r"^(\*{0,2}[\w.]+): ", r"- `\1`: ", line) for line in lines]
    return "\n".join(line.replace("    ", "  ", 1) if line.startswith("    ") else line for line in named)


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (folder / name).write_text(page(), encoding="utf-8")
