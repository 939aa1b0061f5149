"""The S3 gateway's work: on a branch of a lakeFS-compatible server, or in a bucket of a plain S3 service.

What is prepared is checked, so that no server is measured by what it refuses or leaves out."""

import contextlib
import pathlib
import re
import resource
import socket
import sys
import tempfile
import uuid
from urllib.parse import urlsplit

import httpx

import loading
import memory
import server as servers

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests"))
from support.aws_signer import AwsAuth  # noqa: E402
from support.s3_service import ACCESS_KEY_ID, SECRET_ACCESS_KEY, S3Service  # noqa: E402

CONNECTIONS = 32
KEYS = 1000
MOST_PER_SECOND = 60_000  # requests that are signed before the clock starts


class Place:
    """`folder`: what keys stand below, "/repository/main" or "/bucket"."""

    def __init__(self, server: servers.Server, folder: str, options):
        self.server, self.folder, self.options = server, folder, options
        self.bucket, _, self.prefix = folder[1:].partition("/")
        self.client = httpx.Client(base_url=server.url, auth=AwsAuth(server.key, server.secret), timeout=3600,
                                   trust_env=False)

    def load(self, request: str, **options) -> loading.Loaded:
        """`request` names a key: "GET /key"."""
        return loading.load(self.server, request.replace(" /", f" {self.folder}/", 1), sign=True, **options)

    def list_target(self) -> str:
        prefix = f"{self.prefix}/list/" if self.prefix else "list/"
        return f"/{self.bucket}?list-type=2&max-keys={KEYS}&prefix={prefix.replace('/', '%2F')}"

    def prepare(self) -> None:
        self.load("PUT /list/object-{n} @1024", connections=16, count=KEYS)

    def check(self) -> None:
        listed = self.client.get(self.list_target())
        if listed.status_code != 200 or len(re.findall("<Key>", listed.text)) != KEYS:
            raise RuntimeError(f"a listing of {KEYS} keys: {listed.status_code} {listed.text[:200]}")
        got = self.client.get(f"{self.folder}/list/object-00000007")
        if got.content != b"x" * 1024:
            raise RuntimeError(f"an object that was just put: {got.status_code} {got.content[:200]!r}")


@contextlib.contextmanager
def branch(bench: loading.Bench):
    """A new repository, whose prepared objects are committed."""
    bench.create_repository()
    place = Place(bench.server, f"/{bench.repository}/main", bench.options)
    place.prepare()
    bench.commit("main", "prepare")
    yield place


@contextlib.contextmanager
def bucket(server: servers.Server, options):
    place = Place(server, f"/bench-{uuid.uuid4().hex[:8]}", options)
    place.client.put(place.folder).raise_for_status()
    place.prepare()
    yield place


@contextlib.contextmanager
def plain_service(options):
    """The S3 service that `--plain-s3` names; "seaweedfs": that of the tests, on the disk of our own lake."""
    if options.plain_s3 != "seaweedfs":
        yield servers.Server("plain", options.plain_s3, options.plain_key, options.plain_secret, options.plain_pid)
        return
    with tempfile.TemporaryDirectory(prefix="mere-plain-s3-", dir=options.folder) as folder:
        service = S3Service(pathlib.Path(folder)).start()
        try:
            yield servers.Server("plain", service.endpoint, ACCESS_KEY_ID, SECRET_ACCESS_KEY, service.pid)
        finally:
            service.stop()


class Measured:
    def __init__(self, place: Place, results: dict[str, tuple[float, str]]):
        self.place, self.options, self.results = place, place.options, results

    def rate(self, name: str, request: str, folder: bool = True, **options) -> None:
        """And what a request costs the server's processors, where its process is known."""
        place, seconds = self.place, self.options.seconds
        before = place.server.processor_seconds()
        make = place.load if folder else lambda text, **more: loading.load(place.server, text, sign=True, **more)
        loaded = make(request, connections=CONNECTIONS, seconds=seconds, **options)
        self.results[name] = (loaded.rate, "1/s")
        if before is not None:
            spent = place.server.processor_seconds() - before
            self.results[f"{name}: processor"] = (spent / loaded.requests * 1e6, "µs")

    def small(self) -> None:
        prepared = int(self.options.seconds * MOST_PER_SECOND)
        self.rate("S3 GET of 1 KiB", "GET /list/object-00000042")
        self.rate("S3 list of 1,000", f"GET {self.place.list_target()}", folder=False)
        self.rate("S3 PUT of 1 KiB", "PUT /put/{n} @1024", prepare=prepared)
        self.rate("S3 list of 1,000, uncommitted", f"GET {self.place.list_target()}", folder=False)

    def big(self) -> None:
        """MiB/s; the best of three, and of ten downloads, since one takes 50 ms."""
        size = self.options.big_mib
        for payload in ("unsigned", "signed"):
            took = []
            for turn in range(3):
                memory.fetch(self.options.folder, size)
                put = f"PUT /big-{payload}-{turn} @{size << 20}"
                took.append(self.place.load(put, connections=1, count=1, payload=payload).seconds)
            self.results[f"S3 PUT of {size} MiB, {payload}"] = (size / min(took), "MiB/s")
        found = self.place.client.head(f"{self.place.folder}/big-signed-0")
        if int(found.headers.get("content-length", 0)) != size << 20:
            raise RuntimeError(f"the big object: {found.status_code} {found.headers}")
        took = [self.place.load("GET /big-signed-0", connections=1, count=1) for _ in range(10)]
        self.results[f"S3 GET of {size} MiB"] = (size / min(one.seconds for one in took), "MiB/s")

    def connections(self) -> None:
        """What many connections that have asked once and stay open add to the server's memory."""
        before, count = self.place.server.memory_mib(), self.options.connections
        if before is None:
            return
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, count + 100)), hard))
        address = urlsplit(self.place.server.url)
        request = self.place.client.build_request("GET", f"{self.place.folder}/list/object-00000042")
        next(AwsAuth(self.place.server.key, self.place.server.secret).auth_flow(request))
        lines = [f"{name}: {value}" for name, value in request.headers.items()]
        raw = "\r\n".join([f"GET {request.url.raw_path.decode()} HTTP/1.1", *lines, "", ""]).encode()
        with contextlib.ExitStack() as opened:
            for _ in range(count):
                connection = opened.enter_context(socket.create_connection((address.hostname, address.port)))
                connection.sendall(raw)
                answer = b""
                while not answer.endswith(b"x" * 1024):
                    answer += (more := connection.recv(65536))
                    if not more:
                        raise RuntimeError(f"a connection of {count} was closed: {answer[:200]!r}")
            self.results[f"memory of {count:,} connections"] = (self.place.server.memory_mib() - before, "MiB")


def measure(place: Place, results: dict[str, tuple[float, str]]) -> None:
    place.check()
    measured = Measured(place, results)
    measured.connections()
    measured.small()
    measured.big()
