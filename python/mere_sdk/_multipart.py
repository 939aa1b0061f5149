"""Forms as request bodies."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

# A form field: text, bytes, or a file as (name, content) or (name, content, content type).
Fields = Iterable[tuple[str, Any]]


def pairs(fields: Mapping[str, Any] | Fields | None) -> list[tuple[str, Any]]:
    """Fields of a form in order, however they were given."""
    if not fields:
        return []
    return list(fields.items() if isinstance(fields, Mapping) else fields)


def encode(fields: Mapping[str, Any] | Fields) -> tuple[bytes, str]:
    """A multipart form and its content type."""
    boundary = os.urandom(16).hex()
    parts: list[bytes] = []
    for name, value in pairs(fields):
        disposition = f'form-data; name="{_quoted(name)}"'
        content_type = ""
        if isinstance(value, tuple):
            filename, content, *rest = value
            disposition += f'; filename="{_quoted(filename)}"'
            content_type = rest[0] if rest else "application/octet-stream"
            value = content
        if hasattr(value, "read"):
            value = value.read()
        if not isinstance(value, (bytes, bytearray, memoryview)):
            value = str(value).encode()
        head = f"--{boundary}\r\nContent-Disposition: {disposition}\r\n"
        if content_type:
            head += f"Content-Type: {content_type}\r\n"
        parts += [head.encode(), b"\r\n", value, b"\r\n"]
    parts.append(f"--{boundary}--\r\n".encode())
    return b"".join(parts), f"multipart/form-data; boundary={boundary}"


def _quoted(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
