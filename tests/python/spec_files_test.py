"""The file system's methods, on a server and in-process."""

import errno
import gzip
import os
import pickle
import re
from pathlib import Path

import pytest
from spec_lakes import ROOT, fs, mere_spec  # noqa: F401

from fsspec.callbacks import Callback

LakeFSFileSystem = mere_spec.LakeFSFileSystem


class Counted(Callback):
    """Remembers what it was told."""


def test_a_file_is_written_told_about_and_read(fs: LakeFSFileSystem) -> None:
    fs.pipe(f"lakefs://{ROOT}/a/b.txt", b"hello", content_type="text/plain", metadata={"k": "v"})

    info = fs.info(f"mere://{ROOT}/a/b.txt")
    assert (info["name"], info["type"], info["size"]) == (f"{ROOT}/a/b.txt", "file", 5)
    assert (info["content-type"], info["metadata"]) == ("text/plain", {"k": "v"})
    assert info["checksum"] == fs.checksum(f"{ROOT}/a/b.txt") == "5d41402abc4b2a76b9719d911017c592"
    assert fs.cat(f"{ROOT}/a/b.txt") == b"hello"
    assert fs.created(f"{ROOT}/a/b.txt").timestamp() == info["mtime"]
    assert fs.info(f"{ROOT}/a") == {"type": "directory", "name": f"{ROOT}/a", "size": 5}


def test_what_is_missing_is_an_error_that_names_it(fs: LakeFSFileSystem, tmp_path: Path) -> None:
    def get(path: str) -> None:
        fs.get(path, str(tmp_path / "none"))

    for path in (f"{ROOT}/none", "lake-tests/nowhere/x", "no-such-repository/main/x"):
        for ask in (fs.info, fs.ls, fs.open, fs.cat, fs.cat_file, fs.size, fs.tail, get):
            with pytest.raises(FileNotFoundError) as caught:
                ask(path)
            assert (caught.value.errno, caught.value.filename) == (errno.ENOENT, path)
            assert re.search("shows? what there is", str(caught.value))
        assert not fs.exists(path)
    with pytest.raises(ValueError, match="invalid repository"):
        fs.info("No/main/x")
    with pytest.raises(IsADirectoryError):
        fs.cat_file(f"{ROOT}/")


def test_ranges_count_from_either_end(fs: LakeFSFileSystem) -> None:
    data = bytes(range(100))
    fs.pipe_file(f"{ROOT}/r", data)

    for start, end in ((None, None), (0, 10), (5, None), (-7, None), (None, -90), (-10, -5), (90, 200), (200, 300), (7, 7)):
        assert fs.cat_file(f"{ROOT}/r", start, end) == data[start:end]
    assert fs.head(f"{ROOT}/r", 3) == data[:3]
    assert fs.tail(f"{ROOT}/r", 3) == data[-3:]
    assert fs.tail(f"{ROOT}/r", 1000) == data


def test_many_ranges_are_few_requests_and_each_error_has_its_place(fs: LakeFSFileSystem) -> None:
    data = os.urandom(300_000)
    fs.pipe({f"{ROOT}/a": data, f"{ROOT}/b": data[::-1]})
    paths = [f"{ROOT}/{name}" for name in ("a", "b", "a", "none", "a", "b")]
    starts, ends = [5, 0, 250_000, 1, -3, None], [10, 0, 250_004, 2, None, -299_998]

    found = fs.cat_ranges(paths, starts, ends)

    assert found[:3] == [data[5:10], b"", data[250_000:250_004]]
    assert isinstance(found[3], FileNotFoundError)
    assert found[4:] == [data[-3:], data[::-1][:2]]
    with pytest.raises(FileNotFoundError):
        fs.cat_ranges(paths, starts, ends, on_error="raise")


def test_an_object_that_changes_under_a_reader_is_an_error(fs: LakeFSFileSystem) -> None:
    fs.pipe_file(f"{ROOT}/big", bytes(3 << 20))
    with fs.open(f"{ROOT}/big") as file:
        assert file.read(10) == bytes(10)
        fs.pipe_file(f"{ROOT}/big", b"x" * (3 << 20))
        file.seek(2 << 20)
        with pytest.raises(OSError, match="written anew") as caught:
            file.read(10)
    assert (caught.value.errno, caught.value.filename) == (errno.ESTALE, f"{ROOT}/big")


def test_a_reader_seeks_and_reads_lines(fs: LakeFSFileSystem) -> None:
    text = "".join(f"line {i} ü\n" for i in range(200_000))
    fs.pipe_file(f"{ROOT}/t", text.encode())

    with fs.open(f"{ROOT}/t", "r", encoding="utf-8") as file:
        assert file.mode == "r"
        assert file.readline() == "line 0 ü\n"
        assert sum(1 for _ in file) == 199_999
    with fs.open(f"{ROOT}/t") as file:
        assert file.seek(-10, os.SEEK_END) == len(text.encode()) - 10
        assert file.read() == text.encode()[-10:]
        file.seek(0)
        assert file.readline(4) == b"line"
        assert b"".join(iter(lambda: file.read(70_001), b"")) == text.encode()[4:]
        file.seek(0)
        assert list(file) == text.encode().splitlines(keepends=True)


@pytest.mark.parametrize("size", [0, 10, 5 << 20])
def test_a_writer_shows_nothing_before_it_is_closed(fs: LakeFSFileSystem, size: int) -> None:
    data = os.urandom(size)
    with fs.open(f"{ROOT}/w", "wb", content_type="a/b") as file:
        for start in range(0, size, 300_000):
            file.write(data[start:start + 300_000])
        assert file.tell() == size
        assert not fs.exists(f"{ROOT}/w")
    assert fs.cat(f"{ROOT}/w") == data
    assert fs.info(f"{ROOT}/w")["content-type"] == "a/b"


@pytest.mark.parametrize("size", [10, 5 << 20])
@pytest.mark.parametrize("mode", ["wb", "w"])
def test_a_block_that_raises_writes_nothing(fs: LakeFSFileSystem, size: int, mode: str) -> None:
    with pytest.raises(RuntimeError), fs.open(f"{ROOT}/w", mode) as file:
        file.write("x" * size if mode == "w" else b"x" * size)
        raise RuntimeError
    dropped = fs.open(f"{ROOT}/w", mode)
    dropped.write("x" if mode == "w" else b"x")
    dropped.discard()
    with pytest.warns(ResourceWarning, match="never closed"):
        fs.open(f"{ROOT}/w", "wb").write(b"x")
    assert not fs.exists(f"{ROOT}/w")


def test_exclusive_modes_leave_what_is_there(fs: LakeFSFileSystem) -> None:
    with fs.open(f"{ROOT}/x", "xb") as file:
        file.write(b"first")
    with pytest.raises(FileExistsError):
        fs.open(f"{ROOT}/x", "xb")
    late = fs.open(f"{ROOT}/late", "xb")
    fs.pipe_file(f"{ROOT}/late", b"first")
    with pytest.raises(FileExistsError):
        late.close()
    with pytest.raises(FileExistsError):
        fs.pipe_file(f"{ROOT}/x", b"second", mode="create")
    assert fs.cat(f"{ROOT}/x") == b"first"
    with pytest.raises(NotImplementedError, match="unsupported mode"):
        fs.open(f"{ROOT}/x", "ab")


def test_text_encodings_and_compression(fs: LakeFSFileSystem) -> None:
    fs.write_text(f"{ROOT}/u", "häl\nlo", encoding="utf-16")
    assert fs.read_text(f"{ROOT}/u", encoding="utf-16") == "häl\nlo"
    with fs.open(f"{ROOT}/z.gz", "wb", compression="infer") as file:
        file.write(b"data")
    assert gzip.decompress(fs.cat(f"{ROOT}/z.gz")) == b"data"
    with fs.open(f"{ROOT}/z.gz", "rt", compression="gzip") as file:
        assert file.read() == "data"


def test_listings_have_directories_and_are_cached_until_a_write(fs: LakeFSFileSystem) -> None:
    fs.pipe({f"{ROOT}/{name}": b"1" for name in ("d/e/f/1", "d/2", "d-x", "d.y", "z")})

    assert fs.ls(ROOT, detail=False) == [f"{ROOT}/{name}" for name in ("d-x", "d.y", "d/", "z")]
    assert fs.ls(f"{ROOT}/d", detail=False) == [f"{ROOT}/d/2", f"{ROOT}/d/e/"]
    assert set(fs.dircache) == {ROOT, f"{ROOT}/d"}
    recursive = [one["name"] for one in fs.ls(f"{ROOT}/", recursive=True)]
    assert recursive == sorted(f"{ROOT}/{one}" for one in ("d-x", "d.y", "d/", "d/2", "d/e/", "d/e/f/", "d/e/f/1", "z"))
    assert recursive == [one["name"] for one in fs.ls(f"{ROOT}/", recursive=True)]
    fs.pipe_file(f"{ROOT}/d/e/3", b"1")
    assert set(fs.dircache) == {f"{ROOT}/d/e/f"}
    assert f"{ROOT}/d/e/3" in fs.ls(f"{ROOT}/d/e", detail=False)
    assert fs.ls(f"{ROOT}/z", detail=False) == [f"{ROOT}/z"]
    for path in (f"{ROOT}/none", f"{ROOT}/none/"):
        with pytest.raises(FileNotFoundError):
            fs.ls(path)
    fs.rm(ROOT, recursive=True)
    assert fs.ls(ROOT) == []


def test_listing_one_file_does_not_hide_its_neighbours(fs: LakeFSFileSystem) -> None:
    fs.pipe({f"{ROOT}/d/{name}": b"1" for name in "abc"})
    assert fs.ls(f"{ROOT}/d/b", detail=False) == [f"{ROOT}/d/b"]
    assert len(fs.ls(f"{ROOT}/d/", detail=False)) == 3


def test_a_name_may_be_of_a_file_and_a_directory(fs: LakeFSFileSystem, tmp_path: Path) -> None:
    fs.pipe({f"{ROOT}/both": b"file", f"{ROOT}/both/x": b"below"})
    fs.pipe({f"{ROOT}/both-{i:04}": b"" for i in range(1200)})

    assert fs.ls(f"{ROOT}/both", detail=False) == [f"{ROOT}/both", f"{ROOT}/both/"]
    assert fs.cat(f"{ROOT}/both") == b"file"
    assert fs.cat(f"{ROOT}/both", recursive=True) == {f"{ROOT}/both": b"file", f"{ROOT}/both/x": b"below"}


def test_find_glob_walk_and_du_agree(fs: LakeFSFileSystem) -> None:
    names = [f"{ROOT}/t/{a}/{b}.{c}" for a in "xy" for b in "123" for c in ("csv", "txt")]
    fs.pipe({name: b"12345" for name in names})

    assert fs.find(f"{ROOT}/t") == names == fs.find(f"{ROOT}/t/")
    assert fs.find(f"{ROOT}/t", maxdepth=1) == []
    assert list(fs.find(f"{ROOT}/t", withdirs=True, detail=True))[:2] == [f"{ROOT}/t", f"{ROOT}/t/x"]
    assert fs.find(names[0]) == [names[0]]
    assert fs.find(f"{ROOT}/none") == []
    assert fs.glob(f"{ROOT}/t/*/1.csv") == [name for name in names if name.endswith("1.csv")]
    assert fs.glob(f"{ROOT}/**/*.txt") == [name for name in names if name.endswith("txt")]
    assert sum(len(files) for _, _, files in fs.walk(ROOT)) == 12
    assert fs.du(f"{ROOT}/t") == 60
    assert fs.du(f"{ROOT}/t", total=False)[names[0]] == 5


def test_folders_go_up_and_come_down(fs: LakeFSFileSystem, tmp_path: Path) -> None:
    up = tmp_path / "up"
    for i in range(30):
        (up / f"d{i % 3}").mkdir(parents=True, exist_ok=True)
        (up / f"d{i % 3}" / f"{i}.bin").write_bytes(os.urandom(i * 100))
    sent, got = Counted(), Counted()

    fs.put(str(up), f"{ROOT}/copy", recursive=True, callback=sent)
    fs.get(f"{ROOT}/copy", str(tmp_path / "down"), recursive=True, callback=got)

    assert (sent.size, sent.value, got.size, got.value) == (30, 30, 30, 30)
    for file in up.rglob("*.bin"):
        assert (tmp_path / "down" / file.relative_to(up)).read_bytes() == file.read_bytes()
    before = fs.modified(f"{ROOT}/copy/d0/0.bin")
    fs.put(str(up), f"{ROOT}/copy", recursive=True)
    assert fs.modified(f"{ROOT}/copy/d0/0.bin") == before


def test_a_folder_is_put_with_linked_files_but_without_linked_folders(fs: LakeFSFileSystem, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_text("o")
    up = tmp_path / "up"
    (up / "deep" / "er").mkdir(parents=True)
    (up / "empty").mkdir()
    (up / "deep" / "er" / ".x [1]").write_text("x")
    (up / "file").symlink_to(tmp_path / "outside" / "file")
    (up / "folder").symlink_to(tmp_path / "outside")

    fs.put(f"{up}/", f"{ROOT}/to/", recursive=True)

    assert fs.find(f"{ROOT}/to") == [f"{ROOT}/to/deep/er/.x [1]", f"{ROOT}/to/file"]
    assert fs.cat_file(f"{ROOT}/to/file") == b"o"


def test_one_file_reports_its_bytes(fs: LakeFSFileSystem, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(3 << 20))
    sent, got = Counted(), Counted()
    fs.put_file(tmp_path / "file", f"{ROOT}/f", callback=sent)
    fs.get_file(f"{ROOT}/f", tmp_path / "again", callback=got)
    assert (sent.size, sent.value, got.size, got.value) == (3 << 20,) * 4
    with (tmp_path / "third").open("wb") as file:
        fs.get_file(f"{ROOT}/f", None, outfile=file)
    assert (tmp_path / "third").read_bytes() == bytes(3 << 20)
    with pytest.raises(FileNotFoundError):
        fs.get_file(f"{ROOT}/none", tmp_path / "none")
    assert sorted(one.name for one in tmp_path.iterdir() if one.is_file()) == ["again", "file", "third"]


def test_branches_are_made_by_writing(fs: LakeFSFileSystem) -> None:
    fs.pipe_file("lake-tests/one/x", b"1")
    fs.pipe({f"lake-tests/{branch}/x": b"2" for branch in ("two", "three")})
    with fs.open("lake-tests/four/x", "wb") as file:
        file.write(bytes(3 << 20))
    assert fs.branches("lake-tests") == ["four", "main", "one", "three", "two"]
    fs.create_branch_ok = False
    with pytest.raises(FileNotFoundError):
        fs.pipe_file("lake-tests/five/x", b"1")
    with pytest.raises(FileNotFoundError), fs.open("lake-tests/five/x", "wb") as file:
        file.write(bytes(30 << 20))


def test_copies_moves_and_deletions(fs: LakeFSFileSystem) -> None:
    fs.pipe({f"{ROOT}/d/{name}": name.encode() for name in ("a", "b", "s/c")})
    fs.cp(f"{ROOT}/d/", f"{ROOT}/e/", recursive=True)
    fs.mv(f"{ROOT}/d/a", f"{ROOT}/moved")
    assert fs.find(ROOT) == [f"{ROOT}/{one}" for one in ("d/b", "d/s/c", "e/a", "e/b", "e/s/c", "moved")]
    with pytest.raises(ValueError, match="within a repository"):
        fs.cp_file(f"{ROOT}/moved", "another/main/x")

    fs.rm(f"{ROOT}/e", recursive=True, maxdepth=1)
    assert fs.find(f"{ROOT}/e") == [f"{ROOT}/e/s/c"]
    fs.pipe({f"{ROOT}/m/{i}": b"" for i in range(1500)})
    fs.rm([f"{ROOT}/m/{i}" for i in range(1100)])
    assert len(fs.find(f"{ROOT}/m")) == 400
    fs.rm(f"{ROOT}/m/*")
    fs.rm(f"{ROOT}/", recursive=True)
    assert fs.find(ROOT) == []
    fs.rm(f"{ROOT}/none")


def test_deleting_a_name_spares_those_that_begin_with_it(fs: LakeFSFileSystem) -> None:
    fs.pipe({f"{ROOT}/a": b"", f"{ROOT}/a.bak": b""})
    fs.rm(f"{ROOT}/a")
    assert fs.find(ROOT) == [f"{ROOT}/a.bak"]


def test_touch_writes_an_empty_file(fs: LakeFSFileSystem) -> None:
    fs.touch(f"{ROOT}/t")
    assert fs.info(f"{ROOT}/t")["size"] == 0
    with pytest.raises(NotImplementedError):
        fs.touch(f"{ROOT}/t", truncate=False)


def test_repositories_branches_and_history(fs: LakeFSFileSystem) -> None:
    assert "lake-tests" in fs.repositories() and "lake-tests/" in fs.ls("", detail=False)
    with pytest.raises(FileExistsError):
        fs.create_repository("lake-tests")
    assert fs.create_repository("lake-tests", exist_ok=True)["id"] == "lake-tests"
    fs.pipe_file(f"{ROOT}/a", b"1")
    assert [one["path"] for one in fs.diff("lake-tests", "main")] == ["a"]
    first = fs.commit("lake-tests", "main", "one", {"k": "v"})
    assert first["metadata"] == {"k": "v"}
    assert fs.create_branch("lake-tests", "dev", "main") == "dev"
    with pytest.raises(FileExistsError):
        fs.create_branch("lake-tests", "dev")
    fs.create_tag("lake-tests", "v1", "main")
    assert (fs.tags("lake-tests"), fs.ls("lake-tests", detail=False)) == \
        (["v1"], [f"lake-tests/{one}/" for one in ("dev", "main", "v1")])
    fs.pipe_file("lake-tests/dev/b", b"1")
    fs.commit("lake-tests", "dev", "two")
    merged = fs.merge("lake-tests", "dev", "main", message="merged")
    assert fs.rev_parse("lake-tests", "main")["id"] == merged
    assert [one["message"] for one in fs.log("lake-tests", "main", 2)] == ["merged", "two"]
    assert fs.exists(f"{ROOT}/b") and not fs.exists("lake-tests/v1/b")
    fs.pipe_file(f"{ROOT}/c", b"1")
    fs.reset("lake-tests", "main")
    assert not fs.exists(f"{ROOT}/c")
    fs.revert("lake-tests", "main", merged)
    assert not fs.exists(f"{ROOT}/b")
    fs.delete_tag("lake-tests", "v1")
    fs.delete_branch("lake-tests", "dev")
    with pytest.raises(OSError, match="EINVAL|400|no changes"):
        fs.commit("lake-tests", "main", "nothing")


def test_a_pickled_file_system_is_the_same(fs: LakeFSFileSystem) -> None:
    fs.pipe_file(f"{ROOT}/p", b"1")
    again = pickle.loads(pickle.dumps(fs))
    assert again.cat(f"{ROOT}/p") == b"1"
    assert pickle.loads(pickle.dumps(fs.open(f"{ROOT}/p"))).read() == b"1"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_makes_its_own_connections(fs: LakeFSFileSystem) -> None:
    if "lake" in fs.storage_options:
        pytest.skip("a folder is open in one process at a time")
    fs.pipe_file(f"{ROOT}/p", b"1")
    child = os.fork()
    if child == 0:
        os._exit(0 if fs.cat(f"{ROOT}/p") == b"1" else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert fs.cat(f"{ROOT}/p") == b"1"
