"""How things look in a notebook. Names come from anywhere, so everything is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Optional

from mere._listing import rows_of

if TYPE_CHECKING:
    from mere._names import RefName, RepositoryName

ROWS = 10  # of a listing


def record(title: str, fields: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><th style='text-align:left'>{escape(name)}</th><td>{escape(str(value))}</td></tr>"
        for name, value in fields.items()
        if value is not None
    )
    return f"<table><caption>{escape(title)}</caption>{rows}</table>"


def repository(repo: RepositoryName) -> str:
    known = {} if repo._properties is None else repo._properties._known()
    return record("Repository", {"id": repo.id} | known)


def reference(ref: RefName) -> str:
    known = (
        {} if ref._commit is None else {"commit": ref._commit.id, "message": ref._commit.message}
    )
    return record(type(ref).__name__, {"repository": ref.repo_id, "id": ref.id} | known)


def listing(page: Optional[Sequence[Any]]) -> str:
    """The first rows of a listing's first page (None: not asked for yet)."""
    if page is None:
        return "<em>nothing has been asked for yet</em>"
    if not page:
        return "<em>empty</em>"
    rows = rows_of(page[:ROWS])
    columns = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(f"<th style='text-align:left'>{escape(name)}</th>" for name in columns)
    body = "".join(
        "<tr>" + "".join(_cell(row.get(name)) for name in columns) + "</tr>" for row in rows
    )
    more = "<caption style='caption-side:bottom'>…</caption>" if len(page) > ROWS else ""
    return f"<table>{more}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: Any) -> str:
    return f"<td>{'' if value is None else escape(str(value))}</td>"
