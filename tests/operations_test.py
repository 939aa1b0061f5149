"""What operators meet: health, metrics, the API description, request ids, limits and clients that are slow."""

import socket
import time
import uuid

import httpx
import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator
from prometheus_client.parser import text_string_to_metric_families

from support import keys
from support.poll import patience, until

BASIC = httpx.BasicAuth(keys.ACCESS_KEY, keys.SECRET_KEY)._auth_header


@pytest.fixture
def http(server):
    with httpx.Client(base_url=server.url, timeout=patience(60), trust_env=False) as client:
        yield client


def connect(server) -> socket.socket:
    host, port = server.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=patience(30))
    return connection


def receive_all(connection: socket.socket) -> bytes:
    received = b""
    try:
        while part := connection.recv(65536):
            received += part
    except ConnectionResetError:
        pass
    return received


def test_health_needs_no_credentials(http: httpx.Client) -> None:
    assert http.get("/_health").status_code == 200
    assert http.get("/api/v1/healthcheck").status_code == 204


def test_metrics_are_prometheus_text(http: httpx.Client, client: httpx.Client) -> None:
    client.get("/repositories").raise_for_status()

    answer = http.get("/metrics")

    assert answer.headers["Content-Type"].startswith("text/plain")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    counted = [sample for family in families.values() for sample in family.samples
               if "listRepositories" in sample.labels.values()]
    assert counted, sorted(families)
    assert all(family.documentation for family in families.values())


def test_the_api_description_is_valid_and_complete(http: httpx.Client) -> None:
    description = http.get("/openapi.json").json()

    OpenAPIV30SpecValidator(description).validate()
    operations = [operation["operationId"] for path in description["paths"].values()
                  for method, operation in path.items() if method in ("get", "put", "post", "delete", "head", "patch")]
    assert len(operations) == len(set(operations)) > 130
    assert all(operation.get("summary") or operation.get("description") for path in description["paths"].values()
               for method, operation in path.items() if method in ("get", "put", "post", "delete", "head", "patch"))


def test_every_operation_answers_with_a_request_id_of_its_own(http: httpx.Client) -> None:
    asked = {"X-Request-Id": "mine"}  # not taken over: ids in our logs are ours

    ids = {http.get("/api/v1" + path, headers=asked).headers["X-Request-Id"]
           for path in ("/healthcheck", "/repositories", "/repositories/none")}

    assert len(ids) == 3
    assert all(uuid.UUID(one) for one in ids)


def test_a_header_that_is_too_large_is_431(http: httpx.Client) -> None:
    assert http.get("/_health", headers={"X-Large": "x" * 100_000}).status_code == 431
    assert http.get("/_health").status_code == 200


def test_a_json_body_that_is_too_large_is_413(client: httpx.Client) -> None:
    answer = client.post("/repositories", content=b'{"name": "' + b"x" * (64 << 20) + b'"}',
                         headers={"Content-Type": "application/json"})

    assert answer.status_code == 413
    assert client.get("/repositories").status_code == 200


@pytest.mark.parametrize("body", ["{", "[]", '{"name": 1}', '{"name": "' + "[" * 100_000 + '"}', "[" * 100_000, "\x00"])
def test_a_wrong_json_body_is_400(client: httpx.Client, body: str) -> None:
    answer = client.post("/repositories", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert answer.json()["message"]


@pytest.mark.parametrize("raw", [b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
                                 b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                                 b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"])
def test_what_is_not_http_is_refused_and_the_connection_closed(server, raw: bytes) -> None:
    with connect(server) as connection:
        connection.sendall(raw)

        received = receive_all(connection)

    assert received.split(b" ")[1][:1] in (b"4", b"5"), received[:200]


def test_paths_cannot_leave_the_lake(client: httpx.Client, repository: str, server) -> None:
    for path in ("../../../etc/passwd", "/etc/passwd", "..%2f..%2fetc/passwd", "a/../../b"):
        made = client.post(f"/repositories/{repository}/branches/main/objects", params={"path": path}, content=b"mine")
        if made.status_code == 201:
            read = client.get(f"/repositories/{repository}/refs/main/objects", params={"path": path})
            assert read.content == b"mine"
            assert made.json()["physical_address"].startswith(f"local://{server.data}/objects/{repository}/data/")
    for namespace in ("local://../outside", "local:///../../outside", "local://a/../../../outside"):
        made = client.post("/repositories", json={"name": "outside", "storage_namespace": namespace})
        assert made.status_code == 400, namespace


def test_what_cannot_name_a_branch_is_400_and_an_unknown_one_404(client: httpx.Client, repository: str) -> None:
    bad = client.get(f"/repositories/{repository}/branches/a%2F%2Fb")
    unknown = client.get(f"/repositories/{repository}/branches/nobody")

    assert (bad.status_code, bad.json()["message"]) == (
        400, "argument branch: branch id: invalid value: validation error")
    assert (unknown.status_code, unknown.json()["message"]) == (404, "branch not found")


def test_a_namespace_may_begin_with_a_slash(client: httpx.Client, server) -> None:
    made = client.post("/repositories", json={"name": "slashed", "storage_namespace": "local:///in/slashed"})
    assert made.status_code == 201, made.text

    uploaded = client.post("/repositories/slashed/branches/main/objects", params={"path": "a"}, content=b"a").json()

    assert uploaded["physical_address"].startswith(f"local://{server.data}/objects/in/slashed/data/")


def test_a_client_that_is_slow_with_its_header_is_cut_off(make_server) -> None:
    server = make_server(environment={"MERE_SERVER_HEADER_TIMEOUT": "1s"}).start()
    with connect(server) as connection:
        connection.sendall(b"GET /_health HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        started = time.monotonic()

        received = receive_all(connection)

    assert time.monotonic() - started < patience(20)
    assert received == b"" or received.startswith(b"HTTP/1.1 408")


def test_a_client_that_stops_in_its_body_is_cut_off_and_leaves_nothing(make_server) -> None:
    server = make_server(environment={"MERE_SERVER_BODY_TIMEOUT": "1s"}).start()
    with server.client() as client:
        client.post("/repositories", json={"name": "repo", "storage_namespace": "local://repo"}).raise_for_status()
        with connect(server) as connection:
            connection.sendall(b"POST /api/v1/repositories/repo/branches/main/objects?path=half HTTP/1.1\r\nHost: x\r\n"
                               b"Authorization: " + BASIC.encode() + b"\r\nContent-Length: 1000000\r\n\r\nonly a part")

            received = receive_all(connection)

        assert received == b"" or received.split(b" ")[1] == b"408"
        assert client.get("/repositories/repo/refs/main/objects/ls").json()["results"] == []


def test_slow_readers_do_not_hold_up_others(server, client: httpx.Client, repository: str) -> None:
    content = bytes(32 << 20)
    client.post(f"/repositories/{repository}/branches/main/objects", params={"path": "large"},
                content=content).raise_for_status()
    slow = []
    try:
        for _ in range(40):  # more than there are workers
            connection = connect(server)
            connection.sendall(f"GET /api/v1/repositories/{repository}/refs/main/objects?path=large HTTP/1.1\r\nHost: x\r\n"
                               f"Authorization: {BASIC}\r\n\r\n".encode())
            slow.append(connection)
        assert all(connection.recv(100).startswith(b"HTTP/1.1 200") for connection in slow)

        started = time.monotonic()
        answer = client.get(f"/repositories/{repository}/refs/main/objects", params={"path": "large"})

        assert answer.content == content
        assert time.monotonic() - started < patience(30)
    finally:
        for connection in slow:
            connection.close()
    until(lambda: client.get("/repositories").status_code == 200)
