"""Tokens, keys and cookies that are forged, altered, expired or somebody else's."""

import base64
import hmac
import json
import re
import time

import httpx
import pytest

from support import keys, raw
from support.credentials import FAR, SECRET, server_with_a_known_secret
from support.observer import unharmed_by_each_test

@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with server_with_a_known_secret(tmp_path_factory.mktemp("credentials")) as running:
        yield running


_unharmed = unharmed_by_each_test()


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def token(claims: dict, *, secret: str = SECRET, header: dict | None = None, digest: str = "sha256") -> str:
    header = {"alg": "HS256", "typ": "JWT"} if header is None else header
    signed = base64url(json.dumps(header).encode()) + "." + base64url(json.dumps(claims).encode())
    return signed + "." + base64url(hmac.digest(secret.encode(), signed.encode(), digest))


def claims(**changes) -> dict:
    now = int(time.time())
    good = {"aud": "login", "exp": now + 600, "iat": now, "iss": "auth", "jti": "0", "sub": keys.USER}
    return {name: value for name, value in (good | changes).items() if value is not None}


def with_token(anyone: httpx.Client, value: str) -> httpx.Response:
    return anyone.get("/api/v1/repositories", headers={"Authorization": f"Bearer {value}"})


def test_a_token_signed_with_the_servers_secret_is_taken(anyone) -> None:
    """The others of this file differ from it in one thing each."""
    assert with_token(anyone, token(claims())).status_code == 200
    assert with_token(anyone, token(claims(exp=FAR))).status_code == 200


NONE = {"alg": "none", "typ": "JWT"}
FORGED = {
    "another key": lambda: token(claims(), secret="another secret that the tests know"),
    "no key": lambda: token(claims(), secret=""),
    "none, unsigned": lambda: token(claims(), header=NONE).rpartition(".")[0] + ".",
    "none, signed": lambda: token(claims(), header=NONE),
    "none in capitals": lambda: token(claims(), header={"alg": "NONE"}).rpartition(".")[0] + ".",
    "no algorithm": lambda: token(claims(), header={"typ": "JWT"}),
    "a public key's algorithm": lambda: token(claims(), header={"alg": "RS256", "typ": "JWT"}),
    "another algorithm than it says": lambda: token(claims(), header={"alg": "HS512"}),
    "an algorithm that is a number": lambda: token(claims(), header={"alg": 256}),
    "a key of its own": lambda: token(claims(), secret="x", header={"alg": "HS256", "jwk": {"kty": "oct", "k": "eA"}}),
    "a key's file": lambda: token(claims(), secret="", header={"alg": "HS256", "kid": "/dev/null"}),
    "a critical extension": lambda: token(claims(), header={"alg": "HS256", "crit": ["exp"]}),
    "no signature": lambda: token(claims()).rpartition(".")[0],
    "an empty signature": lambda: token(claims()).rpartition(".")[0] + ".",
    "half a signature": lambda: token(claims())[:-22],
    "more signature": lambda: token(claims()) + "AA",
    "a fourth part": lambda: token(claims()) + "." + base64url(b"{}"),
    "padded": lambda: token(claims()) + "=",
    "another subject": lambda: altered(token(claims()), sub="root"),
    "a later end": lambda: altered(token(claims(exp=1)), exp=FAR),
    "expired": lambda: token(claims(exp=int(time.time()) - 1)),
    "expired long ago": lambda: token(claims(exp=1)),
    "expired before time began": lambda: token(claims(exp=-FAR)),
    "without an end": lambda: token(claims(exp=None)),
    "an end in words": lambda: token(claims(exp="2999-01-01")),
    "an end beyond numbers": lambda: token(claims(exp=1e300)),
    "not yet": lambda: token(claims(nbf=FAR)),
    "of another audience": lambda: token(claims(aud="reset_password")),
    "of other audiences": lambda: token(claims(aud=["invite", "reset"])),
    "of nobody": lambda: token(claims(sub=None)),
    "of an empty name": lambda: token(claims(sub="")),
    "of an unknown user": lambda: token(claims(sub="root")),
    "of a list": lambda: token(claims(sub=[keys.USER])),
    "claims that are a list": lambda: token([claims()]),
    "deep claims": lambda: token({"a": json.loads("[" * 500 + "]" * 500)} | claims()),
    "large": lambda: token(claims(jti="x" * 20_000)),
    "words": lambda: "token",
    "dots": lambda: "..",
    "many dots": lambda: "." * 5000,
}


def altered(made: str, **changes) -> str:
    header, payload, signature = made.split(".")
    read = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return f"{header}.{base64url(json.dumps(read | changes).encode())}.{signature}"


@pytest.mark.parametrize("make", FORGED.values(), ids=FORGED.keys())
def test_forged_tokens_are_401(anyone, make) -> None:
    assert with_token(anyone, make()).status_code == 401


def test_every_bit_of_a_signature_counts(anyone) -> None:
    good = token(claims())
    signed, _, signature = good.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "=")

    for place in range(len(raw)):
        flipped = raw[:place] + bytes([raw[place] ^ 1 << place % 8]) + raw[place + 1 :]

        assert with_token(anyone, signed + "." + base64url(flipped)).status_code == 401


def basic(text: bytes | str) -> str:
    return "Basic " + base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic",
        "Basic ",
        "Basic !!!!",
        "Basic " + "A" * 5000,
        basic("nocolon"),
        basic(":"),
        basic(b"\xff\xfe:\x00"),
        basic(keys.ACCESS_KEY + ":"),
        basic(f"{keys.ACCESS_KEY}:{keys.SECRET_KEY} "),
        basic(f"{keys.ACCESS_KEY}:{keys.SECRET_KEY[:-1]}"),
        basic(f"{keys.ACCESS_KEY.lower()}:{keys.SECRET_KEY}"),
        basic(f":{keys.SECRET_KEY}"),
        basic(f"{keys.ACCESS_KEY}\0:{keys.SECRET_KEY}"),
        basic(f"{keys.ACCESS_KEY}:{keys.SECRET_KEY}\0"),
        "Bearer",
        "Bearer ",
        "Digest x",
        "Negotiate x",
        "\x7f",
        basic(f"{keys.ACCESS_KEY}:{keys.SECRET_KEY}") + ", Basic x",
    ],
)
def test_wrong_keys_are_401(server, authorization: str) -> None:
    sent = raw.head("GET", "/api/v1/repositories", f"Authorization: {authorization}", authorized=False)

    answers = raw.exchange(server, sent)

    assert [answer.status for answer in answers] in ([401], [400])  # 400: what cannot be a header


def test_cookies_that_were_altered_are_none(anyone) -> None:
    login = anyone.post(
        "/api/v1/auth/login", json={"access_key_id": keys.ACCESS_KEY, "secret_access_key": keys.SECRET_KEY}
    )
    cookie = re.search("internal_auth_session=([^;]+)", login.headers["Set-Cookie"]).group(1)
    anyone.cookies.clear()

    def status(value: str) -> int:
        return anyone.get("/api/v1/repositories", headers={"Cookie": f"internal_auth_session={value}"}).status_code

    payload, _, signature = cookie.rpartition(".")
    assert status(cookie) == 200
    for forged in (
        "",
        ".",
        payload,
        payload + ".",
        "." + signature,
        payload + "." + signature[::-1],
        signature + "." + payload,
        payload[:-4] + "." + signature,
        "A" * 30_000,
        token(claims()),
        cookie + "A",
    ):
        assert status(forged) == 401, forged[:80]
