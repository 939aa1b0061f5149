"""The S3 gateway as boto3 sees it: buckets are repositories, keys are `ref/path`."""

import concurrent.futures
import datetime
import hashlib
import io

import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from support import s3
from support.s3 import etag, outcome, signed


@pytest.fixture
def aws(server):
    return s3.client(server)


@pytest.fixture
def put(aws, repository):
    def put(key: str, body: bytes = b"", **options):
        return aws.put_object(Bucket=repository, Key=key, Body=body, **options)

    return put


@pytest.fixture
def read(aws, repository):
    def read(key: str, **options) -> bytes:
        return aws.get_object(Bucket=repository, Key=key, **options)["Body"].read()

    return read


def commit(client: httpx.Client, repository: str, branch: str = "main", message: str = "a commit") -> str:
    answer = client.post(f"/repositories/{repository}/branches/{branch}/commits", json={"message": message})
    answer.raise_for_status()
    return answer.json()["id"]


def branch(client: httpx.Client, repository: str, name: str) -> None:
    client.post(f"/repositories/{repository}/branches", json={"name": name, "source": "main"}).raise_for_status()


def tag(client: httpx.Client, repository: str, name: str) -> None:
    client.post(f"/repositories/{repository}/tags", json={"id": name, "ref": "main"}).raise_for_status()


# Buckets


def test_repositories_are_buckets(aws, new_repository) -> None:
    names = {new_repository(), new_repository()}

    assert names <= {bucket["Name"] for bucket in aws.list_buckets()["Buckets"]}
    assert aws.head_bucket(Bucket=names.pop())["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_what_buckets_answer(aws, repository: str) -> None:
    assert outcome(aws.head_bucket, Bucket="nowhere") == (404, "404")
    assert outcome(aws.list_objects_v2, Bucket="nowhere") == (404, "NoSuchBucket")
    assert outcome(aws.create_bucket, Bucket="nowhere") == (501, "NotImplemented")
    assert outcome(aws.create_bucket, Bucket=repository) == (409, "BucketAlreadyExists")
    assert outcome(aws.delete_bucket, Bucket=repository) == (405, "ERRLakeFSNotSupported")
    assert outcome(aws.get_bucket_acl, Bucket=repository) == (405, "ERRLakeFSNotSupported")
    assert outcome(aws.put_bucket_policy, Bucket=repository, Policy="{}") == (405, "ERRLakeFSNotSupported")
    assert outcome(aws.put_object_lock_configuration, Bucket=repository) == (409, "InvalidBucketState")
    assert aws.get_bucket_versioning(Bucket=repository).get("Status") is None
    assert aws.get_bucket_location(Bucket=repository)["LocationConstraint"] is None


@pytest.mark.parametrize(("resource", "code"), [
    ("cors", "NoSuchCORSConfiguration"), ("policy", "NoSuchBucketPolicy"), ("lifecycle_configuration", "NoSuchLifecycleConfiguration"),
    ("tagging", "NoSuchTagSet"), ("website", "NoSuchWebsiteConfiguration"),
    ("encryption", "ServerSideEncryptionConfigurationNotFoundError"), ("replication", "ReplicationConfigurationNotFoundError")])
def test_settings_that_a_bucket_never_has_are_not_set(aws, repository: str, resource: str, code: str) -> None:
    assert outcome(getattr(aws, "get_bucket_" + resource), Bucket=repository) == (404, code)
    delete = "delete_bucket_" + resource.removesuffix("_configuration")
    assert getattr(aws, delete)(Bucket=repository)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert outcome(getattr(aws, "get_bucket_" + resource), Bucket="nowhere") == (404, "NoSuchBucket")


def test_settings_that_every_bucket_has(aws, repository: str) -> None:
    at = {"Bucket": repository}
    assert aws.get_bucket_request_payment(**at)["Payer"] == "BucketOwner"
    assert aws.get_bucket_policy_status(**at)["PolicyStatus"] == {"IsPublic": False}
    assert aws.get_bucket_ownership_controls(**at)["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert "LoggingEnabled" not in aws.get_bucket_logging(**at)
    assert aws.list_bucket_inventory_configurations(**at)["IsTruncated"] is False
    assert outcome(aws.get_object_lock_configuration, **at) == (404, "ObjectLockConfigurationNotFoundError")


def test_a_bucket_can_be_made_where_the_server_allows_it(make_server) -> None:
    environment = {"MERE_GATEWAYS_S3_CREATE_BUCKET_NAMESPACE_PREFIX": "local://made"}
    with make_server(environment=environment) as running:
        aws = s3.client(running)

        aws.create_bucket(Bucket="fresh")
        aws.put_object(Bucket="fresh", Key="main/a", Body=b"1")

        assert [bucket["Name"] for bucket in aws.list_buckets()["Buckets"]] == ["fresh"]
        assert outcome(aws.create_bucket, Bucket="fresh") == (409, "BucketAlreadyExists")
        assert signed(running, "PUT", "/Not_A_Name").status_code == 400
        assert outcome(aws.create_bucket, Bucket="ends-so-") == (400, "InvalidBucketName")
        assert outcome(aws.create_bucket, Bucket="locked", ObjectLockEnabledForBucket=True) == (501, "NotImplemented")
        aws.create_bucket(Bucket="fresher")
        first = aws.list_buckets(MaxBuckets=1)
        rest = aws.list_buckets(MaxBuckets=1, ContinuationToken=first["ContinuationToken"])
        assert [page["Buckets"][0]["Name"] for page in (first, rest)] == ["fresh", "fresher"]
        assert "ContinuationToken" not in rest


def test_a_bucket_made_here_is_deleted_while_nothing_can_be_lost(make_server) -> None:
    environment = {"MERE_GATEWAYS_S3_CREATE_BUCKET_NAMESPACE_PREFIX": "local://made"}
    with make_server(environment=environment) as running, running.client() as rest:
        aws = s3.client(running)
        for name in ("one", "two"):
            aws.create_bucket(Bucket=name)
            aws.put_object(Bucket=name, Key="main/a", Body=b"1")

        assert outcome(aws.delete_bucket, Bucket="one") == (409, "BucketNotEmpty")
        aws.delete_object(Bucket="one", Key="main/a")
        assert aws.delete_bucket_policy(Bucket="one")["ResponseMetadata"]["HTTPStatusCode"] == 204
        assert signed(running, "DELETE", "/one?acl").status_code == 405
        assert outcome(aws.delete_bucket, Bucket="one") == (204, None)
        assert outcome(aws.delete_bucket, Bucket="one") == (404, "NoSuchBucket")
        assert outcome(aws.get_object, Bucket="one", Key="main/a") == (404, "NoSuchBucket")

        commit(rest, "two")
        aws.delete_object(Bucket="two", Key="main/a")
        commit(rest, "two")
        assert outcome(aws.delete_bucket, Bucket="two") == (409, "BucketNotEmpty")


def test_hosts_name_repositories(make_server) -> None:
    with make_server(environment={"MERE_GATEWAYS_S3_DOMAIN_NAME": "s3.Example.test"}) as running:
        with running.client() as rest:
            rest.post("/repositories", json={"name": "lake", "storage_namespace": "local://lake"}).raise_for_status()

        answer = signed(running, "PUT", "/main/a", b"by host", {"Host": "lake.S3.example.test"})
        nobody = httpx.get(running.url + "/lake/main/a", headers={"Host": "s3.example.test"}, trust_env=False)

        assert answer.status_code == 200
        assert s3.client(running).get_object(Bucket="lake", Key="main/a")["Body"].read() == b"by host"
        assert (nobody.status_code, "<Code>AccessDenied</Code>" in nobody.text) == (403, True)


def test_unknown_repositories_are_asked_for_elsewhere(make_server, server, put, repository: str, read) -> None:
    put("main/a", b"over there")
    with make_server(environment={"MERE_GATEWAYS_S3_FALLBACK_URL": server.url}) as running:
        here = httpx.get(running.url + f"/{repository}/main/a", trust_env=False,
                         headers={"Authorization": "AWS4-HMAC-SHA256 Credential=x"})
        sent_on = signed(running, "HEAD", f"/{repository}/main/a")

        # Refused here before it is sent on; sent on, the other server's own check of the signed host speaks.
        assert here.status_code == 400
        assert sent_on.status_code == 403


# Objects


def test_an_object_comes_back_as_it_was_put(aws, put, repository: str) -> None:
    written = put("main/tables/a.csv", b"x,y\n1,2\n", ContentType="text/csv")

    got = aws.get_object(Bucket=repository, Key="main/tables/a.csv")
    assert got["Body"].read() == b"x,y\n1,2\n"
    assert (got["ContentType"], got["ETag"], written["ETag"]) == ("text/csv", etag(b"x,y\n1,2\n"), etag(b"x,y\n1,2\n"))
    assert got["AcceptRanges"] == "bytes"


@pytest.mark.parametrize("size", [0, 1, 32 << 10, (32 << 10) + 1, 5 << 20])
def test_every_size_survives(put, read, size: int) -> None:
    content = bytes(i * 31 % 251 for i in range(min(size, 4096))) * (size // 4096 + 1)
    content = content[:size]

    put("main/sized", content)

    assert hashlib.sha256(read("main/sized")).digest() == hashlib.sha256(content).digest()


@pytest.mark.parametrize("path", ["a b+c%20d", "ä/日本/🦆", "a//b", "/lead", "dir/", "..", "q?x=1&y#z", "*'()!~", "\x01\x7f"])
def test_any_path_is_a_key(aws, put, read, repository: str, path: str) -> None:
    put("main/" + path, path.encode())

    assert read("main/" + path) == path.encode()
    assert [one["Key"] for one in aws.list_objects_v2(Bucket=repository, Prefix="main/")["Contents"]] == ["main/" + path]


def test_missing_things_have_s3s_names(aws, put, client, repository: str) -> None:
    put("main/a")
    commit(client, repository)
    tag(client, repository, "v1")
    head = client.get(f"/repositories/{repository}/branches/main").json()["commit_id"]

    for key in ("main/none", "twig/a", "no such ref/a"):
        assert outcome(aws.get_object, Bucket=repository, Key=key) == (404, "NoSuchKey")
        assert outcome(aws.head_object, Bucket=repository, Key=key) == (404, "404")
    for key in ("twig/a", "v1/a", head + "/a", "main~1/a"):
        assert outcome(aws.put_object, Bucket=repository, Key=key, Body=b"x") == (404, "NoSuchBucket")
    assert outcome(aws.put_object, Bucket=repository, Key="main/" + "x" * 1025) == (400, "KeyTooLongError")
    assert outcome(aws.get_object, Bucket="Bad_Name", Key="main/a") == (404, "NoSuchBucket")


def test_every_ref_can_be_read(put, read, client, repository: str) -> None:
    put("main/a", b"old")
    head = commit(client, repository)
    tag(client, repository, "v1")
    branch(client, repository, "work")
    put("main/a", b"new")

    assert [read(f"{ref}/a") for ref in ("main", "main@", "v1", head, head[:12], "work")] == [b"new"] + [b"old"] * 5


def test_the_error_says_where_it_happened(server, repository: str) -> None:
    answer = signed(server, "GET", f"/{repository}/main/none")

    assert answer.headers["content-type"] == "application/xml"
    body = answer.text
    for part in ("<Error><Code>NoSuchKey</Code>", "<Key>none</Key>", f"<BucketName>{repository}</BucketName>",
                 f"<Resource>main@{repository}</Resource>", "<Region>us-east-1</Region>",
                 f"<RequestId>{answer.headers['x-amz-request-id']}</RequestId>"):
        assert part in body


def test_heads_have_no_bodies(server, put, repository: str) -> None:
    put("main/a", b"four")

    found = signed(server, "HEAD", f"/{repository}/main/a")
    missing = signed(server, "HEAD", f"/{repository}/main/none")

    assert (found.status_code, found.headers["content-length"], found.content) == (200, "4", b"")
    assert (missing.status_code, missing.content) == (404, b"")


def test_a_ref_without_a_key(server, repository: str) -> None:
    assert signed(server, "PUT", f"/{repository}/main/").status_code == 200
    assert signed(server, "PUT", f"/{repository}/none/").status_code == 404
    assert signed(server, "PUT", f"/{repository}/main/", b"content").status_code == 404
    assert signed(server, "DELETE", f"/{repository}/main/").status_code == 204
    got = signed(server, "GET", f"/{repository}/main/")
    assert (got.status_code, got.content) == (404, b"")


@pytest.mark.parametrize(("asked", "status", "expected", "where"), [
    ("bytes=0-3", 206, b"abcd", "bytes 0-3/10"),
    ("bytes=5-", 206, b"fghij", "bytes 5-9/10"),
    ("bytes=-3", 206, b"hij", "bytes 7-9/10"),
    ("bytes=-30", 206, b"abcdefghij", "bytes 0-9/10"),
    ("bytes=8-99", 206, b"ij", "bytes 8-9/10"),
    ("bytes=0-1,3-4", 200, b"abcdefghij", None),
    ("bytes=4-2", 200, b"abcdefghij", None),
    ("lines=1-2", 200, b"abcdefghij", None),
])
def test_ranges(server, put, repository: str, asked: str, status: int, expected: bytes, where: str | None) -> None:
    put("main/abc", b"abcdefghij")

    got = signed(server, "GET", f"/{repository}/main/abc", headers={"Range": asked})
    head = signed(server, "HEAD", f"/{repository}/main/abc", headers={"Range": asked})

    assert (got.status_code, got.content, got.headers.get("content-range")) == (status, expected, where)
    assert (head.status_code, head.headers["content-length"]) == (status, str(len(expected)))


@pytest.mark.parametrize(("content", "asked"), [(b"abc", "bytes=3-"), (b"abc", "bytes=-0"), (b"", "bytes=0-0"), (b"", "bytes=-5")])
def test_ranges_past_the_end(server, put, repository: str, content: bytes, asked: str) -> None:
    put("main/abc", content)

    got = signed(server, "GET", f"/{repository}/main/abc", headers={"Range": asked})

    assert (got.status_code, "<Code>InvalidRange</Code>" in got.text) == (416, True)


def test_user_metadata_is_lower_case_on_the_wire(server, aws, put, client, repository: str) -> None:
    put("main/a", Metadata={"Origin": "sensor", "empty": ""})

    raw = signed(server, "HEAD", f"/{repository}/main/a")
    names = [name.decode() for name, _ in raw.headers.raw]
    assert "x-amz-meta-origin" in names
    assert aws.head_object(Bucket=repository, Key="main/a")["Metadata"] == {"origin": "sensor", "empty": ""}
    stat = client.get(f"/repositories/{repository}/refs/main/objects/stat", params={"path": "a"}).json()
    assert stat["metadata"] == {"X-Amz-Meta-origin": "sensor", "X-Amz-Meta-empty": ""}


def test_metadata_that_is_no_ascii_is_encoded(server, repository: str) -> None:
    path = f"/{repository}/main/a"
    assert signed(server, "PUT", path, headers={"x-amz-meta-who": "=?utf-8?q?caf=C3=A9?="}).status_code == 200

    assert signed(server, "HEAD", path).headers["x-amz-meta-who"] == "=?utf-8?q?caf=C3=A9?="
    refused = signed(server, "PUT", path, headers={"x-amz-meta-who": "=?koi8-r?q?a?="})
    assert (refused.status_code, "<Code>InvalidArgument</Code>" in refused.text) == (400, True)


def test_too_much_metadata(aws, repository: str) -> None:
    fits = {"k": "v" * 2047}
    assert outcome(aws.put_object, Bucket=repository, Key="main/a", Metadata=fits) == (200, None)
    too_much = {"k": "v" * 2048}
    assert outcome(aws.put_object, Bucket=repository, Key="main/b", Metadata=too_much) == (400, "MetadataTooLarge")
    assert outcome(aws.head_object, Bucket=repository, Key="main/b") == (404, "404")


def test_headers_of_the_content_are_kept_and_overridden(aws, put, client, repository: str) -> None:
    put("main/a", b"x", CacheControl="no-cache", ContentDisposition="attachment; filename=a", ContentEncoding="gzip",
        ContentLanguage="de", Expires=datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC), ContentType="text/plain")
    commit(client, repository)

    head = aws.head_object(Bucket=repository, Key="main/a")
    assert (head["CacheControl"], head["ContentDisposition"], head["ContentEncoding"], head["ContentLanguage"]) == (
        "no-cache", "attachment; filename=a", "gzip", "de")
    assert head["ExpiresString"] == "Tue, 01 Jan 2030 00:00:00 GMT"
    other = aws.get_object(Bucket=repository, Key="main/a", ResponseContentType="text/html",
                           ResponseCacheControl="max-age=1")
    assert (other["ContentType"], other["CacheControl"]) == ("text/html", "max-age=1")
    stat = client.get(f"/repositories/{repository}/refs/main/objects/stat", params={"path": "a"}).json()
    assert stat["metadata"] == {}


# Conditions


def test_conditional_reads(aws, put, repository: str) -> None:
    put("main/a", b"abc")
    at = {"Bucket": repository, "Key": "main/a"}
    past, future = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC), datetime.datetime(2099, 1, 1, tzinfo=datetime.UTC)

    for call in (aws.get_object, aws.head_object):
        assert outcome(call, **at, IfMatch=etag(b"abc")) == (200, None)
        assert outcome(call, **at, IfMatch=etag(b"other"))[0] == 412
        assert outcome(call, **at, IfNoneMatch=etag(b"abc"))[0] == 304
        assert outcome(call, **at, IfNoneMatch=etag(b"other")) == (200, None)
        assert outcome(call, **at, IfModifiedSince=past) == (200, None)
        assert outcome(call, **at, IfModifiedSince=future)[0] == 304
        assert outcome(call, **at, IfUnmodifiedSince=past)[0] == 412
        assert outcome(call, **at, IfUnmodifiedSince=future) == (200, None)
        # The ETag decides where both are said.
        assert outcome(call, **at, IfMatch=etag(b"abc"), IfUnmodifiedSince=past) == (200, None)
        assert outcome(call, **at, IfNoneMatch=etag(b"abc"), IfModifiedSince=past)[0] == 304


def test_conditional_writes(aws, put, read, repository: str) -> None:
    at = {"Bucket": repository, "Key": "main/a"}
    put("main/a", b"1", IfNoneMatch="*")

    assert outcome(aws.put_object, **at, Body=b"2", IfNoneMatch="*") == (412, "PreconditionFailed")
    assert outcome(aws.put_object, **at, Body=b"2", IfMatch=etag(b"other")) == (412, "PreconditionFailed")
    assert outcome(aws.put_object, Bucket=repository, Key="main/b", Body=b"2", IfMatch=etag(b"1")) == (404, "NoSuchKey")
    assert outcome(aws.put_object, **at, Body=b"2", IfNoneMatch=etag(b"1")) == (412, "PreconditionFailed")
    assert outcome(aws.put_object, **at, Body=b"1", IfNoneMatch=etag(b"other")) == (200, None)
    assert outcome(aws.put_object, Bucket=repository, Key="main/c", Body=b"3", IfNoneMatch=etag(b"1")) == (200, None)
    assert read("main/a") == b"1"
    assert outcome(aws.put_object, **at, Body=b"2", IfMatch=etag(b"1")) == (200, None)
    assert read("main/a") == b"2"


def test_of_many_at_once_one_is_the_first(server, repository: str) -> None:
    def attempt(number: int) -> int:
        return signed(server, "PUT", f"/{repository}/main/a", b"%d" % number, {"If-None-Match": "*"}).status_code

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(attempt, range(16)))

    assert statuses == [200] + [412] * 15


def test_of_many_swaps_of_one_value_one_happens(server, put, repository: str) -> None:
    put("main/a", b"start")

    def attempt(number: int) -> int:
        return signed(server, "PUT", f"/{repository}/main/a", b"%d" % number, {"If-Match": etag(b"start")}).status_code

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(attempt, range(16)))

    assert statuses == [200] + [412] * 15


def test_conditional_deletes(aws, put, repository: str) -> None:
    put("main/a", b"abc")
    at = {"Bucket": repository, "Key": "main/a"}

    assert outcome(aws.delete_object, **at, IfMatch=etag(b"other")) == (412, "PreconditionFailed")
    assert outcome(aws.delete_object, **at, IfMatch=etag(b"abc")) == (204, None)
    assert outcome(aws.delete_object, **at, IfMatch=etag(b"abc")) == (204, None), "repeated, it answers the same"


def test_protected_branches_and_read_only_repositories(aws, put, client, repository: str) -> None:
    put("main/a")
    client.put(f"/repositories/{repository}/settings/branch_protection", json=[{"pattern": "main"}]).raise_for_status()
    at = {"Bucket": repository, "Key": "main/a"}

    assert outcome(aws.put_object, **at) == (403, "ErrWriteToProtectedBranch")
    assert outcome(aws.delete_object, **at) == (403, "ErrWriteToProtectedBranch")
    assert outcome(aws.copy_object, **at, CopySource=f"{repository}/main/a") == (403, "ErrWriteToProtectedBranch")
    errors = aws.delete_objects(Bucket=repository, Delete={"Objects": [{"Key": "main/a"}]})["Errors"]
    assert [(one["Key"], one["Code"]) for one in errors] == [("main/a", "ErrWriteToProtectedBranch")]

    client.post("/repositories", json={"name": repository + "-ro", "storage_namespace": f"local://{repository}-ro",
                                       "read_only": True}).raise_for_status()
    assert outcome(aws.put_object, Bucket=repository + "-ro", Key="main/a") == (403, "ErrReadOnlyRepository")


# Copies


def test_copies_cross_repositories_and_refs(aws, put, client, new_repository, repository: str) -> None:
    put("main/a", b"abc", Metadata={"origin": "sensor"}, ContentType="text/csv", CacheControl="no-cache")
    commit(client, repository)
    put("main/a", b"changed")
    other = new_repository()

    answer = aws.copy_object(Bucket=other, Key="main/copy", CopySource=f"/{repository}/main@/a")

    head = aws.head_object(Bucket=other, Key="main/copy")
    assert answer["CopyObjectResult"]["ETag"] == etag(b"abc") == head["ETag"]
    assert (head["ContentLength"], head["Metadata"], head["ContentType"], head["CacheControl"]) == (
        3, {"origin": "sensor"}, "text/csv", "no-cache")


def test_copies_can_replace_what_is_said_of_the_bytes(aws, put, read, repository: str) -> None:
    put("main/a", b"abc", Metadata={"origin": "sensor"}, ContentType="text/csv", Tagging="keep=1")

    aws.copy_object(Bucket=repository, Key="main/a", CopySource=f"{repository}/main/a", MetadataDirective="REPLACE",
                    Metadata={"by": "copy"}, ContentType="text/plain")

    head = aws.head_object(Bucket=repository, Key="main/a")
    assert (head["Metadata"], head["ContentType"], head["ETag"]) == ({"by": "copy"}, "text/plain", etag(b"abc"))
    assert aws.get_object_tagging(Bucket=repository, Key="main/a")["TagSet"] == [{"Key": "keep", "Value": "1"}]
    assert read("main/a") == b"abc"


def test_copies_that_cannot_be(aws, put, repository: str) -> None:
    put("main/a", b"abc")
    to = {"Bucket": repository, "Key": "main/b"}

    for source in (f"{repository}/main/none", f"{repository}/twig/a", "nowhere/main/a"):
        assert outcome(aws.copy_object, **to, CopySource=source) == (404, "NoSuchKey")
    assert outcome(aws.copy_object, **to, CopySource=f"{repository}/main") == (400, "InvalidArgument")
    assert outcome(aws.copy_object, Bucket=repository, Key="twig/b", CopySource=f"{repository}/main/a") == (404, "NoSuchBucket")
    source = {"CopySource": f"{repository}/main/a"}
    assert outcome(aws.copy_object, **to, **source, CopySourceIfMatch=etag(b"other")) == (412, "PreconditionFailed")
    assert outcome(aws.copy_object, **to, **source, CopySourceIfNoneMatch=etag(b"abc")) == (412, "PreconditionFailed")
    assert outcome(aws.copy_object, **to, **source, CopySourceIfMatch=etag(b"abc")) == (200, None)


# Deletions


def test_deletions_succeed_for_what_is_not_there(aws, put, repository: str) -> None:
    put("main/a")

    for key in ("main/a", "main/a", "main/none", "twig/a", "v1/a"):
        assert outcome(aws.delete_object, Bucket=repository, Key=key) == (204, None)


def test_many_keys_go_at_once(aws, put, client, repository: str) -> None:
    branch(client, repository, "work")
    for key in ("main/a", "main/b", "work/a"):
        put(key)
    doomed = ["main/a", "work/a", "/main/b", "main/none", "twig/x", "main", "main/" + "x" * 1025]

    answer = aws.delete_objects(Bucket=repository, Delete={"Objects": [{"Key": key} for key in doomed]})

    assert [one["Key"] for one in answer["Deleted"]] == doomed[:-1]
    assert [(one["Key"], one["Code"]) for one in answer["Errors"]] == [(doomed[-1], "ErrDeletingKey")]
    assert "Contents" not in aws.list_objects_v2(Bucket=repository, Prefix="main/")
    assert "Contents" not in aws.list_objects_v2(Bucket=repository, Prefix="work/")


def test_quiet_deletions_and_lists_that_are_none(server, aws, put, repository: str) -> None:
    put("main/a")

    assert "Deleted" not in aws.delete_objects(Bucket=repository, Delete={"Objects": [{"Key": "main/a"}], "Quiet": True})
    for document, code in ((b"", "BadRequest"), (b"<Delete", "BadRequest"), (b"<Delete></Delete>", "MalformedXML")):
        answer = signed(server, "POST", f"/{repository}?delete", document)
        assert (answer.status_code, f"<Code>{code}</Code>" in answer.text) == (400, True)
    bomb = b'<!DOCTYPE d [<!ENTITY a "aaaa">]><Delete><Object><Key>&a;</Key></Object></Delete>'
    assert signed(server, "POST", f"/{repository}?delete", bomb).status_code == 400


# Checksums


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
def test_checksums_are_kept_and_given_back(server, client, repository: str, algorithm: str) -> None:
    aws = s3.client(server)
    at = {"Bucket": repository, "Key": "main/a"}
    written = aws.put_object(**at, Body=b"checked", ChecksumAlgorithm=algorithm)
    commit(client, repository)

    name = f"Checksum{algorithm}"
    head = aws.head_object(**at, ChecksumMode="ENABLED")
    assert head[name] == written[name]
    assert name not in signed(server, "HEAD", f"/{repository}/main/a").headers
    assert aws.get_object(**at, ChecksumMode="ENABLED")["Body"].read() == b"checked"
    attributes = aws.get_object_attributes(**at, ObjectAttributes=["Checksum", "ETag", "ObjectSize"])
    assert (attributes["Checksum"][name], attributes["ObjectSize"]) == (written[name], 7)


def test_a_wrong_checksum_stores_nothing(aws, server, repository: str) -> None:
    at = {"Bucket": repository, "Key": "main/a"}

    assert outcome(aws.put_object, **at, Body=b"x", ChecksumSHA256="47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=") == (400, "BadDigest")
    assert outcome(aws.put_object, **at, Body=b"x", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==") == (400, "BadDigest")
    assert outcome(aws.head_object, **at) == (404, "404")


def test_deletions_that_depend_on_size_and_time(aws, put, repository: str) -> None:
    put("main/a", b"abc")
    at = {"Bucket": repository, "Key": "main/a"}
    when = aws.head_object(**at)["LastModified"]
    wrong = [{"Size": 4}, {"LastModifiedTime": when - datetime.timedelta(days=1)}, {"ETag": etag(b"other")}]

    assert outcome(aws.delete_object, **at, IfMatchSize=4) == (412, "PreconditionFailed")
    assert outcome(aws.delete_object, **at, IfMatchLastModifiedTime=when - datetime.timedelta(days=1)) == (412, "PreconditionFailed")
    for condition in wrong:
        answer = aws.delete_objects(Bucket=repository, Delete={"Objects": [{"Key": "main/a", **condition}]})
        assert answer["Errors"][0]["Code"] == "PreconditionFailed"
    answer = aws.delete_objects(Bucket=repository, Delete={"Objects": [
        {"Key": "main/a", "ETag": etag(b"abc"), "Size": 3, "LastModifiedTime": when}, {"Key": "main/none", "Size": 1}]})
    assert [one["Key"] for one in answer["Deleted"]] == ["main/a", "main/none"]
    assert outcome(aws.head_object, **at) == (404, "404")


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_request_dated_as_http_has_it(server, repository: str, version: str) -> None:
    aws = s3.client(server, config=Config(signature_version=version))
    aws.meta.events.register("before-call.s3.PutObject", lambda params, **_: params["headers"].update(Date="now"))

    assert outcome(aws.put_object, Bucket=repository, Key="main/a", Body=b"x") == (200, None)
    assert outcome(aws.list_objects_v2, Bucket=repository, Prefix="main/") == (200, None)


# Tags, lists of access, attributes, versions


def test_tags_are_versioned(aws, put, client, repository: str) -> None:
    at = {"Bucket": repository, "Key": "main/a"}
    put("main/a", b"x", Tagging="team=lake&empty=")
    head = commit(client, repository)
    assert aws.head_object(**at)["TagCount"] == 2

    aws.put_object_tagging(**at, Tagging={"TagSet": [{"Key": "team", "Value": "pond & sea"}]})
    second = commit(client, repository)
    aws.delete_object_tagging(**at)

    def tags(ref: str) -> dict[str, str]:
        found = aws.get_object_tagging(Bucket=repository, Key=f"{ref}/a")["TagSet"]
        return {one["Key"]: one["Value"] for one in found}

    assert [tags(head), tags(second), tags("main")] == [{"team": "lake", "empty": ""}, {"team": "pond & sea"}, {}]


def test_tags_that_are_none(aws, put, repository: str) -> None:
    at = {"Bucket": repository, "Key": "main/a"}
    put("main/a")
    many = [{"Key": str(i), "Value": ""} for i in range(11)]

    assert outcome(aws.put_object_tagging, **at, Tagging={"TagSet": many}) == (400, "InvalidTag")
    assert outcome(aws.put_object_tagging, **at, Tagging={"TagSet": many[:1] * 2}) == (400, "InvalidTag")
    assert outcome(aws.put_object_tagging, Bucket=repository, Key="main/none", Tagging={"TagSet": []}) == (404, "NoSuchKey")
    assert outcome(aws.get_object_tagging, Bucket=repository, Key="main/none") == (404, "NoSuchKey")


def test_access_lists_name_the_owner(aws, put, repository: str) -> None:
    at = {"Bucket": repository, "Key": "main/a"}
    put("main/a")

    acl = aws.get_object_acl(**at)

    assert [grant["Permission"] for grant in acl["Grants"]] == ["FULL_CONTROL"]
    policy = {"Owner": acl["Owner"], "Grants": acl["Grants"]}
    assert outcome(aws.put_object_acl, **at, AccessControlPolicy=policy) == (200, None)
    assert outcome(aws.put_object_acl, **at, ACL="private") == (200, None)
    assert outcome(aws.put_object_acl, **at, ACL="public-read") == (400, "AccessControlListNotSupported")


@pytest.mark.parametrize(("parameter", "refusal"), [("retention", (400, "InvalidRequest")), ("legal-hold", (400, "InvalidRequest")),
                                                    ("torrent", (405, "ERRLakeFSNotSupported"))])
def test_what_means_nothing_here_does_not_touch_the_object(server, put, read, repository: str, parameter: str, refusal: tuple) -> None:
    put("main/a", b"mine")

    answer = signed(server, "PUT", f"/{repository}/main/a?{parameter}", b"<Retention/>")

    assert (answer.status_code, f"<Code>{refusal[1]}</Code>" in answer.text) == (refusal[0], True)
    assert read("main/a") == b"mine"


def test_versions_are_the_commits_that_changed_a_path(aws, put, read, client, repository: str) -> None:
    put("main/a", b"1")
    put("main/b", b"b")
    first = commit(client, repository)
    put("main/a", b"22")
    second = commit(client, repository)
    aws.delete_object(Bucket=repository, Key="main/a")
    third = commit(client, repository)
    put("main/a", b"333")

    answer = aws.list_object_versions(Bucket=repository, Prefix="main/")

    shown = [(one["Key"], one["VersionId"], one["IsLatest"], one["Size"]) for one in answer["Versions"]]
    assert shown == [("main/a", "null", True, 3), ("main/a", second, False, 2), ("main/a", first, False, 1),
                     ("main/b", first, True, 1)]
    assert [(one["Key"], one["VersionId"]) for one in answer["DeleteMarkers"]] == [("main/a", third)]
    assert [read("main/a", VersionId=one) for one in ("null", second, first)] == [b"333", b"22", b"1"]
    at = {"Bucket": repository, "Key": "main/a"}
    assert outcome(aws.get_object, **at, VersionId=third) == (404, "NoSuchVersion")
    assert outcome(aws.get_object, **at, VersionId="f" * 64) == (404, "NoSuchVersion")
    assert outcome(aws.delete_object, **at, VersionId=first) == (405, "MethodNotAllowed")


def test_versions_of_a_folder_come_from_commits_and_merges(aws, put, client, repository: str) -> None:
    put("main/d/a", b"1")
    first = commit(client, repository)
    branch(client, repository, "side")
    put("side/d/a", b"2")
    commit(client, repository, "side")
    for number in range(3):
        put("main/other", bytes([number]))
        commit(client, repository)
    merged = client.post(f"/repositories/{repository}/refs/side/merge/main", json={}).json()["reference"]
    put("main/d/a", b"3")

    for prefix in ("main/d/", "main/d/a"):
        versions = aws.list_object_versions(Bucket=repository, Prefix=prefix)["Versions"]
        assert [one["VersionId"] for one in versions] == ["null", merged, first]
    one = aws.list_object_versions(Bucket=repository, Prefix="main/d/a", MaxKeys=1)
    assert (one["Versions"][0]["VersionId"], one["IsTruncated"]) == ("null", True)


def test_versions_come_in_pages(aws, put, client, repository: str) -> None:
    for number in range(4):
        for name in ("a", "b", "d/c"):
            put(f"main/{name}", b"%d" % number)
        commit(client, repository)

    pages = aws.get_paginator("list_object_versions").paginate(Bucket=repository, Prefix="main/", MaxKeys=5)
    versions = [one for page in pages for one in page["Versions"]]

    assert [one["Key"] for one in versions] == ["main/a"] * 4 + ["main/b"] * 4 + ["main/d/c"] * 4
    assert len({(one["Key"], one["VersionId"]) for one in versions}) == 12
    assert [one["IsLatest"] for one in versions] == [True, False, False, False] * 3
    folded = aws.list_object_versions(Bucket=repository, Prefix="main/", Delimiter="/")
    assert [one["Prefix"] for one in folded["CommonPrefixes"]] == ["main/d/"]


# Signatures


def test_signatures(server, put, repository: str) -> None:
    put("main/a", b"signed")
    path = f"/{repository}/main/a"

    assert signed(server, "GET", path, secret="wrong").status_code == 403
    assert signed(server, "GET", path, v2=True).content == b"signed"
    late = s3.client(server, config=Config(signature_version="s3v4"))
    url = late.generate_presigned_url("get_object", Params={"Bucket": repository, "Key": "main/a"})
    assert httpx.get(url, trust_env=False).content == b"signed"
    upload = late.generate_presigned_url("put_object", Params={"Bucket": repository, "Key": "main/by link"})
    assert httpx.put(upload, content=b"link", trust_env=False).status_code == 200
    assert httpx.get(upload, trust_env=False).status_code == 403


def test_transfers_in_parts_and_threads(aws, read, repository: str) -> None:
    content = bytes(range(256)) * (20 << 12)

    aws.upload_fileobj(io.BytesIO(content), repository, "main/large")
    into = io.BytesIO()
    aws.download_fileobj(repository, "main/large", into)

    assert into.getvalue() == content
    assert "-" in aws.head_object(Bucket=repository, Key="main/large")["ETag"]


def test_metrics_count_the_gateways_requests(server, aws, repository: str) -> None:
    aws.head_bucket(Bucket=repository)

    text = httpx.get(server.url + "/metrics", trust_env=False).text
    assert 'gateway_request_duration_seconds_count{operation="head_bucket",code="200"}' in text


def test_errors_come_before_the_body_is_asked_for(server, repository: str) -> None:
    with pytest.raises(ClientError) as refused:
        s3.client(server).put_object(Bucket=repository, Key="twig/a", Body=io.BytesIO(b"x" * (4 << 20)))
    assert refused.value.response["Error"]["Code"] == "NoSuchBucket"
