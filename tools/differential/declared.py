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
    return (
        step.method == method
        and len(step.pieces) == len(pieces)
        and all(wanted in (None, piece) for wanted, piece in zip(pieces, step.pieces))
    )


def _other_merge_base(difference: Difference) -> bool:
    return _is(difference, "GET", "refs", None, "merge", None) and difference.where == "body.base_commit_id"


def _plain_text(difference: Difference) -> bool:
    return (
        _statuses(difference) == (400, 400)
        and difference.answers[0].headers.get("content-type") == "text/plain; charset=utf-8"
    )


def _blank_in_a_reference(difference: Difference) -> bool:
    asked = [value for name, value in difference.step.query if name in ("after", "stop_at")]
    if difference.step.pieces == ["tags"] and isinstance(difference.step.json, dict):
        asked.append(difference.step.json.get("ref") or "")
    return _statuses(difference) == (404, 400) and any(" " in text for text in asked)


def _range_of_nothing(difference: Difference) -> bool:
    return (
        difference.where.endswith("meta_range_id") and bool(difference.reference[1]) and difference.subject == ("", ())
    )


def _change_of_nothing(difference: Difference) -> bool:
    """The commit of nothing has another range than its parent there: it can be picked, reverted and merged."""
    return (
        difference.step.method == "POST"
        and difference.answers[0].status in (200, 201, 204)
        and difference.answers[1].status == 400
        and difference.answers[1].body["message"].endswith(": no changes")
        and difference.answers[1].body["message"].startswith("update branch")
    )


def _hard_reset_refused(difference: Difference) -> bool:
    return (
        _is(difference, "PUT", "branches", None, "hard_reset")
        and _statuses(difference) == (400, 204)
        and difference.answers[0].body["message"].endswith("uncommitted changes (dirty branch)")
    )


def _address_of_the_same(difference: Difference) -> bool:
    """The checksums are compared too: that of another object would show."""
    return (
        difference.step.method == "GET"
        and difference.step.pieces[0] == "refs"
        and difference.where.endswith("physical_address")
    )


def _stopped_at_a_filtered_commit(difference: Difference) -> bool:
    names = {name for name, _ in difference.step.query}
    return (
        _is(difference, "GET", "refs", None, "commits") and "stop_at" in names and bool(names & {"objects", "prefixes"})
    )


def _bulk_deletion(difference: Difference) -> bool:
    body = difference.answers[0].body
    return (
        difference.step.pieces[-2:] == ["objects", "delete"]
        and _statuses(difference) == (200, 200)
        and {error["status_code"] for error in body["errors"]} == {500}
    )


def _protected(difference: Difference) -> bool:
    return _statuses(difference) == (404, 403)


def _left_out_behind_a_path(difference: Difference) -> bool:
    query = dict(difference.step.query)
    if (
        difference.step.pieces[-2:-1] != ["diff"]
        and difference.step.pieces[-1] != "diff"
        or not query.get("after")
        or "delimiter" not in query
    ):
        return False
    if _statuses(difference) != (200, 200):
        return False
    reference, subject = ([item["path"] for item in answer.body["results"]] for answer in difference.answers)
    more = [path for path in subject if path not in reference]
    return bool(more) and all(path.startswith(query["after"]) or query["after"].startswith(path) for path in more)


def _folder_once_more(difference: Difference) -> bool:
    after = dict(difference.step.query).get("after", "")
    if (
        not _is(difference, "GET", "refs", None, "objects", "ls")
        or not difference.where.startswith("body")
        or difference.answers[0].status != 200
    ):
        return False
    first = difference.answers[0].body["results"][:1]
    rest = difference.answers[0].body["results"][1:]
    return (
        bool(first)
        and first[0]["path_type"] == "common_prefix"
        and after.startswith(first[0]["path"])
        and (
            [item["path"] for item in rest]
            == [item["path"] for item in difference.answers[1].body["results"]][: len(rest)]
        )
    )


DECLARED: list[Declared] = [
    Declared("Some of the caller's faults answer 500", lambda d: _statuses(d) == (500, 400)),
    Declared("The merge base is the first commit found on both sides", _other_merge_base, diverges=True),
    Declared("Some malformed parameters are refused in plain text", _plain_text),
    Declared("A bulk deletion with one impossible path", _bulk_deletion, diverges=True),
    Declared("On a protected branch an unknown branch or source", _protected),
    Declared("A commit of nothing in a repository that never held an object", _range_of_nothing),
    Declared("A commit of nothing in a repository that never held an object", _change_of_nothing, diverges=True),
    Declared("A blank in a tag's `ref`", _blank_in_a_reference),
    Declared("A hard reset is refused (`uncommitted changes`)", _hard_reset_refused, diverges=True),
    Declared("What was uploaded again unchanged keeps its new address", _address_of_the_same),
    Declared("`stop_at` a commit that the filter of paths leaves out", _stopped_at_a_filtered_commit),
    Declared("With a delimiter, a diff `after` a path leaves out", _left_out_behind_a_path),
    Declared("With a delimiter, `after` an entry in a folder where nothing follows it", _folder_once_more),
]


def declaration(difference: Difference) -> Declared | None:
    return next((one for one in DECLARED if one.covers(difference)), None)
