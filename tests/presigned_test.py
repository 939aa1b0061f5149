"""Pre-signed addresses of a local store: links of the server's own that need no credentials."""

import base64
import hashlib
import re
from urllib.parse import urlsplit

import httpx
import lakefs
import pytest
from lakefs.client import Client

from support import keys
from support.poll import until

MAX_BYTES = 12 * 2**20
ALLOWED = {
    "MERE_BLOCKSTORE_LOCAL_DISABLE_PRE_SIGNED": "false",
    "MERE_BLOCKSTORE_LOCAL_DISABLE_PRE_SIGNED_UI": "false",
    "MERE_BLOCKSTORE_LOCAL_PRE_SIGNED_MAX_BYTES": str(MAX_BYTES),
}


@pytest.fixture(scope="module")
def presigning(tmp_path_factory: pytest.TempPathFactory):
    from support.server import Server

    with Server(tmp_path_factory.mktemp("presigning"), environment=keys.INSTALLATION | ALLOWED) as running:
        with running.client() as client:
            client.post("/repositories", json={"name": "lake", "storage_namespace": "local://lake"}).raise_for_status()
        yield running


@pytest.fixture
def api(presigning):
    with presigning.client(base_url=presigning.url + "/api/v1/repositories/lake") as client:
        yield client


@pytest.fixture
def anyone():
    """A client without credentials."""
    with httpx.Client(trust_env=False, timeout=60) as client:
        yield client


def upload(api: httpx.Client, path: str, content: bytes, content_type: str = "text/csv") -> dict:
    answer = api.post("/branches/main/objects", params={"path": path}, content=content,
                      headers={"Content-Type": content_type})
    answer.raise_for_status()
    return answer.json()


def get_link(api: httpx.Client, path: str) -> str:
    answer = api.get("/refs/main/objects", params={"path": path, "presign": True})
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def put_location(api: httpx.Client, path: str) -> dict:
    answer = api.get("/branches/main/staging/backing", params={"path": path, "presign": True})
    assert answer.status_code == 200, answer.text
    return answer.json()


def link(api: httpx.Client, path: str, location: dict, content: bytes) -> httpx.Response:
    return api.put("/branches/main/staging/backing", params={"path": path},
                   json={"staging": location, "checksum": hashlib.md5(content).hexdigest(), "size_bytes": len(content)})


def test_the_server_says_what_it_can_presign(presigning, server) -> None:
    said = []
    for one in (presigning, server):
        with one.client() as client:
            config = client.get("/config").json()["storage_config"]
        said.append((config["pre_sign_support"], config["pre_sign_support_ui"], config["pre_sign_multipart_upload"]))

    assert said == [(True, True, True), (False, False, False)]


def test_an_object_is_read_by_a_link(api, anyone) -> None:
    upload(api, "folder/täble.csv", b"a,b\n1,2\n")
    url = get_link(api, "folder/täble.csv")

    answer = anyone.get(url)

    assert (answer.status_code, answer.content) == (200, b"a,b\n1,2\n")
    assert answer.headers["Content-Type"] == "text/csv"
    assert answer.headers["ETag"] == f'"{hashlib.md5(answer.content).hexdigest()}"'
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''t%C3%A4ble.csv"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'"
    assert urlsplit(url).path.endswith("/t%C3%A4ble.csv")
    assert anyone.head(url).headers["Content-Length"] == "8"
    assert anyone.get(url, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert anyone.get(url, headers={"Authorization": "Basic bm9ib2R5OndoYXRldmVy"}).status_code == 200


@pytest.mark.parametrize(("asked", "status", "content", "content_range"), [
    ("bytes=0-2", 206, b"012", "bytes 0-2/10"), ("bytes=7-", 206, b"789", "bytes 7-9/10"),
    ("bytes=-4", 206, b"6789", "bytes 6-9/10"), ("bytes=5-99", 206, b"56789", "bytes 5-9/10"),
    ("bytes=10-", 416, None, "bytes */10"), ("bytes=3-2", 416, None, "bytes */10")])
def test_a_link_gives_ranges(api, anyone, asked, status, content, content_range) -> None:
    upload(api, "ranges", b"0123456789")

    answer = anyone.get(get_link(api, "ranges"), headers={"Range": asked})

    assert (answer.status_code, answer.headers["Content-Range"]) == (status, content_range)
    assert content is None or answer.content == content


def test_a_link_shows_the_object_it_was_made_for_also_when_the_path_is_written_anew(api, anyone) -> None:
    upload(api, "kept", b"old")
    url = get_link(api, "kept")
    upload(api, "kept", b"new")

    assert anyone.get(url).content == b"old"
    assert anyone.get(get_link(api, "kept")).content == b"new"


def test_stat_and_lists_have_links_and_their_expiry(api, anyone) -> None:
    upload(api, "listed/a", b"a")
    upload(api, "listed/b", b"bb")

    stat = api.get("/refs/main/objects/stat", params={"path": "listed/a", "presign": True}).json()
    listed = api.get("/refs/main/objects/ls", params={"prefix": "listed/", "presign": True}).json()["results"]
    plain = api.get("/refs/main/objects/stat", params={"path": "listed/a"}).json()

    assert anyone.get(stat["physical_address"]).content == b"a"
    assert [anyone.get(one["physical_address"]).content for one in listed] == [b"a", b"bb"]
    assert stat["physical_address_expiry"] == pytest.approx(stat["mtime"] + 15 * 60, abs=60)
    assert plain["physical_address"].startswith("local://") and "physical_address_expiry" not in plain


def test_metadata_and_the_collectors_list_have_links(api, anyone) -> None:
    upload(api, "committed", b"x")
    commit = api.post("/branches/main/commits", json={"message": "one"}).json()
    location = api.get(f"/metadata/meta_range/{commit['meta_range_id']}").json()["location"]
    plain = api.get(f"/metadata/object/meta_range/{commit['meta_range_id']}")
    assert location.endswith(commit["meta_range_id"]) and plain.status_code == 200, plain.text

    redirect = api.get(f"/metadata/object/meta_range/{commit['meta_range_id']}", params={"presign": True})
    api.put("/settings/gc_rules", json={"default_retention_days": 1, "branches": []}).raise_for_status()
    prepared = api.post("/gc/prepare_commits").json()

    assert redirect.status_code == 302
    assert anyone.get(redirect.headers["Location"]).content == plain.content
    assert commit["id"] in anyone.get(prepared["gc_commits_presigned_url"]).text


def test_an_object_is_written_by_a_link(api, anyone) -> None:
    content = bytes(range(256)) * 20_000
    location = put_location(api, "written")

    put = anyone.put(location["presigned_url"], content=content)

    assert (put.status_code, put.headers["ETag"]) == (200, f'"{hashlib.md5(content).hexdigest()}"')
    assert api.get("/refs/main/objects", params={"path": "written"}).status_code == 404
    assert link(api, "written", location, content).status_code == 200
    assert api.get("/refs/main/objects", params={"path": "written"}).content == content
    assert location["presigned_url_expiry"] > 0


def test_what_was_written_by_a_link_does_not_change(api, anyone) -> None:
    location = put_location(api, "once")
    assert anyone.put(location["presigned_url"], content=b"first").status_code == 200
    assert link(api, "once", location, b"first").status_code == 200

    again = anyone.put(location["presigned_url"], content=b"first")
    other = anyone.put(location["presigned_url"], content=b"other")

    assert (again.status_code, again.headers["ETag"]) == (200, f'"{hashlib.md5(b"first").hexdigest()}"')
    assert other.status_code == 409
    assert api.get("/refs/main/objects", params={"path": "once"}).content == b"first"


def test_a_body_is_checked_and_bounded(api, anyone) -> None:
    url = put_location(api, "bounded")["presigned_url"]

    wrong = anyone.put(url, content=b"x", headers={"Content-MD5": base64.b64encode(hashlib.md5(b"y").digest()).decode()})
    too_long = anyone.put(url, content=bytes(MAX_BYTES + 1))
    unannounced = anyone.put(url, content=(bytes(2**20) for _ in range(MAX_BYTES // 2**20 + 1)))
    # A connection of its own: the one of a body that nobody reads to its end is closed.
    right = httpx.put(url, content=b"", trust_env=False,
                      headers={"Content-MD5": base64.b64encode(hashlib.md5(b"").digest()).decode()})

    assert [wrong.status_code, too_long.status_code, unannounced.status_code] == [400, 413, 413]
    assert right.status_code == 200


def test_a_link_is_good_for_its_method_only(api, anyone) -> None:
    upload(api, "method", b"x")
    read, write = get_link(api, "method"), put_location(api, "method")["presigned_url"]

    answers = [anyone.put(read, content=b"y"), anyone.delete(read), anyone.post(read), anyone.get(write),
               anyone.head(write), anyone.delete(write)]

    assert [answer.status_code for answer in answers] == [405] * 6
    assert answers[0].headers["Allow"] == "GET, HEAD" and answers[3].headers["Allow"] == "PUT"
    assert anyone.get(read).content == b"x"


def test_a_link_cannot_be_changed(api, anyone) -> None:
    upload(api, "safe.csv", b"x")
    url = get_link(api, "safe.csv")
    claims, signature = re.search(r"/_objects/([^./]+)\.([^/]+)/", url).groups()
    raw = base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))
    elsewhere = base64.urlsafe_b64encode(raw.replace(b"data/", b"_lake")).decode().rstrip("=")
    forged = [url.replace(claims, elsewhere), url.replace(signature, signature[::-1]), url.replace("safe.csv", "safe.html"),
              url + "/more", url.replace(f".{signature}", ""), url.replace(f".{signature}", "."),
              url.replace("/_objects/", "/_objects/../_objects/x"), url[:url.index("/_objects/")] + "/_objects/"]

    answers = [anyone.get(one) for one in forged]

    assert [answer.status_code for answer in answers] == [403] * len(forged)
    assert anyone.get(url).status_code == 200


def test_links_expire(make_server, anyone) -> None:
    server = make_server(environment=ALLOWED | {"MERE_BLOCKSTORE_LOCAL_PRE_SIGNED_EXPIRY": "1s"}).start()
    with server.client() as client:
        client.post("/repositories", json={"name": "lake", "storage_namespace": "local://lake"}).raise_for_status()
    with server.client(base_url=server.url + "/api/v1/repositories/lake") as api:
        upload(api, "a", b"a")
        url = get_link(api, "a")

    until(lambda: anyone.get(url).status_code == 403, 30, "the link's end")

    assert "expired" in anyone.get(url).json()["message"]


def test_links_outlive_a_restart_and_end_when_they_are_switched_off(make_server, anyone) -> None:
    server = make_server(environment=ALLOWED | {"MERE_EXTERNAL_URL": "https://lake.example.org/"}).start()
    with server.client() as client:
        client.post("/repositories", json={"name": "lake", "storage_namespace": "local://lake"}).raise_for_status()
    with server.client(base_url=server.url + "/api/v1/repositories/lake") as api:
        upload(api, "a", b"a")
        url = get_link(api, "a")
    assert url.startswith("https://lake.example.org/_objects/")
    path = urlsplit(url).path

    server.kill()
    server.start()
    assert anyone.get(server.url + path).content == b"a"
    server.stop()
    server.environment["MERE_BLOCKSTORE_LOCAL_DISABLE_PRE_SIGNED"] = "true"
    server.start()
    assert anyone.get(server.url + path).status_code == 403


def test_where_they_are_off_they_are_refused_as_lakefs_does(client, repository) -> None:
    base = f"/repositories/{repository}"
    client.post(f"{base}/branches/main/objects", params={"path": "a"}, content=b"a").raise_for_status()

    answers = [client.get(f"{base}/refs/main/objects", params={"path": "a", "presign": True}),
               client.get(f"{base}/refs/main/objects/stat", params={"path": "a", "presign": True}),
               client.get(f"{base}/refs/main/objects/ls", params={"presign": True}),
               client.get(f"{base}/branches/main/staging/backing", params={"path": "b", "presign": True})]

    assert {(one.status_code, one.json()["message"]) for one in answers} == {
        (400, "local adapter presigned URL: operation not supported")}


# Uploads in parts.

def begin(api: httpx.Client, path: str, parts: int | None = None) -> dict:
    answer = api.post("/branches/main/staging/pmpu", params={"path": path} | ({"parts": parts} if parts else {}))
    assert answer.status_code == 201, answer.text
    return answer.json()


def complete(api: httpx.Client, path: str, upload_id: str, address: str, etags: list[tuple[int, str]], **more) -> httpx.Response:
    return api.put(f"/branches/main/staging/pmpu/{upload_id}", params={"path": path},
                   json={"physical_address": address, "parts": [{"part_number": n, "etag": e} for n, e in etags]} | more)


def test_an_object_is_written_in_parts(api, anyone) -> None:
    parts = [bytes([n]) * (2**20 + n) for n in range(3)]
    begun = begin(api, "parts/all", parts=2)
    address, upload_id = begun["physical_address"], begun["upload_id"]
    asked = api.put(f"/branches/main/staging/pmpu/{upload_id}/parts/3", params={"path": "parts/all"},
                    json={"physical_address": address})
    urls = [*begun["presigned_urls"], asked.json()["presigned_url"]]

    etags = [anyone.put(url, content=part).headers["ETag"] for url, part in zip(urls, parts)]
    replaced = anyone.put(urls[1], content=b"other").headers["ETag"]
    stale = complete(api, "parts/all", upload_id, address, list(enumerate(etags, 1)))
    etags[1] = replaced
    done = complete(api, "parts/all", upload_id, address, list(enumerate(etags, 1))[::-1], content_type="a/b",
                    user_metadata={"k": "v"})
    again = complete(api, "parts/all", upload_id, address, list(enumerate(etags, 1)))

    content = parts[0] + b"other" + parts[2]
    assert stale.status_code == 400
    assert done.status_code == 200, done.text
    said = done.json()
    assert (said["size_bytes"], said["content_type"]) == (len(content), "a/b")
    assert said["metadata"].items() >= {"k": "v"}.items()
    assert said["checksum"] == hashlib.md5(b"".join(bytes.fromhex(etag.strip('"')) for etag in etags)).hexdigest()
    assert again.status_code == 200 and again.json() == said
    assert api.get("/refs/main/objects", params={"path": "parts/all"}).content == content
    assert anyone.put(urls[0], content=b"late").status_code == 404


def test_parts_are_copied_from_objects(api, anyone) -> None:
    upload(api, "parts/source", b"0123456789")
    begun = begin(api, "parts/copied")
    address, upload_id = begun["physical_address"], begun["upload_id"]

    def copy(number: int, source: dict) -> httpx.Response:
        return api.put(f"/branches/main/staging/pmpu/{upload_id}/parts/{number}/copy", params={"path": "parts/copied"},
                       json={"physical_address": address, "copy_source": {"repository": "lake", "ref": "main"} | source})

    first = copy(1, {"path": "parts/source", "range": "bytes=7-9"})
    second = copy(2, {"path": "parts/source"})
    refused = [copy(3, {"path": "parts/source", "range": "bytes=10-12"}).status_code, copy(3, {"path": "none"}).status_code]

    assert (first.status_code, second.status_code, refused) == (204, 204, [416, 404])
    done = complete(api, "parts/copied", upload_id, address, [(1, first.headers["ETag"]), (2, second.headers["ETag"])])
    assert done.status_code == 200, done.text
    assert api.get("/refs/main/objects", params={"path": "parts/copied"}).content == b"7890123456789"


def test_an_upload_in_parts_is_given_up(api, anyone) -> None:
    begun = begin(api, "parts/none", parts=1)
    url = f"/branches/main/staging/pmpu/{begun['upload_id']}"
    etag = anyone.put(begun["presigned_urls"][0], content=b"x").headers["ETag"]
    body = {"physical_address": begun["physical_address"]}

    wrong = api.request("DELETE", url, params={"path": "parts/none"}, json={"physical_address": "local://elsewhere/x"})
    other = api.request("DELETE", url, params={"path": "parts/other"}, json=body)
    ended = api.request("DELETE", url, params={"path": "parts/none"}, json=body)
    twice = api.request("DELETE", url, params={"path": "parts/none"}, json=body)

    assert [one.status_code for one in (wrong, other, ended, twice)] == [400, 404, 204, 404]
    assert anyone.put(begun["presigned_urls"][0], content=b"x").status_code == 404
    assert complete(api, "parts/none", begun["upload_id"], begun["physical_address"], [(1, etag)]).status_code == 404


def test_uploads_in_parts_can_be_switched_off_alone(make_server) -> None:
    server = make_server(environment=ALLOWED | {"MERE_BLOCKSTORE_LOCAL_DISABLE_PRE_SIGNED_MULTIPART": "true"}).start()
    with server.client() as client:
        client.post("/repositories", json={"name": "lake", "storage_namespace": "local://lake"}).raise_for_status()
        config = client.get("/config").json()["storage_config"]
        answer = client.post("/repositories/lake/branches/main/staging/pmpu", params={"path": "a"})

    assert (config["pre_sign_support"], config["pre_sign_multipart_upload"]) == (True, False)
    assert (answer.status_code, answer.json()["message"]) == (501, "presign multipart upload API is not supported")


def test_abandoned_uploads_go(make_server, anyone) -> None:
    server = make_server(environment=ALLOWED | {"MERE_UPLOADS_ABANDONED_AFTER": "1s"}).start()
    with server.client() as client:
        client.post("/repositories", json={"name": "lake", "storage_namespace": "local://lake"}).raise_for_status()
    with server.client(base_url=server.url + "/api/v1/repositories/lake") as api:
        url = begin(api, "a", parts=1)["presigned_urls"][0]

    until(lambda: "abandoned uploads were aborted" in server.logs(), 60, "the end of the upload")  # a part would keep it

    assert anyone.put(url, content=b"x").status_code == 404


# Clients.

@pytest.fixture
def lake(presigning) -> Client:
    return Client(host=presigning.url, username=keys.ACCESS_KEY, password=keys.SECRET_KEY)


def test_the_lakefs_package_reads_and_writes_by_links(lake: Client) -> None:
    main = lakefs.Repository("lake", lake).branch("main")
    content = bytes(range(256)) * 40_000

    with main.object("client/data.bin").writer(mode="wb", pre_sign=True, content_type="application/x-test",
                                               metadata={"k": "v"}) as out:
        out.write(content)

    stat = main.object("client/data.bin").stat(pre_sign=True)
    assert (stat.size_bytes, stat.content_type, stat.metadata) == (len(content), "application/x-test", {"k": "v"})
    assert stat.checksum == hashlib.md5(content).hexdigest()
    assert stat.physical_address.startswith("http://") and stat.physical_address_expiry > 0
    with main.object("client/data.bin").reader(pre_sign=True) as reader:
        assert reader.read(10) == content[:10]
        reader.seek(1000)
        assert reader.read() == content[1000:]


def test_the_lakefs_package_prefers_links_where_there_are_any(lake: Client) -> None:
    main = lakefs.Repository("lake", lake).branch("main")

    main.object("client/default").upload(b"by itself")

    assert main.object("client/default").reader().read() == b"by itself"
    assert main.object("client/default").stat().size_bytes == 9
