"""A lake as an fsspec file system: `lakefs://` and `mere://`.

from mere_spec import LakeFSFileSystem

fs = LakeFSFileSystem(lake="./lake")  # or host="http://...", username="...", password="..."
fs.pipe("prices/main/2024/06.csv", b"...")
with fs.transaction("prices", "main") as tx:
    fs.put("./2024", f"prices/{tx.branch.id}/2024", recursive=True)
    tx.commit("prices of 2024")

What is here is imported when it is first used.
"""

TYPE_CHECKING = False  # as in `typing`, whose import would take most of the time of this one
if TYPE_CHECKING:
    from mere_spec.async_transaction import AsyncLakeFSTransaction as AsyncLakeFSTransaction
    from mere_spec.spec import LakeFSFileSystem as LakeFSFileSystem
    from mere_spec.transaction import LakeFSTransaction as LakeFSTransaction

__version__ = "0.15.1"
__all__ = ["AsyncLakeFSTransaction", "LakeFSFileSystem", "LakeFSTransaction"]

_MODULES = {
    "AsyncLakeFSTransaction": "mere_spec.async_transaction",
    "LakeFSFileSystem": "mere_spec.spec",
    "LakeFSTransaction": "mere_spec.transaction",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
