"""How the document's names look in Python: as in the package that mere_sdk stands in for."""

import keyword

from ..document import Document
from ..model import Operation, Parameter, Type
from ..names import pascal, snake

# `date` is also a type that models are made of, so it is treated like a keyword.
_TAKEN = {*keyword.kwlist, "date"}


def identifier(name: str) -> str:
    """A field or parameter: `storageClass` → storage_class, `class` → var_class."""
    made = snake(name)
    return f"var_{made}" if made in _TAKEN else made


def constant(id: str) -> str:
    return snake(id).upper()


def module(class_name: str) -> str:
    return snake(class_name)


def api_module(tag: str) -> str:
    return f"{snake(tag)}_api"


def api_class(tag: str) -> str:
    return pascal(tag) + "Api"


class Names:
    """What the model has lost: how schemas are spelt, and in which order parameters are declared."""

    def __init__(self, document: Document):
        self.document = document
        self.spelt = {pascal(name): name for name in document.tree["components"]["schemas"]}

    def model(self, name: str) -> str:
        """The class of a struct: `UiConfig` → UIConfig; a body without a name is a request."""
        if name in self.spelt:
            return self.spelt[name]
        return name.removesuffix("Body") + "Request" if name.endswith("Body") else name

    def declared(self, operation: Operation) -> list[Parameter]:
        """The parameters as they are declared, those that must be given first."""
        item = self.document.tree["paths"][operation.path]
        nodes = item.get("parameters", []) + item[operation.method.lower()].get("parameters", [])
        order = [self.document.follow(node)["name"] for node in nodes]
        in_order = sorted(operation.parameters, key=lambda p: order.index(p.name))
        return [p for p in in_order if p.required] + [p for p in in_order if not p.required]

    def annotation(self, type: Type) -> str:
        if type.kind == "list" or type.kind == "any" and type.item is not None:
            return f"list[{self.annotation(_item(type))}]"
        if type.kind == "map":
            return f"dict[str, {self.annotation(_item(type))}]"
        if type.kind == "struct":
            return self.model(type.name)
        return {
            "string": "str",
            "enum": "str",
            "integer": "int",
            "number": "float",
            "boolean": "bool",
            "time": "datetime",
            "binary": "bytes",
            "any": "dict[str, Any]",
        }[type.kind]

    def structs(self, type: Type | None) -> set[str]:
        """The models that a type names."""
        if type is None:
            return set()
        return {self.model(type.name)} if type.kind == "struct" else self.structs(type.item)


def _item(type: Type) -> Type:
    assert type.item is not None
    return type.item
