"""_operations.py: what the native core must know about each operation."""

from ..document import Document
from ..model import Model, Operation, Response
from .kinds import expression, native, used
from .names import Names, constant
from .text import BANNER


def emit(model: Model, document: Document, names: Names) -> dict[str, str]:
    functions = [_function(model, names, operation) for operation in model.operations]
    constants = sorted(constant(operation.id) for operation in model.operations)
    kinds = used([line.split("=", 1)[1] for f in functions for line in f.splitlines() if "Of(" in line])
    text = (
        '"""The operations of the API, each made when it is first asked for: `_operations.STAT_OBJECT`."""\n\n'
        + BANNER
        + "\nfrom __future__ import annotations\n\n"
        + (f"from mere_sdk._kinds import {', '.join(kinds)}\n" if kinds else "")
        + "from mere_sdk._native import Operation\nfrom mere_sdk._shapes import make_operation\n"
        + "\n"
        + "".join(f"{name}: Operation\n" for name in constants)
        + "\n\ndef __getattr__(name: str) -> Operation:\n"
        + '    make = globals().get(f"_{name.lower()}") if name.isupper() else None\n'
        + "    if make is None:\n"
        + '        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")\n'
        + "    made: Operation = make()\n    globals()[name] = made\n    return made\n"
        + "".join(functions)
    )
    return {"_operations.py": text}


def _function(model: Model, names: Names, operation: Operation) -> str:
    lines = [f'        "{operation.id}",', f'        "{operation.method}",', f'        "{operation.path}",']
    parameters = names.declared(operation)
    if parameters:
        lines.append("        parameters=(")
        for p in parameters:
            lines.append(f'            ("{p.name}", "{p.where}", {native(p.type)}, {p.required}),')
        lines.append("        ),")
    if operation.body and operation.body.type:
        lines.append(f"        body={expression(model, names, operation.body.type)},")
        if operation.body.required:
            lines.append("        body_required=True,")
    elif operation.body:
        lines.append('        octets="application/octet-stream",')
    answers = [
        f"{r.status}: {answer(model, names, r)}" for r in operation.responses if r.status[0] == "2"
    ]
    lines.append(f"        responses={{{', '.join(answers)}}},")
    body = "\n".join(lines)
    name = constant(operation.id).lower()
    return f"\n\ndef _{name}() -> Operation:\n    return make_operation(\n{body}\n    )\n"


def answer(model: Model, names: Names, response: Response) -> str:
    if response.type is None:
        return "None"
    if response.type.kind == "binary" or response.content_type != "application/json":
        return '"bytes"'
    return expression(model, names, response.type)
