"""Tiles by their addresses, read by a client written from the C2SP specification alone: roots and proofs come out the same."""

import base64
import hashlib
import struct

import pytest

from contracts.payment import FeeAssessed
from gateway.tests.conftest import Gateway

LEDGER = "/lgsp/v1/ledger"


def parent(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: list[bytes]) -> bytes:
    """RFC 6962 §2.1 as it is written, over hashes of leaves."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << ((len(hashes) - 1).bit_length() - 1)
    return parent(root_of(hashes[:split]), root_of(hashes[split:]))


async def fetched(gateway: Gateway, address: str) -> bytes:
    answer = await gateway.get(f"{LEDGER}/tile/{address}")
    assert answer.status_code == 200, address
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert "immutable" in answer.headers["Cache-Control"]
    return answer.content


async def filled(gateway: Gateway, size: int) -> tuple[int, bytes]:
    """So many entries; size and root of the checkpoint over them."""
    for start in range(0, size, 200):
        events = [
            FeeAssessed(version=1, dossier_code=f"H26-{n}", total=0) for n in range(start, min(start + 200, size))
        ]
        await gateway.send(*events)
    await gateway.sign()
    _, said, root, *_ = (await gateway.get(f"{LEDGER}/checkpoint")).text.split("\n")
    return int(said), base64.b64decode(root)


async def test_the_root_is_made_anew_from_tiles_and_from_entries_by_an_independent_client(gateway: Gateway) -> None:
    size, root = await filled(gateway, 600)
    level0 = b"".join([await fetched(gateway, address) for address in ("0/000", "0/001", "0/002.p/88")])
    level1 = await fetched(gateway, "1/000.p/2")
    leaves = [level0[at : at + 32] for at in range(0, len(level0), 32)]
    assert (len(leaves), root_of(leaves)) == (size, root)
    full = [level1[:32], level1[32:]]
    assert full == [root_of(leaves[:256]), root_of(leaves[256:512])]
    assert parent(parent(*full), root_of(leaves[512:])) == root
    bundles = [await fetched(gateway, f"entries/{address}") for address in ("000", "001", "002.p/88")]
    entries = []
    for bundle in bundles:
        at = 0
        while at < len(bundle):
            (length,) = struct.unpack_from(">H", bundle, at)
            entries.append(bundle[at + 2 : at + 2 + length])
            at += 2 + length
    assert [hashlib.sha256(b"\x00" + entry).digest() for entry in entries] == leaves


async def test_what_the_checkpoint_does_not_cover_is_not_served(gateway: Gateway) -> None:
    await filled(gateway, 3)
    await gateway.send(FeeAssessed(version=1, dossier_code="late", total=0))
    assert len(await fetched(gateway, "0/000.p/3")) == 96
    for address in ("0/000.p/4", "0/000", "1/000.p/1", "entries/000.p/4", "0/001.p/1"):
        answer = await gateway.get(f"{LEDGER}/tile/{address}")
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/ledger-tile-not-found")


@pytest.mark.parametrize(
    "address",
    [
        "0/0", "00/000.p/1", "0/000.p/0", "0/000.p/256", "0/000.p/01", "0/x000/000.p/1", "64/000.p/1", "0/000.p/1/",
        "0/-01", "x/000.p/1", "entries/0", "0/" + "x000/" * 2000 + "000.p/1", "0/000.p/٣", "63/000.p/1",
    ],
)  # fmt: skip
async def test_each_tile_has_one_address(gateway: Gateway, address: str) -> None:
    await filled(gateway, 3)
    assert (await gateway.get(f"{LEDGER}/tile/{address}")).status_code == 404
