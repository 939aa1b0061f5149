"""Seeded random scenarios: what users do to one repository, with mistakes and odd names among it."""

from changes import Changes
from questions import Questions
from steps import Step


class Generator(Changes, Questions):
    """All of it, and a look at everything in the end."""

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


CHOICES = [
    (Generator.upload, 16),
    (Generator.upload_form, 2),
    (Generator.delete, 5),
    (Generator.delete_many, 2),
    (Generator.copy, 3),
    (Generator.set_metadata, 2),
    (Generator.make_commit, 7),
    (Generator.change_and_commit, 9),
    (Generator.new_branch, 5),
    (Generator.drop_branch, 1),
    (Generator.reset, 2),
    (Generator.hard_reset, 1),
    (Generator.revert, 4),
    (Generator.cherry_pick, 4),
    (Generator.merge, 8),
    (Generator.tag, 3),
    (Generator.drop_tag, 1),
    (Generator.pull, 2),
    (Generator.repository_metadata, 1),
    (Generator.rules, 1),
    (Generator.read, 5),
    (Generator.stat, 5),
    (Generator.list_objects, 7),
    (Generator.diff_branch, 3),
    (Generator.diff_refs, 5),
    (Generator.log, 5),
    (Generator.ask, 4),
    (Generator.list_names, 2),
    (Generator.broken, 1),
]


def generate(seed: int, count: int, settings: bool = False) -> list[Step]:
    generator = Generator(seed, settings)
    kinds, weights = [kind for kind, _ in CHOICES], [weight for _, weight in CHOICES]
    while len(generator.steps) < count:
        generator.random.choices(kinds, weights)[0](generator)
    generator.census()
    return generator.steps
