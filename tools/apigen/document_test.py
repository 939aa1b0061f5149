import pathlib
import tempfile
import unittest

from apigen.document import Document, DocumentError, load, schema_name


def loaded(text: str) -> Document:
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "api.yaml"
        path.write_text(text, encoding="utf-8")
        return load(path)


class DocumentTest(unittest.TestCase):
    def test_only_the_types_of_json_are_read(self):
        tree = loaded("openapi: 3.0.0\nwords: [on, no, 2024-01-01, 1_000, 0o7, ~]\nvalues: [true, 7, -1, 1.5, null]\n").tree

        self.assertEqual(["on", "no", "2024-01-01", "1_000", "0o7", "~"], tree["words"])
        self.assertEqual([True, 7, -1, 1.5, None], tree["values"])
        self.assertEqual("3.0.0", tree["openapi"])

    def test_what_is_no_description_is_refused(self):
        for text in ("[", "- a", "swagger: '2.0'"):
            with self.subTest(text), self.assertRaises(DocumentError):
                loaded(text)

    def test_references_are_followed(self):
        document = Document({"a": {"b/c": {"type": "string"}}, "d": {"$ref": "#/a/b~1c"}, "e": {"$ref": "#/e"}})

        self.assertEqual({"type": "string"}, document.follow({"$ref": "#/d"}))
        for reference in ("#/a/x", "#/e", "other.yaml#/a"):
            with self.subTest(reference), self.assertRaises(DocumentError):
                document.follow({"$ref": reference})

    def test_a_schema_is_named_by_its_reference(self):
        self.assertEqual("Tag", schema_name({"$ref": "#/components/schemas/Tag"}))
        self.assertIsNone(schema_name({"$ref": "#/components/parameters/Tag"}))
        self.assertIsNone(schema_name({"type": "string"}))


if __name__ == "__main__":
    unittest.main()
