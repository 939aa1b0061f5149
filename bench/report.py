"""The table of ratios with its limits, as Markdown, and as a plot."""

import html

# name: (times better at least, limit, at least this part of the limit)
GOALS: dict[str, tuple[float | None, str, float | None]] = {
    "stat": (15, "bare HTTP server", 0.6),
    "get of 1 KiB": (15, "bare HTTP server", 0.6),
    "branch get": (15, "bare HTTP server", 0.6),
    "list 100 by prefix": (10, "", None),
    "list 100 folders": (40, "", None),
    "upload of 1 KiB": (4, "", None),
    "branch create": (8, "", None),
    "100 upload+commit pairs": (10, "", None),
    "160 pairs on 16 branches": (10, "", None),
    "256 MiB up": (3, "disk", 0.8),
    "256 MiB down": (1.5, "bare download", 0.8),
    "staging entries": (5, "", None),
    "committing them": (5, "", None),
    "listing all": (10, "", None),
    "commit of 10 side by side": (3, "", None),
    "commit of 10 scattered": (20, "", None),
    "1 %: uncommitted diff": (10, "", None),
    "1 %: commit": (5, "", None),
    "1 %: diff of references": (10, "", None),
    "1 %: merge": (5, "", None),
    "1 %: revert": (5, "", None),
    "S3 GET of 1 KiB": (8, "", None),
    "S3 PUT of 1 KiB": (4, "", None),
    "S3 list of 1,000": (10, "", None),
    "S3 list of 1,000, uncommitted": (10, "", None),
    "S3 PUT of 256 MiB, unsigned": (3, "disk", 0.8),
    "S3 PUT of 256 MiB, signed": (3, "disk", 0.8),
    "S3 GET of 256 MiB": (3, "bare download", 0.8),
}
# What a plain S3 service is asked beside: name: times better than it at least.
PLAIN_GOALS: dict[str, float] = {"S3 GET of 1 KiB": 1}
# name: (text, bound, whether less is better)
BOUNDS: dict[str, tuple[str, float, bool]] = {
    "start": ("≤ 0.1 s", 0.1, True),
    "memory when idle": ("≤ 40 MiB", 40, True),
    "p99 of uploads, 64 connections": ("≤ 10 ms", 10, True),
    "64 writers, one branch": ("≥ 1,000/s", 1000, False),
    "of their requests refused": ("0", 0, True),
    "p99 of listings under as many deletes": ("≤ 5 ms", 5, True),
    "log of one path over them": ("≤ 0.1 s", 0.1, True),
    "import": ("≥ 50,000/s", 50_000, False),
    "memory at most": ("≤ 256 MiB", 256, True),
    "memory at most, importing": ("≤ 256 MiB", 256, True),
    "memory of 1,000 connections": ("flat: ≤ 32 MiB", 32, True),
}

Figures = dict[str, tuple[float, str]]


def times_better(name: str, ours: Figures, theirs: Figures | None) -> float | None:
    if not theirs or name not in theirs or not theirs[name][0] or not ours[name][0]:
        return None
    (mine, unit), other = ours[name], theirs[name][0]
    return mine / other if unit.endswith("/s") else other / mine


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 or value == int(value) else f"{value:.3g}"


def goal_of(name: str, ratio: float | None, part: float | None, value: float) -> tuple[str, bool]:
    """What is asked for, and whether all of it that was measured is reached."""
    texts, reached = [], True
    if name in GOALS:
        times, limit, least = GOALS[name]
        texts.append(f"{times:g}×")
        reached = reached and (ratio is None or ratio >= times)
        if limit:
            texts.append(f"{least:.0%} of {limit}")
            reached = reached and (part is None or part >= least)
    if name in BOUNDS:
        text, bound, less = BOUNDS[name]
        texts.append(text)
        reached = reached and (value <= bound if less else value >= bound)
    return ", ".join(texts), reached


def table(ours: Figures, theirs: Figures | None, limits: dict[str, float]) -> str:
    lines = ["| work | Mere | other | times better | of the limit | asked for | |", "|---|---:|---:|---:|---:|---|---|"]
    for name, (value, unit) in ours.items():
        ratio = times_better(name, ours, theirs)
        limit = GOALS.get(name, (None, "", None))[1]
        part = value / limits[limit] if limits.get(limit) else None
        goal, reached = goal_of(name, ratio, part, value)
        measured = ratio is not None or part is not None or name in BOUNDS
        cells = [
            name,
            f"{number(value)} {unit}".strip(),
            number(theirs[name][0]) if theirs and name in theirs else "",
            f"{ratio:.1f}×" if ratio else "",
            f"{part:.0%}" if part else "",
            goal,
            ("yes" if reached else "**no**") if goal and measured else "",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    for name, value in limits.items():
        unit = "MiB/s" if name in ("disk", "bare download") else "1/s"
        lines.append(f"| *limit: {name}* | {number(value)} {unit} | | | | | |")
    return "\n".join(lines)


def plain_table(ours: Figures, plain: Figures) -> str:
    """The same work on a plain S3 service."""
    lines = ["| work | Mere | plain S3 | times better | asked for | |", "|---|---:|---:|---:|---|---|"]
    for name, (value, unit) in ours.items():
        if name not in plain:
            continue
        ratio, goal = times_better(name, ours, plain), PLAIN_GOALS.get(name)
        cells = [
            name,
            f"{number(value)} {unit}".strip(),
            number(plain[name][0]),
            f"{ratio:.1f}×" if ratio else "",
            f"{goal:g}×" if goal else "",
            ("yes" if ratio >= goal else "**no**") if goal and ratio else "",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def plot(ours: Figures, theirs: Figures) -> str:
    """Ratios as bars on a logarithmic scale, with a mark where each should reach. SVG."""
    import math

    rows = [(name, times_better(name, ours, theirs)) for name in ours if name in GOALS]
    rows = [(name, ratio) for name, ratio in rows if ratio]
    left, width, height, row = 230, 560, 22 * len(rows) + 40, 22
    most = max([100.0, *(ratio for _, ratio in rows)])
    x = lambda ratio: left + width * max(0.0, math.log10(ratio / 0.5)) / math.log10(most / 0.5)  # noqa: E731
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 70}" height="{height}" '
        'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>'
    ]
    for tick in (1, 2, 5, 10, 20, 50, 100, 200, 500):
        if tick <= most:
            parts.append(
                f'<line x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="20" y2="{height - 14}" stroke="#ddd"/>'
                f'<text x="{x(tick):.1f}" y="14" text-anchor="middle" fill="#666">{tick}×</text>'
            )
    for index, (name, ratio) in enumerate(rows):
        y, goal = 26 + row * index, GOALS[name][0]
        color = "#2a7f62" if ratio >= goal else "#c2703d"
        parts.append(
            f'<text x="{left - 8}" y="{y + 11}" text-anchor="end">{html.escape(name)}</text>'
            f'<rect x="{left}" y="{y}" width="{x(ratio) - left:.1f}" height="14" fill="{color}"/>'
            f'<text x="{x(ratio) + 4:.1f}" y="{y + 11}">{ratio:.1f}×</text>'
            f'<line x1="{x(goal):.1f}" x2="{x(goal):.1f}" y1="{y - 3}" y2="{y + 17}" stroke="black" stroke-width="2"/>'
        )
    return "\n".join([*parts, "</svg>\n"])
