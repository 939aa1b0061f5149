"""One of the two servers: runs a scenario in a repository of its own and keeps what was answered."""

import base64
import http.client
import json
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from steps import Step, resolve

PAGES = 60  # of one walk through a list


@dataclass
class Answer:
    status: int
    headers: dict[str, str] = field(default_factory=dict)  # names in lower case
    body: Any = None  # parsed JSON, or text


class Server:
    def __init__(self, url: str, access_key: str, secret_key: str, settle: float = 0) -> None:
        parts = urlsplit(url)
        self.url = url
        self._address = (parts.hostname, parts.port or 80)
        self._authorization = "Basic " + base64.b64encode(f"{access_key}:{secret_key}".encode()).decode()
        self._settle = settle
        self._connection: http.client.HTTPConnection | None = None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def run(self, steps: list[Step], repository: str) -> list[Answer]:
        """The answers to `steps`, in a new repository that is deleted afterwards."""
        made = self._ask(
            "POST",
            "/api/v1/repositories",
            body=json.dumps({"name": repository, "storage_namespace": f"local://{repository}"}).encode(),
            headers={"Content-Type": "application/json"},
        )
        if made.status != 201:
            raise RuntimeError(f"{self.url}: no repository: {made.status} {made.body}")
        known: dict[tuple[str, int], str] = {}
        try:
            return [self._run(step, repository, known) for step in steps]
        finally:
            self._ask("DELETE", f"/api/v1/repositories/{repository}", query=[("force", "true")])

    def _run(self, step: Step, repository: str, known: dict[tuple[str, int], str]) -> Answer:
        pieces = [
            quote(resolve(piece, known, repository).encode("utf-8", "surrogateescape"), safe="")
            for piece in step.pieces
        ]
        path = "/".join([f"/api/v1/repositories/{repository}", *pieces])
        query = [(name, resolve(value, known, repository)) for name, value in step.query]
        headers = {name: resolve(value, known, repository) for name, value in step.headers.items()}
        body = None
        if step.json is not None:
            body = json.dumps(resolve(step.json, known, repository)).encode()
            headers.setdefault("Content-Type", "application/json")
        elif step.body is not None:
            body = step.body.encode("latin-1")

        answer = self._ask(step.method, path, query=query, headers=headers, body=body)
        if step.walk and answer.status == 200:
            answer = self._walk(answer, path, query)
        _remember(step.number, answer, known)
        if step.settle and self._settle and answer.status < 400:
            time.sleep(self._settle)  # until the reference has forgotten what it had cached
        return answer

    def _walk(self, first: Answer, path: str, query: list[tuple[str, str]]) -> Answer:
        """All pages in one answer: its results in order, and how many came with each page."""
        results, sizes = list(first.body["results"]), [len(first.body["results"])]
        page = first
        while page.body["pagination"]["has_more"] and len(sizes) < PAGES:
            after = page.body["pagination"]["next_offset"]
            page = self._ask("GET", path, query=[pair for pair in query if pair[0] != "after"] + [("after", after)])
            if page.status != 200:
                return page
            results += page.body["results"]
            sizes.append(len(page.body["results"]))
        return Answer(200, first.headers, {"results": results, "pages": sizes})

    def _ask(self, method: str, path: str, *, query=(), headers=None, body: bytes | None = None) -> Answer:
        target = path + ("?" + urlencode(query, encoding="utf-8", errors="surrogateescape") if query else "")
        sent = {"Authorization": self._authorization, **(headers or {})}
        for attempt in range(2):
            if self._connection is None:
                self._connection = http.client.HTTPConnection(*self._address, timeout=60)
            try:
                self._connection.request(method, target, body=body, headers=sent)
                response = self._connection.getresponse()
                content = response.read()
                break
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                self.close()  # it closed a kept connection
                if attempt == 1:
                    raise
            except http.client.IncompleteRead as broken:
                self.close()
                return Answer(response.status, {}, f"broken off after {len(broken.partial)} bytes")
        received = {name.lower(): value for name, value in response.getheaders()}
        if response.will_close:
            self.close()
        return Answer(response.status, received, _parse(content, received.get("content-type", "")))


def _parse(content: bytes, content_type: str) -> Any:
    if content_type.startswith("application/json"):
        try:
            return json.loads(content)
        except ValueError:
            pass
    return content.decode("latin-1")


def _remember(number: int, answer: Answer, known: dict[tuple[str, int], str]) -> None:
    """What later steps may refer to."""
    if answer.status >= 300:
        return
    body = answer.body
    if isinstance(body, str):
        commit = body
    elif isinstance(body, dict):
        commit = body.get("id") or body.get("reference") or ""
        if not re.fullmatch("[0-9a-f]{64}", str(commit)):
            commit = body.get("commit_id") or ""
        if isinstance(body.get("id"), str):
            known["id", number] = body["id"]
        if isinstance(body.get("physical_address"), str):
            known["address", number] = body["physical_address"]
    else:
        return
    if re.fullmatch("[0-9a-f]{64}", str(commit)):
        known["commit", number] = commit
