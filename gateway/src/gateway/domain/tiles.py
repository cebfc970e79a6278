"""The ledger as tiles (C2SP tlog-tiles): addresses of tiles, and what stands in a bundle of entries. It reads nothing."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

WIDTH = 256
_HEIGHT = 8
_INDEX = re.compile(r"(?:x[0-9]{3}/)*[0-9]{3}")
_PARTIAL = re.compile(r"[1-9][0-9]{0,2}")
_LEVEL = re.compile(r"0|[1-9][0-9]?")
_LONGEST_INDEX = 33  # seven groups: beyond what a position can be
_MOST_POSITIONS = 2**63


@dataclass(frozen=True, slots=True)
class Tile:
    """The nodes of tree level `8·level` from `first` on, `width` of them."""

    level: int
    index: int
    width: int

    @property
    def node_level(self) -> int:
        return _HEIGHT * self.level

    @property
    def first(self) -> int:
        return WIDTH * self.index

    @property
    def leaves(self) -> int:
        """The smallest tree that has all of it."""
        return (self.first + self.width) << self.node_level


def parse_tile(level: str, path: str) -> Tile | None:
    """`0`, `x001/234.p/5` as a tile; None where that is not an address of one: each tile has exactly one."""
    if not _LEVEL.fullmatch(level) or int(level) > 63:
        return None
    index, dot, width = path.partition(".p/")
    if (
        len(index) > _LONGEST_INDEX
        or not _INDEX.fullmatch(index)
        or (dot and (not _PARTIAL.fullmatch(width) or int(width) >= WIDTH))
    ):
        return None
    number = int(index.replace("x", "").replace("/", ""))
    tile = Tile(int(level), number, int(width) if dot else WIDTH)
    return tile if index_path(number) == index and tile.leaves <= _MOST_POSITIONS else None


def index_path(index: int) -> str:
    """1234067 as `x001/x234/067`."""
    last = f"{index % 1000:03}"
    rest = index // 1000
    while rest:
        last = f"x{rest % 1000:03}/{last}"
        rest //= 1000
    return last


def bundle(entries: Iterable[bytes]) -> bytes:
    """Entries one after the other, each behind its length in two bytes."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)
