"""A lake as an fsspec file system: `lakefs://` and `mere://`.

from mere_spec import LakeFSFileSystem

fs = LakeFSFileSystem(lake="./lake")  # or host="http://...", username="...", password="..."
fs.pipe("prices/main/2024/06.csv", b"...")
with fs.transaction("prices", "main") as tx:
    fs.put("./2024", f"prices/{tx.branch.id}/2024", recursive=True)
    tx.commit("prices of 2024")
"""

from mere_spec.spec import LakeFSFileSystem as LakeFSFileSystem
from mere_spec.transaction import LakeFSTransaction as LakeFSTransaction

__version__ = "0.15.1"
