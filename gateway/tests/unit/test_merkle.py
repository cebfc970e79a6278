"""The ledger's hash tree against RFC 6962 read literally, the Certificate Transparency vectors, and tampering."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.merkle import (
    EMPTY_ROOT,
    MissingNodeError,
    NodeId,
    appended_nodes,
    consistency_proof,
    frontier,
    inclusion_path,
    inclusion_proof,
    leaf_hash,
    node_hash,
    nodes_for_consistency,
    nodes_for_inclusion,
    nodes_for_root,
    root,
    verify_consistency,
    verify_inclusion,
)

# The inputs, roots and proofs that the certificate-transparency reference implementations are tested with.
CT_LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
CT_INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CT_CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}

Rows = dict[NodeId, bytes]


# --- RFC 6962 §2.1, as its formulas stand --------------------------------------------------------------------------


def mth(data: Sequence[bytes]) -> bytes:
    if not data:
        return hashlib.sha256(b"").digest()
    if len(data) == 1:
        return hashlib.sha256(b"\x00" + data[0]).digest()
    k = largest_power_of_two_below(len(data))
    return hashlib.sha256(b"\x01" + mth(data[:k]) + mth(data[k:])).digest()


def path(m: int, data: Sequence[bytes]) -> list[bytes]:
    if len(data) == 1:
        return []
    k = largest_power_of_two_below(len(data))
    return [*path(m, data[:k]), mth(data[k:])] if m < k else [*path(m - k, data[k:]), mth(data[:k])]


def subproof(m: int, data: Sequence[bytes], *, whole: bool) -> list[bytes]:
    if m == len(data):
        return [] if whole else [mth(data)]
    k = largest_power_of_two_below(len(data))
    if m <= k:
        return [*subproof(m, data[:k], whole=whole), mth(data[k:])]
    return [*subproof(m - k, data[k:], whole=False), mth(data[:k])]


def largest_power_of_two_below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


# --- a ledger as the database would keep it ------------------------------------------------------------------------


def some_leaves(size: int) -> list[bytes]:
    return [f"entry {position}".encode() for position in range(size)]


def append(rows: Rows, size: int, batch: Sequence[bytes]) -> None:
    hashes = [leaf_hash(data) for data in batch]
    known = fetch(rows, frontier(size))
    rows.update({(0, size + offset): value for offset, value in enumerate(hashes)})
    for node in appended_nodes(size, hashes, known):
        assert (node.level, node.index) not in rows, "a node is completed once"
        rows[node.level, node.index] = node.hash


def stored(leaves: Sequence[bytes]) -> Rows:
    rows: Rows = {}
    append(rows, 0, leaves)
    return rows


def fetch(rows: Rows, ids: Sequence[NodeId]) -> Rows:
    """Only what was asked for, so that a proof which needs more fails."""
    return {node: rows[node] for node in ids}


def flip_a_bit(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8 % len(changed)] ^= 1 << bit % 8
    return bytes(changed)


def prove_inclusion(rows: Rows, index: int, size: int) -> list[bytes]:
    return inclusion_proof(index, size, fetch(rows, nodes_for_inclusion(index, size)))


def prove_consistency(rows: Rows, old: int, new: int) -> list[bytes]:
    return consistency_proof(old, new, fetch(rows, nodes_for_consistency(old, new)))


# --- the published vectors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", range(1, 9))
def test_the_certificate_transparency_roots_are_met(size: int) -> None:
    rows = stored(CT_LEAVES)
    assert root(size, fetch(rows, nodes_for_root(size))).hex() == CT_ROOTS[size - 1]


def test_the_root_of_an_empty_ledger_is_the_hash_of_nothing() -> None:
    assert root(0, {}) == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(("index", "size"), CT_INCLUSION)
def test_the_certificate_transparency_inclusion_proofs_are_met(index: int, size: int) -> None:
    proof = prove_inclusion(stored(CT_LEAVES), index, size)
    assert [element.hex() for element in proof] == CT_INCLUSION[index, size]
    assert verify_inclusion(leaf_hash(CT_LEAVES[index]), index, size, proof, bytes.fromhex(CT_ROOTS[size - 1]))


@pytest.mark.parametrize(("old", "new"), CT_CONSISTENCY)
def test_the_certificate_transparency_consistency_proofs_are_met(old: int, new: int) -> None:
    proof = prove_consistency(stored(CT_LEAVES), old, new)
    assert [element.hex() for element in proof] == CT_CONSISTENCY[old, new]
    old_root, new_root = bytes.fromhex(CT_ROOTS[old - 1]), bytes.fromhex(CT_ROOTS[new - 1])
    assert verify_consistency(old, new, old_root, new_root, proof)


# --- against the reference -----------------------------------------------------------------------------------------


def test_every_root_and_proof_of_every_small_tree_is_that_of_the_rfc() -> None:
    leaves = some_leaves(33)
    rows = stored(leaves)
    for size in range(len(leaves) + 1):
        head = root(size, fetch(rows, nodes_for_root(size)))
        assert head == mth(leaves[:size])
        for index in range(size):
            proof = prove_inclusion(rows, index, size)
            assert proof == path(index, leaves[:size])
            assert verify_inclusion(leaf_hash(leaves[index]), index, size, proof, head)
        for old in range(1, size + 1):
            proof = prove_consistency(rows, old, size)
            assert proof == subproof(old, leaves[:size], whole=True)
            assert verify_consistency(old, size, mth(leaves[:old]), head, proof)


@given(st.lists(st.lists(st.binary(max_size=8), max_size=9), max_size=9))
def test_batches_of_any_size_store_the_same_tree_as_one_append(batches: list[list[bytes]]) -> None:
    rows: Rows = {}
    leaves: list[bytes] = []
    for batch in batches:
        append(rows, len(leaves), batch)
        leaves += batch
    complete = {
        (level, index): mth(leaves[index << level : (index + 1) << level])
        for level in range(len(leaves).bit_length())
        for index in range(len(leaves) >> level)
    }
    assert rows == complete


def test_a_parent_is_handed_out_after_its_children() -> None:
    completed = appended_nodes(0, [leaf_hash(data) for data in CT_LEAVES], {})
    assert [(node.level, node.index) for node in completed] == [(1, 0), (1, 1), (2, 0), (1, 2), (1, 3), (2, 1), (3, 0)]


@given(st.integers(1, 2**63 - 1), st.data())
def test_what_must_be_fetched_grows_with_the_logarithm_and_exists(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(0, size))
    levels = size.bit_length()
    for ids, most in (
        (frontier(size), levels),
        (nodes_for_inclusion(index, size), 2 * levels),
        (nodes_for_consistency(old, size), 2 * levels),
    ):
        assert len(ids) <= most
        assert all((index + 1) << level <= size for level, index in ids), "only complete subtrees are stored"


@given(st.integers(1, 2**63 - 1), st.data())
def test_prover_and_verifier_agree_on_the_shape_of_a_tree_of_any_size(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    # Any hashes will do: which side each one is joined on is what the two must agree on.
    rows: Rows = {node: hashlib.sha256(repr(node).encode()).digest() for node in nodes_for_inclusion(index, size)}
    proof = inclusion_proof(index, size, rows)
    head, start, end = leaf_hash(b"the entry"), index, index + 1
    for sibling, value in zip(inclusion_path(index, size), proof, strict=True):
        if sibling.end == start:
            head, start = node_hash(value, head), sibling.start
        else:
            assert sibling.start == end
            head, end = node_hash(head, value), sibling.end
    assert (start, end) == (0, size)
    assert verify_inclusion(leaf_hash(b"the entry"), index, size, proof, head)


# --- tampering -----------------------------------------------------------------------------------------------------


@given(st.integers(1, 70), st.data())
def test_an_inclusion_proof_holds_for_nothing_but_what_it_proves(size: int, data: st.DataObject) -> None:
    leaves = some_leaves(size)
    index = data.draw(st.integers(0, size - 1))
    bit = data.draw(st.integers(0, 255))
    leaf, head, proof = leaf_hash(leaves[index]), mth(leaves), path(index, leaves)
    assert verify_inclusion(leaf, index, size, proof, head)

    assert not verify_inclusion(flip_a_bit(leaf, bit), index, size, proof, head)
    assert not verify_inclusion(leaf, index, size, proof, flip_a_bit(head, bit))
    assert not verify_inclusion(leaf, index, size, [*proof, leaf], head)
    for other in set(range(size)) - {index}:
        assert not verify_inclusion(leaf, other, size, proof, head)
    for place, element in enumerate(proof):
        assert not verify_inclusion(leaf, index, size, proof[:place] + proof[place + 1 :], head)
        changed = [*proof[:place], flip_a_bit(element, bit), *proof[place + 1 :]]
        assert not verify_inclusion(leaf, index, size, changed, head)


@given(st.integers(2, 70), st.data())
def test_a_consistency_proof_holds_for_nothing_but_what_it_proves(new: int, data: st.DataObject) -> None:
    leaves = some_leaves(new)
    old = data.draw(st.integers(1, new - 1))
    bit = data.draw(st.integers(0, 255))
    old_root, new_root, proof = mth(leaves[:old]), mth(leaves), subproof(old, leaves, whole=True)
    assert verify_consistency(old, new, old_root, new_root, proof)

    assert not verify_consistency(old, new, flip_a_bit(old_root, bit), new_root, proof)
    assert not verify_consistency(old, new, old_root, flip_a_bit(new_root, bit), proof)
    assert not verify_consistency(old, new, old_root, new_root, [])
    assert not verify_consistency(old, new, old_root, new_root, [*proof, old_root])
    assert not verify_consistency(new, old, new_root, old_root, proof)
    for place, element in enumerate(proof):
        assert not verify_consistency(old, new, old_root, new_root, proof[:place] + proof[place + 1 :])
        changed = [*proof[:place], flip_a_bit(element, bit), *proof[place + 1 :]]
        assert not verify_consistency(old, new, old_root, new_root, changed)


@given(st.integers(2, 40), st.data())
def test_a_rewritten_past_is_not_consistent_with_the_checkpoint_before(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new - 1))
    rewritten = data.draw(st.integers(0, old - 1))
    leaves = some_leaves(new)
    published = mth(leaves[:old])
    leaves[rewritten] += b" rewritten"
    rows = stored(leaves)
    assert not verify_consistency(old, new, published, mth(leaves), prove_consistency(rows, old, new))


def test_an_inner_node_cannot_be_passed_off_as_a_leaf() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)


@pytest.mark.parametrize("length", [31, 33])
def test_elements_of_another_length_than_a_hash_are_refused(length: int) -> None:
    leaf, sibling = leaf_hash(b"a"), bytes(length)
    head = node_hash(leaf, sibling)  # so that nothing but the length is wrong
    assert not verify_inclusion(leaf, 0, 2, [sibling], head)
    assert not verify_consistency(1, 2, leaf, head, [sibling])


def test_a_proof_is_not_taken_for_one_of_a_smaller_tree() -> None:
    """Its first elements fit; what is left over would otherwise move the leaf, or the old tree, to another place."""
    leaves = some_leaves(8)
    assert not verify_inclusion(leaf_hash(leaves[1]), 0, 1, path(1, leaves[:2]), mth(leaves[:2]))
    assert not verify_consistency(3, 4, mth(leaves[:7]), mth(leaves), subproof(7, leaves, whole=True))


def test_a_proof_is_not_taken_for_one_of_a_larger_tree() -> None:
    leaves = some_leaves(2)
    assert not verify_inclusion(leaf_hash(leaves[0]), 0, 3, path(0, leaves), mth(leaves))
    assert not verify_consistency(1, 3, mth(leaves[:1]), mth(leaves), subproof(1, leaves, whole=True))


# --- the edges -----------------------------------------------------------------------------------------------------


def test_any_tree_grows_out_of_the_empty_one() -> None:
    head = mth(CT_LEAVES)
    assert nodes_for_consistency(0, 8) == []
    assert verify_consistency(0, 8, EMPTY_ROOT, head, [])
    assert verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])
    assert not verify_consistency(0, 8, head, head, [])
    assert not verify_consistency(0, 0, head, head, [])
    assert not verify_consistency(0, 8, EMPTY_ROOT, head, [head])


def test_trees_of_one_size_are_consistent_only_if_they_are_the_same() -> None:
    head, other = mth(CT_LEAVES), mth(CT_LEAVES[:7])
    assert verify_consistency(8, 8, head, head, [])
    assert not verify_consistency(8, 8, head, other, [])
    assert not verify_consistency(8, 8, head, head, [head])


def test_a_leaf_beyond_the_tree_is_never_included() -> None:
    leaf = leaf_hash(b"only")
    assert verify_inclusion(leaf, 0, 1, [], leaf)
    assert not verify_inclusion(leaf, 1, 1, [], leaf)
    assert not verify_inclusion(leaf, -1, 1, [], leaf)
    assert not verify_inclusion(leaf, 0, 0, [], leaf)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_asking_for_a_leaf_that_is_not_there_is_an_error(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="has no leaf"):
        nodes_for_inclusion(index, size)


@pytest.mark.parametrize(("old", "new"), [(4, 3), (-1, 3)])
def test_a_ledger_never_shrinks(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="cannot have grown"):
        nodes_for_consistency(old, new)


def test_a_negative_size_is_an_error() -> None:
    with pytest.raises(ValueError, match="cannot have -1"):
        frontier(-1)


def test_a_node_that_was_not_fetched_is_named() -> None:
    with pytest.raises(MissingNodeError, match=r"level 2, index 0") as caught:
        root(5, {(0, 4): leaf_hash(b"")})
    assert caught.value.node == (2, 0)
    with pytest.raises(MissingNodeError):
        appended_nodes(1, [leaf_hash(b"")], {})
