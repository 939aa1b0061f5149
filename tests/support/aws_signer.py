"""Signs requests to S3 (AWS Signature Version 4) with nothing but the standard library."""

import datetime
import hashlib
import hmac
from urllib.parse import parse_qsl, quote, urlsplit

import httpx


class AwsAuth(httpx.Auth):
    """For httpx: `httpx.Client(auth=AwsAuth(...))`. Bodies are covered by their digest."""

    requires_request_body = True

    def __init__(self, access_key_id: str, secret_access_key: str, region: str = "us-east-1") -> None:
        self.access_key_id = access_key_id
        self.secret_access_key = secret_access_key
        self.region = region

    def auth_flow(self, request: httpx.Request):
        now = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(request.content).hexdigest()
        request.headers["x-amz-date"] = now
        request.headers["x-amz-content-sha256"] = digest
        url = urlsplit(str(request.url))
        signed = {"host": request.headers["host"], "x-amz-content-sha256": digest, "x-amz-date": now}
        query = "&".join(sorted(f"{quote(name, safe='')}={quote(value, safe='')}"
                                for name, value in parse_qsl(url.query, keep_blank_values=True)))
        canonical = "\n".join([request.method, url.path or "/", query,
                               *(f"{name}:{value}" for name, value in signed.items()), "", ";".join(signed), digest])
        scope = f"{now[:8]}/{self.region}/s3/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = f"AWS4{self.secret_access_key}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        request.headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.access_key_id}/{scope}, SignedHeaders={';'.join(signed)}, "
            f"Signature={signature}")
        yield request
