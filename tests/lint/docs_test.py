"""The documentation: links lead somewhere, the reference is what the program says, every page is in the site."""

import os
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "docs"))

import command_line  # noqa: E402
import configuration  # noqa: E402

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def prose(page: pathlib.Path) -> str:
    """Without code, in which `](` is no link."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.S | re.M))


def anchors(page: pathlib.Path) -> set[str]:
    """The ids that MkDocs gives to headings."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.S | re.M), re.M)
    return {re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", heading.lower()).strip()) for heading in headings}


class Docs(unittest.TestCase):
    def test_relative_links_lead_to_files_and_headings(self):
        checked = 0
        for page in PAGES:
            for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
                if re.match(r"[a-z]+:", target):
                    continue
                checked += 1
                path, _, anchor = target.partition("#")
                with self.subTest(page=str(page.relative_to(ROOT)), link=target):
                    linked = (page.parent / path).resolve() if path else page
                    self.assertTrue(linked.exists(), "no such file")
                    if anchor and linked.suffix == ".md":
                        self.assertIn(anchor, anchors(linked))
        self.assertGreater(checked, 20)

    def test_every_page_is_in_the_navigation(self):
        listed = re.findall(r": ([\w/.-]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.M)
        there = [str(page.relative_to(ROOT / "docs")) for page in PAGES if page.is_relative_to(ROOT / "docs")]
        self.assertEqual(sorted(there), sorted(listed))

    def test_the_configuration_reference_is_up_to_date(self):
        binary = self.program()
        self.assertEqual(configuration.page(configuration.keys_of(binary)), configuration.PAGE.read_text(encoding="utf-8"),
                         "run: python3 tools/docs/configuration.py $MERE_BINARY")

    def test_the_command_line_reference_is_up_to_date(self):
        self.assertEqual(command_line.page(self.program()), command_line.PAGE.read_text(encoding="utf-8"),
                         "run: python3 tools/docs/command_line.py $MERE_BINARY")

    def program(self) -> str:
        binary = os.environ.get("MERE_BINARY")
        if not binary or not pathlib.Path(binary).exists():
            self.skipTest("MERE_BINARY is not set to a program")
        return binary


if __name__ == "__main__":
    unittest.main()
