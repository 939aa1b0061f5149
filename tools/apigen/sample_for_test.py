"""A small description with one of everything, for tests."""

from apigen.document import Document

OK = {"200": {"description": "fine"}}


def document(schemas=None, paths=None) -> Document:
    return Document(
        {
            "openapi": "3.0.0",
            "servers": [{"url": "/api"}],
            "security": [{"key": []}],
            "paths": paths or {},
            "components": {"schemas": schemas or {}},
        }
    )


SHELF = {
    "Shelf": {
        "type": "object",
        "description": "Where books stand.",
        "required": ["name", "books"],
        "properties": {
            "name": {"type": "string", "pattern": "^[a-z]+$", "description": "Its name."},
            "books": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Book"}},
            "class": {"type": "integer", "minimum": 0, "maximum": 9},
            "note": {"type": "string", "nullable": True},
            "open": {"type": "boolean", "default": True},
        },
    },
    "Book": {"allOf": [{"$ref": "#/components/schemas/Item"}, {"required": ["title", "kind"]}]},
    "Item": {
        "type": "object",
        "properties": {
            "title": {"type": "string"},
            "kind": {"type": "string", "enum": ["novel", "default"]},
            "labels": {"$ref": "#/components/schemas/Labels"},
            "extra": {"type": "object"},
            "marks": {"type": "object", "items": {"$ref": "#/components/schemas/Labels"}},
        },
        "x-mere-ignored": {"colour": {"type": "string", "description": "Its colour."}},
    },
    "Labels": {"type": "object", "additionalProperties": {"type": "string"}},
}

SHELF_PATHS = {
    "/shelves/{shelf}": {
        "parameters": [{"in": "path", "name": "shelf", "required": True, "schema": {"type": "string"}}],
        "get": {
            "operationId": "getShelf",
            "tags": ["shelves"],
            "security": [],
            "parameters": [
                {"in": "query", "name": "amount", "schema": {"type": "integer", "maximum": 10, "default": 5}},
                {"in": "query", "name": "after", "allowEmptyValue": True, "schema": {"type": "string"}},
                {"in": "header", "name": "If-Match", "schema": {"type": "string"}},
            ],
            "responses": {
                "200": {
                    "description": "it",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Shelf"}}},
                }
            },
        },
        "put": {
            "operationId": "setShelf",
            "tags": ["shelves"],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Shelf"}}},
            },
            "responses": OK,
        },
    },
    "/shelves/top": {"get": {"operationId": "getTop", "tags": ["shelves"], "responses": OK}},
}
