"""Walking lists of the API to their end."""

from collections.abc import Iterator

import httpx


def every(client: httpx.Client, path: str, **parameters) -> Iterator[dict]:
    """All results of a paged list, page by page."""
    after = ""
    while True:
        answer = client.get(path, params={"amount": 1000, "after": after} | parameters)
        answer.raise_for_status()
        page = answer.json()
        yield from page["results"]
        if not page["pagination"]["has_more"]:
            return
        assert page["pagination"]["next_offset"] > after, "pages must advance"
        after = page["pagination"]["next_offset"]
