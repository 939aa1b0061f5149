"""The three interfaces through TLS, client certificates, and a proxy: on a server behind a door that ends TLS."""

import asyncio
import base64
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

mere = pytest.importorskip("mere")
trustme = pytest.importorskip("trustme")
import mere_sdk  # noqa: E402
from mere_sdk.exceptions import NotFoundException, TransportError, UnauthorizedException  # noqa: E402
from mere_spec import LakeFSFileSystem  # noqa: E402

from support import keys  # noqa: E402
from support.listener import Listener  # noqa: E402
from support.poll import until  # noqa: E402
from support.server import Server  # noqa: E402

LOGIN = {"username": keys.ACCESS_KEY, "password": keys.SECRET_KEY}


class Door:
    """Passes connections on to where `way_in` says, and counts them: those that came, and those let in."""

    def __init__(self, way_in: Callable[[socket.socket], tuple[socket.socket, tuple[str, int]] | None]) -> None:
        self._way_in = way_in
        self.came = 0
        self.passed = 0
        self._listener = Listener(self._accept)
        self.port = self._listener.port

    def _accept(self, connection: socket.socket) -> None:
        self.came += 1
        threading.Thread(target=self._pass, args=(connection,), daemon=True).start()

    def _pass(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            let_in = self._way_in(connection)
            if let_in is None:
                return
            self.passed += 1
            inside, address = let_in
            with inside, socket.create_connection(address) as onward:
                back = threading.Thread(target=_copy, args=(onward, inside), daemon=True)
                back.start()
                _copy(inside, onward)
                back.join()

    def close(self) -> None:
        self._listener.close()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _address(server: Server) -> tuple[str, int]:
    host, port = server.url.removeprefix("http://").split(":")
    return host, int(port)


@pytest.fixture
def authority(tmp_path: Path) -> Any:
    made = trustme.CA()
    made.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return made


@pytest.fixture
def tls_door(server: Server, authority: Any) -> Iterator[Callable[..., Door]]:
    doors: list[Door] = []

    def make(*, client_certificate: bool = False) -> Door:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
        if client_certificate:
            context.verify_mode = ssl.CERT_REQUIRED
            authority.configure_trust(context)
        doors.append(Door(lambda raw: (context.wrap_socket(raw, server_side=True), _address(server))))
        return doors[-1]

    yield make
    for door in doors:
        door.close()


@pytest.fixture
def proxy() -> Iterator[Door]:
    def ask(raw: socket.socket) -> tuple[socket.socket, tuple[str, int]] | None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += raw.recv(1)
        method, target, _ = head.split(b"\r\n", 1)[0].split(b" ")
        if method != b"CONNECT":
            raw.sendall(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
            return None
        host, port = target.decode().split(":")
        raw.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return raw, (host, int(port))

    door = Door(ask)
    yield door
    door.close()


def _use_all(name: str, settings: dict[str, Any], file_system: dict[str, Any]) -> None:
    """Each of the three writes and reads over connections with these settings."""
    client = mere.Client(**LOGIN, **{n: v for n, v in settings.items() if n in ("host", "ssl_ca_cert", "proxy")})
    for attribute, value in settings.items():
        setattr(client.config, attribute, value)
    branch = mere.Repository(name, client=client).create(f"local://{name}").branch("main")
    branch.object("a").upload(b"high level")
    with branch.object("a").reader() as reader:
        assert reader.read() == b"high level"

    configuration = mere_sdk.Configuration(**LOGIN)
    for attribute, value in settings.items():
        setattr(configuration, attribute, value)
    sdk = mere_sdk.LakeFSClient(configuration)
    assert sdk.objects_api.get_object(name, "main", "a") == b"high level"
    assert asyncio.run(_awaited(configuration, name)) == b"high level"

    if file_system:
        fs = LakeFSFileSystem(**LOGIN, **file_system, skip_instance_cache=True)
        fs.pipe_file(f"{name}/main/b", b"fsspec")
        assert fs.cat_file(f"{name}/main/b") == b"fsspec"


async def _awaited(configuration: "mere_sdk.Configuration", name: str) -> bytes:
    from mere_sdk import aio

    async with aio.LakeFSClient(configuration) as client:
        return await client.objects_api.get_object(name, "main", "a")


def test_a_certificate_is_checked_against_the_file_that_is_named(tls_door: Callable[..., Door], tmp_path: Path) -> None:
    door = tls_door()
    host = f"https://127.0.0.1:{door.port}"

    _use_all("tls", {"host": f"{host}/api/v1", "ssl_ca_cert": str(tmp_path / "ca.pem")},
             {"host": host, "ssl_ca_cert": str(tmp_path / "ca.pem")})

    assert door.passed > 0
    with pytest.raises(mere.exceptions.TransportException, match="(?i)certificate"):
        list(mere.repositories(mere.Client(host=host, **LOGIN)))
    unchecked = mere.Client(host=host, verify_ssl=False, **LOGIN)
    assert "tls" in [repository.id for repository in mere.repositories(unchecked)]


def _attempts_of_each(door: Door, message: str) -> list[int]:
    """How many connections a call of each of the three, and one awaited, made to a server they cannot talk to."""
    host = f"https://127.0.0.1:{door.port}"
    configuration = mere_sdk.Configuration(host=f"{host}/api/v1", **LOGIN)

    async def awaited() -> None:
        await _awaited(configuration, "any")

    fs = LakeFSFileSystem(host=host, **LOGIN, skip_instance_cache=True)
    calls: list[Callable[[], Any]] = [
        lambda: list(mere.repositories(mere.Client(host=host, **LOGIN))),
        lambda: mere_sdk.LakeFSClient(configuration).config_api.get_config(),
        lambda: asyncio.run(awaited()),
        lambda: fs.cat_file("any/main/a"),
    ]
    attempts = []
    for call in calls:
        before = door.came
        with pytest.raises(Exception, match=message):
            call()
        attempts.append(door.came - before)
    return attempts


def test_a_server_that_is_not_trusted_is_tried_once(tls_door: Callable[..., Door]) -> None:
    attempts = _attempts_of_each(tls_door(), "cannot trust https://127.0.0.1:.*certificate.*ssl_ca_cert")

    assert attempts == [1, 1, 1, 1]


def test_a_server_that_speaks_no_https_is_tried_once() -> None:
    def refuse(raw: socket.socket) -> None:
        raw.recv(1 << 16)
        raw.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    door = Door(refuse)
    attempts = _attempts_of_each(door, "wrong version number; .* http:// in place of https://")
    door.close()

    assert attempts == [1, 1, 1, 1]


def test_a_server_may_want_to_see_a_certificate(tls_door: Callable[..., Door], authority: Any, tmp_path: Path) -> None:
    door = tls_door(client_certificate=True)
    ours = authority.issue_cert("client@example.org")
    ours.cert_chain_pems[0].write_to_path(str(tmp_path / "client.pem"))
    ours.private_key_pem.write_to_path(str(tmp_path / "client.key"))
    settings = {"host": f"https://127.0.0.1:{door.port}/api/v1", "ssl_ca_cert": str(tmp_path / "ca.pem")}

    _use_all("mutual", settings | {"cert_file": str(tmp_path / "client.pem"),
                                   "key_file": str(tmp_path / "client.key")}, {})

    without = mere_sdk.Configuration(**LOGIN)
    for attribute, value in settings.items():
        setattr(without, attribute, value)
    without.retries = 0
    with pytest.raises(TransportError):
        mere_sdk.LakeFSClient(without).config_api.get_config()


def test_everything_may_go_through_a_proxy(tls_door: Callable[..., Door], proxy: Door, tmp_path: Path) -> None:
    door = tls_door()
    host = f"https://127.0.0.1:{door.port}"
    through = {"proxy": f"http://127.0.0.1:{proxy.port}", "ssl_ca_cert": str(tmp_path / "ca.pem")}

    _use_all("proxied", {"host": f"{host}/api/v1", **through}, {"host": host, **through})

    assert proxy.passed == door.passed > 0


def test_a_token_that_expires_says_so_and_a_new_one_is_taken_at_once(make_server: Callable[..., Server]) -> None:
    server = make_server(environment={"MERE_AUTH_LOGIN_DURATION": "1s"}).start()
    login = mere_sdk.LoginInformation(access_key_id=keys.ACCESS_KEY, secret_access_key=keys.SECRET_KEY)
    by_keys = mere_sdk.LakeFSClient(mere_sdk.Configuration(host=f"{server.url}/api/v1", **LOGIN))
    client = mere.Client(host=server.url, access_token=by_keys.auth_api.login(login).token)
    fs = LakeFSFileSystem(host=server.url, access_token=client.config.access_token, skip_instance_cache=True)
    configuration = mere_sdk.Configuration(host=f"{server.url}/api/v1", access_token=client.config.access_token)
    sdk = mere_sdk.LakeFSClient(configuration)

    until(lambda: _refused(client), 30, "the token's end")
    with pytest.raises(UnauthorizedException) as refused:
        sdk.repositories_api.list_repositories()
    with pytest.raises(PermissionError):
        fs.ls("")

    assert refused.value.status == 401
    configuration.access_token = by_keys.auth_api.login(login).token
    until(lambda: _works(sdk, configuration, by_keys, login), 30, "a call with a new token")


def _refused(client: "mere.Client") -> bool:
    try:
        list(mere.repositories(client))
    except mere.exceptions.NotAuthorizedException as error:
        assert error.status_code == 401 and isinstance(error, PermissionError)
        return True
    return False


def _works(sdk: Any, configuration: Any, by_keys: Any, login: Any) -> bool:
    """A second is short: on a busy machine a token may end before its first use."""
    configuration.access_token = by_keys.auth_api.login(login).token
    try:
        sdk.repositories_api.list_repositories()
    except UnauthorizedException:
        return False
    return True


def test_basic_credentials_stay_out_of_the_log(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    configuration = mere_sdk.Configuration(host=f"{server.url}/api/v1", **LOGIN)
    configuration.debug = True
    try:
        client = mere_sdk.LakeFSClient(configuration)
        client.config_api.get_config()
        with pytest.raises(NotFoundException):
            client.repositories_api.get_repository("none-such")
        asyncio.run(_config(configuration))
    finally:
        configuration.debug = False

    text = caplog.text
    assert "call: getConfig()" in text and "getRepository('none-such',)" in text
    assert "NotFoundException 404 after" in text and "call_async: getConfig()" in text
    pair = base64.b64encode(f"{keys.ACCESS_KEY}:{keys.SECRET_KEY}".encode()).decode()
    assert keys.SECRET_KEY not in text and pair not in text


async def _config(configuration: Any) -> None:
    from mere_sdk import aio

    async with aio.LakeFSClient(configuration) as client:
        await client.config_api.get_config()
