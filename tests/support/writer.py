"""A client that writes to a branch of its own and knows what must be there: the oracle of the crash tests.

Operations of one writer follow each other, so when the server dies at most one of them is in doubt: it may
have happened or not. Everything acknowledged must hold, whole.
"""

import hashlib
import random

import httpx

Content = dict[str, bytes]


class Doubt(Exception):
    """The server went away before it answered."""


class Writer:
    def __init__(self, repository: str, number: int, seed: int) -> None:
        self.repository, self.branch = repository, f"writer{number}"
        self.random = random.Random(seed)
        self.working: Content = {}
        self.commits: list[tuple[str, Content]] = []      # acknowledged, with what they hold
        self.merged: Content = {}                         # of ours in main, at the last acknowledged merge
        self.states: list[Content] = [{}]                 # what the branch may show now
        self.merged_states: list[Content] = [{}]          # what main may show of ours

    def path(self) -> str:
        return f"{self.branch}/{self.random.randrange(12)}"

    def request(self, client: httpx.Client, method: str, path: str, **arguments) -> httpx.Response:
        try:
            return client.request(method, f"/repositories/{self.repository}{path}", **arguments)
        except httpx.TransportError as error:
            raise Doubt from error

    def create_branch(self, client: httpx.Client) -> None:
        self.request(client, "POST", "/branches", json={"name": self.branch, "source": "main"}).raise_for_status()

    def step(self, client: httpx.Client) -> None:
        """One random operation. Raises Doubt when the server went away; `states` then says what may be."""
        operation = self.random.choices([self.upload, self.delete, self.commit, self.merge, self.reset],
                                        [10, 4, 4, 2, 1])[0]
        operation(client)
        self.states, self.merged_states = [self.working], [self.merged]

    def upload(self, client: httpx.Client) -> None:
        path, data = self.path(), self.random.randbytes(self.random.choice([0, 10, 1000, 50_000, 300_000]))
        after = self.working | {path: data}
        self.states = [self.working, after]
        answer = self.request(client, "POST", f"/branches/{self.branch}/objects", params={"path": path}, content=data)
        assert answer.status_code == 201, answer.text
        assert answer.json()["checksum"] == hashlib.md5(data).hexdigest()
        self.working = after

    def delete(self, client: httpx.Client) -> None:
        path = self.path()
        after = {name: data for name, data in self.working.items() if name != path}
        self.states = [self.working, after]
        answer = self.request(client, "DELETE", f"/branches/{self.branch}/objects", params={"path": path})
        assert answer.status_code == 204, answer.text
        self.working = after

    def commit(self, client: httpx.Client) -> None:
        answer = self.request(client, "POST", f"/branches/{self.branch}/commits", json={"message": "a commit"})
        if answer.status_code == 400:
            assert answer.json()["message"] == "commit: no changes"
            return
        assert answer.status_code == 201, answer.text
        self.commits.append((answer.json()["id"], dict(self.working)))

    def merge(self, client: httpx.Client) -> None:
        if not self.commits:
            return
        after = self.commits[-1][1]
        self.merged_states = [self.merged, after]
        answer = self.request(client, "POST", f"/refs/{self.commits[-1][0]}/merge/main", json={})
        if answer.status_code == 400:
            assert "no changes" in answer.json()["message"], answer.text
        else:
            assert answer.status_code == 200, answer.text
        self.merged = after

    def reset(self, client: httpx.Client) -> None:
        answer = self.request(client, "GET", f"/branches/{self.branch}")
        committed = read_all(client, self.repository, answer.json()["commit_id"], f"{self.branch}/")
        self.states = [self.working, committed]
        answer = self.request(client, "PUT", f"/branches/{self.branch}", json={"type": "reset"})
        assert answer.status_code == 204, answer.text
        self.working = committed

    def verify(self, client: httpx.Client) -> None:
        """What the server shows now is one of what may be; from here on, that is what is."""
        shown = read_all(client, self.repository, self.branch, f"{self.branch}/")
        assert shown in self.states, f"{self.branch} shows {names(shown)}, may show {[names(s) for s in self.states]}"
        self.working = shown
        in_main = read_all(client, self.repository, "main", f"{self.branch}/")
        assert in_main in self.merged_states, f"main shows {names(in_main)} of {self.branch}"
        self.merged = in_main

        log = client.get(f"/repositories/{self.repository}/refs/{self.branch}/commits", params={"amount": 1000})
        reachable = {commit["id"] for commit in log.json()["results"]}
        for commit, content in self.commits:
            assert commit in reachable, f"acknowledged commit {commit} of {self.branch} is gone"
        for commit, content in self.commits[-2:]:
            assert read_all(client, self.repository, commit, f"{self.branch}/") == content
        self.states, self.merged_states = [self.working], [self.merged]


def names(content: Content) -> list[str]:
    return sorted(f"{path}={hashlib.md5(data).hexdigest()[:6]}" for path, data in content.items())


def read_all(client: httpx.Client, repository: str, ref: str, prefix: str) -> Content:
    """Every object under `prefix`, read back and compared with what the listing says of it."""
    content: Content = {}
    answer = client.get(f"/repositories/{repository}/refs/{ref}/objects/ls", params={"prefix": prefix, "amount": 1000})
    answer.raise_for_status()
    assert not answer.json()["pagination"]["has_more"]
    for item in answer.json()["results"]:
        data = client.get(f"/repositories/{repository}/refs/{ref}/objects", params={"path": item["path"]})
        data.raise_for_status()
        assert len(data.content) == item["size_bytes"]
        assert hashlib.md5(data.content).hexdigest() == item["checksum"], item["path"]
        content[item["path"]] = data.content
    return content
