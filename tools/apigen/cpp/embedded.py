"""document.h, document.cpp: the API description as JSON, for GET /openapi.json."""

import json
from typing import Any

from ..document import Document
from .text import BANNER

_HEADER = """#pragma once

#include <string>

namespace mere::api {

// The OpenAPI description of this API, as JSON. Lives as long as the process.
const std::string& openapi_json();

}  // namespace mere::api
"""

# Compilers must take literals of 65,536 bytes and no longer ones.
_PIECE = 16000


def emit(document: Document) -> dict[str, str]:
    text = json.dumps(_published(document.tree), ensure_ascii=True, separators=(",", ":"))
    pieces = [text[i : i + _PIECE] for i in range(0, len(text), _PIECE)]
    source = [BANNER, '#include "api/document.h"\n\n#include <string_view>\n\nnamespace mere::api {\n\nnamespace {\n\n']
    source.append("constexpr std::string_view kPieces[] = {\n")
    source.extend(f'    R"json({piece})json",\n' for piece in pieces)
    source.append("};\n\n}  // namespace\n\nconst std::string& openapi_json() {\n")
    source.append("  static const std::string whole = [] {\n    std::string text;\n")
    source.append("    for (const std::string_view piece : kPieces) text += piece;\n    return text;\n  }();\n")
    source.append("  return whole;\n}\n\n}  // namespace mere::api\n")
    return {"document.h": BANNER + _HEADER, "document.cpp": "".join(source)}


def _published(node: Any) -> Any:
    """Without what only apigen reads."""
    if isinstance(node, dict):
        return {key: _published(value) for key, value in node.items() if not str(key).startswith("x-mere-")}
    if isinstance(node, list):
        return [_published(value) for value in node]
    return node
