"""Calls to a server under test: single ones, and loads made by the program bench/load."""

import dataclasses
import http.client
import json
import os
import pathlib
import subprocess
import time
import urllib.parse
import uuid

LOAD = os.environ.get("LOAD_BINARY") or str(pathlib.Path(os.environ["MERE_BINARY"]).parent / "load")


@dataclasses.dataclass
class Loaded:
    """What bench/load measured."""

    iterations: int
    requests: int
    refused: int
    seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    own_processor_seconds: float

    @property
    def rate(self) -> float:
        return self.iterations / self.seconds


def load(server, *requests: str, connections: int, tolerate: bool = False, sign: bool = False, **options) -> Loaded:
    """Fails if a request is refused, unless that is to be counted (`tolerate`). `sign`: as S3 asks."""
    command = [LOAD, "--to", server.url.removeprefix("http://"), "--connections", str(connections)]
    if sign:
        command += ["--sign", f"{server.key}:{server.secret}"]
    else:
        if server.authorization:
            command += ["--header", f"Authorization: {server.authorization}"]
        command += ["--header", "Content-Type: application/json"]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    done = subprocess.run([*command, *requests], check=True, capture_output=True, text=True)
    result = Loaded(**json.loads(done.stdout))
    if result.refused and not tolerate:
        raise RuntimeError(f"{requests}: {result.refused} refused: {done.stderr}")
    return result


@dataclasses.dataclass
class Answer:
    status: int
    content: bytes

    def json(self):
        return json.loads(self.content)


class Caller:
    """One connection that stays open. Python's own client: a richer one takes half a millisecond a call, as long
    as some of the calls that are measured."""

    def __init__(self, server):
        self.headers = {"Authorization": server.authorization}
        self.connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=3600)

    def request(self, method: str, path: str, params=None, json=None, content: bytes | None = None) -> Answer:
        headers = self.headers
        if params:
            path += f"?{urllib.parse.urlencode(params)}"
        if json is not None:
            headers, content = {**headers, "Content-Type": "application/json"}, encode(json)
        try:
            return self.send(method, path, content, headers)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            self.connection.close()  # by the server, while nothing was asked
            return self.send(method, path, content, headers)

    def send(self, method: str, path: str, content: bytes | None, headers) -> Answer:
        self.connection.request(method, path, content, headers)
        answer = self.connection.getresponse()
        return Answer(answer.status, answer.read())


def encode(value) -> bytes:
    return json.dumps(value).encode()


class Bench:
    """A server under test with a repository of its own for this run."""

    def __init__(self, server, options):
        self.server, self.options = server, options
        self.run = uuid.uuid4().hex[:8]
        self.repository = f"bench-{self.run}"
        self.path = f"/api/v1/repositories/{self.repository}"
        self.caller = Caller(server)

    def call(self, method: str, path: str, **arguments) -> Answer:
        """`path` is below the repository."""
        return self.call_api(method, f"/repositories/{self.repository}{path}", **arguments)

    def call_api(self, method: str, path: str, **arguments) -> Answer:
        answer = self.caller.request(method, f"/api/v1{path}", **arguments)
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.content[:200].decode(errors='replace')}")
        return answer

    def timed(self, method: str, path: str, **arguments) -> float:
        began = time.perf_counter()
        self.call(method, path, **arguments)
        return time.perf_counter() - began

    def load(self, *requests: str, connections: int, **options) -> Loaded:
        """`requests` name paths below the repository: "GET /refs/main/…"."""
        whole = [request.replace(" /", f" {self.path}/", 1) for request in requests]
        return load(self.server, *whole, connections=connections, **options)

    def create_repository(self) -> None:
        prefix = self.call_api("GET", "/config/storage").json()["default_namespace_prefix"] or "local://"
        body = {"name": self.repository, "storage_namespace": f"{prefix}{self.repository}"}
        self.call_api("POST", "/repositories", json=body)

    def put(self, branch: str, path: str, data: bytes) -> None:
        self.call("POST", f"/branches/{branch}/objects", params={"path": path}, content=data)

    def commit(self, branch: str, message: str) -> str:
        return self.call("POST", f"/branches/{branch}/commits", json={"message": message}).json()["id"]

    def branch(self, name: str, source: str = "main") -> None:
        self.call("POST", "/branches", json={"name": name, "source": source})
