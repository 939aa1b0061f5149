"""What an OpenAPI document says, in the shape that emitters want: no references, no inheritance, names given."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .document import Document, DocumentError, schema_name
from .names import pascal

METHODS = ("get", "head", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Type:
    """kind: string, integer, number, boolean, time, binary, any (free-form object), enum, struct, list, map."""

    kind: str
    name: str = ""  # of the enum or struct
    item: "Type | None" = None  # of a list's items, a map's values, or what clients put into an `any`, in a list
    pattern: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    min_length: int | None = None
    min_items: int | None = None
    bits: int = 64  # of an integer

    @property
    def constrained(self) -> bool:
        return any(c is not None for c in (self.pattern, self.minimum, self.maximum, self.min_length, self.min_items))


@dataclass(frozen=True)
class Enum:
    name: str
    values: tuple[str, ...]
    description: str = ""


@dataclass(frozen=True)
class Property:
    name: str
    type: Type
    required: bool
    nullable: bool = False
    default: Any = None
    null_when_empty: bool = False
    description: str = ""
    deprecated: bool = False


@dataclass(frozen=True)
class Struct:
    name: str
    properties: tuple[Property, ...]
    description: str = ""
    ignored: tuple[Property, ...] = ()  # what clients may send too, and the server takes no notice of


@dataclass(frozen=True)
class Alias:
    """A named schema that is a list, a map or a plain value."""

    name: str
    type: Type
    description: str = ""


@dataclass(frozen=True)
class Parameter:
    name: str
    where: str  # path, query, header
    type: Type
    required: bool
    may_be_empty: bool = False
    default: Any = None
    description: str = ""
    deprecated: bool = False


@dataclass(frozen=True)
class Body:
    kind: str  # json, stream
    type: Type | None  # of a JSON body
    required: bool


@dataclass(frozen=True)
class Response:
    status: str  # "200", "default"
    description: str
    content_type: str | None
    type: Type | None


@dataclass(frozen=True)
class Operation:
    id: str
    method: str
    path: str
    tags: tuple[str, ...]
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    body: Body | None
    responses: tuple[Response, ...]
    needs_credentials: bool
    deprecated: bool


@dataclass
class Model:
    base_path: str
    enums: list[Enum] = field(default_factory=list)
    types: list[Struct | Alias] = field(default_factory=list)  # what a type stands on comes before it
    operations: list[Operation] = field(default_factory=list)


def build(document: Document) -> Model:
    return _Builder(document).build()


class _Builder:
    def __init__(self, document: Document):
        self.document = document
        self.model = Model(base_path=document.tree["servers"][0]["url"])
        self.schemas: dict[str, Any] = document.tree["components"]["schemas"]
        self.enums: dict[str, Enum] = {}
        self.done: dict[str, Struct | Alias] = {}
        self.open: list[str] = []

    def build(self) -> Model:
        for name in self.schemas:
            self.named(name)
        for path, item in self.document.tree["paths"].items():
            for method in METHODS:
                if method in item:
                    self.model.operations.append(self.operation(path, method, item))
        self.model.enums = list(self.enums.values())
        self.model.types = list(self.done.values())
        self.check_unique()
        return self.model

    def check_unique(self) -> None:
        ids = [operation.id for operation in self.model.operations]
        for id in ids:
            if ids.count(id) > 1:
                raise DocumentError(f"operationId {id} is used twice")

    # Schemas

    def named(self, name: str) -> Struct | Alias:
        if name in self.done:
            return self.done[name]
        if name in self.open:
            raise DocumentError(f"schema {name} contains itself")
        if name not in self.schemas:
            raise DocumentError(f"there is no schema {name}")
        self.open.append(name)
        schema = self.schemas[name]
        if self.is_struct(schema):
            made: Struct | Alias = self.struct(name, schema)
        else:
            made = Alias(pascal(name), self.type(schema, name), _text(schema))
        self.open.remove(name)
        self.done[name] = made
        return made

    @staticmethod
    def is_struct(schema: dict[str, Any]) -> bool:
        return "properties" in schema or "allOf" in schema

    def struct(self, name: str, schema: dict[str, Any]) -> Struct:
        properties: dict[str, tuple[str, dict[str, Any]]] = {}
        ignored: dict[str, tuple[str, dict[str, Any]]] = {}
        required: set[str] = set()
        for owner, part in self.parts(name, schema):
            for key, value in part.get("properties", {}).items():
                properties[key] = (owner, value)
            for key, value in part.get("x-mere-ignored", {}).items():
                ignored[key] = (owner, value)
            required.update(part.get("required", []))
        unknown = required - properties.keys()
        if unknown:
            raise DocumentError(f"schema {name} requires properties that it does not have: {sorted(unknown)}")
        return Struct(
            pascal(name),
            tuple(self.property(owner, key, value, key in required) for key, (owner, value) in properties.items()),
            _text(schema),
            tuple(self.property(owner, key, value, False) for key, (owner, value) in ignored.items()),
        )

    def parts(self, name: str, schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        """The schema and all that it is made of by allOf, each with the name of the schema it was written in."""
        name = schema_name(schema) or name
        schema = self.document.follow(schema)
        for part in schema.get("allOf", []):
            yield from self.parts(name, part)
        yield name, schema

    def property(self, owner: str, name: str, schema: dict[str, Any], required: bool) -> Property:
        return Property(
            name=name,
            type=self.type(schema, f"{owner}_{name}"),
            required=required,
            nullable=schema.get("nullable", False),
            default=None if required else schema.get("default"),
            null_when_empty=schema.get("x-mere-null-when-empty", False),
            description=_text(schema),
            deprecated=schema.get("deprecated", False),
        )

    def type(self, schema: dict[str, Any], hint: str) -> Type:
        """`hint` names an enum or struct that has no name of its own."""
        name = schema_name(schema)
        if name:
            made = self.named(name)
            return made.type if isinstance(made, Alias) else Type("struct", name=made.name)
        if self.is_struct(schema):
            made = self.struct(hint, schema)
            self.done.setdefault(hint, made)
            return Type("struct", name=made.name)
        kind = schema.get("type")
        if kind == "string":
            return self.string(schema, hint)
        if kind == "integer":
            bits = 32 if schema.get("format") == "int32" else 64
            return Type("integer", minimum=schema.get("minimum"), maximum=schema.get("maximum"), bits=bits)
        if kind == "number":
            return Type("number", minimum=schema.get("minimum"), maximum=schema.get("maximum"))
        if kind == "boolean":
            return Type("boolean")
        if kind == "array":
            return Type("list", item=self.type(schema["items"], hint + "_item"), min_items=schema.get("minItems"))
        if kind == "object":
            values = schema.get("additionalProperties")
            if isinstance(values, dict):
                return Type("map", item=self.type(values, hint + "_value"))
            items = schema.get("items")  # clients know what calls itself an object of items as a list of them
            return Type("any", item=self.type(items, hint + "_item") if items else None)
        raise DocumentError(f"{hint}: apigen knows no type {kind!r}")

    def string(self, schema: dict[str, Any], hint: str) -> Type:
        if "enum" in schema:
            name = schema.get("x-mere-enum") or pascal(hint)
            values = tuple(schema["enum"]) + tuple(schema.get("x-mere-extra-values", []))
            known = self.enums.setdefault(name, Enum(name, values, _text(schema)))
            if known.values != values:
                raise DocumentError(f"two enumerations of different values are called {name}")
            return Type("enum", name=name)
        kind = {"date-time": "time", "binary": "binary"}.get(schema.get("format", ""), "string")
        return Type(kind, pattern=schema.get("pattern"), min_length=schema.get("minLength"))

    # Operations

    def operation(self, path: str, method: str, item: dict[str, Any]) -> Operation:
        node = item[method]
        id = node["operationId"]
        security = node.get("security", self.document.tree.get("security", []))
        parameters = [self.parameter(id, p) for p in item.get("parameters", []) + node.get("parameters", [])]
        # In the order of the path, whatever the order of their declarations: handlers get them by place.
        templated = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        in_path = {p.name: p for p in parameters if p.where == "path"}
        if sorted(templated) != sorted(in_path):
            raise DocumentError(f"{id}: the path and its parameters differ: {templated} and {sorted(in_path)}")
        return Operation(
            id=id,
            method=method.upper(),
            path=path,
            tags=tuple(node.get("tags", [])),
            summary=_line(node.get("summary", "")),
            description=_text(node),
            parameters=tuple([in_path[name] for name in templated] + [p for p in parameters if p.where != "path"]),
            body=self.body(id, node.get("requestBody")),
            responses=tuple(self.response(id, status, r) for status, r in node["responses"].items()),
            needs_credentials=bool(security),
            deprecated=node.get("deprecated", False),
        )

    def parameter(self, id: str, node: dict[str, Any]) -> Parameter:
        node = self.document.follow(node)
        schema = self.document.follow(node["schema"])
        return Parameter(
            name=node["name"],
            where=node["in"],
            type=self.type(node["schema"], f"{id}_{node['name']}"),
            required=node.get("required", False),
            may_be_empty=node.get("allowEmptyValue", False),
            default=schema.get("default"),
            description=_text(node),
            deprecated=node.get("deprecated", False),
        )

    def body(self, id: str, node: dict[str, Any] | None) -> Body | None:
        if node is None:
            return None
        content = self.document.follow(node)["content"]
        required = node.get("required", False)
        if list(content) == ["application/json"]:
            return Body("json", self.type(content["application/json"]["schema"], f"{id}_body"), required)
        if "application/octet-stream" in content:
            return Body("stream", None, required)
        raise DocumentError(f"{id}: apigen knows no body of {sorted(content)}")

    def response(self, id: str, status: str, node: dict[str, Any]) -> Response:
        node = self.document.follow(node)
        for content_type, content in node.get("content", {}).items():
            made = self.type(content["schema"], f"{id}_{status}_response")
            return Response(status, _text(node), content_type, made)
        return Response(status, _text(node), None, None)


def _line(text: str) -> str:
    return " ".join(text.split())


def _text(node: dict[str, Any]) -> str:
    return str(node.get("description", "")).strip()
