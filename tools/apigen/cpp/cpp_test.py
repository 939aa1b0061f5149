import copy
import json
import pathlib
import re
import tempfile
import unittest

from apigen import cpp
from apigen.cpp.embedded import _published
from apigen.cpp.text import comment, identifier, quoted
from apigen.model import build
from apigen.output import write_all
from apigen.sample_for_test import SHELF, SHELF_PATHS, document


def files():
    made = document(SHELF, SHELF_PATHS)
    return cpp.emit(build(made), made)


def client_files():
    return cpp.client.emit(build(document(SHELF, SHELF_PATHS)))


class CppTest(unittest.TestCase):
    maxDiff = None

    def test_a_schema_becomes_a_struct(self):
        self.assertIn(
            "// Where books stand.\n"
            "struct Shelf {\n"
            "  // Its name.\n"
            "  std::string name{};\n"
            "  std::vector<Book> books{};\n"
            "  std::optional<std::int64_t> class_{};\n"
            "  std::optional<std::string> note{};\n"
            "  bool open = true;\n",
            files()["types.h"],
        )

    def test_an_enumeration_keeps_its_words(self):
        self.assertIn("enum class ItemKind { novel, default_ };", files()["types.h"])
        self.assertIn('case ItemKind::default_: return "default";', files()["types.cpp"])

    def test_optional_members_are_written_if_they_are_there_and_nullable_ones_as_null(self):
        source = files()["json_write.cpp"]

        self.assertIn('  if (value.class_) write_member(json, "\\"class\\":", *value.class_);\n', source)
        self.assertIn('  else write_null_member(json, "\\"note\\":");\n', source)

    def test_readers_check_what_the_schema_says(self):
        source = files()["json_read.cpp"]

        for check in (
            "at_least(fault, member.key, *into.class_, 0)",
            "at_most(fault, member.key, *into.class_, 9)",
            "at_least_items(fault, member.key, into.books.size(), 1)",
            "like(fault, member.key, into.name, pattern_of_name())",
            "read_nullable_member(fault, member, into.note)",
            'kRequired[] = {"name", "books"}',
        ):
            self.assertIn(check, source)

    def test_parameters_become_a_struct_with_a_parser(self):
        made = files()

        self.assertIn(
            "struct GetShelfParams {\n"
            "  std::string shelf{};\n"
            "  std::int64_t amount = 5;\n"
            "  std::string after{};\n"
            "  std::optional<std::string> if_match{};\n",
            made["operations.h"],
        )
        self.assertIn('read_query(raw, {.name = "amount", .maximum = 10}, amount)', made["operations.cpp"])
        self.assertIn("using GetTopParams = NoParams;", made["operations.h"])
        self.assertIn("using SetShelfBody = Shelf;", made["operations.h"])

    def test_the_route_tree_has_written_segments_and_braces(self):
        source = files()["routes.cpp"]

        edges = re.findall(r'\{("[a-z]+"), (\d+)\},', source)
        self.assertEqual([('"shelves"', "1"), ('"top"', "2")], edges)
        self.assertIn("{1, 1, 3, {-1, -1, -1, -1, -1, -1}},", source)
        self.assertIn("{2, 0, 0, {0, -1, -1, 1, -1, -1}},", source)

    def test_dispatch_calls_a_member_for_each_operation(self):
        source = files()["dispatch.h"]

        self.assertIn("run_with_body<Reply, SetShelfParams, SetShelfBody, &H::set_shelf>", source)
        self.assertIn("run<Reply, GetTopParams, &H::get_top>", source)

    def test_a_call_has_what_its_parameters_say_and_leaves_out_what_says_nothing(self):
        source = client_files()["calls.cpp"]

        self.assertIn(
            "Call get_shelf(const api::GetShelfParams& params) {\n"
            '  CallBuilder call("getShelf", "GET");\n'
            '  call.literal("/api/shelves/");\n'
            '  call.segment("shelf", params.shelf);\n'
            '  if (params.amount != 5) call.query("amount", params.amount);\n'
            '  if (!params.after.empty()) call.query("after", params.after);\n'
            '  call.header("If-Match", params.if_match);\n'
            "  return call.done();\n",
            source,
        )
        self.assertIn("Call set_shelf(const api::SetShelfParams& params, const api::SetShelfBody& body) {", source)
        self.assertIn("Call get_top(const api::GetTopParams&) {", source)

    def test_callers_have_a_method_for_each_operation(self):
        made = client_files()

        self.assertIn(
            "  Result<api::Shelf> get_shelf(const api::GetShelfParams& params, const CallOptions& options = {}) const;\n",
            made["api.h"],
        )
        self.assertIn("  Status get_top(const CallOptions& options = {}) const;\n", made["api.h"])
        self.assertIn(
            'return decoded<api::Shelf>("getShelf", session_->fetch(calls::get_shelf(params), options));', made["api.cpp"]
        )
        self.assertIn("Task<Status> get_top(CallOptions options = {}) const;", made["async_api.h"])
        self.assertIn(
            "return done_later(session_->fetch(calls::get_top({}), std::move(options), executor_));", made["async_api.cpp"]
        )

    def test_the_document_is_embedded_without_what_only_apigen_reads(self):
        text = "".join(re.findall(r'R"json\((.*)\)json"', files()["document.cpp"]))

        published = document(copy.deepcopy(SHELF), SHELF_PATHS).tree
        del published["components"]["schemas"]["Item"]["x-mere-ignored"]
        self.assertEqual(published, json.loads(text))
        self.assertEqual({"a": [{}]}, _published({"a": [{"x-mere-enum": "A"}], "x-mere-b": 1}))

    def test_names_and_texts_are_made_safe(self):
        self.assertEqual("class_", identifier("class"))
        self.assertEqual('"a\\\\d\\"\\n"', quoted('a\\d"\n'))
        self.assertEqual("// one two\n//\n// three\n", comment("one\ntwo\n\nthree"))
        self.assertEqual("", comment(""))

    def test_a_file_that_says_the_same_is_left_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "out" / "a.h"
            write_all(path.parent, {"a.h": "1"})
            before = path.stat().st_mtime_ns
            write_all(path.parent, {"a.h": "1"})
            self.assertEqual(before, path.stat().st_mtime_ns)
            write_all(path.parent, {"a.h": "2"})
            self.assertEqual("2", path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()
