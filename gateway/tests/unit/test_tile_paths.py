"""Addresses of tiles: one spelling each, as the specification's examples have it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.tiles import Tile, bundle, index_path, parse_tile


@pytest.mark.parametrize(("index", "path"), [(0, "000"), (999, "999"), (1000, "x001/000"), (1234067, "x001/x234/067")])
def test_an_index_is_written_in_groups_of_three(index: int, path: str) -> None:
    assert index_path(index) == path
    assert parse_tile("0", path) == Tile(0, index, 256)


@given(st.integers(0, 2**40), st.integers(1, 255))
def test_every_tile_is_read_back_from_its_address(index: int, width: int) -> None:
    assert parse_tile("1", f"{index_path(index)}.p/{width}") == Tile(1, index, width)


@given(st.text(max_size=30), st.text(max_size=30))
def test_whatever_is_asked_for_is_a_tile_by_its_one_address_or_none(level: str, path: str) -> None:
    tile = parse_tile(level, path)
    assert tile is None or path.startswith(index_path(tile.index))


def test_a_tree_of_70000_has_the_tiles_the_specification_says() -> None:
    last = [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert [tile.leaves for tile in last] == [70_000, 273 * 256, 65_536]


def test_a_bundle_puts_each_entry_behind_its_length() -> None:
    assert bundle([b"a", b"", b"b" * 300]) == b"\x00\x01a\x00\x00\x01\x2c" + b"b" * 300
