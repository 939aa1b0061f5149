"""The shortest list of steps that still shows a difference: halves, quarters, ... single steps are left out."""

from collections.abc import Callable

from steps import Step


def shrink(steps: list[Step], shows: Callable[[list[Step]], bool], tries: int = 400) -> list[Step]:
    """`shows` runs a list on both servers. `steps` is known to show."""
    parts = 2
    while len(steps) > 1 and tries > 0:
        size = max(1, (len(steps) + parts - 1) // parts)
        for start in range(len(steps) - size if size == len(steps) else (len(steps) - 1) // size * size, -1, -size):
            rest = steps[:start] + steps[start + size :]
            tries -= 1
            if rest and shows(rest):
                steps = rest
                parts = max(2, parts - 1)
                break
            if tries <= 0:
                break
        else:
            if size == 1:
                break
            parts = min(len(steps), parts * 2)
    return steps
