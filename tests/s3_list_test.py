"""Listings of the S3 gateway: branches at the root, objects below a ref."""

import concurrent.futures
import random

import pytest

from support import s3
from support.s3 import outcome


@pytest.fixture
def aws(server):
    return s3.client(server)


@pytest.fixture
def filled(aws, client, repository: str) -> str:
    for path in ("a", "b/1", "b/2", "b/c/3", "d", "e-1", "e-2", "ü/x y+z"):
        aws.put_object(Bucket=repository, Key=f"main/{path}", Body=path.encode())
    client.post(f"/repositories/{repository}/branches/main/commits", json={"message": "m"}).raise_for_status()
    client.post(f"/repositories/{repository}/branches", json={"name": "work", "source": "main"}).raise_for_status()
    client.post(f"/repositories/{repository}/tags", json={"id": "v1", "ref": "main"}).raise_for_status()
    return repository


def keys_of(answer) -> tuple[list[str], list[str]]:
    return ([one["Key"] for one in answer.get("Contents", [])],
            [one["Prefix"] for one in answer.get("CommonPrefixes", [])])


def test_the_root_lists_branches_as_folders(aws, filled: str) -> None:
    for options in ({}, {"Delimiter": "/"}):
        answer = aws.list_objects_v2(Bucket=filled, **options)
        assert (keys_of(answer), answer["KeyCount"]) == (([], ["main/", "work/"]), 2)
    assert keys_of(aws.list_objects_v2(Bucket=filled, Prefix="w")) == ([], ["work/"])
    first = aws.list_objects_v2(Bucket=filled, MaxKeys=1)
    assert (first["IsTruncated"], first["NextContinuationToken"]) == (True, "main")
    second = aws.list_objects_v2(Bucket=filled, MaxKeys=1, ContinuationToken="main")
    assert (keys_of(second), second["IsTruncated"]) == (([], ["work/"]), False)
    assert keys_of(aws.list_objects(Bucket=filled, Marker="main/")) == ([], ["work/"])


def test_objects_of_any_ref(aws, filled: str) -> None:
    everything = ["a", "b/1", "b/2", "b/c/3", "d", "e-1", "e-2", "ü/x y+z"]

    for ref in ("main", "v1", "main@"):
        assert keys_of(aws.list_objects_v2(Bucket=filled, Prefix=ref + "/"))[0] == [f"{ref}/{path}" for path in everything]
    assert keys_of(aws.list_objects_v2(Bucket=filled, Prefix="/main/b/"))[0] == ["main/b/1", "main/b/2", "main/b/c/3"]
    one = aws.list_objects_v2(Bucket=filled, Prefix="main/a")["Contents"][0]
    assert (one["Size"], one["ETag"], one["StorageClass"]) == (1, s3.etag(b"a"), "STANDARD")


def test_delimiters_fold(aws, filled: str) -> None:
    assert keys_of(aws.list_objects_v2(Bucket=filled, Prefix="main/", Delimiter="/")) == (
        ["main/a", "main/d", "main/e-1", "main/e-2"], ["main/b/", "main/ü/"])
    assert keys_of(aws.list_objects_v2(Bucket=filled, Prefix="main/e", Delimiter="-")) == ([], ["main/e-"])
    assert keys_of(aws.list_objects_v2(Bucket=filled, Prefix="main/b/", Delimiter="/")) == (
        ["main/b/1", "main/b/2"], ["main/b/c/"])


@pytest.mark.parametrize("delimiter", ["", "/", "-"])
@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pages_make_the_whole(aws, filled: str, delimiter: str, operation: str, size: int) -> None:
    options = {"Bucket": filled, "Prefix": "main/"} | ({"Delimiter": delimiter} if delimiter else {})
    whole = keys_of(getattr(aws, operation)(**options))

    pages = list(aws.get_paginator(operation).paginate(**options, PaginationConfig={"PageSize": size}))

    assert ([key for page in pages for key in keys_of(page)[0]], [key for page in pages for key in keys_of(page)[1]]) == whole
    assert all(len(keys_of(page)[0]) + len(keys_of(page)[1]) <= size for page in pages)


def test_where_listings_begin(aws, filled: str) -> None:
    at = {"Bucket": filled, "Prefix": "main/"}

    after = aws.list_objects_v2(**at, StartAfter="main/b/2")
    assert (keys_of(after)[0][0], after["StartAfter"]) == ("main/b/c/3", "main/b/2")
    assert keys_of(aws.list_objects_v2(**at, StartAfter="main/a", ContinuationToken="main/e-1"))[0][0] == "main/e-2"
    assert keys_of(aws.list_objects(**at, Marker="main/e-1"))[0] == ["main/e-2", "main/ü/x y+z"]
    assert keys_of(aws.list_objects_v2(**at, Delimiter="/", StartAfter="main/b/")) == (
        ["main/d", "main/e-1", "main/e-2"], ["main/ü/"])
    assert outcome(aws.list_objects_v2, **at, StartAfter="work/a") == (400, "BadRequest")


def test_how_many_a_page_holds(server, aws, filled: str) -> None:
    at = {"Bucket": filled, "Prefix": "main/"}

    nothing = aws.list_objects_v2(**at, MaxKeys=0)
    assert (nothing["KeyCount"], nothing["IsTruncated"]) == (0, False)
    assert aws.list_objects_v2(**at, MaxKeys=5000)["MaxKeys"] == 1000
    for wrong in ("-1", "many"):
        answer = s3.signed(server, "GET", f"/{filled}?list-type=2&prefix=main%2F&max-keys={wrong}")
        assert (answer.status_code, "<Code>InvalidArgument</Code>" in answer.text) == (400, True)


def test_refs_that_are_not_there(aws, filled: str) -> None:
    assert outcome(aws.list_objects_v2, Bucket=filled, Prefix="twig/") == (400, "BadRequest")
    assert keys_of(aws.list_objects(Bucket=filled, Prefix="twig/")) == ([], [])
    assert outcome(aws.list_objects_v2, Bucket=filled, Prefix="no ref/") == (400, "BadRequest")
    assert outcome(aws.list_objects_v2, Bucket=filled, Prefix="/") == (400, "BadRequest")


def test_encoded_keys(server, filled: str) -> None:
    answer = s3.signed(server, "GET", f"/{filled}?list-type=2&prefix=main%2F%C3%BC&encoding-type=url&delimiter=%2B")

    assert "<EncodingType>url</EncodingType>" in answer.text
    assert "<CommonPrefixes><Prefix>main/%C3%BC/x%20y%2B</Prefix></CommonPrefixes>" in answer.text
    assert "<Delimiter>%2B</Delimiter>" in answer.text


def test_pages_get_past_keys_that_xml_cannot_hold(aws, repository: str) -> None:
    names = ["main/\x01a", "main/\x01b", "main/\tc", "main/z"]
    for name in names:
        aws.put_object(Bucket=repository, Key=name)

    pages = aws.get_paginator("list_objects_v2").paginate(Bucket=repository, Prefix="main/", PaginationConfig={"PageSize": 1})

    assert sorted(key for page in pages for key in keys_of(page)[0]) == sorted(names)


def test_more_than_a_page(server, aws, repository: str) -> None:
    numbers = list(range(1203))
    random.Random(5).shuffle(numbers)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = pool.map(lambda number: s3.signed(server, "PUT", f"/{repository}/main/n/{number:04}").status_code, numbers)
        assert set(answers) == {200}

    pages = list(aws.get_paginator("list_objects_v2").paginate(Bucket=repository, Prefix="main/"))

    assert [len(keys_of(page)[0]) for page in pages] == [1000, 203]
    assert [key for page in pages for key in keys_of(page)[0]] == [f"main/n/{number:04}" for number in range(1203)]
