"""Many objects at once: the core moves them in parallel on its own thread."""

from __future__ import annotations

import mimetypes
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Optional, Union

from mere import _writing
from mere._steps import settled
from mere.exceptions import LakeFSException, exception_of, io_exception_handler

if TYPE_CHECKING:
    from mere._names import RefName

Many = Callable[
    ..., Any
]  # call_many and its like of a session, or their twins that answer with futures

_BATCH = 1000


async def read_many(
    ref: RefName,
    call_many: Many,
    paths: Iterable[Any],
    *,
    concurrency: int,
    on_error: str,
    progress: Optional[bool],
) -> list[Any]:
    if on_error not in ("raise", "return"):
        raise ValueError(f"on_error must be 'raise' or 'return', not {on_error!r}")
    from mere_sdk._operations import GET_OBJECT

    names = [one if isinstance(one, str) else one.path for one in paths]
    calls = [((ref.repo_id, ref.id, name, None, None, None), None) for name in names]
    with bar(len(calls), progress, "reading") as advance:
        results = await settled(
            call_many(GET_OBJECT, calls, concurrency=concurrency, progress=advance)
        )
    answers = [_translated(one) if isinstance(one, BaseException) else one for one in results]
    if on_error == "raise":
        raise_first(answers)
    return answers


async def download(
    ref: RefName,
    download_many: Many,
    paths: list[str],
    prefix: str,
    folder: Union[str, os.PathLike[str]],
    *,
    concurrency: int,
    progress: Optional[bool],
) -> int:
    from mere_sdk._operations import GET_OBJECT

    root = Path(folder)
    root.mkdir(parents=True, exist_ok=True)
    targets = [
        target_below(root, path[len(prefix) :].lstrip("/") or path.rpartition("/")[2])
        for path in paths
    ]
    if len(set(targets)) < len(targets):
        raise ValueError(f"several objects below {prefix!r} would be the same file below {root}")
    for parent in {target.parent for target in targets}:
        parent.mkdir(parents=True, exist_ok=True)
    calls = [
        ((ref.repo_id, ref.id, path, None, None, None), str(target))
        for path, target in zip(paths, targets)
    ]
    with bar(len(calls), progress, "downloading") as advance:
        raise_first(
            await settled(
                download_many(GET_OBJECT, calls, concurrency=concurrency, progress=advance)
            )
        )
    return len(calls)


def target_below(root: Path, name: str) -> Path:
    """The file of an object. Raises ValueError for a name that leads elsewhere."""
    parts = name.split("/")
    if not name or any(
        part in ("", ".", "..") or "\0" in part or os.sep in part or os.altsep and os.altsep in part
        for part in parts
    ):
        raise ValueError(f"the object {name!r} cannot be a file below {root}")
    return root.joinpath(*parts)


async def put_many(
    branch: RefName,
    call_many: Many,
    objects: Any,
    *,
    content_type: Optional[str],
    metadata: Optional[dict[str, str]],
    concurrency: int,
    progress: Optional[bool],
) -> int:
    from mere_sdk._operations import UPLOAD_OBJECT

    items: Iterator[tuple[str, Any]] = iter(
        objects.items() if isinstance(objects, Mapping) else objects
    )
    options = _writing.upload_options(content_type, metadata, {})
    total = len(objects) if hasattr(objects, "__len__") else None
    count = 0
    with bar(total, progress, "writing") as advance:
        while batch := list(
            islice(items, _BATCH)
        ):  # an iterator of any length takes the memory of one batch
            calls = [(_arguments(branch, path), _writing.octets(data)) for path, data in batch]
            raise_first(
                await settled(
                    call_many(
                        UPLOAD_OBJECT,
                        calls,
                        concurrency=concurrency,
                        options=options,
                        progress=advance,
                    )
                )
            )
            count += len(batch)
    return count


async def upload_files(
    branch: RefName,
    upload_many: Many,
    source: Any,
    prefix: str,
    *,
    content_type: Optional[str],
    concurrency: int,
    progress: Optional[bool],
) -> int:
    from mere_sdk._operations import UPLOAD_OBJECT

    options: dict[Optional[str], Any] = {}
    calls = []
    for name, file in files_of(source):
        kind = content_type or mimetypes.guess_type(name)[0]
        if kind not in options:
            options[kind] = _writing.upload_options(kind, None, {})
        calls.append((_arguments(branch, prefix + name), str(file), options[kind]))
    with bar(len(calls), progress, "uploading") as advance:
        raise_first(
            await settled(
                upload_many(UPLOAD_OBJECT, calls, concurrency=concurrency, progress=advance)
            )
        )
    return len(calls)


def files_of(source: Any) -> Iterator[tuple[str, Path]]:
    """Files and their names below what was given. Links to folders are not followed."""
    for one in [source] if isinstance(source, (str, os.PathLike)) else source:
        path = Path(one)
        if not path.is_dir():
            yield path.name, path
            continue
        for folder, folders, names in os.walk(path):
            folders.sort()
            for name in sorted(names):
                file = Path(folder, name)
                yield file.relative_to(path).as_posix(), file


def raise_first(results: Iterable[Any]) -> None:
    for one in results:
        if isinstance(one, BaseException):
            raise _translated(one) from one


def _translated(error: BaseException) -> BaseException:
    if isinstance(error, LakeFSException):
        return error
    known = exception_of(error)
    return error if known is None else io_exception_handler(known) or known


def _arguments(branch: RefName, path: str) -> tuple[Any, ...]:
    return _writing.upload_arguments(branch.repo_id, branch.id, path, "w", {})


@contextmanager
def bar(
    total: Optional[int], wanted: Optional[bool], label: str
) -> Iterator[Optional[Callable[[int], None]]]:
    """A progress bar if wanted, or (None) if on a terminal with tqdm installed."""
    if wanted is False or wanted is None and not sys.stderr.isatty():
        yield None
        return
    try:
        from tqdm.auto import tqdm
    except ImportError as error:
        if wanted:
            raise ImportError("progress bars need tqdm: pip install 'mere[progress]'") from error
        yield None
        return
    with tqdm(total=total, desc=label, unit="object") as shown:

        def advance(_: int) -> None:
            shown.update()

        yield advance
