"""Answers without what may differ: times of now are no times, and ids and addresses are marked, so that the two sides'
can be paired.
"""

import re
from typing import Any

from server import Answer

NOW = 1_500_000_000  # seconds since 1970; scenarios give dates before it, clocks show times after it

# Framing, and what says who and when.
IGNORED_HEADERS = {"date", "connection", "transfer-encoding", "x-request-id", "keep-alive", "vary", "server"}

_OWN = re.compile(
    r"""
  (?P<address>local://[^\s"',]+(?:,[\w-]{43})?)
| (?P<hash>(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f]))
| (?P<uuid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})
| (?P<id>(?<![0-9a-v])[0-9a-v]{20}(?![0-9a-v]))
| (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)
| (?P<date>(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),\ \d\d\ \w{3}\ \d{4}\ \d\d:\d\d:\d\d\ GMT)
""",
    re.VERBOSE,
)
_UNPAIRED = {"uuid", "time", "date"}  # new each time


def normal(answer: Answer, repository: str) -> Answer:
    headers = {name: _text(value, repository) for name, value in answer.headers.items() if name not in IGNORED_HEADERS}
    if answer.status >= 400 or not isinstance(answer.body, str):
        headers.pop("content-length", None)  # words and addresses have other lengths
    return Answer(answer.status, headers, _value(answer.body, repository))


def _value(value: Any, repository: str) -> Any:
    if isinstance(value, dict):
        return {key.replace(repository, "{repo}"): _value(item, repository) for key, item in value.items()}
    if isinstance(value, list):
        return [_value(item, repository) for item in value]
    if isinstance(value, str):
        return _text(value, repository)
    if isinstance(value, int) and not isinstance(value, bool) and value > NOW:
        return "<now>"
    return value


class Marked(str):
    """A text in which `{kind}` stands for each of `own`."""

    own: tuple[tuple[str, str], ...] = ()


def _text(text: str, repository: str) -> Marked:
    own = []

    def mark(match: re.Match) -> str:
        kind = match.lastgroup
        if kind not in _UNPAIRED:
            own.append((kind, match.group()))
        return f"<{kind}>"

    marked = Marked(_OWN.sub(mark, text).replace(repository, "{repo}"))
    marked.own = tuple(own)
    return marked


class Pairs:
    """What of one side is what of the other: found out as it is met, and then it must stay so."""

    def __init__(self) -> None:
        self._there: dict[tuple[str, str], str] = {}
        self._back: dict[tuple[str, str], str] = {}

    def same(self, one: Marked, other: Marked) -> bool:
        if str(one) != str(other):
            return False
        for (kind, left), (_, right) in zip(one.own, other.own):
            if (
                self._there.setdefault((kind, left), right) != right
                or self._back.setdefault((kind, right), left) != left
            ):
                return False
        return True
