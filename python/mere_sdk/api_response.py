"""An answer with its status and headers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class ApiResponse(Generic[T]):
    """What the methods whose names end in `_with_http_info` answer.

    Attributes:
        status_code: The HTTP status.
        headers: The answer's headers, whose names are found in any case.
        data: What the plain method answers.
        raw_data: The body it was decoded from: text, or bytes if the operation answers octets.
    """

    def __init__(
        self,
        status_code: int | None = None,
        headers: Mapping[str, str] | None = None,
        data: Any = None,
        raw_data: Any = None,
    ) -> None:
        self.status_code = status_code
        self.headers = headers
        self.data: T = data
        self.raw_data = raw_data

    def __repr__(self) -> str:
        return f"ApiResponse(status_code={self.status_code!r}, data={self.data!r})"
