"""Transfers by pre-signed addresses, with links of the server's own, with a real S3 service and with Azurite: the
bytes go to and from the store itself.
"""

import asyncio
import hashlib
import itertools
import os
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

mere = pytest.importorskip("mere")
pytest.importorskip("mere_sdk._native")

import mere_spec  # noqa: E402
from mere import _parts, aio  # noqa: E402
from mere.exceptions import ObjectExistsException, ServerException  # noqa: E402
from support import keys  # noqa: E402
from support.azure_service import AzureService  # noqa: E402
from support.s3_service import S3Service  # noqa: E402
from support.server import Server  # noqa: E402

MIB = 1024 * 1024
LARGEST_BY_LINK = 9 * MIB
LINKS = {
    "MERE_BLOCKSTORE_LOCAL_DISABLE_PRE_SIGNED": "false",
    "MERE_BLOCKSTORE_LOCAL_PRE_SIGNED_MAX_BYTES": str(LARGEST_BY_LINK),
}
_numbers = itertools.count(1)


class Lake:
    """A server whose store takes pre-signed requests, and how to log in."""

    def __init__(self, server: Server, service: S3Service | AzureService | None) -> None:
        self.server = server
        self._service = service
        self.at = {"host": server.url, "username": keys.ACCESS_KEY, "password": keys.SECRET_KEY}
        self.store_url = service.endpoint if service else server.url + "/_objects/"

    def namespace(self) -> str:
        if isinstance(self._service, AzureService):
            return self._service.address(self._service.new_container()) + "/lake"
        return f"s3://{self._service.new_bucket()}/lake" if self._service else f"local://presigned-{next(_numbers)}"


@pytest.fixture(scope="module", params=["links", "s3", "azure"])
def lake(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    kind = {"links": None, "s3": S3Service, "azure": AzureService}[request.param]
    service = kind(tmp_path_factory.mktemp(request.param)).start() if kind else None
    try:
        settings = service.settings() if service else LINKS
        with Server(tmp_path_factory.mktemp("presigning"), environment=keys.INSTALLATION | settings) as running:
            yield Lake(running, service)
    finally:
        if service:
            service.stop()


@pytest.fixture
def client(lake: Lake) -> Iterator["mere.Client"]:
    with mere.Client(**lake.at) as made:
        yield made


@pytest.fixture
def main(lake: Lake, client: "mere.Client") -> "mere.Branch":
    name = f"presigned-{next(_numbers)}"
    return mere.repository(name, client).create(lake.namespace()).branch("main")


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_parts, "WORTH_IT", 10 * MIB)


def is_stored(main: "mere.Branch", path: str, content: bytes, content_type: str, metadata: dict[str, str]) -> None:
    """It is what was written, as the server itself reads it."""
    stored = main.object(path)
    stats = stored.stat()
    assert (stats.size_bytes, stats.content_type, stats.metadata) == (len(content), content_type, metadata)
    assert stored.reader(pre_sign=False).read() == content


def test_the_server_says_that_it_can(client: "mere.Client") -> None:
    storage = client.storage_config
    assert storage.pre_sign_support and storage.pre_sign_multipart_upload


def test_a_stat_has_an_address_that_needs_no_credentials(lake: Lake, main: "mere.Branch") -> None:
    main.object("a").upload(b"0123456789", pre_sign=False)

    stats = main.object("a").stat(pre_sign=True)

    assert stats.physical_address.startswith(lake.store_url)
    assert stats.physical_address_expiry is not None
    assert httpx.get(stats.physical_address, trust_env=False).content == b"0123456789"


def test_reads_come_from_the_store(main: "mere.Branch") -> None:
    content = os.urandom(3 * MIB)
    main.object("read").upload(content, pre_sign=False)

    with main.object("read").reader(pre_sign=True) as reader:
        assert reader.read(10) == content[:10]
        assert reader.seek(-7, os.SEEK_END) == len(content) - 7
        assert reader.read() == content[-7:]
        reader.seek(MIB)
        assert reader.read(MIB) == content[MIB : 2 * MIB]
    assert main.object("read").reader().read() == content  # where it can, without being told
    with main.object("read").reader("r", pre_sign=True) as text, pytest.raises(UnicodeDecodeError):
        text.read()


def test_small_and_spooled_writes_go_to_the_store(main: "mere.Branch") -> None:
    for path, size in (("nothing", 0), ("small", 1000), ("spooled", 2 * MIB + 5)):
        content = os.urandom(size)

        with main.object(path).writer(pre_sign=True, content_type="a/b", metadata={"k": "v"}) as writer:
            for at in range(0, size, 300_000):
                writer.write(content[at : at + 300_000])

        is_stored(main, path, content, "a/b", {"k": "v"})
        assert main.object(path).stat().checksum == hashlib.md5(content).hexdigest()


def test_an_upload_is_only_made_if_it_may(main: "mere.Branch") -> None:
    main.object("x").upload(b"first", mode="x", pre_sign=True)

    with pytest.raises(ObjectExistsException):
        main.object("x").upload(b"second", mode="x", pre_sign=True)
    assert main.object("x").reader().read() == b"first"


def test_a_large_object_goes_in_parts(small_parts: None, main: "mere.Branch") -> None:
    content = os.urandom(20 * MIB + 1)  # as one request it would be larger than a link takes

    with main.object("parts").writer(pre_sign=True, content_type="a/b", metadata={"k": "v"}) as writer:
        for at in range(0, len(content), MIB):
            writer.write(content[at : at + MIB])

    is_stored(main, "parts", content, "a/b", {"k": "v"})
    assert main.object("parts").reader(pre_sign=True).read() == content


def test_parts_of_a_failed_upload_are_given_up(
    small_parts: None, main: "mere.Branch", monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, given_up = [], []
    api = main._client.sdk_client.experimental_api
    octets, abort = _parts.PartsUpload._octets, api.abort_presign_multipart_upload

    def fail_at_the_third(upload: _parts.PartsUpload, index: int) -> bytes:
        sent.append(index)
        if index == 2:
            raise OSError("the disk broke")
        return octets(upload, index)

    monkeypatch.setattr(_parts.PartsUpload, "_octets", fail_at_the_third)
    monkeypatch.setattr(
        api, "abort_presign_multipart_upload", lambda *args, **kwargs: given_up.append(abort(*args, **kwargs))
    )
    writer = main.object("broken").writer(pre_sign=True)
    writer.write(os.urandom(20 * MIB))

    with pytest.raises(OSError, match="the disk broke"):
        writer.close()

    assert 2 in sent and len(given_up) == 1
    assert not main.object("broken").exists()


def test_what_is_larger_than_a_link_takes_is_refused(lake: Lake, main: "mere.Branch") -> None:
    if "/_objects/" not in lake.store_url:
        pytest.skip("a limit of links")
    writer = main.object("larger").writer(pre_sign=True)
    writer.write(os.urandom(LARGEST_BY_LINK + 1))

    with pytest.raises(ServerException) as raised:
        writer.close()

    assert raised.value.status_code == 413
    assert not main.object("larger").exists()


def test_the_same_awaited(small_parts: None, lake: Lake, main: "mere.Branch") -> None:
    large = os.urandom(18 * MIB + 3)

    async def use() -> None:
        async with aio.Client(**lake.at) as client:
            branch = aio.repository(main.repo_id, client).branch("main")
            for path, content in (("small", b"small"), ("spooled", large[: 2 * MIB]), ("parts", large)):
                async with branch.object(path).writer(pre_sign=True, metadata={"k": "v"}) as writer:
                    await writer.write(content)
                async with branch.object(path).reader(pre_sign=True) as reader:
                    assert await reader.read(3) == content[:3]
                    assert await reader.read() == content[3:]
            stats = await branch.object("small").stat(pre_sign=True)
            assert stats.physical_address.startswith(lake.store_url)

    asyncio.run(use())
    is_stored(main, "parts", large, "application/octet-stream", {"k": "v"})


def test_the_generated_client_follows_to_the_store(lake: Lake, main: "mere.Branch", tmp_path: Any) -> None:
    content = os.urandom(2 * MIB)
    main.object("generated").upload(content, pre_sign=False)
    api = main._client.sdk_client.objects_api

    assert api.get_object(main.repo_id, "main", "generated", presign=True) == content
    assert api.get_object(main.repo_id, "main", "generated", presign=True, range="bytes=10-19") == content[10:20]
    page = api.list_objects(main.repo_id, "main", presign=True)
    assert [one.path for one in page.results] == ["generated"]
    assert page.results[0].physical_address.startswith(lake.store_url)
    with main._client.sdk_client.stream_object(main.repo_id, "main", "generated", presign=True) as body:
        assert body.read() == content


@pytest.mark.parametrize("large", [False, True])
def test_files_of_fsspec(small_parts: None, lake: Lake, main: "mere.Branch", large: bool) -> None:
    fs = mere_spec.LakeFSFileSystem(**lake.at, pre_sign=True, skip_instance_cache=True)
    content = os.urandom(17 * MIB if large else 50_000)
    path = f"lakefs://{main.repo_id}/main/folder/file"

    with fs.open(path, "wb") as file:
        for at in range(0, len(content), 700_000):
            file.write(content[at : at + 700_000])

    with fs.open(path, "rb") as file:
        assert file.read(5) == content[:5]
        file.seek(-5, os.SEEK_END)
        assert file.read() == content[-5:]
    assert fs.cat_file(path) == content
    is_stored(main, "folder/file", content, "application/octet-stream", {})
