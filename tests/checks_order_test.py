"""Which of several faults a request is told about, and what a refusal says beside: as lakeFS does (found by tools/differential)."""

import pytest

BRANCH = "branch id: invalid value: validation error"
TAG = "argument tagID: tag id: invalid value: validation error"


@pytest.mark.parametrize(
    ("method", "path", "more", "status", "message"),
    [
        ("GET", "/tags/a%3F", {}, 400, TAG),
        ("DELETE", "/tags/a..b", {}, 400, TAG),
        ("GET", "/branches/a%20b/diff", {}, 400, f"argument branch: {BRANCH}"),
        (
            "POST",
            "/pulls",
            {"json": {"title": "t", "source_branch": "a/b", "destination_branch": "none"}},
            400,
            f"argument src: {BRANCH}",
        ),
        (
            "POST",
            "/pulls",
            {"json": {"title": "t", "source_branch": "none", "destination_branch": "main@"}},
            400,
            f"argument dest: {BRANCH}",
        ),
        ("POST", "/tags", {"json": {"id": "main", "ref": "none"}}, 409, "branch name main: conflict found"),
        (
            "GET",
            "/refs/none/diff/main~x",
            {},
            400,
            "get commit by ref main~x: could not parse modifier ~x: ref: invalid value: validation error",
        ),
        (
            "GET",
            "/refs/none/merge/main~x",
            {},
            400,
            "get commit by ref main~x: could not parse modifier ~x: ref: invalid value: validation error",
        ),
        (
            "POST",
            "/branches/none/revert",
            {"json": {"ref": "main", "parent_number": 2}},
            400,
            "given commit does not have the given parent number: parent 2",
        ),
        (
            "POST",
            "/branches/none/cherry-pick",
            {"json": {"ref": "main", "parent_number": 2}},
            400,
            "parent 2: given commit does not have the given parent number",
        ),
        ("GET", "/refs/main/commits?after=main~x&stop_at=none", {}, 404, "stop_at: not found"),
        ("POST", "/branches/none/objects?path=a", {"headers": {"If-Match": '"x"'}}, 404, "branch 'none' not found"),
        ("POST", "/branches/a~b/objects?path=a", {"headers": {"If-Match": '"x"'}}, 400, f"argument name: {BRANCH}"),
        (
            "POST",
            "/branches/none/objects?path=a",
            {"headers": {"Content-Type": "multipart/form-data"}},
            404,
            "branch 'none' not found",
        ),
        (
            "POST",
            "/branches/none/objects/copy?dest_path=a",
            {"json": {"src_path": "b", "shallow": True}},
            404,
            "branch 'none' not found",
        ),
        (
            "POST",
            "/branches/main/objects/copy?dest_path=a",
            {"json": {"src_path": "b", "shallow": True}},
            501,
            "Not Implemented",
        ),
    ],
)
def test_the_first_fault_is_named(api, method: str, path: str, more: dict, status: int, message: str) -> None:
    answer = api.request(method, path, **more)

    assert (answer.status_code, answer.json()["message"]) == (status, message)


def test_a_refused_range_tells_the_rest(api) -> None:
    api.post("/branches/main/objects", params={"path": "a"}, content=b"abc").raise_for_status()

    got = api.get("/refs/main/objects", params={"path": "a"}, headers={"Range": "bytes=5-"})
    head = api.head("/refs/main/objects", params={"path": "a"}, headers={"Range": "bytes=5-"})

    assert (got.status_code, head.status_code) == (416, 416)
    assert got.headers["Content-Range"] == "bytes */3" and got.headers["Cache-Control"] == "no-store, must-revalidate"
    assert got.headers["Last-Modified"] == head.headers["Last-Modified"] and got.headers["ETag"] == head.headers["ETag"]
    assert head.headers["Accept-Ranges"] == "bytes" and "Content-Range" not in head.headers


def test_an_end_before_the_start_does_not_end_a_log(api) -> None:
    ids = [
        api.post("/branches/main/commits", json={"message": "m", "allow_empty": True}).json()["id"] for _ in range(3)
    ]

    page = api.get("/refs/main/commits", params={"after": "main", "stop_at": "main"}).json()

    assert [commit["id"] for commit in page["results"]][:2] == [ids[1], ids[0]]


def test_one_impossible_branch_refuses_every_path_of_a_bulk_deletion(api) -> None:
    answer = api.post("/branches/a~b/objects/delete", json={"paths": ["a", "b"]}).json()

    assert [(error["path"], error["status_code"], error["message"]) for error in answer["errors"]] == [
        ("a", 400, f"argument branch: {BRANCH}"),
        ("b", 400, f"argument branch: {BRANCH}"),
    ]
