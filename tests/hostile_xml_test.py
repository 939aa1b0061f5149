"""XML that inflates, nests, reads files or never ends, and lists that are longer than anybody needs."""

import base64
import hashlib

import pytest

from support import s3
from support.observer import MIB, unharmed_by_each_test

JSON = {"Content-Type": "application/json"}


_unharmed = unharmed_by_each_test(growth_bytes=400 * MIB)


def lol(depth: int) -> bytes:
    entities = b"".join(b'<!ENTITY l%d "%s">' % (number, b"&l%d;" % (number - 1) * 10) for number in range(1, depth))
    return (
        b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY l0 "lol">'
        + entities
        + b"]><Delete><Object><Key>&l%d;</Key></Object></Delete>" % (depth - 1)
    )


OBJECT = b"<Object><Key>main/a</Key></Object>"
XML_BOMBS = {
    "entities": lol(10),
    "an entity again and again": b'<!DOCTYPE d [<!ENTITY a "'
    + b"x" * 50_000
    + b'">]><Delete><Object><Key>'
    + b"&a;" * 50_000
    + b"</Key></Object></Delete>",
    "a file": b'<!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/passwd">]><Delete><Object><Key>&f;</Key></Object></Delete>',
    "an address": b'<!DOCTYPE d [<!ENTITY f SYSTEM "http://127.0.0.1:1/">]><Delete><Object><Key>&f;</Key></Object></Delete>',
    "a parameter entity": b'<!DOCTYPE d [<!ENTITY % f SYSTEM "http://127.0.0.1:1/"> %f;]><Delete>'
    + OBJECT
    + b"</Delete>",
    "an outer document type": b'<!DOCTYPE Delete SYSTEM "http://127.0.0.1:1/x.dtd"><Delete>' + OBJECT + b"</Delete>",
    "depth": b"<Delete>" + b"<a>" * 100_000,
    "depth that closes": b"<Delete>" + b"<a>" * 10_000 + b"</a>" * 10_000 + b"</Delete>",
    "a giant attribute": b'<Delete a="' + b"x" * (1 << 20) + b'">' + OBJECT,
    "many attributes": b"<Delete " + b" ".join(b'a%d=""' % number for number in range(50_000)) + b">" + OBJECT,
    "a giant name": b"<" + b"x" * (1 << 20) + b">",
    "many elements": b"<Delete>" + b"<a/>" * 200_000 + b"</Delete>",
    "many objects": b"<Delete>" + OBJECT * 100_000 + b"</Delete>",
    "a comment": b"<Delete><!--" + b"x" * (3 << 20),
    "an instruction": b"<?" + b"x" * (3 << 20),
    "unended text": b"<Delete><![CDATA[" + b"x" * (3 << 20),
    "an unknown entity": b"<Delete>&nbsp;</Delete>",
    "a character that is none": b"<Delete><Object><Key>&#0;</Key></Object></Delete>",
    "no utf-8": b"<Delete><Object><Key>\xff</Key></Object></Delete>",
    "utf-16": "<Delete/>".encode("utf-16"),
    "two documents": b"<Delete/><Delete/>",
    "nothing": b"",
    "no xml": b'{"Delete": []}',
    "ten mebibytes": b"<Delete>" + b" " * (10 << 20),
}


@pytest.mark.parametrize("body", XML_BOMBS.values(), ids=XML_BOMBS.keys())
def test_xml_that_is_no_list_of_objects_is_refused(server, repository, body: bytes) -> None:
    md5 = {"Content-MD5": base64.b64encode(hashlib.md5(body).digest()).decode()}

    answer = s3.signed(server, "POST", f"/{repository}?delete", body, headers=md5)

    assert answer.status_code in (400, 411, 413), answer.text[:300]
    assert len(answer.content) < 10_000 and b"root:" not in answer.content


@pytest.mark.parametrize(
    ("method", "target"),
    [("POST", "/main/a?uploadId={}"), ("PUT", "/main/a?tagging"), ("PUT", "/main/a?acl"), ("PUT", "")],
    ids=["completion", "tags", "acl", "bucket"],
)
@pytest.mark.parametrize("bomb", ["entities", "depth", "many elements", "a giant attribute", "ten mebibytes"])
def test_every_document_is_bounded(server, repository, method: str, target: str, bomb: str) -> None:
    made = s3.signed(server, "POST", f"/{repository}/main/a?uploads")
    upload = made.text.split("<UploadId>")[1].split("<")[0]

    answer = s3.signed(server, method, f"/{repository}" + target.format(upload), XML_BOMBS[bomb])

    # An ACL is not looked at, a bucket that exists neither.
    assert answer.status_code < 500 or answer.status_code == 501, answer.text[:300]
    assert len(answer.content) < 10_000


def test_giant_lists_of_parts_are_refused(server, repository) -> None:
    made = s3.signed(server, "POST", f"/{repository}/main/parts?uploads")
    upload = made.text.split("<UploadId>")[1].split("<")[0]
    part = '<Part><PartNumber>{}</PartNumber><ETag>"' + "0" * 32 + '"</ETag></Part>'
    for numbers in (range(1, 100_001), range(1, 10_002), [1] * 10_000, [-1], [0], [1 << 64], ["x"], []):
        body = (
            "<CompleteMultipartUpload>"
            + "".join(part.format(number) for number in numbers)
            + "</CompleteMultipartUpload>"
        )

        answer = s3.signed(server, "POST", f"/{repository}/main/parts?uploadId={upload}", body.encode())

        assert 400 <= answer.status_code < 500, answer.text[:300]
    for number in ("0", "-1", "10001", "1e3", "", "x", "18446744073709551617"):
        answer = s3.signed(server, "PUT", f"/{repository}/main/parts?uploadId={upload}&partNumber={number}", b"x")
        assert 400 <= answer.status_code < 500, (number, answer.text[:300])
