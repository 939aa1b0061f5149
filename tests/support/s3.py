"""S3 clients of a test server."""

import functools
import hashlib

import boto3
import httpx
from botocore.auth import HmacV1Auth, S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from support import keys
from support.poll import patience
from support.server import Server

REGION = "us-east-1"


def client(server: Server, *, config: Config | None = None, **options):
    """A boto3 client; nothing of the machine's own AWS configuration counts."""
    settings = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}, read_timeout=patience(60))
    return boto3.session.Session().client(
        "s3", endpoint_url=server.url, region_name=REGION,
        **{"aws_access_key_id": keys.ACCESS_KEY, "aws_secret_access_key": keys.SECRET_KEY} | options,
        config=settings.merge(config) if config else settings)


@functools.cache
def _http() -> httpx.Client:
    """Making one costs more than a request."""
    return httpx.Client(trust_env=False, verify=False, timeout=patience(60))


def outcome(call, **arguments) -> tuple[int, str | None]:
    """The HTTP status and S3 error code of a boto3 call; no code where it succeeded."""
    try:
        return call(**arguments)["ResponseMetadata"]["HTTPStatusCode"], None
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]


def signed(server: Server, method: str, path: str, data: bytes = b"", headers: dict[str, str] | None = None, *,
           v2: bool = False, secret: str = keys.SECRET_KEY) -> httpx.Response:
    """One signed request without a client library between."""
    request = AWSRequest(method, server.url + path, data=data, headers=headers or {})
    credentials = Credentials(keys.ACCESS_KEY, secret)
    (HmacV1Auth(credentials) if v2 else S3SigV4Auth(credentials, "s3", REGION)).add_auth(request)
    ready = request.prepare()
    return _http().request(method, ready.url, content=data or None, headers=dict(ready.headers))


def etag(content: bytes) -> str:
    return f'"{hashlib.md5(content).hexdigest()}"'
