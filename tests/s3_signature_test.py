"""What S3 clients sign, and say of their bodies, is checked; what is refused is not stored."""

import base64
import hashlib
import hmac
import zlib

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from support import keys, s3
from support.poll import patience

EMPTY = hashlib.sha256(b"").hexdigest()
CHUNKS = [b"a" * 70_000, b"b" * 9_000, b"c"]
PAYLOAD = b"".join(CHUNKS)
SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"


def put(url: str, body: bytes, headers=()) -> httpx.Response:
    kept = {name: value for name, value in dict(headers).items() if name.lower() != "content-length"}
    return httpx.put(url, content=body, headers=kept, trust_env=False, timeout=patience(60))


class Streamed:
    """A PUT whose head is signed by botocore and whose body is framed here."""

    def __init__(self, server, path: str, form: str, headers: dict[str, str] | None = None) -> None:
        self.form = form
        announced = {"X-Amz-Content-SHA256": form, "x-amz-decoded-content-length": str(len(PAYLOAD)),
                     "Content-Encoding": "aws-chunked"}
        if form != SIGNED:
            announced["x-amz-trailer"] = "x-amz-checksum-crc32"
        request = AWSRequest("PUT", server.url + path, headers=announced | (headers or {}))
        SigV4Auth(Credentials(keys.ACCESS_KEY, keys.SECRET_KEY), "s3", s3.REGION).add_auth(request)
        self.request = request.prepare()
        self.time = self.request.headers["X-Amz-Date"]
        self.scope = f"{self.time[:8]}/{s3.REGION}/s3/aws4_request"
        self.signature = self.request.headers["Authorization"].rpartition("=")[2]

    def _sign(self, kind: str, *lines: str) -> str:
        key = b"AWS4" + keys.SECRET_KEY.encode()
        for part in self.scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        text = "\n".join([f"AWS4-HMAC-SHA256-{kind}", self.time, self.scope, self.signature, *lines])
        self.signature = hmac.new(key, text.encode(), "sha256").hexdigest()
        return self.signature

    def frame(self, chunk: bytes) -> bytes:
        extension = ""
        if self.form != UNSIGNED_TRAILER:
            extension = f";chunk-signature={self._sign('PAYLOAD', EMPTY, hashlib.sha256(chunk).hexdigest())}"
        return f"{len(chunk):x}{extension}\r\n".encode() + (chunk + b"\r\n" if chunk else b"")

    def body(self, crc32: int = zlib.crc32(PAYLOAD)) -> bytes:
        frames = b"".join(self.frame(chunk) for chunk in [*CHUNKS, b""])
        if self.form == SIGNED:
            return frames + b"\r\n"
        line = f"x-amz-checksum-crc32:{base64.b64encode(crc32.to_bytes(4, 'big')).decode()}"
        if self.form == UNSIGNED_TRAILER:
            return frames + f"{line}\r\n\r\n".encode()
        signature = self._sign("TRAILER", hashlib.sha256(f"{line}\n".encode()).hexdigest())
        return frames + f"{line}\r\nx-amz-trailer-signature:{signature}\r\n\r\n".encode()

    def send(self, body: bytes) -> httpx.Response:
        return put(self.request.url, body, self.request.headers)


@pytest.fixture
def aws(server):
    return s3.client(server)


def is_there(aws, repository: str, key: str) -> bool:
    return s3.outcome(aws.head_object, Bucket=repository, Key=key)[0] == 200


@pytest.mark.parametrize("form", [SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER])
def test_streamed_bodies_are_stored_without_their_framing(server, aws, repository: str, form: str) -> None:
    upload = Streamed(server, f"/{repository}/main/a", form)

    answer = upload.send(upload.body())

    assert answer.status_code == 200, answer.text
    assert aws.get_object(Bucket=repository, Key="main/a")["Body"].read() == PAYLOAD


@pytest.mark.parametrize("form", [SIGNED, SIGNED_TRAILER])
def test_every_chunk_is_verified(server, aws, repository: str, form: str) -> None:
    for place in (b"a", b"b", b"c\r\n", b"0;"):
        upload = Streamed(server, f"/{repository}/main/a", form)
        body = bytearray(upload.body())
        if place == b"0;":  # the last chunk has no data: its signature is what can be changed
            at = body.rindex(b"\r\n0;chunk-signature=") + len(b"\r\n0;chunk-signature=")
            body[at] = ord("0") if body[at] != ord("0") else ord("1")
        else:
            body[body.index(b"\r\n" + place) + 2] = ord("x")

        answer = upload.send(bytes(body))

        assert (answer.status_code, "<Code>SignatureDoesNotMatch</Code>" in answer.text) == (403, True), answer.text
        assert not is_there(aws, repository, "main/a")


@pytest.mark.parametrize("form", [SIGNED_TRAILER, UNSIGNED_TRAILER])
def test_the_trailers_checksum_is_verified(server, aws, repository: str, form: str) -> None:
    upload = Streamed(server, f"/{repository}/main/a", form)

    answer = upload.send(upload.body(crc32=1))

    assert (answer.status_code, "<Code>BadDigest</Code>" in answer.text) == (400, True), answer.text
    assert not is_there(aws, repository, "main/a")


def test_a_trailer_that_is_missing_or_a_body_that_breaks_off(server, aws, repository: str) -> None:
    upload = Streamed(server, f"/{repository}/main/a", UNSIGNED_TRAILER)
    body = upload.body()
    cut = body.rindex(b"x-amz-checksum")

    assert "<Code>MalformedTrailerError</Code>" in upload.send(body[:cut] + b"\r\n").text
    assert "<Code>IncompleteBody</Code>" in upload.send(body[:20_000]).text
    assert "<Code>InvalidRequest</Code>" in upload.send(b"not chunks\r\n").text
    assert not is_there(aws, repository, "main/a")


def test_what_headers_say_of_a_body_is_compared(server, aws, repository: str) -> None:
    def outcome(**headers: str) -> str:
        answer = s3.signed(server, "PUT", f"/{repository}/main/a", b"data", headers)
        return "stored" if answer.status_code == 200 else answer.text.partition("<Code>")[2].partition("</Code>")[0]

    other = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    assert outcome(**{"Content-MD5": other}) == "BadDigest"
    assert outcome(**{"Content-MD5": "short"}) == "InvalidDigest"
    assert outcome(**{"x-amz-checksum-crc32": "AAAAAA=="}) == "BadDigest"
    assert outcome(**{"x-amz-checksum-sha1": "AAAAAA=="}) == "InvalidRequest"
    assert not is_there(aws, repository, "main/a")
    assert outcome(**{"Content-MD5": base64.b64encode(hashlib.md5(b"data").digest()).decode()}) == "stored"


def test_a_body_that_is_not_the_signed_one_is_refused(server, aws, repository: str) -> None:
    request = AWSRequest("PUT", f"{server.url}/{repository}/main/a", data=b"signed",
                         headers={"X-Amz-Content-SHA256": hashlib.sha256(b"signed").hexdigest()})
    SigV4Auth(Credentials(keys.ACCESS_KEY, keys.SECRET_KEY), "s3", s3.REGION).add_auth(request)

    answer = put(request.url, b"forged", request.prepare().headers)

    assert (answer.status_code, "<Code>XAmzContentSHA256Mismatch</Code>" in answer.text) == (400, True), answer.text
    assert not is_there(aws, repository, "main/a")


@pytest.mark.parametrize("version", ["s3", "s3v4", "s3-query"])
def test_links_work_until_they_expire(server, repository: str, version: str) -> None:
    signer = s3.client(server, config=Config(signature_version=version))

    def link(operation: str, seconds: int, key: str = "main/by link") -> str:
        return signer.generate_presigned_url(operation, Params={"Bucket": repository, "Key": key}, ExpiresIn=seconds)

    def get(url: str) -> httpx.Response:
        return httpx.get(url, trust_env=False, timeout=patience(60))

    stored = put(link("put_object", 7 * 24 * 3600), b"linked")
    assert stored.status_code == 200, stored.text
    assert get(link("get_object", 7 * 24 * 3600)).content == b"linked"
    assert get(link("get_object", 60).replace("by", "no")).status_code == 403
    assert get(link("put_object", 60)).status_code == 403  # another method
    if version != "s3v4":  # botocore makes no expired ones of that
        expired = get(link("get_object", -1))
        assert (expired.status_code, "Request has expired" in expired.text) == (403, True), expired.text
