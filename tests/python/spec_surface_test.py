"""Whatever the `lakefs_spec` package offers, `mere_spec` offers under the same name with the same parameters."""

import importlib
import inspect
import pickle
from collections.abc import Iterator
from typing import TypeVar

import pytest

pytest.importorskip("mere_spec")
pytest.importorskip("lakefs_spec")

MODULES = ("", "errors", "file", "spec", "transaction", "types", "util")
# of the other kind of file: they only raise
REFUSED = {"file.LakeFSObjectWriter.read", "file.LakeFSObjectWriter.readline", "file.LakeFSObjectWriter.truncate",
           "file.LakeFSObjectReader.write"}


def _modules(package: str) -> Iterator[tuple[str, object]]:
    for name in MODULES:
        yield name, importlib.import_module(f"{package}.{name}" if name else package)


def _offered() -> Iterator[tuple[str, object, object]]:
    """Each public name of the model, its value, and ours or None."""
    ours = dict(_modules("mere_spec"))
    for name, module in _modules("lakefs_spec"):
        for key, value in vars(module).items():
            home = getattr(value, "__module__", None) or ""
            if key.startswith("_") or not home.startswith("lakefs_spec") or isinstance(value, TypeVar):
                continue
            mine = getattr(ours[name], key, None)
            if home == module.__name__ or name == "":
                yield f"{name}.{key}", value, mine
                if inspect.isclass(value):
                    for member in dir(value):
                        if not member.startswith("_"):
                            yield f"{name}.{key}.{member}", getattr(value, member), getattr(mine, member, None)


def _parameters(function: object) -> list[str]:
    kinds = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return [one.name for one in inspect.signature(function).parameters.values() if one.kind not in kinds]


def _present() -> list[tuple[str, object, object]]:
    return [one for one in _offered() if callable(one[1]) and one[0] not in REFUSED]


def test_nothing_is_missing() -> None:
    """But `mode` and `name`, which our files have of their own rather than of their class."""
    missing = [name for name, theirs, mine in _offered() if mine is None and theirs is not None]
    assert [name for name in missing if not name.endswith((".mode", ".name"))] == []


@pytest.mark.parametrize(("name", "theirs", "ours"), _present(), ids=[one[0] for one in _present()])
def test_parameters_are_the_same(name: str, theirs: object, ours: object) -> None:
    try:
        wanted = _parameters(theirs)
    except (TypeError, ValueError):
        return  # of a builtin
    assert ours is not None
    if inspect.isclass(theirs) and issubclass(theirs, dict):
        return
    if name.startswith("file.") and inspect.isclass(theirs):
        return  # files are opened, not constructed
    have = _parameters(ours)
    takes_any = any(one.kind is one.VAR_KEYWORD for one in inspect.signature(ours).parameters.values())
    assert takes_any or [one for one in wanted if one not in have] == []


def test_answers_that_the_model_knows_are_os_errors() -> None:
    from mere.exceptions import ServerException
    from mere_spec.errors import HTTP_CODE_TO_ERROR, translate_lakefs_error

    from lakefs_spec.errors import HTTP_CODE_TO_ERROR as MODEL

    for status in MODEL:
        made = translate_lakefs_error(ServerException(status, "reason", '{"message": "told"}'), rpath="a/b/c")
        assert isinstance(made, OSError) and made.filename == "a/b/c" and made.errno
        assert "told" in str(made) and isinstance(made.__cause__, ServerException)
    assert set(MODEL) <= set(HTTP_CODE_TO_ERROR)


def test_what_may_not_be_or_is_missing_reads_as_in_the_model() -> None:
    from mere.exceptions import ServerException
    from mere_spec.errors import translate_lakefs_error

    for status, kind in ((401, PermissionError), (403, PermissionError), (404, FileNotFoundError)):
        made = translate_lakefs_error(ServerException(status, "reason", '{"message": "told"}'), rpath="a/b/c")
        again = pickle.loads(pickle.dumps(made))
        for error in (made, again):
            assert isinstance(error, kind) and (error.filename, str(error)) == ("a/b/c", f"{status} told: 'a/b/c'")
