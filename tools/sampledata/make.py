"""python3 tools/sampledata/make.py DIR: writes the files of the sample repository below DIR (sample/ in the project).

Needs pyarrow. Run it again after a change here; what it writes is kept in the project, so that building needs neither.
"""

import pathlib
import sys

import pyarrow as pa
import pyarrow.parquet as pq

from lakes import KNOWN, all_lakes
from pictures import png

ROWS = 100_000
PICTURES = 29

README = """# Welcome to your lake

This repository was filled when it was made, so that there is something to try things on:

- `lakes.parquet`: {rows:,} lakes with country, depth and area
- `data/lakes.source.md`: where that table comes from
- `images/`: {pictures} small pictures

Query it from Python, on whatever branch you like:

```python
import pandas as pd
lakes = pd.read_parquet("lakefs://quickstart/main/lakes.parquet")
lakes.groupby("Country").size().sort_values(ascending=False).head()
```

Then change it without fear: make a branch, write to it, look at the difference, merge it or throw it away.
The default branch is protected: it changes by merges only.
"""

SOURCE = """# lakes.parquet

{rows:,} rows. The first {known} are lakes of the world, with greatest depth and area as general reference works give
them, rounded. All others are made up by a seeded generator, with distributions near those of real lakes: use them to
try queries, not to learn geography.

| column | type | meaning |
|---|---|---|
| `Hylak_id` | int64 | number of the lake |
| `Lake_name` | string | its name; most lakes have none |
| `Country` | string | the country that most of it lies in |
| `Depth_m` | double | depth in metres |
| `Area_km2` | double | area in square kilometres |
"""


def main() -> None:
    root = pathlib.Path(sys.argv[1])
    (root / "data").mkdir(parents=True, exist_ok=True)
    (root / "images").mkdir(exist_ok=True)
    columns = list(zip(*all_lakes(ROWS)))
    table = pa.table(
        {
            "Hylak_id": pa.array(columns[0], pa.int64()),
            "Lake_name": pa.array(columns[1], pa.string()),
            "Country": pa.array(columns[2], pa.string()),
            "Depth_m": pa.array(columns[3], pa.float64()),
            "Area_km2": pa.array(columns[4], pa.float64()),
        }
    )
    pq.write_table(table, root / "lakes.parquet", compression="snappy")
    (root / "README.md").write_text(README.format(rows=ROWS, pictures=PICTURES))
    (root / "data" / "lakes.source.md").write_text(SOURCE.format(rows=ROWS, known=len(KNOWN)))
    for number in range(1, PICTURES + 1):
        (root / "images" / f"lake-{number:02}.png").write_bytes(png(number))


if __name__ == "__main__":
    main()
