"""api/ and aio/api/: a class with a method for each operation of a tag."""

from dataclasses import dataclass

from ..document import Document
from ..model import Model, Operation, Response
from ..names import snake
from .names import Names, api_class, api_module, constant, identifier, module
from .text import BANNER, docstring, entries, prose, sentence

_EXCEPTIONS = {
    "400": "BadRequestException",
    "401": "UnauthorizedException",
    "403": "ForbiddenException",
    "404": "NotFoundException",
}


@dataclass(frozen=True)
class _Argument:
    name: str
    annotation: str
    required: bool
    text: str


def emit(model: Model, document: Document, names: Names) -> dict[str, str]:
    files = {}
    for tag in document.tree.get("tags", []):
        operations = sorted(
            (o for o in model.operations if tag["name"] in o.tags), key=lambda o: snake(o.id)
        )
        for asynchronous in (False, True):
            folder = "aio/api" if asynchronous else "api"
            text = _module(names, tag["name"], tag.get("description", ""), operations, asynchronous)
            files[f"{folder}/{api_module(tag['name'])}.py"] = text
    return files


def _module(
    names: Names, tag: str, description: str, operations: list[Operation], asynchronous: bool
) -> str:
    methods = [text for o in operations for text in _methods(names, o, asynchronous)]
    structs: set[str] = set()
    for o in operations:
        structs |= names.structs(o.body.type if o.body else None)
        structs |= names.structs(_success(o).type)
    text = "".join(methods)
    checking = []
    if "datetime" in text:
        checking.append("from datetime import datetime")
    checking.append("from typing_extensions import Unpack\n")
    content = "CallKeywords, Content" if "Content |" in text else "CallKeywords"
    checking.append(f"from mere_sdk._keywords import {content}")
    checking.append("from mere_sdk.api_response import ApiResponse")
    checking += [f"from mere_sdk.models.{module(m)} import {m}" for m in sorted(structs)]
    base = "mere_sdk.aio._api" if asynchronous else "mere_sdk._api"
    bodies = "from mere_sdk._api import Api, json_body\n"
    if asynchronous:
        bodies = "from mere_sdk._api import json_body\nfrom mere_sdk.aio._api import Api\n"
    if "json_body(" not in text:
        bodies = f"from {base} import Api\n"
    return (
        docstring(sentence(description) or f"The operations of {tag}.")
        + "\n"
        + BANNER
        + "\nfrom __future__ import annotations\n\nfrom typing import TYPE_CHECKING"
        + (", Any" if "[str, Any]" in text else "")
        + "\n\nfrom mere_sdk import _operations as operations\n"
        + bodies
        + "\nif TYPE_CHECKING:\n"
        + "".join(f"    {line}\n" for line in checking)
        + f"\n\nclass {api_class(tag)}(Api):\n"
        + docstring(sentence(description) or f"The operations of {tag}.", "    ")
        + text
    )


def _methods(names: Names, operation: Operation, asynchronous: bool) -> list[str]:
    arguments, body = _arguments(names, operation)
    answer = _success(operation)
    is_text = answer.type is not None and answer.type.kind == "string"
    made = names.annotation(answer.type) if answer.type else "None"
    name = snake(operation.id)
    sent = [identifier(p.name) for p in names.declared(operation)]
    tuple_text = f"({', '.join(sent)}{',' if len(sent) == 1 else ''})"
    call_arguments = [f"operations.{constant(operation.id)}", tuple_text, "kwargs"]
    method = "_call"
    if operation.body and operation.body.type:
        call_arguments.append(f"json_body(operations.{constant(operation.id)}, {body})")
    elif operation.body:
        method = "_upload"
        call_arguments.append(body)
    if is_text:
        method += "_text"
    plain = _method(
        name, arguments, made, _docstring(operation, arguments, answer), method, call_arguments, asynchronous
    )
    info = _method(
        f"{name}_with_http_info",
        arguments,
        f"ApiResponse[{made}]",
        docstring(f"As `{name}`, with the answer's status and headers.", "        "),
        f"{method}_with_http_info",
        call_arguments,
        asynchronous,
    )
    return [plain, info]


def _method(
    name: str,
    arguments: list[_Argument],
    answer: str,
    doc: str,
    called: str,
    call_arguments: list[str],
    asynchronous: bool,
) -> str:
    lines = [f"\n    {'async ' if asynchronous else ''}def {name}(\n        self,\n"]
    for a in arguments:
        end = "" if a.required else " = None"
        annotation = a.annotation if a.required else f"{a.annotation} | None"
        lines.append(f"        {a.name}: {annotation}{end},\n")
    lines.append(f"        **kwargs: Unpack[CallKeywords],\n    ) -> {answer}:\n{doc}")
    wait = "await " if asynchronous else ""
    head = f"        answer: {answer} = {wait}self.{called}("
    short = head + ", ".join(call_arguments) + ")\n"
    if len(short) > 101:
        inner = "".join(f"            {argument},\n" for argument in call_arguments)
        short = f"{head}\n{inner}        )\n"
    lines.append(short)
    lines.append("        return answer\n")
    return "".join(lines)


def _arguments(names: Names, operation: Operation) -> tuple[list[_Argument], str]:
    """The method's arguments in order, and the name of the one that is the body."""
    made = []
    for p in names.declared(operation):
        text = sentence(p.description)
        if p.default is not None:
            text = f"{text} {p.default} if left out.".strip()
        if p.deprecated:
            text = f"{text} Deprecated.".strip()
        made.append(_Argument(identifier(p.name), names.annotation(p.type), p.required, text))
    if operation.body is None:
        return made, ""
    if operation.body.type is None:
        text = "The octets: bytes, the path of a file, a binary file, or an iterable of pieces."
        made.append(_Argument("content", "Content", operation.body.required, text))
        return made, "content"
    type = operation.body.type
    while type.item is not None:
        type = type.item
    name = identifier(names.model(type.name)) if type.name else "body"
    body = _Argument(
        name, names.annotation(operation.body.type), operation.body.required, "The body."
    )
    first_optional = next((i for i, a in enumerate(made) if not a.required), len(made))
    made.insert(first_optional if body.required else len(made), body)
    return made, name


def _success(operation: Operation) -> Response:
    """The answer that says what the method returns: the first success with a body, else the first."""
    good = [r for r in operation.responses if r.status[0] in "23"]
    return next((r for r in good if r.type), good[0])


def _docstring(operation: Operation, arguments: list[_Argument], answer: Response) -> str:
    indent = "        "
    lines = prose(sentence(operation.summary or operation.id), indent, first='"""')
    if operation.description:
        lines += ["", *prose(operation.description, indent)]
    if operation.deprecated:
        lines += ["", indent + "Deprecated."]
    items = [(a.name, a.text) for a in arguments]
    items.append(("**kwargs", "See `mere_sdk._keywords.CallKeywords`."))
    lines += ["", indent + "Args:", *entries(items, indent + "    ")]
    if answer.type is not None:
        lines += ["", indent + "Returns:", *prose(sentence(answer.description), indent + "    ")]
    raised = _raised(operation)
    if raised:
        lines += ["", indent + "Raises:", *entries(raised, indent + "    ")]
    return "\n".join(lines) + f'\n{indent}"""\n'


def _raised(operation: Operation) -> list[tuple[str, str]]:
    made = []
    for r in operation.responses:
        if r.status == "default":
            made.append(("ServiceException", sentence(r.description)))
        elif r.status[0] not in "12":
            kind = _EXCEPTIONS.get(
                r.status, "ServiceException" if r.status[0] == "5" else "ApiException"
            )
            made.append((kind, f"{r.status}: {sentence(r.description)}"))
    return made
