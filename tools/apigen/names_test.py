import unittest

from apigen.names import pascal, snake, words


class NamesTest(unittest.TestCase):
    def test_words_are_found_at_capitals_and_signs(self):
        self.assertEqual(["get", "gc", "rules"], words("getGCRules"))
        self.assertEqual(["if", "none", "match"], words("If-None-Match"))
        self.assertEqual(["blockstore", "namespace", "validity", "regex"], words("blockstore_namespace_ValidityRegex"))

    def test_snake_case_of_operation_ids(self):
        for id, expected in (
            ("CreateCommitRecord", "create_commit_record"),
            ("getLakeFSVersion", "get_lake_fs_version"),
            ("setGroupACL", "set_group_acl"),
            ("stsLogin", "sts_login"),
            ("commit", "commit"),
        ):
            self.assertEqual(expected, snake(id))

    def test_pascal_case_of_schemas(self):
        self.assertEqual("ErrorNoAcl", pascal("ErrorNoACL"))
        self.assertEqual("PrepareGcUncommittedRequest", pascal("PrepareGCUncommittedRequest"))
        self.assertEqual("Commit", pascal("Commit"))


if __name__ == "__main__":
    unittest.main()
