"""Clients that write at the same time, and what each was told: the ground truth of the crash tests.

Every client has keys and a branch of its own, so what must be true afterwards follows from what it alone was told.
An operation whose answer never came may have happened or not; one that was acknowledged must have.
"""

import hashlib
import random
import threading
from dataclasses import dataclass, field

import httpx

from support.poll import patience
from support.server import Server


@dataclass
class Acknowledged:
    """What one client knows: content by path on its branch, and the commits it was given."""

    staged: dict[str, bytes | None] = field(default_factory=dict)  # None: deleted
    doubtful: dict[str, bytes | None] = field(default_factory=dict)  # the one write without an answer
    commits: list[tuple[str, dict[str, bytes]]] = field(default_factory=list)  # id, and the whole branch then
    doubtful_commit: bool = False
    merged: list[str] = field(default_factory=list)  # paths that main must show


class Writer(threading.Thread):
    """Uploads, overwrites, deletes, commits and merges until the server no longer answers."""

    def __init__(self, server: Server, repository: str, name: str, seed: int, known: Acknowledged) -> None:
        super().__init__(name=name, daemon=True)
        self.client = server.client(timeout=patience(30))
        self.at = f"/repositories/{repository}"
        self.branch = name
        self.random = random.Random(seed)
        self.known = known
        self.operations = 0
        self.refused: list[str] = []

    def run(self) -> None:
        step = 0
        try:
            while True:
                step += 1
                kind = self.random.random()
                if kind < 0.6 or not self.known.staged:
                    self.upload(step)
                elif kind < 0.75:
                    self.delete()
                elif kind < 0.92:
                    self.commit(step)
                else:
                    self.merge()
                self.operations += 1
        except httpx.TransportError:
            pass  # the server is gone
        finally:
            self.client.close()

    def accepted(self, answer: httpx.Response) -> bool:
        if answer.is_success:
            return True
        self.refused.append(f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:200]}")
        return False

    def write(self, path: str, content: bytes | None, send) -> None:
        self.known.doubtful = {path: content}
        if self.accepted(send()):
            self.known.staged[path] = content
            self.known.doubtful = {}

    def upload(self, step: int) -> None:
        path = f"{self.branch}/{self.random.randrange(12)}"
        content = f"{self.branch} {step} ".encode() * self.random.choice([1, 10, 20_000])
        self.write(path, content, lambda: self.client.post(
            f"{self.at}/branches/{self.branch}/objects", params={"path": path}, content=content))

    def delete(self) -> None:
        path = self.random.choice(sorted(self.known.staged))
        self.write(path, None, lambda: self.client.delete(
            f"{self.at}/branches/{self.branch}/objects", params={"path": path}))

    def commit(self, step: int) -> None:
        self.known.doubtful_commit = True
        answer = self.client.post(f"{self.at}/branches/{self.branch}/commits",
                                  json={"message": f"{self.branch} {step}", "allow_empty": True})
        if self.accepted(answer):
            everything = {path: content for path, content in self.known.staged.items() if content is not None}
            self.known.commits.append((answer.json()["id"], everything))
        self.known.doubtful_commit = False

    def merge(self) -> None:
        """Into main, to which all clients merge at the same time."""
        if not self.known.commits:
            return
        answer = self.client.post(f"{self.at}/refs/{self.branch}/merge/main", json={"allow_empty": True})
        if self.accepted(answer):
            self.known.merged.append(self.known.commits[-1][0])


def problems_after(client: httpx.Client, repository: str, branch: str, known: Acknowledged) -> list[str]:
    """What the server says against what `known` was told; empty when all holds."""
    at = f"/repositories/{repository}"
    found = []

    def read(ref: str, path: str) -> bytes | None:
        answer = client.get(f"{at}/refs/{ref}/objects", params={"path": path})
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        if answer.headers["ETag"].strip('"') != hashlib.md5(answer.content).hexdigest():
            found.append(f"{ref}/{path}: the ETag is not the content's")
        return answer.content

    for path, content in known.staged.items():
        allowed = [content] + ([known.doubtful[path]] if path in known.doubtful else [])
        if (got := read(branch, path)) not in allowed:
            found.append(f"{branch}/{path}: got {_short(got)}, acknowledged {_short(content)}")
    for path, content in known.doubtful.items():
        if path not in known.staged and read(branch, path) not in (None, content):
            found.append(f"{branch}/{path}: half of an upload is seen")
    listed = client.get(f"{at}/refs/{branch}/objects/ls", params={"amount": 1000}).json()["results"]
    extra = {entry["path"] for entry in listed if entry["path"].startswith(f"{branch}/")} - known.staged.keys() - known.doubtful.keys()
    if extra:
        found.append(f"{branch}: objects that nobody wrote: {extra}")

    history = client.get(f"{at}/refs/{branch}/commits", params={"amount": 1000}).json()["results"]
    reachable = [commit["id"] for commit in history]
    missing = [commit for commit, _ in known.commits if commit not in reachable]
    if missing:
        found.append(f"{branch}: acknowledged commits are not reachable: {missing}")
    if len(reachable) > len(known.commits) + 1 + known.doubtful_commit:
        found.append(f"{branch}: {len(reachable)} commits, {len(known.commits)} acknowledged")
    if known.commits:
        last, everything = known.commits[-1]
        for path in known.staged:
            if read(last, path) != everything.get(path):
                found.append(f"commit {last}: {path} is not as committed")
    if known.merged:
        in_main = {commit["id"] for commit in client.get(f"{at}/refs/main/commits", params={"amount": 1000}).json()["results"]}
        if known.merged[-1] not in in_main:
            found.append(f"{branch}: an acknowledged merge is not in main")
    return found


def settle(client: httpx.Client, repository: str, branch: str, known: Acknowledged) -> None:
    """Takes over what turned out to be true of the operation without an answer."""
    at = f"/repositories/{repository}"
    for path in known.doubtful:
        answer = client.get(f"{at}/refs/{branch}/objects", params={"path": path})
        known.staged[path] = answer.content if answer.status_code == 200 else None
    known.doubtful = {}
    if known.doubtful_commit:
        head = client.get(f"{at}/branches/{branch}").json()["commit_id"]
        if not known.commits or head != known.commits[-1][0]:
            committed = {}
            for entry in client.get(f"{at}/refs/{head}/objects/ls", params={"amount": 1000}).json()["results"]:
                if entry["path"].startswith(f"{branch}/"):
                    committed[entry["path"]] = client.get(f"{at}/refs/{head}/objects", params={"path": entry["path"]}).content
            if client.get(f"{at}/commits/{head}").json()["message"].startswith(branch):
                known.commits.append((head, committed))
        known.doubtful_commit = False


def _short(content: bytes | None) -> str:
    return "nothing" if content is None else f"{len(content)} bytes {content[:30]!r}"
