"""What browsers do: uploads by a form (`POST /repository` with a signed policy), cross-origin requests."""

import base64
import datetime
import hashlib
import hmac
import json

import httpx
import pytest
from botocore.config import Config

from support import keys, s3
from support.poll import patience


@pytest.fixture(params=["s3v4", "s3"])
def aws(server, request):
    return s3.client(server, config=Config(signature_version=request.param))


def send(form: dict, content: bytes = b"from a form", *, without: str = "", filename: str = "a name.txt", **fields: str) -> httpx.Response:
    said = {name: value for name, value in (form["fields"] | fields).items() if name != without}
    return httpx.post(form["url"], data=said, files={"file": (filename, content)}, trust_env=False, timeout=patience(60))


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.text.partition("<Code>")[2].partition("</Code>")[0]


def test_a_form_that_boto3_made_is_an_upload(aws, repository: str) -> None:
    form = aws.generate_presigned_post(
        repository, "main/form/${filename}", Fields={"x-amz-meta-by": "form", "Content-Type": "text/plain"},
        Conditions=[{"x-amz-meta-by": "form"}, {"Content-Type": "text/plain"}, ["content-length-range", 1, 1 << 20]])

    answer = send(form, b"x" * 100_000)

    assert (answer.status_code, answer.headers["ETag"]) == (204, s3.etag(b"x" * 100_000))
    got = aws.get_object(Bucket=repository, Key="main/form/a name.txt")
    assert got["Body"].read() == b"x" * 100_000
    assert (got["ContentType"], got["Metadata"]) == ("text/plain", {"by": "form"})


def test_what_a_form_is_told(aws, repository: str) -> None:
    def form(**fields: str) -> dict:
        return aws.generate_presigned_post(repository, "main/a", Fields=fields, Conditions=[{name: value} for name, value in fields.items()])

    made = send(form(success_action_status="201"))
    assert made.status_code == 201
    assert f"<Bucket>{repository}</Bucket><Key>main/a</Key>" in made.text
    assert send(form(success_action_status="200")).status_code == 200
    assert send(form(success_action_status="404")).status_code == 204
    sent = send(form(success_action_redirect="http://example.test/done?a=1"))
    assert (sent.status_code, sent.headers["Location"].split("&")[:2]) == (
        303, ["http://example.test/done?a=1", f"bucket={repository}"])
    assert "Location" not in send(form(success_action_redirect="javascript:alert(1)")).headers.get("Location", "")


def test_forms_that_are_not_what_was_signed(aws, server, repository: str) -> None:
    conditions = [["content-length-range", 5, 20]]
    form = aws.generate_presigned_post(repository, "main/a", Conditions=conditions)

    assert code_of(send(form, key="main/b")) == (403, "AccessDenied")
    assert code_of(send(form, **{"x-amz-meta-more": "1"})) == (403, "AccessDenied")
    assert code_of(send(form, b"x" * 21)) == (400, "EntityTooLarge")
    assert code_of(send(form, b"x")) == (400, "EntityTooSmall")
    assert code_of(send(form, without="key")) == (400, "InvalidArgument")
    assert code_of(send(form, without="policy")) == (403, "AccessDenied")
    assert code_of(send(form, policy=base64.b64encode(b"{}").decode())) == (403, "SignatureDoesNotMatch")
    elsewhere = form | {"url": server.url + "/nowhere"}
    assert code_of(send(elsewhere)) == (404, "NoSuchBucket")
    assert code_of(send(aws.generate_presigned_post(repository, "twig/a"))) == (404, "NoSuchBucket")
    assert code_of(send(aws.generate_presigned_post(repository, "main/a", ExpiresIn=-1))) == (403, "AccessDenied")
    assert aws.list_objects_v2(Bucket=repository, Prefix="main/")["KeyCount"] == 0


def test_a_checksum_and_the_end_of_a_header_in_a_form(aws, repository: str) -> None:
    digest = base64.b64encode(hashlib.sha256(b"from a form").digest()).decode()
    form = aws.generate_presigned_post(repository, "main/a", Conditions=[
        ["starts-with", "$x-amz-checksum-sha256", ""], ["starts-with", "$tagging", ""]])
    described = aws.generate_presigned_post(repository, "main/a", Conditions=[["starts-with", "$x-amz-meta-a", ""]])

    tags = "<Tagging><TagSet><Tag><Key>from</Key><Value>form</Value></Tag></TagSet></Tagging>"
    assert send(form, **{"x-amz-checksum-sha256": digest, "tagging": tags}).status_code == 204
    assert aws.get_object_tagging(Bucket=repository, Key="main/a")["TagSet"] == [{"Key": "from", "Value": "form"}]
    assert code_of(send(form, b"another", **{"x-amz-checksum-sha256": digest, "tagging": tags})) == (400, "BadDigest")
    assert code_of(send(described, **{"x-amz-meta-a": "1\r\nSet-Cookie: x"})) == (400, "InvalidArgument")


def test_a_file_that_is_cut_short_stores_nothing(aws, server, repository: str) -> None:
    policy = base64.b64encode(json.dumps({
        "expiration": (datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "conditions": [{"bucket": repository}, {"key": "main/a"}]}).encode())
    signature = base64.b64encode(hmac.new(keys.SECRET_KEY.encode(), policy, hashlib.sha1).digest())
    fields = {"key": b"main/a", "AWSAccessKeyId": keys.ACCESS_KEY.encode(), "policy": policy, "signature": signature}
    parts = b"".join(b'--B\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value) for name, value in fields.items())
    cut = parts + b'--B\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nhalf of it'

    def post(body: bytes) -> tuple[int, str]:
        return code_of(httpx.post(f"{server.url}/{repository}", content=body, trust_env=False,
                                  headers={"Content-Type": "multipart/form-data; boundary=B"}))

    assert post(cut)[0] == 400
    assert post(parts + b"--B--\r\n") == (400, "InvalidArgument")
    assert post(b"no form at all") == (400, "MalformedPOSTRequest")
    assert aws.list_objects_v2(Bucket=repository, Prefix="main/")["KeyCount"] == 0
    assert post(cut + b"\r\n--B--\r\n")[0] == 204


# Cross-origin requests


def test_rules_for_pages_from_elsewhere(server, repository: str) -> None:
    aws = s3.client(server)
    rule = {"AllowedOrigins": ["https://*.example.test"], "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": ["x-amz-*"],
            "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 60}
    aws.put_object(Bucket=repository, Key="main/a", Body=b"x")
    link = aws.generate_presigned_url("get_object", Params={"Bucket": repository, "Key": "main/a"})

    def ask(origin: str = "https://app.example.test", method: str = "PUT", headers: str = "X-Amz-Acl") -> httpx.Response:
        asked = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
        return httpx.options(f"{server.url}/{repository}/main/a", headers=asked, trust_env=False)

    assert s3.outcome(aws.get_bucket_cors, Bucket=repository) == (404, "NoSuchCORSConfiguration")
    assert code_of(ask()) == (403, "AccessForbidden")
    aws.put_bucket_cors(Bucket=repository, CORSConfiguration={"CORSRules": [rule]})

    assert aws.get_bucket_cors(Bucket=repository)["CORSRules"] == [rule]
    allowed = ask()
    assert (allowed.status_code, allowed.headers["Access-Control-Allow-Origin"]) == (200, "https://app.example.test")
    assert allowed.headers["Access-Control-Allow-Headers"] == "x-amz-acl"
    for refused in (ask(origin="https://other.test"), ask(method="DELETE"), ask(headers="Authorization")):
        assert code_of(refused) == (403, "AccessForbidden")
    got = httpx.get(link, headers={"Origin": "https://app.example.test"}, trust_env=False)
    assert (got.text, got.headers["Access-Control-Allow-Origin"], got.headers["Access-Control-Expose-Headers"]) == (
        "x", "https://app.example.test", "ETag")
    assert "Access-Control-Allow-Origin" not in httpx.get(link, headers={"Origin": "https://other.test"}, trust_env=False).headers
    assert code_of(httpx.options(link, trust_env=False)) == (400, "BadRequest")
    aws.delete_bucket_cors(Bucket=repository)
    assert code_of(ask()) == (403, "AccessForbidden")
