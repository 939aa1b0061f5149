"""Differences that docs/differences.md declares. `line` is how its row begins there; a test compares them."""

from collections.abc import Callable
from dataclasses import dataclass

from compare import Difference


@dataclass(frozen=True)
class Declared:
    line: str
    covers: Callable[[Difference], bool]
    diverges: bool = False  # what comes after it in a scenario can differ because of it, and is not compared


def _statuses(difference: Difference) -> tuple[int, int]:
    return difference.answers[0].status, difference.answers[1].status


def _is(difference: Difference, method: str, *pieces: str | None) -> bool:
    """None stands for any piece."""
    step = difference.step
    return step.method == method and len(step.pieces) == len(pieces) and all(
        wanted in (None, piece) for wanted, piece in zip(pieces, step.pieces))


def _other_merge_base(difference: Difference) -> bool:
    return _is(difference, "GET", "refs", None, "merge", None) and difference.where == "body.base_commit_id"


def _plain_text(difference: Difference) -> bool:
    return _statuses(difference) == (400, 400) and difference.answers[0].headers.get("content-type") == "text/plain; charset=utf-8"


def _range_of_nothing(difference: Difference) -> bool:
    return difference.where.endswith("meta_range_id") and difference.reference[1] != () and difference.subject == ("", ())


def _pick_of_a_range_of_nothing(difference: Difference) -> bool:
    """The commit of nothing has another range than its parent there, so it can be picked."""
    return (_is(difference, "POST", "branches", None, "cherry-pick") and _statuses(difference) == (201, 400)
            and difference.answers[1].body["message"] == "update branch: no changes")


def _folder_once_more(difference: Difference) -> bool:
    after = dict(difference.step.query).get("after", "")
    if not _is(difference, "GET", "refs", None, "objects", "ls") or not difference.where.startswith("body") or difference.answers[0].status != 200:
        return False
    first = difference.answers[0].body["results"][:1]
    rest = difference.answers[0].body["results"][1:]
    return bool(first) and first[0]["path_type"] == "common_prefix" and after.startswith(first[0]["path"]) and (
        [item["path"] for item in rest] == [item["path"] for item in difference.answers[1].body["results"]][:len(rest)])


DECLARED: list[Declared] = [
    Declared("Some of the caller's faults answer 500", lambda d: _statuses(d) == (500, 400)),
    Declared("The merge base is the first commit found on both sides", _other_merge_base, diverges=True),
    Declared("Some malformed parameters are refused in plain text", _plain_text),
    Declared("A commit of nothing in a repository that never held an object", _range_of_nothing),
    Declared("A commit of nothing in a repository that never held an object", _pick_of_a_range_of_nothing, diverges=True),
    Declared("With a delimiter, `after` an entry in a folder where nothing follows it", _folder_once_more),
]


def declaration(difference: Difference) -> Declared | None:
    return next((one for one in DECLARED if one.covers(difference)), None)
