"""Numbers, ranges, references, forms, patterns and dates that make no sense: 400, and never more work than they are worth."""

import httpx
import pytest

from support import raw, s3
from support.observer import MIB, unharmed_by_each_test
from support.raw import head

JSON = {"Content-Type": "application/json"}


_unharmed = unharmed_by_each_test(growth_bytes=400 * MIB)


AMOUNTS = [
    "-2",
    "-9223372036854775808",
    "1001",
    "9223372036854775807",
    "9223372036854775808",
    "1e3",
    "0x10",
    "",
    "ten",
    "%00",
    "1.5",
    "+5",
    "١",
]


@pytest.mark.parametrize("amount", AMOUNTS)
def test_absurd_amounts_are_400(api, server, repository, amount: str) -> None:
    for target in (
        "/repositories?amount={}",
        "/repositories/{r}/branches?amount={}",
        "/repositories/{r}/refs/main/objects/ls?amount={}",
        "/repositories/{r}/refs/main/commits?amount={}",
        "/repositories/{r}/branches/main/diff?amount={}",
        "/repositories/{r}/tags?amount={}",
        "/repositories/{r}/pulls?amount={}",
        "/repositories/{r}/actions/runs?amount={}",
        "/repositories/{r}/refs/main/diff/main?amount={}",
    ):
        [answer] = raw.exchange(
            server, head("GET", "/api/v1" + target.replace("{r}", repository).replace("{}", amount))
        )

        assert answer.status == 400, (target, answer)


@pytest.mark.parametrize("amount", ["-1", "99999999999999999999", "1e3", "x", "%00", "0x10", "-0"])
def test_absurd_numbers_of_the_gateway_are_refused(server, repository, amount: str) -> None:
    upload = s3.signed(server, "POST", f"/{repository}/main/n?uploads").text.split("<UploadId>")[1].split("<")[0]
    for target in (
        f"?max-keys={amount}",
        f"?list-type=2&max-keys={amount}",
        f"?versions&max-keys={amount}",
        f"?uploads&max-uploads={amount}",
        f"/main/n?uploadId={upload}&max-parts={amount}",
        f"/main/n?uploadId={upload}&part-number-marker={amount}",
        f"/main/n?partNumber={amount}",
    ):
        answer = s3.signed(server, "GET", f"/{repository}{target}")

        assert answer.status_code in (200, 400, 404, 416) if amount == "-0" else 400 <= answer.status_code < 500, (
            target,
            answer.text[:300],
        )


@pytest.mark.parametrize("token", ["x", "%00", "A" * 5000, "%FF%FE", "eyJhIjoxfQ%3D%3D", "..%2F.."])
def test_tokens_of_lists_are_checked(server, repository, token: str) -> None:
    answer = s3.signed(server, "GET", f"/{repository}?list-type=2&continuation-token={token}")

    assert answer.status_code in (200, 400), answer.text


@pytest.mark.parametrize(
    "range_",
    [
        "bytes=" + ",".join(f"{number}-" for number in range(3000)),
        "bytes=0-18446744073709551615",
        "bytes=18446744073709551615-",
        "bytes=-18446744073709551615",
        "bytes=9223372036854775807-9223372036854775808",
        "bytes=-9223372036854775808",
        "bytes=-",
        "bytes=5-1",
        "bytes=--1",
        "bytes=0x0-1",
        "chars=0-1",
        "bytes 0-1",
        "bytes=0-0-0",
    ],
)
def test_absurd_ranges(server, api, repository, range_: str) -> None:
    api.post("/branches/main/objects", params={"path": "r"}, content=b"0123456789").raise_for_status()

    rest = api.get("/refs/main/objects", params={"path": "r"}, headers={"Range": range_})
    gateway = s3.signed(server, "GET", f"/{repository}/main/r", headers={"Range": range_})

    assert rest.status_code in (200, 206, 400, 416) and len(rest.content) < 300
    assert gateway.status_code in (200, 206, 400, 416) and (len(gateway.content) < 2000)


FORM = {"Content-Type": "multipart/form-data; boundary=b"}
PART = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
FORMS = {
    "no boundary": ({"Content-Type": "multipart/form-data"}, b""),
    "a long boundary": ({"Content-Type": "multipart/form-data; boundary=" + "b" * 5000}, b""),
    "an empty boundary": ({"Content-Type": "multipart/form-data; boundary="}, b"--\r\n"),
    "no end": (FORM, PART % (b"other", b"x" * 100)),
    "an endless preamble": (FORM, b"x" * (2 << 20)),
    "a giant header": (FORM, b"--b\r\nX: " + b"x" * (1 << 20)),
    "many headers": (FORM, b"--b\r\n" + b"X: y\r\n" * 100_000),
    "many parts": (FORM, PART % (b"other", b"") * 100_000 + b"--b--\r\n"),
    "no content": (FORM, PART % (b"other", b"x") + b"--b--\r\n"),
    "no disposition": (FORM, b"--b\r\n\r\nx\r\n--b--\r\n"),
    "control bytes": (FORM, b'--b\r\nContent-Disposition: form-data; name="content\0"\r\n\r\nx\r\n--b--\r\n'),
    "an open quote": (FORM, b'--b\r\nContent-Disposition: form-data; name="content\r\n\r\nx\r\n--b--\r\n'),
    "no body": (FORM, b""),
    "zeros": (FORM, bytes(100_000)),
}


@pytest.mark.parametrize(("headers", "body"), FORMS.values(), ids=FORMS.keys())
def test_forms_that_are_none_are_refused(api, headers: dict, body: bytes) -> None:
    answer = api.post("/branches/main/objects", params={"path": "form"}, content=body, headers=headers)

    assert answer.status_code in (400, 413, 431), answer.text
    assert api.get("/refs/main/objects/stat", params={"path": "form"}).status_code == 404


def test_content_types_of_nonsense_are_400_or_kept(api) -> None:
    for kind in (
        'multipart/form-data; boundary="',
        "multipart/form-data;;;;",
        "/",
        ";",
        "a" * 10_000,
        "multipart/mixed",
        'text/plain; charset="',
    ):
        answer = api.post(
            "/branches/main/objects", params={"path": "kind"}, content=b"x", headers={"Content-Type": kind}
        )

        assert answer.status_code in (201, 400, 415), (kind, answer.text)


def test_patterns_that_backtrack_do_not(api) -> None:
    """Globs of protected branches are matched against every branch name."""
    pattern = "*a" * 30 + "b"
    answer = api.put("/settings/branch_protection", json=[{"pattern": pattern}])
    assert answer.status_code in (204, 400), answer.text
    made = api.post("/branches", json={"name": "a" * 200, "source": "main"})
    assert made.status_code == 201
    assert (
        api.post("/branches/" + "a" * 200 + "/objects", params={"path": "x"}, content=b"x", timeout=20).status_code
        == 201
    )


@pytest.mark.parametrize(
    "ref",
    [
        "main" + "~1" * 5000,
        "main~" + "9" * 400,
        "main^" + "9" * 400,
        "main~18446744073709551616",
        "main@" * 2000,
        "~",
        "^",
        "@",
        "$",
        "main~-1",
        "main~0" * 4000,
        "0" * 64,
        "f" * 10_000,
    ],
)
def test_absurd_references_are_refused(api, ref: str) -> None:
    for answer in (
        api.get(f"/refs/{ref}/objects/ls"),
        api.get(f"/refs/{ref}/commits"),
        api.get(f"/refs/main/diff/{ref}"),
        api.get(f"/commits/{ref}"),
        api.post("/branches", json={"name": "absurd", "source": ref}),
        api.post("/tags", json={"id": "absurd", "ref": ref}),
    ):
        assert 400 <= answer.status_code < 500 or (answer.status_code in (200, 201) and "~0" in ref), (
            ref[:30],
            answer.text[:300],
        )


def test_dates_and_numbers_out_of_range(api) -> None:
    for answer in (
        api.post("/branches/main/commits", json={"message": "m", "allow_empty": True, "date": 1 << 63}),
        api.post("/branches/main/commits", json={"message": "m", "allow_empty": True, "date": 1e300}),
        api.post("/branches/main/revert", json={"ref": "main", "parent_number": 1 << 63}),
        api.post("/branches/main/revert", json={"ref": "main", "parent_number": -(1 << 63)}),
        api.put("/settings/gc_rules", json={"default_retention_days": 1 << 40, "branches": []}),
        api.get("/refs/main/commits", params={"since": "9999999999-01-01T00:00:00Z"}),
    ):
        assert answer.status_code == 400, answer.text
    for date in (-(1 << 63), (1 << 63) - 1, 0, -1, 1 << 40):
        made = api.post("/branches/main/commits", json={"message": "m", "allow_empty": True, "date": date})
        assert made.status_code in (201, 400), made.text
    assert api.get("/refs/main/commits").status_code == 200


def test_the_installation_does_not_answer_to_strangers(server) -> None:
    """Everything but what is public needs credentials, whatever the body is."""
    public = {
        "/healthcheck",
        "/setup_lakefs",
        "/setup_comm_prefs",
        "/auth/login",
        "/user",
        "/auth/capabilities",
        "/oidc/callback",
        "/auth/external/principal/login",
        "/sts/login",
    }
    description = httpx.get(server.url + "/openapi.json", trust_env=False).json()
    with httpx.Client(base_url=server.url + "/api/v1", trust_env=False) as anyone:
        for path, methods in description["paths"].items():
            if path in public:
                continue
            for method in methods:
                if method not in ("get", "put", "post", "delete", "head", "patch"):
                    continue
                target = path
                while "{" in target:
                    target = target[: target.index("{")] + "lake" + target[target.index("}") + 1 :]
                answer = anyone.request(method, target)
                assert answer.status_code in (400, 401), (method, path, answer.status_code)
