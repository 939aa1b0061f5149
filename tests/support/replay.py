"""Replays recorded exchanges (data/exchanges) against a server and names every difference."""

import base64
import json
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import httpx

from support import keys
from support.compare import resolve, response_differences, substitute
from support.poll import patience

EXCHANGES = Path(__file__).parents[1] / "data" / "exchanges"
_BOUNDARY = "----exchange-boundary-7d1f"


@dataclass
class Scenario:
    """Steps that belong together: in order, sharing what they capture."""

    name: str
    file: str
    initialised: bool
    steps: list[dict]


def scenarios() -> list[Scenario]:
    found: dict[str, Scenario] = {}
    for file in sorted(EXCHANGES.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            step = json.loads(line)
            initialised = step.get("server") != "uninitialized"
            scenario = found.setdefault(step["scenario"], Scenario(step["scenario"], file.name, initialised, []))
            scenario.steps.append(step)
    return list(found.values())


def declared_differences() -> dict[str, str]:
    """Steps ("scenario#number") where Mere differs on purpose, and why: docs/differences.md tells users."""
    return tomllib.loads((EXCHANGES / "differences.toml").read_text()).get("differences", {})


def replay(scenario: Scenario, endpoint: str, import_dir: Path) -> dict[str, list[str]]:
    """The differences of each step that has any, under "scenario#number"."""
    variables = {"access_key": keys.ACCESS_KEY, "secret_key": keys.SECRET_KEY, "ns": "local://",
                 "import_dir": str(import_dir)}
    found = {}
    with httpx.Client(timeout=patience(60), follow_redirects=False, trust_env=False) as client:
        for step in scenario.steps:
            if differences := _replay_step(client, endpoint, step, variables):
                request = step["request"]
                found[f"{scenario.name}#{step['step']}"] = [
                    f"{request['method']} {request['path']} ({step.get('title', '')})", *differences]
    return found


def write_import_tree(root: Path) -> None:
    """The files that the recorded imports read."""
    contents = {"set1/a.txt": "alpha\n", "set1/b.txt": "bravo bravo\n", "set1/sub/c.csv": "x,y\n1,2\n",
                "set2/one.bin": "\x01\x02\x03", "set2/deep/er/two.json": "{}"}
    for name, text in contents.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _replay_step(client: httpx.Client, endpoint: str, step: dict, variables: dict) -> list[str]:
    try:
        request = substitute(step["request"], variables)
        response = _send_until(client, endpoint, request, step.get("poll"))
        return response_differences(step, response, variables)
    except httpx.HTTPError as problem:
        return [f"the request failed: {problem!r}"]
    except KeyError as missing:
        return [f"nothing was captured as ${{{missing.args[0]}}}"]


def _send_until(client: httpx.Client, endpoint: str, request: dict, poll: dict | None) -> httpx.Response:
    """Sends; where the step asks for it, again until its pointers have their values. The recorded pauses
    ("wait") are for the reference's caches: Mere has none that a client can notice."""
    deadline = time.monotonic() + patience((poll or {}).get("timeout", 30))
    while True:
        client.cookies.clear()
        response = _send(client, endpoint, request)
        if not poll or _reached(poll, response) or time.monotonic() > deadline:
            return response
        time.sleep(0.05)


def _reached(poll: dict, response: httpx.Response) -> bool:
    try:
        document = response.json()
        for pointer in poll.get("exists", []):
            resolve(document, pointer)
        return all(resolve(document, pointer) == value for pointer, value in poll.get("until", {}).items())
    except (ValueError, KeyError, IndexError, TypeError):
        return False


def _send(client: httpx.Client, endpoint: str, request: dict) -> httpx.Response:
    headers = dict(request.get("headers", {}))
    kind, _, value = request.get("auth", f"basic:{keys.ACCESS_KEY}:{keys.SECRET_KEY}").partition(":")
    if kind == "basic":
        headers["Authorization"] = "Basic " + base64.b64encode(value.encode()).decode()
    elif kind == "bearer":
        headers["Authorization"] = "Bearer " + value
    elif kind == "cookie":
        headers["Cookie"] = value
    body, content_type = _body_of(request)
    if content_type and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = content_type
    url = endpoint + ("" if request.get("raw_path") else "/api/v1") + request["path"]
    if request.get("query"):
        url += "?" + urlencode([tuple(pair) for pair in request["query"]], quote_via=quote)
    return client.request(request["method"], url, headers=headers, content=body)


def _body_of(request: dict) -> tuple[bytes | None, str | None]:
    """The bytes and their content type."""
    if "json" in request:
        return json.dumps(request["json"]).encode(), "application/json"
    if "text" in request:
        return request["text"].encode(), None
    if "base64" in request:
        return base64.b64decode(request["base64"]), None
    if "repeat" in request:
        return (request["repeat"]["text"] * request["repeat"]["times"]).encode(), None
    if "multipart" in request:
        return _form(request["multipart"]), "multipart/form-data; boundary=" + _BOUNDARY
    return None, None


def _form(parts: list[dict]) -> bytes:
    body = b""
    for part in parts:
        disposition = f'form-data; name="{part["name"]}"'
        if "filename" in part:
            disposition += f'; filename="{part["filename"]}"'
        body += f"--{_BOUNDARY}\r\nContent-Disposition: {disposition}\r\n".encode()
        if "content_type" in part:
            body += f"Content-Type: {part['content_type']}\r\n".encode()
        body += b"\r\n" + (base64.b64decode(part["base64"]) if "base64" in part else part.get("text", "").encode())
        body += b"\r\n"
    return body + f"--{_BOUNDARY}--\r\n".encode()
