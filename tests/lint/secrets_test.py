"""What proves who somebody is, is compared in constant time: with equal_secrets(), never with ==."""

import re
import unittest
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "src"
# Where what others send is checked. (Drivers and clients compare their own keys with their own.)
CHECKED = ["auth", "http", "lake", "rest", "s3", "serve"]

SECRET = r"[\w.>()*\[\]-]*(?:signature|secret|password|hmac|(?<!\w)mac)(?:_access_key|_key|_of\([^;]*\))?(?:\(\))?"
OTHER = r"(?!\s*(?:nullptr|npos|\"\"|0\b|1\b|std::nullopt|[\w.:>-]*npos|[\w.>-]*end\(\)))"
COMPARISON = re.compile(
    rf"(?:{SECRET}\s*(?:==|!=){OTHER})|(?:(?:==|!=)\s*{SECRET}(?![\w.]))|(?:(?:memcmp|strcmp|std::equal|\.compare)\([^;]*{SECRET})"
)


def comparisons(text: str) -> list[str]:
    """Lines that compare something named as a secret otherwise than with equal_secrets()."""
    code = (line.split("//")[0] for line in text.splitlines())
    return [line.strip() for line in code if COMPARISON.search(line)]


class Secrets(unittest.TestCase):
    def test_nothing_compares_secrets_by_itself(self) -> None:
        for path in sorted(SOURCES.rglob("*.cpp")) + sorted(SOURCES.rglob("*.h")):
            folder = path.relative_to(SOURCES).parts[0]
            if folder not in CHECKED or re.search(r"_(test|fuzz)\.cpp$|_for_test\.h$|test_", path.name):
                continue
            self.assertEqual(comparisons(path.read_text()), [], path)

    def test_whoever_verifies_uses_the_one_function(self) -> None:
        for name in [
            "auth/auth.cpp",
            "auth/cookie.cpp",
            "auth/token.cpp",
            "lake/addresses.cpp",
            "lake/presign.cpp",
            "s3/aws_chunked_body.cpp",
            "s3/signature_v2.cpp",
            "s3/signature_v4.cpp",
        ]:
            self.assertIn("equal_secrets(", (SOURCES / name).read_text(), name)
        self.assertRegex((SOURCES / "base/hash.cpp").read_text(), r"bool equal_secrets\([^)]*\) \{\n[^}]*CRYPTO_memcmp")

    def test_it_sees_what_it_looks_for(self) -> None:
        for bad in [
            "if (expected == claim.signature) return {};",
            "if (signature_of(key, text) != given) return refused();",
            "return key.secret_access_key == secret;",
            "  if (given != hmac) {",
            "memcmp(mac.data(), given.data(), 32) == 0",
            "std::equal(signature.begin(), signature.end(), other.begin())",
        ]:
            self.assertEqual(comparisons(bad), [bad.strip()], bad)
        for good in [
            "if (!equal_secrets(expected, claim.signature)) return {};",
            "if (signature == nullptr) return;",
            "a == b;  // == signature",
            "if (access_key_id.has_value() != secret_access_key.has_value()) {",
            "const auto comma = text.find(',') == text.npos;",
        ]:
            self.assertEqual(comparisons(good), [], good)


if __name__ == "__main__":
    unittest.main()
