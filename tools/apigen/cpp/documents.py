"""Which C++ types are read from JSON on their own."""

from ..model import Alias, Model
from .text import cpp_type, type_name


def documents(model: Model) -> list[str]:
    """What read_json reads: every schema, and what bodies and answers are made of besides."""
    names: dict[str, None] = {}
    for made in model.types:
        names[cpp_type(made.type) if isinstance(made, Alias) else type_name(made.name)] = None
    for operation in model.operations:
        if operation.body and operation.body.type:
            names[cpp_type(operation.body.type)] = None
        for response in operation.responses:
            if response.type and response.content_type == "application/json":
                names[cpp_type(response.type)] = None
    return list(names)
