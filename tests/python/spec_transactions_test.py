"""Transactions of the file system, on a server and in-process."""

import pytest
from spec_lakes import ROOT, fs, mere_spec  # noqa: F401

LakeFSFileSystem = mere_spec.LakeFSFileSystem


def _start(fs: LakeFSFileSystem) -> None:
    fs.pipe_file(f"{ROOT}/start", b"1")
    fs.commit("lake-tests", "main", "start")


def test_many_small_writes_are_one_commit_and_one_merge(fs: LakeFSFileSystem) -> None:
    _start(fs)
    with fs.transaction("lake-tests", "main") as tx:
        assert isinstance(tx, mere_spec.LakeFSTransaction)
        for i in range(200):
            fs.pipe_file(f"lake-tests/{tx.branch.id}/t/{i}", b"%d" % i)
        with fs.open(f"lake-tests/{tx.branch.id}/t/big", "wb") as file:
            file.write(bytes(3 << 20))
        assert len(tx.files) == 201
        assert len(fs.find(f"lake-tests/{tx.branch.id}/t")) == 201
        commit = tx.commit("two hundred", {"k": "v"})
        assert fs.find(f"{ROOT}/t") == []

    assert len(fs.find(f"{ROOT}/t")) == 201
    assert fs.cat(f"{ROOT}/t/199") == b"199"
    merge, one, first = fs.log("lake-tests", "main", 3)
    assert (one["id"], one["metadata"], first["message"]) == (commit.id, {"k": "v"}, "start")
    assert merge["parents"][-1] == commit.id
    assert fs.branches("lake-tests") == ["main"]


def test_a_block_that_raises_changes_nothing(fs: LakeFSFileSystem) -> None:
    _start(fs)
    with pytest.raises(RuntimeError), fs.transaction("lake-tests", "main", branch_name="left", delete="always") as tx:
        fs.pipe_file("lake-tests/left/x", b"1")
        tx.commit("x")
        open_file = fs.open("lake-tests/left/y", "wb")
        open_file.write(b"1")
        raise RuntimeError
    assert open_file.closed
    assert not fs.exists(f"{ROOT}/x") and fs.branches("lake-tests") == ["main"]
    fs.pipe_file(f"{ROOT}/after", b"1")
    assert fs.exists(f"{ROOT}/after")


def test_what_is_not_committed_is_warned_of(fs: LakeFSFileSystem) -> None:
    _start(fs)
    with pytest.warns(UserWarning, match="uncommitted changes.*lost"), fs.transaction("lake-tests", "main") as tx:
        fs.pipe_file(f"lake-tests/{tx.branch.id}/x", b"1")
    assert not fs.exists(f"{ROOT}/x")


def test_a_write_that_fails_fails_the_transaction(fs: LakeFSFileSystem) -> None:
    _start(fs)
    with pytest.raises(FileExistsError) as caught, fs.transaction("lake-tests", "main", delete="always") as tx:
        for _ in range(2):
            fs.pipe_file(f"lake-tests/{tx.branch.id}/x", b"1", mode="create")
        tx.commit("x")
    assert caught.value.filename.endswith("/x")
    assert not fs.exists(f"{ROOT}/x") and fs.branches("lake-tests") == ["main"]


def test_versions_within_the_block(fs: LakeFSFileSystem) -> None:
    _start(fs)
    fs.create_branch("lake-tests", "other", "main")
    with fs.transaction("lake-tests", "main", automerge=False) as tx:
        fs.pipe_file(f"lake-tests/{tx.branch.id}/x", b"1")
        commit = tx.commit("x")
        merged = tx.merge(tx.branch, "other", message="into other")
        assert tx.rev_parse("other").id == merged.id
        assert tx.tag(commit, "v1").get_commit().id == commit.id
        assert fs.exists("lake-tests/other/x")
        assert tx.revert("other", merged.id).message.startswith("Revert")
        assert not fs.exists("lake-tests/other/x")
        assert tx.commit("nothing").id == commit.id
    assert fs.exists("lake-tests/v1/x") and not fs.exists(f"{ROOT}/x")


def test_a_transaction_needs_a_repository(fs: LakeFSFileSystem) -> None:
    with pytest.raises(ValueError, match="'none-such' does not exist"):
        fs.transaction("none-such")
    with pytest.raises(ValueError, match="needs a repository"), fs.transaction:
        pass


def test_other_branches_are_not_part_of_it(fs: LakeFSFileSystem) -> None:
    _start(fs)
    with pytest.raises(RuntimeError), fs.transaction("lake-tests", "main", delete="always"):
        fs.pipe_file("lake-tests/aside/x", b"1")
        raise RuntimeError
    assert fs.cat("lake-tests/aside/x") == b"1"
