"""What is asked of the lake when files are read in part."""

import os
import random

import pytest

pytest.importorskip("mere_spec")

from mere_spec import _ranges  # noqa: E402
from mere_spec._readahead import FIRST, LARGEST, TAIL, WHOLE, LakeCache  # noqa: E402


class Asked:
    """Bytes, and which of them were asked for."""

    def __init__(self, size: int) -> None:
        self.data = os.urandom(size)
        self.ranges: list[tuple[int, int]] = []
        self.cache = LakeCache(1 << 20, self._fetch, size)

    def _fetch(self, start: int, stop: int) -> bytes:
        assert 0 <= start < stop <= len(self.data)
        self.ranges.append((start, stop))
        return self.data[start:stop]

    def read(self, start: int, stop: int) -> None:
        assert self.cache._fetch(start, stop) == self.data[start:stop]


def test_a_small_file_is_one_request() -> None:
    asked = Asked(WHOLE)
    for start in (WHOLE - 8, 0, 1000):
        asked.read(start, start + 8)
    assert asked.ranges == [(0, WHOLE)]


def test_the_footer_and_two_columns_of_a_parquet_file_are_three_requests() -> None:
    size = 50 << 20
    asked = Asked(size)
    asked.read(size - 8, size)
    asked.read(size - 20_000, size - 8)
    asked.read(5 << 20, 10 << 20)
    asked.read(30 << 20, 35 << 20)
    asked.read(size - 8, size)
    assert asked.ranges == [(size - TAIL, size), (5 << 20, 10 << 20), (30 << 20, 35 << 20)]


def test_reading_in_order_asks_for_ever_more() -> None:
    size = 40 << 20
    asked = Asked(size)
    for start in range(0, size, 10_000):
        asked.read(start, min(start + 10_000, size))
    lengths = [stop - start for start, stop in asked.ranges]
    assert lengths[0] <= 4 * FIRST and max(lengths) == LARGEST and len(lengths) < 15
    assert sum(lengths) <= size + TAIL


def test_any_reads_give_the_right_bytes() -> None:
    choose = random.Random(7)
    for size in (1, 1000, WHOLE + 1, 3 << 20):
        asked = Asked(size)
        at = 0
        for _ in range(300):
            at = choose.choice((at, choose.randrange(size), max(0, size - choose.randrange(TAIL * 2))))
            stop = min(size, at + choose.choice((1, 100, 70_000, 1 << 20)))
            asked.read(at, stop)
            at = stop


def test_near_ranges_merge_and_far_ones_do_not() -> None:
    merged = _ranges.merge([(0, "a", 0, 10), (1, "b", 0, 10), (2, "a", 20, 30), (3, "a", 1 << 20, None), (4, "a", 2 << 20, 3 << 20)])
    assert [(one.path, one.start, one.end, one.wanted) for one in merged] == [
        ("a", 0, 30, [0, 2]), ("a", 1 << 20, None, [3, 4]), ("b", 0, 10, [1])]


def test_ranges_are_slices() -> None:
    data = bytes(range(20))
    for start in (None, 0, 5, -5, -50, 50):
        for end in (None, 0, 7, -3, -50, 50):
            first, last = _ranges.absolute(start, end, 20)
            assert data[first:last] == data[start:end]
