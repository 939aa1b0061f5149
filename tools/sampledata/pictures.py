"""Small pictures of lakes that do not exist: sky, hills, water, drawn by arithmetic as paletted PNGs."""

import math
import random
import struct
import zlib

WIDTH, HEIGHT = 240, 160


def palette(random_: random.Random) -> list[tuple[int, int, int]]:
    """16 shades each of sky, far hills, near hills and water."""
    hue = random_.uniform(0, 1)
    ends = [
        ((250, 220 - int(60 * hue), 190), (110, 150 + int(40 * hue), 220)),
        ((150, 170, 190), (90, 110, 140)),
        ((70, 110, 80), (30, 60 + int(20 * hue), 40)),
        ((120, 170, 200), (20, 60, 110)),
    ]
    return [
        tuple(round(a + (b - a) * i / 15) for a, b in zip(start, stop)) for start, stop in ends for i in range(16)
    ]


def ridge(random_: random.Random, height: float, roughness: float) -> list[float]:
    waves = [(random_.uniform(0.01, 0.09), random_.uniform(0, 6.3), random_.uniform(0.2, 1)) for _ in range(5)]
    return [height + roughness * sum(math.sin(f * x + p) * a for f, p, a in waves) for x in range(WIDTH)]


def pixels(seed: int) -> tuple[list[tuple[int, int, int]], list[bytes]]:
    random_ = random.Random(seed)
    colours = palette(random_)
    far = ridge(random_, 62, 7)
    near = ridge(random_, 84, 5)
    shore = 98 + random_.randrange(-8, 9)
    rows = []
    for y in range(HEIGHT):
        row = bytearray(WIDTH)
        for x in range(WIDTH):
            if y >= shore:
                wave = math.sin(0.7 * y + 3 * math.sin(0.05 * x + seed)) > 0.86
                row[x] = 48 + max(0, min(15, (y - shore) * 15 // (HEIGHT - shore) - 4 * wave))
            elif y >= near[x]:
                row[x] = 32 + max(0, min(15, int(y - near[x])))
            elif y >= far[x]:
                row[x] = 16 + max(0, min(15, int((y - far[x]) / 2)))
            else:
                row[x] = max(0, min(15, 15 - y * 15 // 75))
        rows.append(bytes(row))
    return colours, rows


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(seed: int) -> bytes:
    """The PNG specification, second edition: colour type 3, 8 bits."""
    colours, rows = pixels(seed)
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)
    table = b"".join(bytes(colour) for colour in colours)
    data = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"PLTE", table) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
