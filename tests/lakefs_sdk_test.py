"""The generated `lakefs_sdk` package: a pass over every API class, so every answer fits the models it was made for."""

import tempfile
from pathlib import Path

import lakefs_sdk
import pytest
from lakefs_sdk import exceptions

from support import keys
from support.poll import until


@pytest.fixture
def sdk(server):
    with lakefs_sdk.ApiClient(lakefs_sdk.Configuration(host=server.url + "/api/v1", username=keys.ACCESS_KEY,
                                                       password=keys.SECRET_KEY)) as client:
        yield client


@pytest.fixture
def filled(sdk, repository: str) -> str:
    """A repository with a commit on main and another on dev."""
    upload(sdk, repository, "main", "a/1", b"one")
    commit(sdk, repository, "main", "first")
    lakefs_sdk.BranchesApi(sdk).create_branch(repository, lakefs_sdk.BranchCreation(name="dev", source="main"))
    upload(sdk, repository, "dev", "a/2", b"two")
    commit(sdk, repository, "dev", "second")
    return repository


def upload(sdk, repository: str, branch: str, path: str, content: bytes, **options) -> lakefs_sdk.ObjectStats:
    """The SDK sends files as multipart forms, by name."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        return lakefs_sdk.ObjectsApi(sdk).upload_object(repository, branch, path, content=file.name, **options)


def commit(sdk, repository: str, branch: str, message: str) -> lakefs_sdk.Commit:
    return lakefs_sdk.CommitsApi(sdk).commit(repository, branch, lakefs_sdk.CommitCreation(message=message))


def test_health_config_and_setup_state(sdk) -> None:
    lakefs_sdk.HealthCheckApi(sdk).health_check()

    config = lakefs_sdk.ConfigApi(sdk).get_config()

    assert config.storage_config.blockstore_type == "local"
    assert config.version_config.version
    assert lakefs_sdk.InternalApi(sdk).get_setup_state().state == "initialized"
    assert lakefs_sdk.InternalApi(sdk).get_storage_config().default_namespace_prefix == "local://"
    assert lakefs_sdk.InternalApi(sdk).get_lake_fs_version().version == config.version_config.version


def test_auth(sdk) -> None:
    api = lakefs_sdk.AuthApi(sdk)

    assert api.get_current_user().user.id == keys.USER
    assert [user.id for user in api.list_users().results] == [keys.USER]
    assert api.get_user(keys.USER).id == keys.USER
    assert api.get_credentials(keys.USER, keys.ACCESS_KEY).access_key_id == keys.ACCESS_KEY
    assert api.login(lakefs_sdk.LoginInformation(access_key_id=keys.ACCESS_KEY, secret_access_key=keys.SECRET_KEY)).token
    with pytest.raises(exceptions.UnauthorizedException):
        api.login(lakefs_sdk.LoginInformation(access_key_id=keys.ACCESS_KEY, secret_access_key="wrong"))


def test_a_token_from_login_is_accepted(sdk, server, repository: str) -> None:
    token = lakefs_sdk.AuthApi(sdk).login(lakefs_sdk.LoginInformation(access_key_id=keys.ACCESS_KEY,
                                                                      secret_access_key=keys.SECRET_KEY)).token
    bearer = lakefs_sdk.ApiClient(lakefs_sdk.Configuration(host=server.url + "/api/v1", access_token=token))

    assert lakefs_sdk.RepositoriesApi(bearer).get_repository(repository).id == repository


def test_repositories(sdk, filled: str) -> None:
    api = lakefs_sdk.RepositoriesApi(sdk)

    assert api.get_repository(filled).default_branch == "main"
    assert filled in [one.id for one in api.list_repositories(amount=1000).results]
    internal = lakefs_sdk.InternalApi(sdk)
    internal.set_repository_metadata(filled, lakefs_sdk.RepositoryMetadataSet(metadata={"k": "v"}))
    assert api.get_repository_metadata(filled) == {"k": "v"}
    internal.delete_repository_metadata(filled, lakefs_sdk.RepositoryMetadataKeys(keys=["k"]))
    assert api.get_repository_metadata(filled) == {}
    api.set_branch_protection_rules(filled, [lakefs_sdk.BranchProtectionRule(pattern="main")])
    assert [rule.pattern for rule in api.get_branch_protection_rules(filled)] == ["main"]
    with pytest.raises(exceptions.ForbiddenException):
        upload(sdk, filled, "main", "no", b"")
    rules = lakefs_sdk.GarbageCollectionRules(default_retention_days=7, branches=[
        lakefs_sdk.GarbageCollectionRule(branch_id="main", retention_days=30)])
    api.set_gc_rules(filled, rules)
    assert api.get_gc_rules(filled) == rules
    api.delete_gc_rules(filled)
    with pytest.raises(exceptions.NotFoundException):
        api.get_gc_rules(filled)
    api.delete_repository(filled, force=True)
    with pytest.raises(exceptions.NotFoundException):
        api.get_repository(filled)


def test_dump_and_restore(sdk, filled: str) -> None:
    api = lakefs_sdk.RepositoriesApi(sdk)
    head = lakefs_sdk.BranchesApi(sdk).get_branch(filled, "dev").commit_id
    task = api.dump_submit(filled)
    refs = until(lambda: (status := api.dump_status(filled, task.id)).done and status.refs, what="the dump")
    copy = filled + "-copy"
    api.create_repository(lakefs_sdk.RepositoryCreation(name=copy, storage_namespace=f"local://{filled}"), bare=True)

    task = api.restore_submit(copy, lakefs_sdk.RefsRestore(**refs.dict()))
    until(lambda: api.restore_status(copy, task.id).done, what="the restore")

    assert lakefs_sdk.BranchesApi(sdk).get_branch(copy, "dev").commit_id == head
    assert lakefs_sdk.ObjectsApi(sdk).get_object(copy, "dev", "a/2") == b"two"


def test_branches(sdk, filled: str) -> None:
    api = lakefs_sdk.BranchesApi(sdk)
    assert [branch.id for branch in api.list_branches(filled).results] == ["dev", "main"]

    upload(sdk, filled, "dev", "a/3", b"three")
    assert [(change.type, change.path) for change in api.diff_branch(filled, "dev").results] == [("added", "a/3")]
    api.reset_branch(filled, "dev", lakefs_sdk.ResetCreation(type="object", path="a/3"))
    assert api.diff_branch(filled, "dev").results == []
    picked = api.cherry_pick(filled, "main", lakefs_sdk.CherryPickCreation(ref="dev"))
    assert picked.message == "second"
    api.revert_branch(filled, "main", lakefs_sdk.RevertCreation(ref="main", parent_number=0))
    lakefs_sdk.ExperimentalApi(sdk).hard_reset_branch(filled, "main", ref=picked.id)
    assert api.get_branch(filled, "main").commit_id == picked.id
    api.delete_branch(filled, "dev")
    with pytest.raises(exceptions.NotFoundException):
        api.get_branch(filled, "dev")


def test_commits_refs_and_tags(sdk, filled: str) -> None:
    refs, tags = lakefs_sdk.RefsApi(sdk), lakefs_sdk.TagsApi(sdk)
    head = lakefs_sdk.BranchesApi(sdk).get_branch(filled, "dev").commit_id

    assert lakefs_sdk.CommitsApi(sdk).get_commit(filled, head).message == "second"
    assert [one.message for one in refs.log_commits(filled, "dev", amount=2).results] == ["second", "first"]
    assert [(one.type, one.path) for one in refs.diff_refs(filled, "main", "dev").results] == [("added", "a/2")]
    assert refs.find_merge_base(filled, "dev", "main").base_commit_id
    merged = refs.merge_into_branch(filled, "dev", "main", merge=lakefs_sdk.Merge(message="merged"))
    tag = tags.create_tag(filled, lakefs_sdk.TagCreation(id="v1", ref="main"))
    assert tag.commit_id == merged.reference == tags.get_tag(filled, "v1").commit_id
    assert [one.id for one in tags.list_tags(filled).results] == ["v1"]
    tags.delete_tag(filled, "v1")
    assert tags.list_tags(filled).results == []


def test_objects(sdk, filled: str) -> None:
    api = lakefs_sdk.ObjectsApi(sdk)

    assert api.get_object(filled, "main", "a/1") == b"one"
    assert api.get_object(filled, "main", "a/1", range="bytes=1-2") == b"ne"
    api.head_object(filled, "main", "a/1")
    assert api.stat_object(filled, "main", "a/1").size_bytes == 3
    assert [one.path for one in api.list_objects(filled, "dev", prefix="a/").results] == ["a/1", "a/2"]
    assert api.get_underlying_properties(filled, "main", "a/1") is not None
    copied = api.copy_object(filled, "main", "copy", lakefs_sdk.ObjectCopyCreation(src_path="a/2", src_ref="dev"))
    assert copied.size_bytes == 3
    api.update_object_user_metadata(filled, "main", "copy", lakefs_sdk.UpdateObjectUserMetadata(set={"k": "v"}))
    assert api.stat_object(filled, "main", "copy").metadata == {"k": "v"}
    with pytest.raises(exceptions.ApiException) as refused:
        upload(sdk, filled, "main", "copy", b"again", if_none_match="*")
    assert refused.value.status == 412
    api.delete_object(filled, "main", "copy")
    assert api.delete_objects(filled, "main", lakefs_sdk.PathList(paths=["a/1", "none"])).errors == []
    with pytest.raises(exceptions.NotFoundException):
        api.stat_object(filled, "main", "a/1")


def test_staging_links_what_was_written_beside_the_server(sdk, repository: str) -> None:
    api = lakefs_sdk.StagingApi(sdk)
    location = api.get_physical_address(repository, "main", "linked")
    file = Path(location.physical_address.removeprefix("local://"))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"linked")

    api.link_physical_address(repository, "main", "linked", lakefs_sdk.StagingMetadata(
        staging=location, checksum="abc", size_bytes=6, content_type="text/plain"))

    assert lakefs_sdk.ObjectsApi(sdk).get_object(repository, "main", "linked") == b"linked"


def test_imports(sdk, repository: str, import_dir) -> None:
    api = lakefs_sdk.ImportApi(sdk)
    source = import_dir / "sdk"
    source.mkdir()
    (source / "f").write_text("imported")

    started = api.import_start(repository, "main", lakefs_sdk.ImportCreation(
        paths=[lakefs_sdk.ImportLocation(type="common_prefix", path=f"local://{source}/", destination="in/")],
        commit=lakefs_sdk.CommitCreation(message="in")))
    status = until(lambda: (now := api.import_status(repository, "main", started.id)).completed and now, what="the import")

    assert status.error is None
    assert status.commit.message == "in"
    assert lakefs_sdk.ObjectsApi(sdk).get_object(repository, "main", "in/f") == b"imported"


def test_pull_requests(sdk, filled: str) -> None:
    api = lakefs_sdk.PullsApi(sdk)

    made = api.create_pull_request(filled, lakefs_sdk.PullRequestCreation(
        title="bring two", source_branch="dev", destination_branch="main"))
    api.update_pull_request(filled, made.id, lakefs_sdk.PullRequestBasic(description="please"))

    assert api.get_pull_request(filled, made.id).description == "please"
    # The SDK requires a description in lists, which lakeFS leaves out: its own list_pull_requests fails there, too.
    with pytest.raises(ValueError):
        api.list_pull_requests(filled)
    api.merge_pull_request(filled, made.id)
    assert api.get_pull_request(filled, made.id).status == "merged"
    assert lakefs_sdk.ObjectsApi(sdk).get_object(filled, "main", "a/2") == b"two"


def test_actions_have_no_runs(sdk, filled: str) -> None:
    assert lakefs_sdk.ActionsApi(sdk).list_repository_runs(filled).results == []


def test_metadata_ranges(sdk, filled: str) -> None:
    head = lakefs_sdk.CommitsApi(sdk).get_commit(filled, "main")

    found = lakefs_sdk.MetadataApi(sdk).get_meta_range(filled, head.meta_range_id)

    assert found.location.endswith(head.meta_range_id)


def test_internal(sdk, filled: str) -> None:
    api = lakefs_sdk.InternalApi(sdk)
    api.post_stats_events(lakefs_sdk.StatsEventsList(events=[
        lakefs_sdk.StatsEvent(**{"class": "test", "name": "one", "count": 1})]))
    assert api.get_usage_report_summary().installation_id
    assert api.create_symlink_file(filled, "main").location
    api.upload_object_preflight(filled, "main", "x")
    prepared = api.prepare_garbage_collection_uncommitted(filled)
    assert prepared.run_id
    record = lakefs_sdk.CommitRecordCreation(
        commit_id="0" * 64, version=1, committer="someone", message="not this id's", metarange_id="",
        creation_date=1700000000, parents=[], generation=1)
    with pytest.raises(exceptions.BadRequestException):
        api.create_commit_record(filled, record)
