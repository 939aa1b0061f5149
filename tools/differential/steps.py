"""A scenario is a list of steps: one request each, as plain data that can be kept, cut and run again.

Texts in a step may hold `{repo}`, `{{commit:7}}` (the commit that step 7 answered), `{{commit:7:10}}` (its first ten
digits), `{{address:7}}` and `{{id:7}}`. What no step has answered stands as an id that does not exist.
"""

import json
import re
from dataclasses import asdict, dataclass, field
from typing import Any

NO_COMMIT = "0" * 64
_REFERENCE = re.compile(r"\{\{(commit|address|id):(\d+)(?::(\d+))?\}\}")


@dataclass
class Step:
    number: int
    method: str
    pieces: list[str] = field(default_factory=list)  # of the path below the repository, not quoted
    query: list[tuple[str, str]] = field(default_factory=list)
    json: Any = None
    body: str | None = None  # latin-1
    headers: dict[str, str] = field(default_factory=dict)
    walk: bool = False  # through all pages of a list
    settle: bool = False  # changes something that a reference may cache for seconds

    def line(self) -> str:
        """For people."""
        text = f"{self.number:4} {self.method} /{'/'.join(self.pieces) or '.'}"
        if self.query:
            text += "?" + "&".join(f"{name}={value!r}" for name, value in self.query)
        for name, value in self.headers.items():
            text += f" {name}={value!r}"
        if self.json is not None:
            text += " " + json.dumps(self.json, ensure_ascii=True)
        if self.body is not None:
            text += f" <{self.body[:40]!r}{'…' if len(self.body) > 40 else ''}>"
        return text + (" (all pages)" if self.walk else "")


def to_json(steps: list[Step]) -> str:
    return json.dumps(
        [
            {name: value for name, value in asdict(step).items() if value not in (None, [], {}, False, "")}
            for step in steps
        ],
        indent=1,
    )


def from_json(text: str) -> list[Step]:
    return [Step(**{**item, "query": [tuple(pair) for pair in item.get("query", [])]}) for item in json.loads(text)]


def resolve(value: Any, known: dict[tuple[str, int], str], repository: str) -> Any:
    """`value` with what it refers to put in; of lists and dictionaries every text."""
    if isinstance(value, str):

        def answer(match: re.Match) -> str:
            kind, number, length = match.group(1), int(match.group(2)), match.group(3)
            found = known.get((kind, number), NO_COMMIT)
            return found[: int(length)] if length else found

        return _REFERENCE.sub(answer, value).replace("{repo}", repository)
    if isinstance(value, dict):
        return {resolve(key, known, repository): resolve(item, known, repository) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [resolve(item, known, repository) for item in value]
    return value
