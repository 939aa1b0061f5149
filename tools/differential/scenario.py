"""Seeded random scenarios: what users do to one repository, with mistakes and odd names among it."""

import random

from steps import Step

PATHS = ["a", "b", "c", "d/e", "d/f", "d/e/g", "data/2024/01", "data/2024/02", "data/2025/01", "data-x", "data.csv", "z"]
ODD_PATHS = ["/", "//", "/a", "a/", "a//b", ".", "..", "../a", "d/../a", "a b", "a+b", "a%2Fb", "a%", "a?b=c&d", "a#b", "\u00e9", "e\u0301", "\u4e2d\u6587/\u0444",
             "\U0001f40d", "tab\there", "line\nend", "quote\"'", "back\\slash", "<&>", "\u2028", "\x7f", "x" * 1024, "x" * 1025, " ", "", "_lakefs/x", "A", "\u00c9"]
BRANCHES = ["dev", "feature", "fix_1", "x-y", "_u"]
ODD_BRANCHES = ["", "-a", "a b", "a/b", "\u00e9", "a.b", "main~1", "main@", "HEAD", "deadbeef", "a" * 200, "main ", "..", "a~b", "1"]
TAGS = ["v1", "v2", "release/1.0", "\u00fcber", ".hidden", "-dash"]
ODD_TAGS = ["", "@", "a..b", "a.lock", "a.", "a b", "a^b", "a:b", "a?", "a*", "a[b", "a\\b", "@{x", "/a", "a/", "a//b", "main", "tab\t", "a/b", "abc123", "0"]
CONTENT_TYPES = [None, "text/csv", "application/json", "text/plain; charset=utf-8", "image/png", "x/y", "text/html"]
DELIMITERS = ["/", "/", "/", "-", ".", "d", "a/", "\u00e9"]
RANGES = ["bytes=0-0", "bytes=0-", "bytes=2-5", "bytes=-3", "bytes=-0", "bytes=5-2", "bytes=100-", "bytes=0-1,3-4", "bytes=x", "0-1", "bytes=0-99999999999", ""]
METADATA = [{}, {"k": "v"}, {"K": "V", "empty": "", "\u00e9": "\u4e2d"}, {"a": "1", "b": "2"}]
BAD_REFS = ["none", "main~99", "main^9", "main^0", "main~x", "main@", "main$", "main@~1", "main$~1", "~1", "@", "main~1^1", "main~0", "a b", "main~1~1", "f" * 64, "0" * 63, "abcdef", "MAIN"]
STRATEGIES = [None, None, None, "source-wins", "dest-wins", "", "ours"]


class Generator:
    """Remembers roughly what exists, so that most requests mean something."""

    def __init__(self, seed: int, settings: bool = False) -> None:
        self.random = random.Random(seed)
        self.steps: list[Step] = []
        self.branches = ["main"]
        self.tags: list[str] = []
        self.commits: list[int] = []  # numbers of the steps that made them
        self.pulls: list[int] = []
        self.date = 1_000_000_000
        self.settings = settings

    # --- choices

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def path(self) -> str:
        return self.random.choice(ODD_PATHS if self.chance(0.12) else PATHS)

    def prefix(self) -> str:
        return self.random.choice(["", "d", "d/", "data", "data/", "data/2024/", "data-", "a", "x", "none", "/", "d/e", "\u00e9", "_"])

    def branch(self) -> str:
        if self.chance(0.05):
            return self.random.choice([*ODD_BRANCHES[1:], "none"])
        return self.random.choice(self.branches)

    def commit(self) -> str:
        if not self.commits:
            return "main"
        number = self.random.choice(self.commits[-20:])
        return f"{{{{commit:{number}}}}}" if self.chance(0.7) else f"{{{{commit:{number}:16}}}}"

    def ref(self) -> str:
        kind = self.random.random()
        if kind < 0.5:
            return self.random.choice(self.branches)
        if kind < 0.65:
            return self.commit()
        if kind < 0.75 and self.tags:
            return self.random.choice(self.tags)
        if kind < 0.88:
            return self.random.choice(self.branches) + self.random.choice(["~1", "~2", "^1", "^2", "@", "~", "^", "~1^2", "^2~1", "$", "~3"])
        return self.random.choice(BAD_REFS)

    def add(self, method: str, *pieces: str, **more) -> int:
        number = len(self.steps)
        self.steps.append(Step(number=number, method=method, pieces=list(pieces), **more))
        return number

    def page(self, *, delimiter: bool = False, prefix: bool = True, after=None) -> list[tuple[str, str]]:
        query = []
        if self.chance(0.7):
            query.append(("amount", self.random.choice(["1", "2", "3", "5", "100", "1000", "0", "-1"] + ["1001", "-2", "x", ""] * self.chance(0.1))))
        if prefix and self.chance(0.5):
            query.append(("prefix", self.prefix()))
        if delimiter and self.chance(0.5):
            query.append(("delimiter", self.random.choice(DELIMITERS)))
        if self.chance(0.3):
            query.append(("after", after() if after else self.random.choice([*PATHS, *ODD_PATHS[:12], "d", "d/", "data/", "data/2024/", "zz"])))
        return query

    # --- changes

    def upload(self) -> None:
        query, headers = [("path", self.path())], {}
        if content_type := self.random.choice(CONTENT_TYPES):
            headers["Content-Type"] = content_type
        if self.chance(0.3):
            headers |= {f"x-lakefs-meta-{key}": value for key, value in (("K", "v"), ("two", "2 2"))[:self.random.randint(1, 2)]}
        if self.chance(0.1):
            headers[self.random.choice(["If-None-Match", "If-None-Match", "If-Match"])] = self.random.choice(["*", "*", "x", '"y"'])
        size = self.random.choice([0, 1, 5, 10, 100])
        self.add("POST", "branches", self.branch(), "objects", query=query, headers=headers, body=self.random.choice("abc") * size)

    def upload_form(self) -> None:
        name = self.random.choice(["content", "content", "content", "other"])
        kind = "" if self.chance(0.5) else "Content-Type: text/csv\r\n"
        self.add("POST", "branches", self.branch(), "objects", query=[("path", self.path())],
                 headers={"Content-Type": self.random.choice(["multipart/form-data; boundary=b"] * 4 + ["multipart/form-data"])},
                 body=f"--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"f\"\r\n{kind}\r\ncontent of a form\r\n--b--\r\n")

    def delete(self) -> None:
        self.add("DELETE", "branches", self.branch(), "objects", query=[("path", self.path())])

    def delete_many(self) -> None:
        count = self.random.choice([0, 1, 3, 5] + [1001] * self.chance(0.1))
        self.add("POST", "branches", self.branch(), "objects", "delete", json={"paths": [self.path() for _ in range(count)]})

    def copy(self) -> None:
        body = {"src_path": self.path()}
        if self.chance(0.6):
            body["src_ref"] = self.ref()
        if self.chance(0.05):
            body["shallow"] = True
        self.add("POST", "branches", self.branch(), "objects", "copy", query=[("dest_path", self.path())], json=body)

    def set_metadata(self) -> None:
        self.add("PUT", "branches", self.branch(), "objects", "stat", "user_metadata", query=[("path", self.path())],
                 json={"set": self.random.choice(METADATA)})

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
                self.add("POST", "branches", branch, "objects", query=[("path", self.random.choice(PATHS))], body=self.random.choice(["x", "y", "z"]))
            else:
                self.add("DELETE", "branches", branch, "objects", query=[("path", self.random.choice(PATHS))])
        self.date += self.random.randint(1, 1000)
        self.commits.append(self.add("POST", "branches", branch, "commits", json={"message": f"on {branch}", "date": self.date}))

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
            self.pulls.append(self.add("POST", "pulls", json={"title": self.random.choice(["t", ""]), "source_branch": self.branch(), "destination_branch": self.branch(),
                                                              **({"description": "d"} if self.chance(0.5) else {})}))
            return
        pull = f"{{{{id:{self.random.choice(self.pulls)}}}}}" if self.chance(0.9) else self.random.choice(["x", "0" * 20])
        if kind < 0.6:
            self.add("GET", "pulls", pull)
        elif kind < 0.8:
            self.add("PATCH", "pulls", pull, json=self.random.choice([{"title": "new"}, {"status": "closed"}, {"status": "open"}, {"description": ""}, {"status": "x"}, {}]))
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
            self.add("PUT", "settings", "branch_protection", json=[{"pattern": pattern} for pattern in patterns], settle=True)
        else:
            self.add("PUT", "settings", "gc_rules", json={"default_retention_days": 7, "branches": [{"branch_id": "main", "retention_days": 3}]}, settle=True)
            self.add("GET", "settings", "gc_rules")

    # --- questions

    def read(self) -> None:
        headers = {}
        if self.chance(0.3):
            headers["Range"] = self.random.choice(RANGES)
        if self.chance(0.15):
            headers["If-None-Match"] = self.random.choice(['"0cc175b9c0f1b6a831c399e269772661"', '"9dd4e461268c8034f5c8564e155c67a6"', "*", "x"])
        self.add(self.random.choice(["GET", "GET", "HEAD"]), "refs", self.ref(), "objects", query=[("path", self.path())], headers=headers)

    def stat(self) -> None:
        query = [("path", self.path())]
        if self.chance(0.2):
            query.append(("user_metadata", self.random.choice(["true", "false", "x"])))
        self.add("GET", "refs", self.ref(), "objects", "stat", query=query)

    def list_objects(self) -> None:
        query = self.page(delimiter=True)
        if self.chance(0.2):
            query.append(("user_metadata", self.random.choice(["true", "false"])))
        self.add("GET", "refs", self.ref(), "objects", "ls", query=query, walk=self.chance(0.5))

    def diff_branch(self) -> None:
        self.add("GET", "branches", self.branch(), "diff", query=self.page(delimiter=True), walk=self.chance(0.5))

    def diff_refs(self) -> None:
        query = self.page(delimiter=True)
        if self.chance(0.5):
            query.append(("type", self.random.choice(["two_dot", "three_dot", "x"] if self.chance(0.1) else ["two_dot", "three_dot"])))
        if self.chance(0.2):
            query.append(("include_right_stats", "true"))
        left, right = self.ref(), self.ref()
        self.add("GET", "refs", left, "merge", right)
        self.add("GET", "refs", left, "diff", right, query=query, walk=self.chance(0.5))

    def log(self) -> None:
        query = self.page(prefix=False, after=self.ref)
        for name, value in (("objects", self.random.choice(PATHS)), ("prefixes", self.random.choice(["d/", "data", "x", ""])), ("first_parent", "true"),
                            ("limit", "true"), ("stop_at", self.ref()), ("since", "2001-09-09T01:50:00Z")):
            if self.chance(0.12):
                query.append((name, value))
        self.add("GET", "refs", self.ref(), "commits", query=query, walk=self.chance(0.5))

    def ask(self) -> None:
        self.add(*self.random.choice([
            ("GET", "branches", self.branch()), ("GET", "tags", self.random.choice([*TAGS, *ODD_TAGS[1:]])), ("GET", "commits", self.ref()),
            ("GET", "refs", self.ref(), "merge", self.branch()), ("GET", "none"), ("PATCH", "branches"), ("GET", "metadata", "range", "0" * 64)]))

    def list_names(self) -> None:
        kind = self.random.choice(["branches", "tags", "pulls"])
        query = self.page(after=lambda: self.random.choice([*BRANCHES, *TAGS]))
        if kind == "branches" and self.chance(0.2):
            query.append(("show_hidden", "true"))
        if kind == "pulls" and self.chance(0.5):
            query.append(("status", self.random.choice(["open", "closed", "all", "x"])))
        self.add("GET", kind, query=query, walk=kind != "pulls" and self.chance(0.5))

    def broken(self) -> None:
        """Requests that validation refuses."""
        more = self.random.choice([
            {"json": {}}, {"json": []}, {"json": {"name": 1, "source": "main"}}, {"body": "{", "headers": {"Content-Type": "application/json"}},
            {"body": "x", "headers": {"Content-Type": "text/plain"}}, {"json": {"name": None, "source": "main"}}, {}])
        self.add("POST", *self.random.choice([("branches",), ("tags",), ("branches", "main", "commits"), ("branches", "main", "revert"), ("pulls",)]), **more)

    # --- the whole

    def census(self) -> None:
        """What there is in the end, all of it."""
        self.add("GET", "branches", query=[("show_hidden", "true"), ("amount", "1000")])
        self.add("GET", "tags", query=[("amount", "1000")])
        for branch in self.branches:
            self.add("GET", "refs", branch, "objects", "ls", query=[("amount", "7")], walk=True)
            self.add("GET", "refs", branch, "objects", "ls", query=[("delimiter", "/")], walk=True)
            self.add("GET", "refs", branch, "commits", query=[("amount", "10")], walk=True)
            self.add("GET", "branches", branch, "diff", query=[("amount", "1000")])
            for other in self.branches:
                self.add("GET", "refs", branch, "merge", other)
                self.add("GET", "refs", branch, "diff", other, query=[("amount", "1000")])
        for tag in sorted(set(self.tags)):
            self.add("GET", "refs", tag, "objects", "ls", query=[("amount", "1000")])


CHOICES = [(Generator.upload, 16), (Generator.upload_form, 2), (Generator.delete, 5), (Generator.delete_many, 2), (Generator.copy, 3), (Generator.set_metadata, 2),
           (Generator.make_commit, 7), (Generator.change_and_commit, 9), (Generator.new_branch, 5), (Generator.drop_branch, 1), (Generator.reset, 2),
           (Generator.hard_reset, 1), (Generator.revert, 4), (Generator.cherry_pick, 4), (Generator.merge, 8), (Generator.tag, 3), (Generator.drop_tag, 1), (Generator.pull, 2),
           (Generator.repository_metadata, 1), (Generator.rules, 1), (Generator.read, 5), (Generator.stat, 5), (Generator.list_objects, 7), (Generator.diff_branch, 3),
           (Generator.diff_refs, 5), (Generator.log, 5), (Generator.ask, 4), (Generator.list_names, 2), (Generator.broken, 1)]


def generate(seed: int, count: int, settings: bool = False) -> list[Step]:
    generator = Generator(seed, settings)
    kinds, weights = [kind for kind, _ in CHOICES], [weight for _, weight in CHOICES]
    while len(generator.steps) < count:
        generator.random.choices(kinds, weights)[0](generator)
    generator.census()
    return generator.steps
