"""Lakes in Azure Blob Storage without an account's key: `mere serve` as an identity of Entra, whose tokens a real
emulator checks over HTTPS.
"""

import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from support import keys
from support.azure_service import ACCOUNT, AzureService
from support.certificate import Certificate, make_certificate
from support.entra import ASSERTION, CLIENT, HEADER, SECRET, TENANT, Entra
from support.poll import until
from support.server import Server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def service(certificate: Certificate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AzureService]:
    service = AzureService(tmp_path_factory.mktemp("azure"), certificate).start()
    yield service
    service.stop()


@pytest.fixture
def entra() -> Iterator[Entra]:
    with Entra() as running:
        yield running


def settings(service: AzureService) -> dict[str, str]:
    return keys.INSTALLATION | {
        "MERE_BLOCKSTORE_TYPE": "azure", "MERE_BLOCKSTORE_AZURE_TEST_ENDPOINT_URL": service.endpoint,
        "MERE_BLOCKSTORE_AZURE_STORAGE_ACCOUNT": ACCOUNT, "MERE_BLOCKSTORE_AZURE_CA_FILE": str(service.tls.file)}


def identity(kind: str, entra: Entra, folder: Path) -> dict[str, str]:
    """The variables by which Azure's tools know who they are."""
    application = {"AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT, "AZURE_AUTHORITY_HOST": entra.url}
    if kind == "secret":
        return application | {"AZURE_CLIENT_SECRET": SECRET}
    if kind == "assertion":
        (folder / "token").write_text(ASSERTION + "\n")
        return application | {"AZURE_FEDERATED_TOKEN_FILE": str(folder / "token")}
    return {"IDENTITY_ENDPOINT": f"{entra.url}/identity", "IDENTITY_HEADER": HEADER}


def create(api: httpx.Client, service: AzureService) -> httpx.Response:
    return api.post("/repositories", json={"name": "lake", "storage_namespace":
                                           f"{service.address(service.new_container())}/one"})


@pytest.mark.parametrize("kind", ["secret", "assertion", "identity"])
def test_an_identity_does_all_that_a_key_does(kind: str, service: AzureService, entra: Entra, tmp_path: Path) -> None:
    environment = settings(service) | identity(kind, entra, tmp_path)
    lake = "/repositories/lake"
    anyone = httpx.Client(verify=ssl.create_default_context(cafile=service.tls.file), trust_env=False)
    with Server(tmp_path / "lake", environment=environment) as server, server.client() as api, anyone:
        create(api, service).raise_for_status()
        for path, content in (("small", b"small"), ("large", bytes(20 << 20))):
            api.post(f"{lake}/branches/main/objects", params={"path": path}, content=content,
                     headers={"Content-Type": "application/octet-stream"}).raise_for_status()
        api.post(f"{lake}/branches/main/objects/copy", params={"dest_path": "copy"},
                 json={"src_path": "small"}).raise_for_status()

        begun = api.post(f"{lake}/branches/main/staging/pmpu", params={"path": "parts", "parts": 2}).json()
        for url, part in zip(begun["presigned_urls"], (b"first ", b"second")):
            assert anyone.put(url, content=part).status_code == 201
        api.put(f"{lake}/branches/main/staging/pmpu/{begun['upload_id']}", params={"path": "parts"},
                json={"physical_address": begun["physical_address"],
                      "parts": [{"part_number": number, "etag": ""} for number in (1, 2)]}).raise_for_status()
        api.post(f"{lake}/branches/main/commits", json={"message": "m"}).raise_for_status()

        assert api.get(f"{lake}/refs/main/objects", params={"path": "copy"}).content == b"small"
        for path, content in (("large", bytes(20 << 20)), ("parts", b"first second")):
            stat = api.get(f"{lake}/refs/main/objects/stat", params={"path": path, "presign": True}).json()
            assert anyone.get(stat["physical_address"]).content == content
    assert set(entra.given) == {kind}


def test_a_token_is_asked_for_again_before_it_ends(service: AzureService, tmp_path: Path) -> None:
    with Entra(lives_seconds=2) as entra:
        environment = settings(service) | identity("secret", entra, tmp_path)
        with Server(tmp_path / "lake", environment=environment) as server, server.client() as api:
            create(api, service).raise_for_status()
            upload = lambda: api.post("/repositories/lake/branches/main/objects", params={"path": "a"}, content=b"a",
                                      headers={"Content-Type": "application/octet-stream"}).raise_for_status()

            until(lambda: upload() and len(entra.given) > 2, 60, "other tokens")


def test_an_identity_that_is_refused_is_said(service: AzureService, entra: Entra, tmp_path: Path) -> None:
    environment = settings(service) | identity("secret", entra, tmp_path) | {"AZURE_CLIENT_SECRET": "wrong"}
    with Server(tmp_path / "lake", environment=environment) as server, server.client() as api:
        refused = create(api, service)

    assert refused.status_code >= 400
    assert "This is no client of ours." in refused.json()["message"] + server.logs()
