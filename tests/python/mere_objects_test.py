"""The high-level package, through a server and embedded: files, transactions, bulk, tables,
errors.
"""

import copy
import errno
import hashlib
import io
import itertools
import os
import pickle
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import pytest

mere = pytest.importorskip("mere")
pytest.importorskip("mere_sdk._native")

from mere._names import suggested_namespace  # noqa: E402
from mere.exceptions import (  # noqa: E402
    ConflictException,
    MergeConflictException,
    ObjectChangedException,
    ObjectExistsException,
    ObjectNotFoundException,
    TransactionException,
    TransportException,
)

import mere_lakes  # noqa: E402

TEXT = "".join(f"line {i} ü\n" for i in range(30_000))


_numbers = itertools.count(1)


@pytest.fixture(scope="module", params=mere_lakes.WAYS)
def lake(request: pytest.FixtureRequest) -> Iterator["mere.Client"]:
    with mere.Client(**mere_lakes.arguments(request.param, request)) as client:
        yield client


@pytest.fixture
def repo(lake: "mere.Client") -> "mere.Repository":
    name = f"objects-{next(_numbers)}"
    return mere.repository(name, lake).create(f"local://{name}")


@pytest.fixture
def main(repo: "mere.Repository") -> "mere.Branch":
    return repo.branch("main")


def test_a_lake_knows_its_repositories(lake: "mere.Client") -> None:
    named = lake.create_repository("objects-known")

    assert named.properties.storage_namespace == "local://objects-known"
    assert [one.id for one in lake.repositories(prefix="objects-known")] == ["objects-known"]
    named.branch("main").object("a").upload("1")
    assert lake.repository("objects-known").branch("main").object("a").reader("r").read() == "1"


@pytest.mark.parametrize("prefix", ["s3://lakes", "s3://lakes/"])
def test_a_namespace_is_suggested(prefix: str) -> None:
    suggests = SimpleNamespace(default_namespace_prefix=prefix, blockstore_namespace_example="s3://example/")

    assert suggested_namespace(suggests, "sales") == "s3://lakes/sales"


def test_a_namespace_must_be_given_where_none_is_suggested() -> None:
    silent = SimpleNamespace(default_namespace_prefix=None, blockstore_namespace_example="s3://example/")

    with pytest.raises(ValueError, match="s3://example/sales"):
        suggested_namespace(silent, "sales")


def test_a_whole_object_is_read_at_once(main: "mere.Branch") -> None:
    main.object("a").upload("ü\nb\n")
    main.object("empty").upload(b"")

    with main.object("a").reader() as file:
        assert file.read() == "ü\nb\n".encode()
        assert (file.read(), file.read(1), file.tell()) == (b"", b"", 5)
        assert file.seek(-2, os.SEEK_END) == 3
        assert file.read() == b"b\n"
        main.object("a").upload("other")
        file.seek(0)
        with pytest.raises(ObjectChangedException):
            file.read()
    assert main.object("a").reader("r").read() == "other"
    assert main.object("empty").reader().read() == b""
    with pytest.raises(ObjectNotFoundException):
        main.object("none").reader().read()


def test_nothing_is_no_empty_object(main: "mere.Branch") -> None:
    with pytest.raises(TypeError, match="not None"):
        main.object("a").upload(None)
    with pytest.raises(TypeError), main.object("a").writer() as out:
        out.write(None)

    assert not main.object("a").exists()


def test_a_large_object_streams_up_and_down(main: "mere.Branch") -> None:
    content = os.urandom(5 * 1024 * 1024 + 7)
    large = main.object("large")

    with large.writer(content_type="a/b", metadata={"k": "v"}) as out:
        for start in range(0, len(content), 300_000):
            out.write(content[start : start + 300_000])
        with pytest.raises(io.UnsupportedOperation):
            out.content_type = "too/late"

    stat = large.stat()
    assert (stat.size_bytes, stat.content_type, stat.metadata) == (len(content), "a/b", {"k": "v"})
    assert stat.checksum == hashlib.md5(content).hexdigest()
    assert large.reader().read() == content
    with large.reader() as file:
        assert b"".join(iter(lambda: file.read(100_000), b"")) == content
        file.seek(-5, os.SEEK_END)
        assert file.read() == content[-5:]
        file.seek(3)
        buffer = bytearray(10)
        assert file.readinto(buffer) == 10
        assert buffer == content[3:13]


@pytest.mark.parametrize("size", [10, 3_000_000])
def test_what_is_broken_off_never_appears(main: "mere.Branch", size: int) -> None:
    discarded = main.object("discarded").writer()
    discarded.write(b"x" * size)
    discarded.discard()
    with pytest.raises(KeyError), main.object("raised").writer() as out:
        out.write(b"x" * size)
        raise KeyError

    assert not main.object("discarded").exists()
    assert not main.object("raised").exists()


def test_text_is_read_in_characters_and_lines(main: "mere.Branch") -> None:
    text = main.object("t.txt").upload(TEXT)

    assert list(text.reader("r")) == TEXT.splitlines(keepends=True)
    with text.reader("r") as file:
        assert file.read(8) == TEXT[:8]
        assert file.readline() == TEXT[8 : TEXT.index("\n") + 1]
        assert file.readline(3) == "lin"


def test_an_object_written_anew_while_it_is_read_is_an_error(main: "mere.Branch") -> None:
    text = main.object("t.txt").upload(TEXT)

    with text.reader() as file:
        file.read(10)
        main.object("t.txt").upload(TEXT + "more")
        file.seek(200_000)
        with pytest.raises(ObjectChangedException):
            file.read(10)


def test_errors_are_pythons_own_too(main: "mere.Branch") -> None:
    main.object("there").upload("1")

    with pytest.raises(FileNotFoundError) as missing:
        main.object("none").reader().read()
    with pytest.raises(FileExistsError) as existing:
        main.object("there").upload("2", mode="x")
    assert isinstance(missing.value, ObjectNotFoundException)
    assert isinstance(existing.value, ObjectExistsException)
    assert (missing.value.code, existing.value.code) == ("object_not_found", "object_exists")


def test_what_is_missing_is_named_with_a_remedy(main: "mere.Branch") -> None:
    repository = mere.Repository(main._repo_id, client=main._client)
    here = f"lakefs://{main._repo_id}"
    nowhere = mere.Repository("no-such-repository", client=main._client)
    main.object("there").upload("1")
    asked = [
        (lambda: main.object("a/none").stat(), f"{here}/main/a/none", "nothing is at 'a/none'"),
        (lambda: main.object("a/none").reader().read(), f"{here}/main/a/none", "nothing is at"),
        (lambda: main.object("a/none").copy("main", "b"), f"{here}/main/a/none", "there is no lakefs"),
        (lambda: list(repository.ref("june").objects()), f"{here}/june", "no branch, tag or commit 'june'"),
        (lambda: repository.branch("june").object("x").upload("1"), f"{here}/june", "no branch 'june'"),
        (lambda: repository.branch("june").head, f"{here}/june", "no branch 'june'"),
        (lambda: repository.branch("may").create("june"), f"{here}/june", "there is no lakefs"),
        (lambda: repository.tag("v1").create("june"), f"{here}/june", "there is no lakefs"),
        (lambda: list(main.diff("june")), f"{here}/june", "no branch, tag or commit 'june'"),
        (lambda: repository.tag("v1").delete(), f"{here}/v1", "no tag 'v1'"),
        (lambda: list(nowhere.branches()), "lakefs://no-such-repository", "list of repositories"),
    ]

    for ask, uri, hint in asked:
        with pytest.raises(FileNotFoundError) as missing:
            ask()
        for error in (missing.value, pickle.loads(pickle.dumps(missing.value))):
            assert (error.errno, error.filename) == (errno.ENOENT, uri)
            assert "show" in error.hint and hint in str(error), str(error)


def test_closed_files_and_wrong_modes_are_refused(main: "mere.Branch") -> None:
    file = main.object("a").upload("1").reader()
    file.close()

    for use in (file.read, file.readline, lambda: file.seek(1), file.flush):
        with pytest.raises(ValueError, match="closed file"):
            use()
    with pytest.raises(ValueError, match="mode"):
        main.object("a").reader("w")
    with pytest.raises(ValueError, match="mode"):
        main.object("a").writer("r")
    with pytest.raises(io.UnsupportedOperation):
        main.object("a").reader().write("x")


def test_a_transaction_is_one_commit_and_reads_its_own_writes(
    repo: "mere.Repository", main: "mere.Branch"
) -> None:
    with main.transact("many", tag="v1") as tx:
        for i in range(100):
            tx.object(f"s/{i}").upload(str(i))
        assert tx.object("s/99").reader().read() == b"99"
        tx.object("s/1").upload("x")
        tx.object("s/1").upload("y")

    assert main.object("s/1").reader().read() == b"y"
    assert [commit.message for commit in main.log(max_amount=2)][1] == "many"
    assert repo.tag("v1").get_commit() == main.get_commit()
    assert [branch.id for branch in repo.branches(show_hidden=True)] == ["main"]


def test_a_failed_transaction_leaves_nothing(repo: "mere.Repository", main: "mere.Branch") -> None:
    with pytest.raises(ZeroDivisionError), main.transact("bad") as tx:
        tx.object("q").upload("1")
        raise ZeroDivisionError
    with pytest.raises(TransactionException, match="no changes"), main.transact("empty"):
        pass

    assert not main.object("q").exists()
    assert [branch.id for branch in repo.branches(show_hidden=True)] == ["main"]


def test_many_objects_at_once(main: "mere.Branch", tmp_path: Path) -> None:
    names = [f"p/{i}" for i in range(50)]

    assert main.put_many({name: name for name in names}) == 50
    assert main.read_many(names) == [name.encode() for name in names]
    assert main.download("p/", tmp_path / "got") == 50
    assert (tmp_path / "got" / "7").read_text() == "p/7"
    assert main.upload_files(tmp_path / "got", "again/") == 50
    with pytest.raises(ObjectNotFoundException):
        main.read_many(["p/1", "none"])
    assert isinstance(
        main.read_many(["p/1", "none"], on_error="return")[1], ObjectNotFoundException
    )


def test_a_path_that_leads_out_of_the_folder_is_refused(
    main: "mere.Branch", tmp_path: Path
) -> None:
    main.object("evil/../../out").upload("x")

    with pytest.raises(ValueError, match="cannot be a file"):
        main.download("evil/", tmp_path / "got")


def test_objects_become_tables(main: "mere.Branch") -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame({"a": range(1000), "b": [str(i) for i in range(1000)]})

    with main.object("x.parquet").writer() as out:
        frame.to_parquet(out)
    main.object("x.csv").upload(frame.to_csv(index=False))

    assert main.object("x.parquet").to_pandas(columns=["a"]).equals(frame[["a"]])
    assert main.object("x.parquet").to_arrow().num_rows == 1000
    assert list(main.object("x.csv").to_pandas(columns=["a"]).columns) == ["a"]
    assert main.objects_table().column("path").to_pylist() == ["x.csv", "x.parquet"]


def test_a_reader_is_a_file_for_others(main: "mere.Branch") -> None:
    with main.object("z.zip").writer() as out, zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", "b" * 100)

    assert zipfile.ZipFile(main.object("z.zip").reader()).read("a") == b"b" * 100


def test_a_listing_is_an_iterator_and_a_table_in_a_notebook(main: "mere.Branch") -> None:
    main.put_many({f"l/<{i:04}>": "x" for i in range(1500)})
    listing = main.objects(prefix="l/")

    shown = listing._repr_html_()
    taken = [
        next(listing).path,
        *(entry.path for entry in islice(listing, 2)),
        *(entry.path for entry in listing),
    ]

    assert "l/&lt;0000&gt;" in shown and "<0" not in shown and "size_bytes" in shown
    assert taken == [f"l/<{i:04}>" for i in range(1500)]
    assert listing._repr_html_() == shown
    assert "added" in main.uncommitted()._repr_html_()
    assert "empty" in main.diff("main")._repr_html_()


def test_what_is_under_way_in_a_transaction_is_listed(main: "mere.Branch") -> None:
    with main.transact("listed") as tx:
        listing = tx.objects()
        tx.object("late").upload("1")

        assert [entry.path for entry in listing] == ["late"]


def test_a_folder_that_the_environment_names_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MERE_LAKE", str(tmp_path / "lake"))

    with mere.Client() as client:
        mere.repository("env", client).create("local://env")
        assert [found.id for found in mere.repositories(client)] == ["env"]
    with mere.open(tmp_path / "lake") as again:
        assert mere.repository("env", again).properties.default_branch == "main"


def test_what_a_notebook_shows_is_escaped() -> None:
    client = mere.Client(host="http://127.0.0.1:1", username="a", password="b")

    assert "<script>" not in mere.Reference("r", "<script>", client)._repr_html_()


def test_a_lake_that_is_gone_is_a_clear_error() -> None:
    client = mere.Client(host="http://127.0.0.1:1", username="a", password="b")

    with pytest.raises(TransportException) as gone:
        mere.repository("r", client).branch("main").object("a").upload("x", pre_sign=False)

    assert gone.value.code == "unavailable"
    assert isinstance(gone.value, ConnectionError)


def test_a_merge_conflict_says_what_and_what_to_do(repo: "mere.Repository") -> None:
    main = repo.branch("main")
    main.object("start").upload(b"0")
    main.commit("start")
    dev = repo.branch("dev").create("main")
    for branch, content in ((main, b"1"), (dev, b"2")):
        for i in range(7):
            branch.object(f"both/{i}").upload(content)
        branch.object(f"alone/{branch.id}").upload(content)
        branch.commit(branch.id)

    with pytest.raises(MergeConflictException) as raised:
        dev.merge_into(main)

    assert raised.value.conflicts == [f"both/{i}" for i in range(7)]
    assert isinstance(raised.value, ConflictException) and raised.value.status_code == 409
    assert "dev cannot be merged into main" in str(raised.value)
    assert "both/4 and 2 more" in str(raised.value) and "strategy='source-wins'" in str(raised.value)
    copied = pickle.loads(pickle.dumps(raised.value))
    assert str(copied) == str(raised.value) and copied.conflicts == raised.value.conflicts
    assert dev.merge_into(main, strategy="source-wins")
    assert main.object("both/0").reader().read() == b"2"


def test_a_listing_is_made_of_records_whatever_makes_them(main: "mere.Branch") -> None:
    for i in range(3):
        main.object(f"d{i}/x").upload(b"x", content_type="a/b", metadata={"k": "v"})
    main.object("top").upload(b"12")

    listed = list(main.objects(delimiter="/"))

    assert [type(one) for one in listed] == [mere.models.CommonPrefix] * 3 + [mere.models.ObjectInfo]
    assert [one.path for one in listed] == ["d0/", "d1/", "d2/", "top"]
    top = listed[-1]
    assert (top.size_bytes, top.physical_address_expiry, dict(top.unknown)) == (2, None, {})
    asked = main.object("top").stat()
    assert vars(top) == {**vars(asked), "metadata": None}  # a listing leaves out what is empty
    assert top != asked and top == mere.models.ObjectInfo(**vars(top))
    assert pickle.loads(pickle.dumps(top)) == copy.copy(top) == top
    with pytest.raises(AttributeError):
        top.path = "other"
    inside = list(main.objects(prefix="d1/"))
    assert inside[0].metadata == {"k": "v"} and inside[0].content_type == "a/b"
    assert [one.type for one in main.uncommitted()] == ["added"] * 4


def test_a_method_that_a_program_replaced_is_what_lists(
    lake: "mere.Client", main: "mere.Branch", monkeypatch: pytest.MonkeyPatch
) -> None:
    main.object("x").upload(b"x")
    api = lake.sdk_client.objects_api
    asked = []
    listing = api.list_objects

    def counted(*args: object, **kwargs: object) -> object:
        asked.append(kwargs)
        return listing(*args, **kwargs)

    monkeypatch.setattr(api, "list_objects", counted)

    assert [one.path for one in main.objects()] == ["x"]
    assert [one.path for one in main.objects(_request_timeout=5)] == ["x"]
    assert len(asked) == 2 and asked[1]["_request_timeout"] == 5
