"""How things look in a notebook. Names come from anywhere, so everything is escaped; nothing is asked of the lake."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mere._names import RefName, RepositoryName


def record(title: str, fields: Mapping[str, Any]) -> str:
    rows = "".join(f"<tr><th style='text-align:left'>{escape(name)}</th><td>{escape(str(value))}</td></tr>"
                   for name, value in fields.items() if value is not None)
    return f"<table><caption>{escape(title)}</caption>{rows}</table>"


def repository(repo: RepositoryName) -> str:
    known = {} if repo._properties is None else repo._properties._known()
    return record("Repository", {"id": repo.id} | known)


def reference(ref: RefName) -> str:
    known = {} if ref._commit is None else {"commit": ref._commit.id, "message": ref._commit.message}
    return record(type(ref).__name__, {"repository": ref.repo_id, "id": ref.id} | known)
