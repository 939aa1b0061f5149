"""Signatures and links that are forged, altered, expired or used for something else."""

import base64
import datetime
import hashlib
import re
from urllib.parse import urlsplit

import botocore.auth
import httpx
import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from support import keys, s3
from support.credentials import server_with_a_known_secret
from support.observer import unharmed_by_each_test
from support.server import Server

@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with server_with_a_known_secret(tmp_path_factory.mktemp("credentials")) as running:
        yield running


_unharmed = unharmed_by_each_test()


def request_v4(
    server: Server,
    *,
    method: str = "GET",
    path: str = "/lake/main/a",
    data: bytes = b"",
    secret: str = keys.SECRET_KEY,
    access_key: str = keys.ACCESS_KEY,
    age: float = 0,
    headers: dict | None = None,
    expires: int | None = None,
):
    """A signed request that was made `age` seconds ago; in its query if it `expires`."""
    request = AWSRequest(method, server.url + path, data=data, headers=headers or {})
    credentials = Credentials(access_key, secret)
    signer = (
        S3SigV4Auth(credentials, "s3", s3.REGION)
        if expires is None
        else S3SigV4QueryAuth(credentials, "s3", s3.REGION, expires=expires)
    )
    when = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=age)
    clock = botocore.auth.get_current_datetime
    try:
        botocore.auth.get_current_datetime = lambda *_, **__: when.replace(tzinfo=None)
        signer.add_auth(request)
    finally:
        botocore.auth.get_current_datetime = clock
    return request.prepare()


def send(request, **changes) -> httpx.Response:
    headers = {name: value for name, value in request.headers.items() if name != "Content-Length"} | changes.pop(
        "headers", {}
    )
    sent = {"method": request.method, "url": request.url, "content": request.body or None} | changes
    return httpx.request(sent["method"], sent["url"], content=sent["content"], headers=headers, trust_env=False)


def test_a_good_signature_is_taken(server) -> None:
    assert send(request_v4(server)).status_code == 200
    assert send(request_v4(server, expires=60)).status_code == 200
    assert send(request_v4(server, age=600)).status_code == 200


@pytest.mark.parametrize(
    ("age", "code"),
    [(3600, "RequestTimeTooSkewed"), (-3600, "AccessDenied"), (10 * 365 * 86400, "RequestTimeTooSkewed")],
)
def test_signatures_of_another_time_are_403(server, age: float, code: str) -> None:
    answer = send(request_v4(server, age=age))

    assert (answer.status_code, re.search("<Code>(.*)</Code>", answer.text).group(1)) == (403, code)


def test_links_of_another_time_are_403(server) -> None:
    assert send(request_v4(server, expires=60, age=61)).status_code == 403
    assert send(request_v4(server, expires=60, age=-3600)).status_code == 403
    assert send(request_v4(server, expires=604800, age=604000)).status_code == 200


@pytest.mark.parametrize("expires", ["0", "-1", "604801", "99999999999999999999", "1e3", "", "x", "60 ", "+60"])
def test_absurd_expiries_are_refused(server, expires: str) -> None:
    link = request_v4(server, expires=60).url

    answer = httpx.get(link.replace("X-Amz-Expires=60", f"X-Amz-Expires={expires}"), trust_env=False)

    assert answer.status_code in (400, 403)


def test_a_signature_is_good_for_its_request_only(server) -> None:
    good = request_v4(server)
    elsewhere = request_v4(server, path="/lake/main/b")
    answers = {
        "another path": send(good, url=elsewhere.url),
        "another method": send(good, method="DELETE"),
        "head": send(good, method="HEAD"),
        "a query": send(good, url=good.url + "?acl"),
        "a query twice": send(good, url=good.url + "?a=1&a=2"),
        "another encoding of another path": send(good, url=good.url + "%2f..%2fb"),
        "another time": send(good, headers={"X-Amz-Date": "20260101T000000Z"}),
        "another body": send(request_v4(server, method="PUT", data=b"mine"), content=b"not mine"),
        "another copy source": send(
            request_v4(server, method="PUT", path="/lake/main/c", headers={"x-amz-copy-source": "/lake/main/a"}),
            headers={"x-amz-copy-source": "/lake/main/b"},
        ),
        "an unknown key": send(request_v4(server, access_key="AKIAIOSFODNN7EXAMPLE")),
        "another secret": send(request_v4(server, secret=keys.SECRET_KEY[::-1])),
        "an empty secret": send(request_v4(server, secret="")),
    }

    # S3's own 400s, for a hash that is another body's, and a malformed scope.
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 403) | {
        "another body": 400,
        "another time": 400,  # of another day than the key that it names
    }
    assert send(good).status_code == 200


def test_amazons_headers_must_be_signed(server) -> None:
    """Whoever holds a link to upload to could read with it whatever its maker may read: a copy is an upload too."""
    put = request_v4(server, method="PUT", path="/lake/main/added", data=b"x")
    link = request_v4(server, method="PUT", path="/lake/main/added", expires=60).url

    for name, value in (("x-amz-copy-source", "/lake/main/a"), ("x-amz-meta-a", "b"), ("X-Amz-Tagging", "a=b")):
        assert send(put, headers={name: value}).status_code == 403
        assert httpx.put(link, headers={name: value}, trust_env=False).status_code == 403
    assert (
        httpx.put(
            link, content=b"x", headers={"X-Amzn-Trace-Id": "Root=1", "Range": "bytes=0-0"}, trust_env=False
        ).status_code
        == 200
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"),
        lambda text: text.replace("Signature=", "Signature=0"),
        lambda text: re.sub("Signature=.*", "Signature=" + "0" * 64, text),
        lambda text: re.sub("Signature=.*", "Signature=", text),
        lambda text: re.sub(", Signature=.*", "", text),
        lambda text: text + ", Signature=" + "0" * 64,
        lambda text: text.replace("/s3/", "/ec2/"),
        lambda text: text.replace("aws4_request", "aws4_request/x"),
        lambda text: text.replace("SignedHeaders=host", "SignedHeaders=Host"),
        lambda text: text.replace("SignedHeaders=host;", "SignedHeaders="),
        lambda text: text.replace("SignedHeaders=", "SignedHeaders=" + "x;" * 2000),
        lambda text: text.replace("Credential=", "Credential=../"),
        lambda text: re.sub("/2[0-9]{7}/", "/19700101/", text),
        lambda text: "AWS4-HMAC-SHA256 " + "," * 5000,
        lambda text: "AWS4-HMAC-SHA256",
        lambda text: "AWS :",
        lambda text: f"AWS {keys.ACCESS_KEY}:",
        lambda text: "AWS x:AAAA",
    ],
)
def test_an_altered_authorization_is_refused(server, change) -> None:
    good = request_v4(server)
    forged = change(good.headers["Authorization"])
    if forged == good.headers["Authorization"].replace("SignedHeaders=host", "SignedHeaders=Host"):
        assert send(good, headers={"Authorization": forged}).status_code in (
            200,
            400,
            403,
        )  # names compare without case
        return

    assert send(good, headers={"Authorization": forged}).status_code in (400, 403)


@pytest.mark.parametrize(
    "change",
    [
        lambda link: link.replace("/main/a?", "/main/b?"),
        lambda link: link + "&versionId=x",
        lambda link: link + "&response-content-type=text/html",
        lambda link: link.replace("X-Amz-Expires=60", "X-Amz-Expires=604800"),
        lambda link: link + "&X-Amz-Expires=604800",
        lambda link: re.sub("X-Amz-Signature=[0-9a-f]{8}", "X-Amz-Signature=00000000", link),
        lambda link: re.sub("&X-Amz-Signature=.*", "", link),
        lambda link: link.replace("X-Amz-Signature=", "X-Amz-Signature=" + "0" * 64 + "&X-Amz-Signature="),
        lambda link: link.replace("SignedHeaders=host", "SignedHeaders="),
        lambda link: re.sub("X-Amz-Date=2[0-9]{7}", "X-Amz-Date=20991231", link),
        lambda link: link.replace("AWS4-HMAC-SHA256", "none"),
    ],
)
def test_an_altered_link_is_refused(server, change) -> None:
    link = request_v4(server, expires=60).url

    answer = httpx.get(change(link), trust_env=False)

    assert answer.status_code in (400, 403)
    assert httpx.get(link, trust_env=False).status_code == 200
    assert httpx.delete(link, trust_env=False).status_code == 403


def test_our_own_links_cannot_be_altered_in_any_place(server, anyone) -> None:
    with server.client() as client:
        link = client.get("/repositories/lake/refs/main/objects", params={"path": "a", "presign": True}).headers[
            "Location"
        ]
    claim = urlsplit(link).path.split("/")[2]
    assert anyone.get(link).content == b"a"

    for place in range(len(claim)):
        other = "A" if claim[place] != "A" else "B"
        changed = claim[:place] + other + claim[place + 1 :]
        answer = anyone.get(link.replace(claim, changed))
        # The last character of unpadded base64 has bits that say nothing.
        assert answer.status_code == 403 or _same_bytes(claim, changed), (place, answer.status_code)


def _same_bytes(one: str, other: str) -> bool:
    def read(text: str) -> list[bytes]:
        return [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in text.split(".")]

    try:
        return read(one) == read(other)
    except ValueError:
        return False


def test_upload_addresses_are_good_for_their_path_only(server) -> None:
    with server.client(base_url=server.url + "/api/v1/repositories/lake") as api:
        api.post("/branches", json={"name": "dev", "source": "main"}).raise_for_status()
        address = api.get("/branches/main/staging/backing", params={"path": "mine"}).json()["physical_address"]
        unsigned, _, signature = address.rpartition(",")

        def link(path: str, physical: str, branch: str = "main") -> int:
            return api.put(
                f"/branches/{branch}/staging/backing",
                params={"path": path},
                json={
                    "staging": {"physical_address": physical},
                    "checksum": hashlib.md5(b"").hexdigest(),
                    "size_bytes": 0,
                },
            ).status_code

        refused = [
            link("theirs", address),
            link("mine", address, "dev"),
            link("mine", unsigned),
            link("mine", unsigned + ","),
            link("mine", unsigned + "," + signature[::-1]),
            link("mine", unsigned[:-2] + ("0" if unsigned[-2] != "0" else "1") + unsigned[-1] + "," + signature),
            link("mine", unsigned + "/../x," + signature),
        ]

        assert refused == [400] * len(refused)
        assert link("mine", address) == 200
