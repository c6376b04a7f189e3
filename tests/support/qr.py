"""Reads a QR code as a phone does, without its error correction: what is printed must be right.

ISO/IEC 18004; tables of versions come from segno. One segment of bytes, which a URL is.
"""

import base64
from collections.abc import Iterator, Sequence
from typing import Any, Final

from playwright.async_api import Locator
from segno import consts

Matrix = Sequence[Sequence[bool]]
"""Rows of modules, dark or light, without the quiet zone."""

_LEVELS: Final = {0b01: consts.ERROR_LEVEL_L, 0b00: consts.ERROR_LEVEL_M}
_LEVELS.update({0b11: consts.ERROR_LEVEL_Q, 0b10: consts.ERROR_LEVEL_H})
_FORMAT_MASK: Final = 0b101010000010010
_MASKS: Final = (
    lambda y, x: (y + x) % 2,
    lambda y, _: y % 2,
    lambda _, x: x % 3,
    lambda y, x: (y + x) % 3,
    lambda y, x: (y // 2 + x // 3) % 2,
    lambda y, x: y * x % 2 + y * x % 3,
    lambda y, x: (y * x % 2 + y * x % 3) % 2,
    lambda y, x: ((y + x) % 2 + y * x % 3) % 2,
)
_BYTES: Final = 0b0100

_PIXELS: Final = """async (picture) => {
  const image = new Image();
  image.src = picture;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const paint = canvas.getContext("2d");
  paint.drawImage(image, 0, 0);
  const { data } = paint.getImageData(0, 0, image.width, image.height);
  return Array.from({ length: image.height }, (_, y) => Array.from({ length: image.width },
    (_, x) => data[(y * image.width + x) * 4] < 128 ? "1" : "0").join(""));
}"""


async def read_qr(drawn: Locator) -> str:
    """The text of a QR code as it is painted, with light around it."""
    picture = base64.b64encode(await drawn.screenshot()).decode()
    # Read in a window of its own: a page of ours lets no script load such a picture.
    reader = await drawn.page.context.new_page()
    rows: list[str] = await reader.evaluate(_PIXELS, f"data:image/png;base64,{picture}")
    await reader.close()
    dark = [(y, row.index("1"), row.rindex("1")) for y, row in enumerate(rows) if "1" in row]
    top, bottom, left = dark[0][0], dark[-1][0] + 1, min(first for _, first, _ in dark)
    corner = rows[top + 2][left:].index("0")  # the upper edge of a finder pattern: seven modules
    size = 17 + 4 * round(((bottom - top) * 7 / corner - 17) / 4)
    step = (bottom - top) / size
    middles = [(number + 0.5) * step for number in range(size)]
    return decode([[rows[int(top + y)][int(left + x)] == "1" for x in middles] for y in middles])


def decode(matrix: Matrix) -> str:
    """The text of a code's modules. Raise ValueError where it is not one segment of bytes."""
    version = (len(matrix) - 17) // 4
    level, mask = _format(matrix)
    bits = [matrix[y][x] ^ (_MASKS[mask](y, x) == 0) for y, x in _data_places(len(matrix), version)]
    codewords = [_number(bits[at : at + 8]) for at in range(0, len(bits) - 7, 8)]
    data = _in_order(codewords, consts.ECC[version][level])
    stream = [bool(word >> bit & 1) for word in data for bit in range(7, -1, -1)]
    if _number(stream[:4]) != _BYTES:
        raise ValueError("the first segment does not hold bytes")
    begins = 12 if version < 10 else 20
    length = _number(stream[4:begins])
    starts = range(begins, begins + 8 * length, 8)
    return bytes(_number(stream[at : at + 8]) for at in starts).decode()


def _format(matrix: Matrix) -> tuple[int, int]:
    """The level of error correction, and the number of the mask."""
    places = [(8, x) for x in (0, 1, 2, 3, 4, 5, 7, 8)] + [(y, 8) for y in (7, 5, 4, 3, 2, 1, 0)]
    found = _number([matrix[y][x] for y, x in places]) ^ _FORMAT_MASK
    return _LEVELS[found >> 13], found >> 10 & 0b111


def _data_places(size: int, version: int) -> Iterator[tuple[int, int]]:
    """Where data stands, in reading order: two columns at a time, up and down, from the right."""
    columns = [x for x in range(size - 1, 0, -1) if x > 6]
    columns += range(5, -1, -1)
    for pair in range(0, len(columns), 2):
        rows = range(size) if pair // 2 % 2 else range(size - 1, -1, -1)
        for y in rows:
            for x in columns[pair : pair + 2]:
                if not _is_fixed(y, x, size, version):
                    yield y, x


def _is_fixed(y: int, x: int, size: int, version: int) -> bool:
    far = size - 8
    finders = (y < 9 and x < 9) or (y < 9 and x >= far) or (y >= far and x < 9)
    timing = 6 in (y, x)
    versions = version > 6 and ((y < 6 and x >= size - 11) or (x < 6 and y >= size - 11))
    return finders or timing or versions or _in_alignment(y, x, size, version)


def _in_alignment(y: int, x: int, size: int, version: int) -> bool:
    middles = consts.ALIGNMENT_POS[version - 2] if version > 1 else ()
    at_finders = {(6, 6), (6, size - 7), (size - 7, 6)}
    return any(
        abs(y - row) < 3 and abs(x - column) < 3
        for row in middles
        for column in middles
        if (row, column) not in at_finders
    )


def _in_order(codewords: Sequence[int], blocks: Any) -> list[int]:
    """The data of each block after the other; they are written one codeword of each in turn."""
    lengths = [block.num_data for block in blocks for _ in range(block.num_blocks)]
    found: list[list[int]] = [[] for _ in lengths]
    words = iter(codewords)
    for at in range(max(lengths)):
        for block, length in zip(found, lengths, strict=True):
            if at < length:
                block.append(next(words))
    return [word for block in found for word in block]


def _number(bits: Sequence[bool]) -> int:
    return int("".join("01"[bit] for bit in bits), 2)
