"""The `lakefs` package: repositories, branches, objects, transactions, imports, diffs, merges and tags."""

import datetime
import hashlib

import lakefs
import pytest
from lakefs.client import Client
from lakefs.exceptions import ConflictException, NotAuthorizedException, NotFoundException, ObjectExistsException

from support import keys


@pytest.fixture
def lake(server) -> Client:
    return Client(host=server.url, username=keys.ACCESS_KEY, password=keys.SECRET_KEY)


@pytest.fixture
def repo(lake: Client, repository: str) -> lakefs.Repository:
    return lakefs.Repository(repository, lake)


def changes(ref, other=None) -> list[tuple[str, str]]:
    listed = ref.diff(other) if other is not None else ref.uncommitted()
    return [(change.type, change.path) for change in listed]


def test_repositories_are_made_listed_and_deleted(lake: Client) -> None:
    made = lakefs.Repository("wrapper-made", lake).create(storage_namespace="local://wrapper-made", default_branch="trunk")

    assert made.properties.default_branch == "trunk"
    assert made.properties.storage_namespace == "local://wrapper-made"
    assert "wrapper-made" in [one.id for one in lakefs.repositories(client=lake, prefix="wrapper")]
    with pytest.raises(ConflictException):
        lakefs.Repository("wrapper-made", lake).create(storage_namespace="local://elsewhere")
    made.delete()
    with pytest.raises(NotFoundException):
        made.delete()


def test_wrong_keys_are_refused(server, repository: str) -> None:
    stranger = Client(host=server.url, username=keys.ACCESS_KEY, password="wrong")

    with pytest.raises(NotAuthorizedException):
        list(lakefs.Repository(repository, stranger).branches())


def test_a_branch_lives_beside_its_source(repo: lakefs.Repository) -> None:
    main = repo.branch("main")
    main.object("a").upload(b"one")
    main.commit("first", metadata={"by": "test"})
    side = repo.branch("side").create("main")

    side.object("a").upload(b"two")
    side.object("b").upload(b"new")

    assert changes(side) == [("changed", "a"), ("added", "b")]
    assert main.object("a").reader(mode="r").read() == "one"
    assert changes(main) == []
    assert main.get_commit().metadata == {"by": "test"}
    assert [branch.id for branch in repo.branches()] == ["main", "side"]
    side.delete()
    assert [branch.id for branch in repo.branches()] == ["main"]


def test_objects_are_written_read_and_described(repo: lakefs.Repository) -> None:
    main = repo.branch("main")
    content = bytes(range(256)) * 5000

    with main.object("folder/data.bin").writer(mode="wb", content_type="application/x-test", metadata={"k": "v"}) as out:
        out.write(content[:1000])
        out.write(content[1000:])

    stat = main.object("folder/data.bin").stat()
    assert (stat.size_bytes, stat.content_type, stat.metadata) == (len(content), "application/x-test", {"k": "v"})
    assert stat.checksum == hashlib.md5(content).hexdigest()
    with main.object("folder/data.bin").reader() as reader:
        reader.seek(100)
        assert reader.read(50) == content[100:150]
        reader.seek(-5, 2)
        assert reader.read() == content[-5:]
    assert not main.object("folder/none").exists()
    with pytest.raises(ObjectExistsException):
        main.object("folder/data.bin").upload(b"", mode="xb")


def test_text_is_read_by_lines(repo: lakefs.Repository) -> None:
    main = repo.branch("main")
    main.object("lines.txt").upload("één\ntwo\n\nlast", mode="w")

    with main.object("lines.txt").reader(mode="r") as reader:
        assert list(iter(reader.readline, "")) == ["één\n", "two\n", "\n", "last"]


def test_listings_have_prefixes_delimiters_and_pages(repo: lakefs.Repository) -> None:
    main = repo.branch("main")
    for name in ("a/1", "a/2", "a/b/3", "c", "d"):
        main.object(name).upload(name)

    assert [item.path for item in main.objects()] == ["a/1", "a/2", "a/b/3", "c", "d"]
    assert [item.path for item in main.objects(delimiter="/")] == ["a/", "c", "d"]
    assert [item.path for item in main.objects(prefix="a/", delimiter="/")] == ["a/1", "a/2", "a/b/"]
    assert [item.path for item in main.objects(after="a/2", max_amount=2)] == ["a/b/3", "c"]
    main.delete_objects(["a/1", main.object("c")])
    assert [item.path for item in main.objects()] == ["a/2", "a/b/3", "d"]


def test_a_copy_is_independent_of_its_source(repo: lakefs.Repository) -> None:
    main = repo.branch("main")
    main.object("from").upload(b"content")

    copied = main.object("from").copy("main", "to")
    main.object("from").delete()

    assert copied.reader().read() == b"content"


def test_reset_forgets_what_was_not_committed(repo: lakefs.Repository) -> None:
    main = repo.branch("main")
    for name in ("keep/1", "drop/1", "drop/2", "one"):
        main.object(name).upload(name)

    main.reset_changes("object", "one")
    assert [path for _, path in changes(main)] == ["drop/1", "drop/2", "keep/1"]
    main.reset_changes("common_prefix", "drop/")
    assert [path for _, path in changes(main)] == ["keep/1"]
    main.reset_changes()
    assert changes(main) == []


def test_a_merge_brings_the_changes_and_a_conflict_stops_it(repo: lakefs.Repository) -> None:
    main, side = repo.branch("main"), repo.branch("side")
    main.object("shared").upload(b"base")
    main.commit("base")
    side.create("main")
    side.object("added").upload(b"added")
    side.commit("side")
    assert changes(main, side) == [("added", "added")]

    merged = side.merge_into(main, message="bring it")

    assert main.get_commit().id == merged
    assert len(main.get_commit().parents) == 2
    assert main.object("added").reader().read() == b"added"
    main.object("shared").upload(b"ours")
    main.commit("ours")
    side.object("shared").upload(b"theirs")
    side.commit("theirs")
    with pytest.raises(ConflictException):
        side.merge_into(main)
    side.merge_into(main, strategy="source-wins")
    assert main.object("shared").reader().read() == b"theirs"


def test_revert_and_cherry_pick_make_commits(repo: lakefs.Repository) -> None:
    main, side = repo.branch("main"), repo.branch("side")
    side.create("main")
    side.object("picked").upload(b"picked")
    picked = side.commit("to be picked").get_commit()

    main.cherry_pick(picked.id)
    assert main.object("picked").exists()
    main.revert(main.get_commit().id)

    assert not main.object("picked").exists()
    assert [commit.message for commit in main.log(max_amount=2)] == [f"Revert {main.log().__next__().parents[0]}",
                                                                      "to be picked"]


def test_tags_stay_where_they_were_made(repo: lakefs.Repository) -> None:
    main = repo.branch("main")
    main.object("a").upload(b"one")
    first = main.commit("first").get_commit()
    tag = repo.tag("v1").create(main)
    main.object("a").upload(b"two")
    main.commit("second")

    assert tag.get_commit().id == first.id
    assert tag.object("a").reader().read() == b"one"
    assert [one.id for one in repo.tags()] == ["v1"]
    with pytest.raises(ConflictException):
        repo.tag("v1").create(main)
    tag.delete()
    assert list(repo.tags()) == []


def test_ref_expressions_reach_back(repo: lakefs.Repository) -> None:
    main = repo.branch("main")
    for number in range(3):
        main.object("n").upload(str(number))
        main.commit(f"commit {number}")

    assert repo.ref("main~2").object("n").reader(mode="r").read() == "0"
    assert repo.ref("main^1").get_commit().message == "commit 1"
    main.object("n").upload("staged")
    assert repo.ref("main@").object("n").reader(mode="r").read() == "2"
    assert repo.ref(main.get_commit().id[:12]).get_commit().message == "commit 2"


def test_a_transaction_is_all_or_nothing(repo: lakefs.Repository) -> None:
    main = repo.branch("main")
    main.object("start").upload(b"")
    main.commit("start")

    with main.transact(commit_message="both") as transaction:
        transaction.object("a").upload(b"a")
        transaction.object("b").upload(b"b")
        assert not main.object("a").exists()
    with pytest.raises(ValueError):
        with main.transact(commit_message="neither") as transaction:
            transaction.object("c").upload(b"c")
            raise ValueError("the work failed")

    assert [item.path for item in main.objects()] == ["a", "b", "start"]
    assert [branch.id for branch in repo.branches()] == ["main"]


def test_an_import_shows_files_where_they_lie(repo: lakefs.Repository, import_dir) -> None:
    source = import_dir / "wrapper"
    (source / "deep").mkdir(parents=True)
    (source / "a.csv").write_text("x\n1\n")
    (source / "deep" / "b.csv").write_text("x\n2\n")
    main = repo.branch("main")

    task = main.import_data("files brought in", metadata={"k": "v"})
    task.prefix(f"local://{source}/", destination="in/").object(f"local://{source}/a.csv", destination="one.csv")
    status = task.run(poll_interval=datetime.timedelta(milliseconds=50))

    assert status.completed and status.error is None
    assert status.ingested_objects == 3
    assert [item.path for item in main.objects()] == ["in/a.csv", "in/deep/b.csv", "one.csv"]
    assert main.object("in/deep/b.csv").reader(mode="r").read() == "x\n2\n"
    assert main.get_commit().message == "files brought in"
