"""mere_sdk against a server: operations, errors, keywords, bodies, requests by hand."""

import asyncio
import io
from pathlib import Path

import mere_sdk
import pytest
from mere_sdk import aio
from mere_sdk.exceptions import NotFoundException, UnauthorizedException, ValidationError

from support import keys


def configuration(server) -> mere_sdk.Configuration:
    return mere_sdk.Configuration(server.url, username=keys.ACCESS_KEY, password=keys.SECRET_KEY)


@pytest.fixture
def lake(server):
    with mere_sdk.LakeFSClient(configuration(server)) as made:
        yield made


def test_an_object_is_written_read_listed_and_deleted(lake, repository: str) -> None:
    stats = lake.objects_api.upload_object(repository, "main", "a/b", content=b"some bytes")

    assert (stats.path, stats.size_bytes, stats.path_type) == ("a/b", 10, "object")
    assert lake.objects_api.get_object(repository, "main", "a/b") == b"some bytes"
    assert lake.objects_api.get_object(repository, "main", "a/b", range="bytes=5-") == b"bytes"
    listed = lake.objects_api.list_objects(repository, "main", prefix="a/", amount=10)
    assert [one.path for one in listed.results] == ["a/b"]
    assert listed.pagination.has_more is False
    assert lake.objects_api.delete_object(repository, "main", "a/b") is None
    with pytest.raises(NotFoundException):
        lake.objects_api.stat_object(repository, "main", "a/b")


@pytest.mark.parametrize("make", [
    lambda path: str(path),
    lambda path: path.open("rb"),
    lambda path: iter([b"from ", b"a file"]),
    lambda path: bytearray(b"from a file"),
    lambda path: io.BytesIO(b"from a file"),
], ids=["path", "file", "iterator", "bytearray", "memory"])
def test_a_body_comes_from_anywhere(lake, repository: str, tmp_path: Path, make) -> None:
    (tmp_path / "x").write_bytes(b"from a file")

    lake.objects_api.upload_object(repository, "main", "x", content=make(tmp_path / "x"))

    assert lake.objects_api.get_object(repository, "main", "x") == b"from a file"


def test_branches_are_made_with_models_or_dicts(lake, repository: str) -> None:
    creation = mere_sdk.BranchCreation(name="one", source="main")

    made = lake.branches_api.create_branch(repository, creation)
    lake.branches_api.create_branch(repository, {"name": "two", "source": "main"})

    assert isinstance(made, str) and len(made) == 64
    assert [one.id for one in lake.branches_api.list_branches(repository).results] == ["main", "one", "two"]


def test_rules_are_a_list_of_models(lake, repository: str) -> None:
    rules = [mere_sdk.BranchProtectionRule(pattern="release-*")]

    lake.repositories_api.set_branch_protection_rules(repository, rules)

    assert lake.repositories_api.get_branch_protection_rules(repository) == rules


def test_a_refusal_says_what_the_server_said(lake, server, repository: str) -> None:
    with pytest.raises(NotFoundException) as refused:
        lake.objects_api.stat_object(repository, "main", "nothing")

    assert refused.value.status == 404
    assert refused.value.missing is not None
    assert refused.value.missing[0] == f"lakefs://{repository}/main/nothing" and refused.value.missing[0] in str(refused.value)
    assert '"message"' in refused.value.body
    assert refused.value.headers["content-type"].startswith("application/json")
    stranger = configuration(server)
    stranger.password = "wrong"
    with pytest.raises(UnauthorizedException):
        mere_sdk.LakeFSClient(stranger).repositories_api.list_repositories()


def test_a_changed_configuration_holds_from_the_next_call_on(lake, server, repository: str) -> None:
    settings = configuration(server)
    client = mere_sdk.LakeFSClient(settings)
    client.repositories_api.get_repository(repository)
    settings.password = "wrong"

    with pytest.raises(UnauthorizedException):
        client.repositories_api.get_repository(repository)


def test_wrong_arguments_are_refused_before_anything_is_sent(lake, repository: str) -> None:
    with pytest.raises(ValidationError):
        lake.objects_api.stat_object(repository, "main", 7)
    with pytest.raises(ValidationError):
        lake.objects_api.stat_object(repository, "main", None)
    with pytest.raises(ValidationError):
        lake.branches_api.create_branch(repository, None)
    with pytest.raises(ValidationError, match="^listObjects: amount must be int, not str$"):
        lake.objects_api.list_objects(repository, "main", amount="x")
    with pytest.raises(ValidationError, match=r"createBranch.name: "):
        lake.branches_api.create_branch(repository, {"source": "main"})
    with pytest.raises(mere_sdk.ApiTypeError):
        lake.objects_api.stat_object(repository, "main", "a", colour="red")
    with pytest.raises(ValueError):
        lake.objects_api.stat_object(repository, "main", "a", _preload_content=False)


def test_keywords_of_a_call(lake, repository: str) -> None:
    lake.objects_api.upload_object(repository, "main", "a", content=b"1", _headers={"x-lakefs-meta-by": "me"})

    answer = lake.objects_api.stat_object_with_http_info(repository, "main", "a", _request_timeout=(5, 30))
    assert (answer.status_code, answer.data.metadata) == (200, {"by": "me"})
    assert answer.headers["CONTENT-TYPE"].startswith("application/json")
    assert '"path"' in answer.raw_data
    raw = lake.objects_api.stat_object_with_http_info(repository, "main", "a", _preload_content=False)
    assert raw.data is None and raw.raw_data.startswith(b"{")
    later = lake.objects_api.get_object(repository, "main", "a", async_req=True)
    assert later.get() == b"1"


def test_requests_by_hand(lake, server, repository: str) -> None:
    client = lake.objects_api.api_client
    headers: dict[str, str] = {}
    path = f"/repositories/{repository}/branches/main/objects"
    client.update_params_for_auth(headers, None, ["basic_auth"], path, "POST", None)

    made = client.rest_client.pool_manager.request(
        "POST", f"{client.configuration.host}{path}?path=hand", headers=headers, body=io.BytesIO(b"made"))
    called = client.call_api("/repositories/{repository}/refs/main/objects/stat", "GET", {"repository": repository},
                             [("path", "hand")], response_types_map={"200": "ObjectStats"},
                             auth_settings=["basic_auth"], _return_http_data_only=True)

    assert made.status == 201 and made.headers["content-type"].startswith("application/json")
    assert called == mere_sdk.ObjectStats.from_json(made.data)


def test_a_transaction_is_one_commit_and_one_merge_or_nothing(lake, repository: str) -> None:
    with lake.transaction(repository, "main", "both", tag="done") as tx:
        lake.objects_api.upload_object(repository, tx.branch, "a", content=b"1")
        lake.objects_api.upload_object(repository, tx.branch, "b", content=b"2")

    assert lake.tags_api.get_tag(repository, "done").commit_id == tx.reference
    assert len(lake.objects_api.list_objects(repository, "main").results) == 2
    with pytest.raises(RuntimeError), lake.transaction(repository, "main", "not") as tx:
        lake.objects_api.upload_object(repository, tx.branch, "c", content=b"3")
        raise RuntimeError
    with lake.transaction(repository, "main", "empty") as tx:
        pass
    assert tx.reference is None
    assert len(lake.objects_api.list_objects(repository, "main").results) == 2
    assert [one.id for one in lake.branches_api.list_branches(repository, show_hidden=True).results] == ["main"]


def test_streams(lake, repository: str, tmp_path: Path) -> None:
    with lake.upload_stream(repository, "main", "big") as out:
        for _ in range(64):
            out.write(bytes(65536))

    assert out.stats.size_bytes == 4 << 20
    stream = lake.stream_object(repository, "main", "big", range="bytes=0-99")
    assert stream.read(60) == bytes(60) and stream.read() == bytes(40)
    assert lake.download_object(repository, "main", "big", tmp_path / "big") == 4 << 20
    assert (tmp_path / "big").stat().st_size == 4 << 20
    with pytest.raises(RuntimeError), lake.upload_stream(repository, "main", "broken") as out:
        out.write(b"half")
        raise RuntimeError
    with pytest.raises(NotFoundException):
        lake.objects_api.stat_object(repository, "main", "broken")


def test_the_awaitable_twins(server, repository: str, tmp_path: Path) -> None:
    async def work() -> None:
        async with aio.LakeFSClient(configuration(server)) as lake:
            async with lake.transaction(repository, "main", "m") as tx:
                uploads = [lake.objects_api.upload_object(repository, tx.branch, f"{n}", content=b"x") for n in range(9)]
                await asyncio.gather(*uploads)
            answer = await lake.objects_api.get_object_with_http_info(repository, "main", "3")
            assert (answer.status_code, answer.data) == (200, b"x")
            with pytest.raises(NotFoundException):
                await lake.objects_api.stat_object(repository, "main", "none")
            with pytest.raises(ValidationError):
                await lake.objects_api.stat_object(repository, "main", 7)
            made = await lake.branches_api.create_branch(repository, {"name": "side", "source": "main"})
            assert len(made) == 64

    asyncio.run(work())


def test_awaitable_streams(server, repository: str, tmp_path: Path) -> None:
    async def work() -> None:
        async with aio.LakeFSClient(configuration(server)) as lake:
            async with lake.upload_stream(repository, "main", "a") as out:
                await out.write(b"one ")
                await out.write(b"two")
            assert out.stats.size_bytes == 7
            stream = await lake.stream_object(repository, "main", "a")
            assert await stream.read_async() == b"one two"
            assert await lake.download_object(repository, "main", "a", tmp_path / "a") == 7

    asyncio.run(work())


def test_a_folder_needs_no_server(tmp_path: Path) -> None:
    with mere_sdk.LakeFSClient(mere_sdk.Configuration(lake=tmp_path / "lake")) as lake:
        lake.repositories_api.create_repository(
            mere_sdk.RepositoryCreation(name="repo", storage_namespace="local://repo"))
        lake.objects_api.upload_object("repo", "main", "a", content=b"here")

        assert lake.objects_api.get_object("repo", "main", "a") == b"here"
