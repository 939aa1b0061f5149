"""Uploads in parts through the S3 gateway."""

import concurrent.futures
import hashlib

import pytest

from support import s3
from support.s3 import outcome, signed

PART = 5 << 20


@pytest.fixture
def aws(server):
    return s3.client(server)


@pytest.fixture
def upload(aws, repository):
    """Begins an upload of main/large and answers what names it."""

    def begin(**options) -> dict[str, str]:
        at = {"Bucket": repository, "Key": "main/large"}
        return at | {"UploadId": aws.create_multipart_upload(**at, **options)["UploadId"]}

    return begin


def send(aws, at: dict, bodies: dict[int, bytes], **options) -> list[dict]:
    parts = []
    for number, body in bodies.items():
        answer = aws.upload_part(**at, PartNumber=number, Body=body, **options)
        assert answer["ETag"] == s3.etag(body)
        parts.append({"PartNumber": number, "ETag": answer["ETag"]}
                     | {name: value for name, value in answer.items() if name.startswith("Checksum") and name != "ChecksumType"})
    return parts


def complete(aws, at: dict, parts: list[dict], **options) -> dict:
    return aws.complete_multipart_upload(**at, MultipartUpload={"Parts": parts}, **options)


def joined_etag(bodies: dict[int, bytes]) -> str:
    digests = b"".join(hashlib.md5(body).digest() for _, body in sorted(bodies.items()))
    return f'"{hashlib.md5(digests).hexdigest()}-{len(bodies)}"'


def test_parts_become_an_object_when_they_are_completed(aws, client, upload, repository: str) -> None:
    bodies = {1: b"a" * PART, 2: b"b" * PART, 7: b"tail"}
    at = upload(ContentType="app/big", Metadata={"by": "parts"}, Tagging="a=1")
    parts = send(aws, at, bodies)
    assert outcome(aws.head_object, Bucket=repository, Key="main/large") == (404, "404")

    answer = complete(aws, at, parts)

    head = aws.head_object(Bucket=repository, Key="main/large")
    assert answer["ETag"] == head["ETag"] == joined_etag(bodies)
    assert (head["ContentLength"], head["ContentType"], head["Metadata"], head["TagCount"]) == (
        2 * PART + 4, "app/big", {"by": "parts"}, 1)
    assert aws.get_object(Bucket=repository, Key="main/large")["Body"].read() == b"".join(bodies.values())
    listed = aws.list_objects_v2(Bucket=repository, Prefix="main/")["Contents"][0]
    assert listed["ETag"] == head["ETag"]
    client.post(f"/repositories/{repository}/branches/main/commits", json={"message": "m"}).raise_for_status()
    assert aws.head_object(Bucket=repository, Key="main/large")["ETag"] == head["ETag"]
    assert complete(aws, at, parts)["ETag"] == head["ETag"]


def test_a_finished_object_is_read_by_its_parts(aws, upload, repository: str) -> None:
    bodies = {1: b"a" * PART, 2: b"b" * PART, 3: b"tail"}
    at = upload()
    complete(aws, at, send(aws, at, bodies))

    for number, body in bodies.items():
        got = aws.get_object(Bucket=repository, Key="main/large", PartNumber=number)
        assert (got["Body"].read(), got["PartsCount"]) == (body, 3)
    assert aws.head_object(Bucket=repository, Key="main/large", PartNumber=3)["ContentLength"] == 4
    assert outcome(aws.get_object, Bucket=repository, Key="main/large", PartNumber=4)[0] == 416
    attributes = aws.get_object_attributes(Bucket=repository, Key="main/large", ObjectAttributes=["ObjectParts"])
    assert [part["Size"] for part in attributes["ObjectParts"]["Parts"]] == [PART, PART, 4]


@pytest.mark.parametrize(("algorithm", "kind"), [("CRC32", "COMPOSITE"), ("SHA256", "COMPOSITE"), ("CRC64NVME", "FULL_OBJECT"),
                                                 ("CRC32C", "FULL_OBJECT")])
def test_checksums_of_parts_make_one_of_the_whole(aws, upload, repository: str, algorithm: str, kind: str) -> None:
    at = upload(ChecksumAlgorithm=algorithm, ChecksumType=kind)
    parts = send(aws, at, {1: b"a" * PART, 2: b"tail"}, ChecksumAlgorithm=algorithm)

    answer = complete(aws, at, parts, ChecksumType=kind)

    name = f"Checksum{algorithm}"
    head = aws.head_object(Bucket=repository, Key="main/large", ChecksumMode="ENABLED")
    assert (head[name], head["ChecksumType"]) == (answer[name], kind)
    assert answer[name].endswith("-2") == (kind == "COMPOSITE")
    for number, part in enumerate(parts, start=1):
        got = aws.head_object(Bucket=repository, Key="main/large", PartNumber=number, ChecksumMode="ENABLED")
        assert (got[name], got["ChecksumType"]) == (part[name], kind)
    attributes = aws.get_object_attributes(Bucket=repository, Key="main/large", ObjectAttributes=["ObjectParts"])["ObjectParts"]
    assert (attributes["TotalPartsCount"], [part[name] for part in attributes["Parts"]]) == (2, [part[name] for part in parts])


@pytest.mark.parametrize(("algorithm", "kind"), [("SHA256", "COMPOSITE"), ("CRC32", "COMPOSITE"), ("CRC32", "FULL_OBJECT")])
def test_the_checksum_that_a_completion_names_must_be_right(aws, upload, algorithm: str, kind: str) -> None:
    at = upload(ChecksumAlgorithm=algorithm, ChecksumType=kind)
    parts = send(aws, at, {1: b"a" * PART, 2: b"tail"}, ChecksumAlgorithm=algorithm)
    name = f"Checksum{algorithm}"
    wrong = {name: parts[0][name], "ChecksumType": kind}

    assert outcome(complete, aws=aws, at=at, parts=parts, **wrong) == (400, "BadDigest")
    assert outcome(complete, aws=aws, at=at, parts=parts, **(wrong | {name: "no base64"})) == (400, "InvalidRequest")
    right = complete(aws, at, parts)[name]
    assert complete(aws, at, parts, **{name: right})[name] == right


def test_lists_that_cannot_be_completed(aws, upload) -> None:
    at = upload()
    first, second = send(aws, at, {1: b"a" * PART, 2: b"b" * PART})
    small = send(aws, at, {3: b"small", 4: b"last"})

    assert outcome(complete, aws=aws, at=at, parts=[second, first]) == (400, "InvalidPartOrder")
    assert outcome(complete, aws=aws, at=at, parts=[first, {"PartNumber": 9, "ETag": first["ETag"]}]) == (400, "InvalidPart")
    assert outcome(complete, aws=aws, at=at, parts=[first, second | {"ETag": first["ETag"]}]) == (400, "InvalidPart")
    assert outcome(complete, aws=aws, at=at, parts=[first, *small]) == (400, "EntityTooSmall")
    assert outcome(complete, aws=aws, at=at, parts=[first, second]) == (200, None)


def test_conditions_of_completions(aws, upload, repository: str) -> None:
    aws.put_object(Bucket=repository, Key="main/large", Body=b"there")
    at = upload()
    parts = send(aws, at, {1: b"x"})

    assert outcome(complete, aws=aws, at=at, parts=parts, IfNoneMatch="*") == (412, "PreconditionFailed")
    assert outcome(complete, aws=aws, at=at, parts=parts, IfMatch=s3.etag(b"other")) == (412, "PreconditionFailed")
    for _ in range(2):  # repeated, it meets what it made itself
        assert outcome(complete, aws=aws, at=at, parts=parts, IfMatch=s3.etag(b"there")) == (200, None)
    other = upload() | {"Key": "main/other"}
    other["UploadId"] = aws.create_multipart_upload(Bucket=repository, Key="main/other")["UploadId"]
    parts = send(aws, other, {1: b"y"})
    for _ in range(2):
        assert outcome(complete, aws=aws, at=other, parts=parts, IfNoneMatch="*") == (200, None)


def test_of_a_part_that_was_sent_again_the_later_counts(aws, upload, repository: str) -> None:
    at = upload()
    old, new = send(aws, at, {1: b"old"}), send(aws, at, {1: b"new"})

    complete(aws, at, [*old, *new])

    assert aws.get_object(Bucket=repository, Key="main/large")["Body"].read() == b"new"


def test_racing_completions_answer_the_same(server, aws, upload, repository: str) -> None:
    aws.put_object(Bucket=repository, Key="main/large", Body=b"there")
    clients = [s3.client(server) for _ in range(4)]
    for condition in ({"IfMatch": s3.etag(b"there")}, {}):
        at = upload()
        bodies = {1: b"a" * PART, 2: b"tail"}
        parts = send(aws, at, bodies)
        with concurrent.futures.ThreadPoolExecutor(len(clients)) as pool:
            answers = list(pool.map(lambda one: complete(one, at, parts, **condition)["ETag"], clients))
        assert set(answers) == {joined_etag(bodies)}
        assert aws.head_object(Bucket=repository, Key="main/large")["ETag"] == joined_etag(bodies)


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_an_upload_goes_on_after_a_restart(make_server, end: str) -> None:
    server = make_server()
    with server:
        with server.client() as rest:
            rest.post("/repositories", json={"name": "lake", "storage_namespace": "local://lake"}).raise_for_status()
        at = {"Bucket": "lake", "Key": "main/large"}
        aws = s3.client(server)
        at["UploadId"] = aws.create_multipart_upload(**at, ChecksumAlgorithm="CRC32C", ChecksumType="FULL_OBJECT", Metadata={"a": "1"})["UploadId"]
        parts = send(aws, at, {1: b"a" * PART}, ChecksumAlgorithm="CRC32C")

        getattr(server, end)()
        server.start()
        aws = s3.client(server)
        parts += send(aws, at, {2: b"tail"}, ChecksumAlgorithm="CRC32C")
        assert [part["PartNumber"] for part in aws.list_parts(**at)["Parts"]] == [1, 2]
        answer = complete(aws, at, parts, ChecksumType="FULL_OBJECT")
        getattr(server, end)()
        server.start()
        aws = s3.client(server)

        assert complete(aws, at, parts)["ETag"] == answer["ETag"]
        got = aws.get_object(Bucket="lake", Key="main/large", ChecksumMode="ENABLED")
        assert (got["Body"].read(), got["ChecksumCRC32C"], got["Metadata"]) == (b"a" * PART + b"tail", answer["ChecksumCRC32C"], {"a": "1"})


def test_uploads_that_are_not_there(aws, upload, repository: str) -> None:
    at = upload()
    parts = send(aws, at, {1: b"x"})
    elsewhere = at | {"Key": "main/other"}
    aws.abort_multipart_upload(**at)

    for gone in (at, elsewhere, at | {"UploadId": "none"}, at | {"Key": "twig/large"}):
        assert outcome(aws.upload_part, **gone, PartNumber=1, Body=b"x") == (404, "NoSuchUpload")
        assert outcome(complete, aws=aws, at=gone, parts=parts) == (404, "NoSuchUpload")
        assert outcome(aws.list_parts, **gone) == (404, "NoSuchUpload")
        assert outcome(aws.abort_multipart_upload, **gone) == (404, "NoSuchUpload")
    assert outcome(aws.create_multipart_upload, Bucket=repository, Key="twig/large") == (404, "NoSuchBucket")


def test_part_numbers(server, aws, upload) -> None:
    at = upload()

    for number in (0, 10001, -1):
        assert outcome(aws.upload_part, **at, PartNumber=number, Body=b"x") == (400, "InvalidArgument")
    answer = signed(server, "PUT", f"/{at['Bucket']}/{at['Key']}?partNumber=x&uploadId={at['UploadId']}", b"x")
    assert (answer.status_code, "Argument partNumberMarker must be an integer." in answer.text) == (400, True)


def test_parts_copied_from_anywhere(aws, upload, repository: str, new_repository) -> None:
    other = new_repository()
    aws.put_object(Bucket=other, Key="main/source", Body=b"s" * PART + b"end")
    at = upload()
    source = {"CopySource": f"{other}/main/source"}

    first = aws.upload_part_copy(**at, **source, PartNumber=1, CopySourceRange=f"bytes=0-{PART - 1}")
    last = aws.upload_part_copy(**at, **source, PartNumber=2, CopySourceRange=f"bytes={PART}-{PART + 2}")
    assert outcome(aws.upload_part_copy, **at, **source, PartNumber=3, CopySourceRange=f"bytes=0-{PART + 9}") == (416, "InvalidRange")
    assert outcome(aws.upload_part_copy, **at, **source, PartNumber=3, CopySourceRange="bytes=5-") == (400, "InvalidArgument")
    assert outcome(aws.upload_part_copy, **at, CopySource=f"{other}/main/none", PartNumber=3) == (404, "NoSuchKey")
    complete(aws, at, [{"PartNumber": 1, "ETag": first["CopyPartResult"]["ETag"]},
                       {"PartNumber": 2, "ETag": last["CopyPartResult"]["ETag"]}])

    assert aws.get_object(Bucket=repository, Key="main/large")["Body"].read() == b"s" * PART + b"end"


def test_parts_and_uploads_are_listed_in_pages(aws, upload, repository: str) -> None:
    at = upload()
    send(aws, at, {number: b"x" * number for number in (3, 1, 2)})
    second = upload()
    other = aws.create_multipart_upload(Bucket=repository, Key="main/folder/other")["UploadId"]

    pages = list(aws.get_paginator("list_parts").paginate(**at, PaginationConfig={"PageSize": 2}))
    assert [[(part["PartNumber"], part["Size"]) for part in page["Parts"]] for page in pages] == [[(1, 1), (2, 2)], [(3, 3)]]
    pages = aws.get_paginator("list_multipart_uploads").paginate(Bucket=repository, PaginationConfig={"PageSize": 1})
    found = [(one["Key"], one["UploadId"]) for page in pages for one in page["Uploads"]]
    assert found == [("main/folder/other", other), *(("main/large", one) for one in sorted((at["UploadId"], second["UploadId"])))]
    folded = aws.list_multipart_uploads(Bucket=repository, Prefix="main/", Delimiter="/")
    assert [one["Prefix"] for one in folded["CommonPrefixes"]] == ["main/folder/"]
