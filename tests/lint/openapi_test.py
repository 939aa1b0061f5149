"""api/openapi.yaml says the same as the contract that clients were written for, in other words.

Words (summary, description, title) and what only apigen reads (x-mere-…) may differ; nothing else.
"""

import json
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from apigen.document import load  # noqa: E402

PROSE = {"summary", "description", "title"}
# What Mere serves beyond the contract.
OUR_PATHS = {
    "/repositories/{repository}/branches/{branch}/commits/async",
    "/repositories/{repository}/branches/{branch}/commits/async/{id}/status",
    "/repositories/{repository}/refs/{sourceRef}/merge/{destinationBranch}/async",
    "/repositories/{repository}/refs/{sourceRef}/merge/{destinationBranch}/async/{id}/status",
    "/repositories/{repository}/verify",
    "/repositories/{repository}/verify/{id}",
    "/repositories/{repository}/verify/{id}/findings",
}
OUR_SCHEMAS = {"CommitAsyncStatus", "MergeAsyncStatus", "Verification", "VerificationCreation", "VerificationFinding",
               "VerificationFindingList", "VerificationProgress"}
METHODS = {"get", "head", "post", "put", "patch", "delete"}
# Below these keys, keys are names that somebody chose: a property may be called "description".
NAMED = {"properties", "schemas", "parameters", "responses", "securitySchemes", "headers", "content", "paths"}


def bare(node, names=False):
    """Without prose. `names` says that the keys of `node` are names."""
    if isinstance(node, list):
        return [bare(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: bare(value, not names and key in NAMED)
        for key, value in node.items()
        if names or not (key in PROSE or key.startswith("x-mere-"))
    }


def operations(document):
    for path, item in document["paths"].items():
        for method in METHODS & item.keys():
            yield f"{method.upper()} {path}", item[method]


class OpenApiTest(unittest.TestCase):
    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        cls.ours = load(ROOT / "api" / "openapi.yaml").tree
        cls.contract = json.loads((ROOT / "tests" / "data" / "contract-api.json").read_text(encoding="utf-8"))

    def test_has_the_operations_and_schemas_of_the_contract(self):
        of_ours = [name for name, _ in operations(self.ours) if name.split()[1] in OUR_PATHS]
        self.assertEqual(134, len(list(operations(self.ours))) - len(of_ours))
        self.assertEqual(119 + len(OUR_SCHEMAS), len(self.ours["components"]["schemas"]))

    def test_every_path_is_the_same(self):
        self.assertEqual(self.contract["paths"].keys() | OUR_PATHS, self.ours["paths"].keys())
        for path, item in self.contract["paths"].items():
            with self.subTest(path):
                self.assertEqual(bare(item), bare(self.ours["paths"][path]))

    def test_every_component_is_the_same(self):
        self.assertEqual(self.contract["components"].keys(), self.ours["components"].keys())
        for kind, members in self.contract["components"].items():
            ours = OUR_SCHEMAS if kind == "schemas" else set()
            self.assertEqual(members.keys() | ours, self.ours["components"][kind].keys())
            for name, member in members.items():
                with self.subTest(f"{kind}/{name}"):
                    self.assertEqual(bare(member), bare(self.ours["components"][kind][name]))

    def test_the_rest_is_the_same(self):
        for key in self.contract.keys() - {"paths", "components", "info"}:
            self.assertEqual(self.contract[key], self.ours[key], key)

    def test_every_operation_is_described(self):
        for name, operation in operations(self.ours):
            with self.subTest(name):
                summary = operation.get("summary", "")
                self.assertTrue(summary, "no summary")
                self.assertLessEqual(len(summary), 80)
                self.assertFalse(summary.endswith("."), "a summary is no sentence")
                self.assertTrue(operation.get("description", "").strip().endswith("."), "no description")

    def test_every_answer_and_shared_parameter_is_described(self):
        for name, operation in operations(self.ours):
            for status, response in operation["responses"].items():
                with self.subTest(f"{name} {status}"):
                    self.assertTrue("$ref" in response or response["description"])
        for kind in ("parameters", "responses", "securitySchemes"):
            for name, member in self.ours["components"][kind].items():
                with self.subTest(f"{kind}/{name}"):
                    self.assertTrue(member.get("description"))

    def test_every_schema_and_every_tag_is_described(self):
        for name, schema in self.ours["components"]["schemas"].items():
            with self.subTest(name):
                self.assertTrue(schema.get("description"))
        used = {tag for _, operation in operations(self.ours) for tag in operation["tags"]}
        described = {tag["name"] for tag in self.ours["tags"] if tag.get("description")}
        self.assertEqual(used, described)

    def test_prose_names_no_other_project(self):
        for text in re.findall(r"^.*lakefs.*$", (ROOT / "api" / "openapi.yaml").read_text(encoding="utf-8"), re.I | re.M):
            self.assertRegex(text, r"setup_lakefs|getLakeFSVersion|lakefs://|x-lakefs-|_lakefs|\.lakefs\.|::lakefs::|lakeFS clients")


if __name__ == "__main__":
    unittest.main()
