"""Every `#include "folder/…"` points down, as the layer() lines of CMakeLists.txt say."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def allowed_includes() -> dict[str, set[str]]:
    text = (ROOT / "CMakeLists.txt").read_text()
    return {name: {name, *below.split()} for name, below in re.findall(r"^layer\((\w+)([\w ]*)\)", text, re.M)}


class Layers(unittest.TestCase):
    def test_includes_point_down(self):
        allowed = allowed_includes()
        self.assertIn("base", allowed)
        checked = 0
        for source in sorted((ROOT / "src").rglob("*")):
            if source.suffix not in (".h", ".cpp"):
                continue
            folder = source.relative_to(ROOT / "src").parts[0]
            for included in re.findall(r'^#include "(\w+)/', source.read_text(), re.M):
                checked += 1
                with self.subTest(source=str(source.relative_to(ROOT)), included=included):
                    self.assertIn(included, allowed[folder])
        self.assertGreater(checked, 50)

    def test_every_folder_says_what_it_is_for(self):
        for name in allowed_includes():
            self.assertTrue((ROOT / "src" / name / "README.md").is_file(), f"src/{name}/README.md is missing")


if __name__ == "__main__":
    unittest.main()
