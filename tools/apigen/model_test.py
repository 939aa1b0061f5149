import unittest

from apigen.document import DocumentError
from apigen.model import Alias, Struct, Type, build
from apigen.sample_for_test import OK, SHELF, SHELF_PATHS, document


def shelf_model():
    return build(document(SHELF, SHELF_PATHS))


class ModelTest(unittest.TestCase):
    def test_what_a_type_stands_on_comes_before_it(self):
        self.assertEqual(["Labels", "Book", "Shelf", "Item"], [made.name for made in shelf_model().types])

    def test_all_of_is_one_struct_with_all_that_is_required(self):
        book = next(made for made in shelf_model().types if made.name == "Book")

        assert isinstance(book, Struct)
        self.assertEqual(["title", "kind", "labels", "extra", "marks"], [p.name for p in book.properties])
        self.assertEqual([True, True, False, False, False], [p.required for p in book.properties])

    def test_an_enum_of_one_schema_is_made_once(self):
        enums = shelf_model().enums

        self.assertEqual([("ItemKind", ("novel", "default"))], [(enum.name, enum.values) for enum in enums])

    def test_lists_and_maps_are_aliases(self):
        labels = shelf_model().types[0]

        self.assertEqual(Alias("Labels", Type("map", item=Type("string"))), labels)

    def test_parameters_of_the_path_come_first_and_in_its_order(self):
        parameters = [
            {"in": "query", "name": "q", "schema": {"type": "string"}},
            {"in": "path", "name": "b", "required": True, "schema": {"type": "string"}},
            {"in": "path", "name": "a", "required": True, "schema": {"type": "string"}},
        ]
        paths = {"/x/{a}/{b}": {"get": {"operationId": "x", "parameters": parameters, "responses": OK}}}

        [operation] = build(document(paths=paths)).operations

        self.assertEqual(["a", "b", "q"], [parameter.name for parameter in operation.parameters])

    def test_security_is_inherited_unless_it_is_empty(self):
        needs = {operation.id: operation.needs_credentials for operation in shelf_model().operations}

        self.assertEqual({"getShelf": False, "setShelf": True, "getTop": True}, needs)

    def test_mistakes_are_refused(self):
        loop = {"A": {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/A"}}}}
        missing = {"A": {"type": "object", "properties": {}, "required": ["a"]}}
        unknown = {"A": {"type": "object", "properties": {"a": {"type": "file"}}}}
        for schemas in (loop, missing, unknown):
            with self.subTest(str(schemas)), self.assertRaises(DocumentError):
                build(document(schemas))
        without_parameter = {"/x/{a}": {"get": {"operationId": "x", "responses": OK}}}
        twice = {"/x": {"get": {"operationId": "x", "responses": OK}, "put": {"operationId": "x", "responses": OK}}}
        for paths in (without_parameter, twice):
            with self.subTest(str(paths)), self.assertRaises(DocumentError):
                build(document(paths=paths))


if __name__ == "__main__":
    unittest.main()
