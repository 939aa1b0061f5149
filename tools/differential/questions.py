"""Steps that only ask."""

from choices import Choices
from words import BRANCHES, ODD_TAGS, PATHS, RANGES, TAGS


class Questions(Choices):
    def read(self) -> None:
        headers = {}
        if self.chance(0.3):
            headers["Range"] = self.random.choice(RANGES)
        if self.chance(0.15):
            headers["If-None-Match"] = self.random.choice(
                ['"0cc175b9c0f1b6a831c399e269772661"', '"9dd4e461268c8034f5c8564e155c67a6"', "*", "x"]
            )
        self.add(
            self.random.choice(["GET", "GET", "HEAD"]),
            "refs",
            self.ref(),
            "objects",
            query=[("path", self.path())],
            headers=headers,
        )

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
            query.append(
                (
                    "type",
                    self.random.choice(["two_dot", "three_dot", "x"] if self.chance(0.1) else ["two_dot", "three_dot"]),
                )
            )
        if self.chance(0.2):
            query.append(("include_right_stats", "true"))
        left, right = self.ref(), self.ref()
        self.add("GET", "refs", left, "merge", right)
        self.add("GET", "refs", left, "diff", right, query=query, walk=self.chance(0.5))

    def log(self) -> None:
        query = self.page(prefix=False, after=self.ref)
        for name, value in (
            ("objects", self.random.choice(PATHS)),
            ("prefixes", self.random.choice(["d/", "data", "x", ""])),
            ("first_parent", "true"),
            ("limit", "true"),
            ("stop_at", self.ref()),
            ("since", "2001-09-09T01:50:00Z"),
        ):
            if self.chance(0.12):
                query.append((name, value))
        self.add("GET", "refs", self.ref(), "commits", query=query, walk=self.chance(0.5))

    def ask(self) -> None:
        self.add(
            *self.random.choice(
                [
                    ("GET", "branches", self.branch()),
                    ("GET", "tags", self.random.choice([*TAGS, *ODD_TAGS[1:]])),
                    ("GET", "commits", self.ref()),
                    ("GET", "refs", self.ref(), "merge", self.branch()),
                    ("GET", "none"),
                    ("PATCH", "branches"),
                    ("GET", "metadata", "range", "0" * 64),
                ]
            )
        )

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
        more = self.random.choice(
            [
                {"json": {}},
                {"json": []},
                {"json": {"name": 1, "source": "main"}},
                {"body": "{", "headers": {"Content-Type": "application/json"}},
                {"body": "x", "headers": {"Content-Type": "text/plain"}},
                {"json": {"name": None, "source": "main"}},
                {},
            ]
        )
        self.add(
            "POST",
            *self.random.choice(
                [("branches",), ("tags",), ("branches", "main", "commits"), ("branches", "main", "revert"), ("pulls",)]
            ),
            **more,
        )
