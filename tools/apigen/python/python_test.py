import ast
import unittest

from apigen import python
from apigen.model import build
from apigen.sample_for_test import SHELF, SHELF_PATHS, document


def files() -> dict[str, str]:
    made = document(SHELF, SHELF_PATHS)
    made.tree["tags"] = [{"name": "shelves", "description": "Where books stand."}]
    return python.emit(build(made), made)


class PythonTest(unittest.TestCase):
    maxDiff = None

    def test_all_of_it_is_python(self):
        for name, text in files().items():
            ast.parse(text, name)

    def test_a_schema_becomes_a_class_with_slots_and_checked_fields(self):
        text = files()["models/shelf.py"]

        self.assertIn('    __slots__ = ("name", "books", "var_class", "note", "open")\n', text)
        for field in (
            '"name": required(String(pattern=r"^[a-z]+$")),',
            '"books": required(ListOf(ModelOf("Book"), min_items=1)),',
            '"var_class": optional(Integer(minimum=0, maximum=9), json_name="class"),',
            '"open": optional(BOOLEAN, default=True),',
        ):
            self.assertIn(f"        {field}\n", text)
        self.assertIn("            books: list[Book],\n            var_class: int | None = None,\n", text)
        self.assertIn("    def name_validate_regular_expression(", text)

    def test_an_enumeration_is_checked(self):
        text = files()["models/book.py"]

        self.assertIn('"kind": required(OneOf("novel", "default")),', text)
        self.assertIn("    def kind_validate_enum(", text)

    def test_what_clients_know_beyond_the_server_has_fields_too(self):
        text = files()["models/book.py"]

        self.assertIn('"marks": optional(ListOf(MapOf(STRING))),', text)
        self.assertIn("    marks: list[dict[str, str]] | None\n", text)
        self.assertIn('"colour": optional(STRING),', text)
        self.assertIn("        colour: Its colour.\n", text)

    def test_an_operation_is_described_to_the_native_core(self):
        text = files()["_operations.py"]

        self.assertIn("GET_SHELF: Operation\n", text)
        self.assertIn('("If-Match", "header", "string", False),', text)
        self.assertIn('        responses={200: ModelOf("Shelf")},\n', text)
        self.assertIn('        body=ModelOf("Shelf"),\n        body_required=True,\n', text)

    def test_an_operation_becomes_methods(self):
        text = files()["api/shelves_api.py"]

        self.assertIn(
            "    def get_shelf(\n        self,\n        shelf: str,\n        amount: int | None = None,\n"
            "        after: str | None = None,\n        if_match: str | None = None,\n"
            "        **kwargs: Unpack[CallKeywords],\n    ) -> Shelf:\n",
            text,
        )
        self.assertIn("            amount: 5 if left out.\n", text)
        self.assertIn("(shelf, amount, after, if_match)", text)
        self.assertIn("    def set_shelf(\n        self,\n", text)
        self.assertIn("json_body(operations.SET_SHELF, ", text)

    def test_the_twins_are_awaitable(self):
        text = files()["aio/api/shelves_api.py"]

        self.assertIn("    async def get_shelf_with_http_info(\n", text)
        self.assertIn(" = await self._call(", text)

    def test_names_are_imported_when_they_are_used(self):
        made = files()

        self.assertIn('    "Shelf": "models.shelf",\n', made["__init__.py"])
        self.assertIn('    "Shelf": "shelf",\n', made["models/__init__.py"])
        self.assertIn('    "ShelvesApi": "api.shelves_api",\n', made["aio/__init__.py"])


if __name__ == "__main__":
    unittest.main()
