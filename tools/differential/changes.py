"""Steps that change something."""

from choices import Choices
from words import BRANCHES, CONTENT_TYPES, METADATA, ODD_BRANCHES, ODD_TAGS, PATHS, STRATEGIES, TAGS


class Changes(Choices):
    def upload(self) -> None:
        query, headers = [("path", self.path())], {}
        if content_type := self.random.choice(CONTENT_TYPES):
            headers["Content-Type"] = content_type
        if self.chance(0.3):
            headers |= {
                f"x-lakefs-meta-{key}": value
                for key, value in (("K", "v"), ("two", "2 2"))[: self.random.randint(1, 2)]
            }
        if self.chance(0.1):
            headers[self.random.choice(["If-None-Match", "If-None-Match", "If-Match"])] = self.random.choice(
                ["*", "*", "x", '"y"']
            )
        size = self.random.choice([0, 1, 5, 10, 100])
        self.add(
            "POST",
            "branches",
            self.branch(),
            "objects",
            query=query,
            headers=headers,
            body=self.random.choice("abc") * size,
        )

    def upload_form(self) -> None:
        name = self.random.choice(["content", "content", "content", "other"])
        kind = "" if self.chance(0.5) else "Content-Type: text/csv\r\n"
        self.add(
            "POST",
            "branches",
            self.branch(),
            "objects",
            query=[("path", self.path())],
            headers={
                "Content-Type": self.random.choice(["multipart/form-data; boundary=b"] * 4 + ["multipart/form-data"])
            },
            body=f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="f"\r\n{kind}\r\ncontent of a form\r\n--b--\r\n',
        )

    def delete(self) -> None:
        self.add("DELETE", "branches", self.branch(), "objects", query=[("path", self.path())])

    def delete_many(self) -> None:
        count = self.random.choice([0, 1, 3, 5] + [1001] * self.chance(0.1))
        self.add(
            "POST",
            "branches",
            self.branch(),
            "objects",
            "delete",
            json={"paths": [self.path() or "a" for _ in range(count)]},
        )  # an empty one: see differences.md

    def copy(self) -> None:
        body = {"src_path": self.path()}
        if self.chance(0.6):
            body["src_ref"] = self.ref()
        if self.chance(0.05):
            body["shallow"] = True
        self.add("POST", "branches", self.branch(), "objects", "copy", query=[("dest_path", self.path())], json=body)

    def set_metadata(self) -> None:
        self.add(
            "PUT",
            "branches",
            self.branch(),
            "objects",
            "stat",
            "user_metadata",
            query=[("path", self.path())],
            json={"set": self.random.choice(METADATA)},
        )

    def make_commit(self) -> None:
        self.date += self.random.randint(1, 1000)
        body = {"message": self.random.choice(["m", "", "two\nlines", "\u00e9 \U0001f40d"]), "date": self.date}
        if self.chance(0.4):
            body["metadata"] = self.random.choice(METADATA)
        if self.chance(0.2):
            body["allow_empty"] = True
        self.commits.append(self.add("POST", "branches", self.branch(), "commits", json=body))

    def change_and_commit(self) -> None:
        branch = self.random.choice(self.branches)
        for _ in range(self.random.randint(1, 4)):
            if self.chance(0.75):
                self.add(
                    "POST",
                    "branches",
                    branch,
                    "objects",
                    query=[("path", self.random.choice(PATHS))],
                    body=self.random.choice(["x", "y", "z"]),
                )
            else:
                self.add("DELETE", "branches", branch, "objects", query=[("path", self.random.choice(PATHS))])
        self.date += self.random.randint(1, 1000)
        self.commits.append(
            self.add("POST", "branches", branch, "commits", json={"message": f"on {branch}", "date": self.date})
        )

    def new_branch(self) -> None:
        name = self.random.choice(ODD_BRANCHES) if self.chance(0.2) else self.random.choice(BRANCHES)
        body = {"name": name, "source": self.ref()}
        if self.chance(0.1):
            body["hidden"] = True
        self.add("POST", "branches", json=body)
        if name in BRANCHES and name not in self.branches:
            self.branches.append(name)

    def drop_branch(self) -> None:
        self.add("DELETE", "branches", self.branch())

    def reset(self) -> None:
        kind = self.random.choice(["reset", "common_prefix", "object", "object", "bad"])
        body = {"type": kind}
        if kind in ("common_prefix", "object") and self.chance(0.9):
            body["path"] = self.path() if kind == "object" else self.prefix()
        self.add("PUT", "branches", self.branch(), json=body)

    def hard_reset(self) -> None:
        self.add("PUT", "branches", self.branch(), "hard_reset", query=[("ref", self.ref())])

    def revert(self) -> None:
        body = {"ref": self.ref(), "parent_number": self.random.choice([0, 0, 0, 1, 1, 2, 3, -1])}
        if self.chance(0.2):
            body["commit_overrides"] = {"message": "reverted", "metadata": {"r": "1"}}
        if self.chance(0.1):
            body["allow_empty"] = True
        self.commits.append(self.add("POST", "branches", self.branch(), "revert", json=body))

    def cherry_pick(self) -> None:
        body = {"ref": self.ref()}
        if self.chance(0.4):
            body["parent_number"] = self.random.choice([1, 1, 2, 0, -1, 3])
        # Always with metadata: without, a reference damages its copy of the picked commit.
        body["commit_overrides"] = {"metadata": {"p": "1"}, **({"message": "picked"} if self.chance(0.3) else {})}
        self.commits.append(self.add("POST", "branches", self.branch(), "cherry-pick", json=body))

    def merge(self) -> None:
        body = {}
        if (strategy := self.random.choice(STRATEGIES)) is not None:
            body["strategy"] = strategy
        if self.chance(0.3):
            body["message"] = self.random.choice(["merged", ""])
        if self.chance(0.2):
            body["metadata"] = {"m": "1"}
        for name in ("squash_merge", "allow_empty", "force"):
            if self.chance(0.12):
                body[name] = True
        source, destination = self.ref(), self.branch()
        self.add("GET", "refs", source, "merge", destination)  # where bases differ, what follows may
        self.commits.append(self.add("POST", "refs", source, "merge", destination, json=body or None))

    def tag(self) -> None:
        name = self.random.choice(ODD_TAGS) if self.chance(0.3) else self.random.choice(TAGS)
        self.add("POST", "tags", json={"id": name, "ref": self.ref(), **({"force": True} if self.chance(0.1) else {})})
        if name in TAGS:
            self.tags.append(name)

    def drop_tag(self) -> None:
        self.add("DELETE", "tags", self.random.choice([*TAGS, *ODD_TAGS[1:]]))

    def pull(self) -> None:
        kind = self.random.random()
        if kind < 0.4 or not self.pulls:
            self.pulls.append(
                self.add(
                    "POST",
                    "pulls",
                    json={
                        "title": self.random.choice(["t", ""]),
                        "source_branch": self.branch(),
                        "destination_branch": self.branch(),
                        **({"description": "d"} if self.chance(0.5) else {}),
                    },
                )
            )
            return
        pull = (
            f"{{{{id:{self.random.choice(self.pulls)}}}}}" if self.chance(0.9) else self.random.choice(["x", "0" * 20])
        )
        if kind < 0.6:
            self.add("GET", "pulls", pull)
        elif kind < 0.8:
            self.add(
                "PATCH",
                "pulls",
                pull,
                json=self.random.choice(
                    [
                        {"title": "new"},
                        {"status": "closed"},
                        {"status": "open"},
                        {"description": ""},
                        {"status": "x"},
                        {},
                    ]
                ),
            )
        else:
            self.add("PUT", "pulls", pull, "merge")

    def repository_metadata(self) -> None:
        if self.chance(0.6):
            self.add("POST", "metadata", json={"metadata": self.random.choice(METADATA)})
        else:
            self.add("DELETE", "metadata", json={"keys": self.random.choice([["k"], ["K", "none"], [], [""]])})
        self.add("GET", "metadata")

    def rules(self) -> None:
        if not self.settings:
            return
        if self.chance(0.7):
            patterns = self.random.choice([[], ["main"], ["*"], ["f*", "x-?"], ["[dx]*"]])
            self.add(
                "PUT", "settings", "branch_protection", json=[{"pattern": pattern} for pattern in patterns], settle=True
            )
        else:
            self.add(
                "PUT",
                "settings",
                "gc_rules",
                json={"default_retention_days": 7, "branches": [{"branch_id": "main", "retention_days": 3}]},
                settle=True,
            )
            self.add("GET", "settings", "gc_rules")
