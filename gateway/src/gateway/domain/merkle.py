"""The hash tree (RFC 6962) over the event ledger, as arithmetic on positions; it stores nothing and reads nothing.

The caller keeps the hash of every *complete* subtree under (level, index): level 0 is the leaf hashes, and the node
(L, i) covers the leaves i·2^L up to (i+1)·2^L. A complete subtree never changes again, so those rows are only ever
inserted. What is not complete, the right edge of the tree, is folded from O(log n) rows whenever it is needed.

Every question is asked in two steps, so that a proof costs one indexed query:

    ids   = nodes_for_inclusion(index, size)       # which (level, index) rows to fetch
    proof = inclusion_proof(index, size, fetched)  # computed from those rows alone

The same rows can be served as C2SP tlog-tiles: the tile of tile-level L and index N is the nodes of level 8·L with the
indexes 256·N … 256·N+255 that exist, concatenated.

The verifiers need no rows at all: they are what an offline verifier runs, and they answer yes or no.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


# (level, index): where a complete subtree stands. A plain tuple, because that is what a database row gives.
NodeId: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Node:
    """A complete subtree and its hash."""

    level: int
    index: int
    hash: bytes


class LeafRange(NamedTuple):
    """The leaves start … end-1, one subtree of the RFC 6962 recursion: its hash is one element of a proof."""

    start: int
    end: int


class MissingNodeError(LookupError):
    """A node that the computation needs was not among the nodes given to it."""

    def __init__(self, node: NodeId) -> None:
        super().__init__(f"tree node (level {node[0]}, index {node[1]}) was not fetched")
        self.node = node


def leaf_hash(data: bytes) -> bytes:
    # The 0x00/0x01 prefixes keep an inner node from being passed off as a leaf (second preimage, RFC 6962 §2.1).
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


# --- growing -------------------------------------------------------------------------------------------------------


def frontier(size: int) -> list[NodeId]:
    """The peaks of a tree of `size` leaves, left to right: the fewest complete subtrees that cover it."""
    if size < 0:
        raise ValueError(f"a tree cannot have {size} leaves")
    return _covering(LeafRange(0, size))


def appended_nodes(size: int, new_leaf_hashes: Iterable[bytes], known: Mapping[NodeId, bytes]) -> list[Node]:
    """Every inner node (level ≥ 1) that becomes complete when the leaves are appended to a tree of `size` leaves.

    `known` must hold `frontier(size)`. The order is that of completion, so a parent follows its children.
    """
    peaks = [Node(*peak, _hash_of(peak, known)) for peak in frontier(size)]
    completed: list[Node] = []
    for position, new_leaf in enumerate(new_leaf_hashes, start=size):
        top = Node(0, position, new_leaf)
        while top.index % 2:
            left = peaks.pop()
            top = Node(top.level + 1, top.index // 2, node_hash(left.hash, top.hash))
            completed.append(top)
        peaks.append(top)
    return completed


# --- what to fetch, and what it makes ------------------------------------------------------------------------------

# The root is folded from the peaks; the second name keeps the three questions of a reader alike.
nodes_for_root = frontier


def root(size: int, nodes: Mapping[NodeId, bytes]) -> bytes:
    """The Merkle tree head of the first `size` leaves, from `nodes_for_root(size)`."""
    return _fold(frontier(size), nodes) if size else EMPTY_ROOT


def inclusion_path(index: int, size: int) -> list[LeafRange]:
    """The subtrees whose hashes make PATH(index, D[size]) of RFC 6962 §2.1.1, from the leaf up to the root."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    path: list[LeafRange] = []
    start, end = 0, size
    while end - start > 1:
        middle = _split(start, end)
        if index < middle:
            path.append(LeafRange(middle, end))
            end = middle
        else:
            path.append(LeafRange(start, middle))
            start = middle
    path.reverse()
    return path


def consistency_path(old: int, new: int) -> list[LeafRange]:
    """The subtrees whose hashes make PROOF(old, D[new]) of RFC 6962 §2.1.2; none if `old` is 0 or `new`."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {old} leaves cannot have grown into one of {new}")
    path: list[LeafRange] = []
    start, end = 0, new
    while old not in (0, end):
        middle = _split(start, end)
        if old <= middle:
            path.append(LeafRange(middle, end))
            end = middle
        else:
            path.append(LeafRange(start, middle))
            start = middle
    if start:  # at 0 the last subtree is the old tree itself, whose root the verifier holds already
        path.append(LeafRange(start, end))
    path.reverse()
    return path


def nodes_for_inclusion(index: int, size: int) -> list[NodeId]:
    return [node for leaves in inclusion_path(index, size) for node in _covering(leaves)]


def nodes_for_consistency(old: int, new: int) -> list[NodeId]:
    return [node for leaves in consistency_path(old, new) for node in _covering(leaves)]


def inclusion_proof(index: int, size: int, nodes: Mapping[NodeId, bytes]) -> list[bytes]:
    """The proof that leaf `index` is in the tree of `size` leaves, from `nodes_for_inclusion(index, size)`."""
    return [_fold(_covering(leaves), nodes) for leaves in inclusion_path(index, size)]


def consistency_proof(old: int, new: int, nodes: Mapping[NodeId, bytes]) -> list[bytes]:
    """The proof that the tree of `old` leaves is a prefix of that of `new`, from `nodes_for_consistency(old, new)`."""
    return [_fold(_covering(leaves), nodes) for leaves in consistency_path(old, new)]


# --- verifying -----------------------------------------------------------------------------------------------------


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root_hash: bytes) -> bool:
    """Whether `proof` shows the leaf hash `leaf` at `index` of the tree (`size`, `root_hash`); RFC 9162 §2.1.3.2."""
    if not 0 <= index < size or not _all_hashes(leaf, root_hash, *proof):
        return False
    fn, sn = index, size - 1
    result = leaf
    for sibling in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            result = node_hash(sibling, result)
            # On the right edge a level with no sibling adds nothing to the path: climb to where we are a right child.
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            result = node_hash(result, sibling)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and result == root_hash


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the tree (`new`, `new_root`) only appended to (`old`, `old_root`); RFC 9162 §2.1.4.2.

    RFC 9162 leaves old = 0 and old = new undefined: any tree grows out of the empty one, and equal sizes must have
    equal roots; in both cases the proof must be empty.
    """
    if not 0 <= old <= new or not _all_hashes(old_root, new_root, *proof):
        return False
    if old == new:
        return not proof and old_root == new_root and (new > 0 or new_root == EMPTY_ROOT)
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    return bool(proof) and _grows(old, new, old_root, new_root, proof)


def _grows(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    # An old tree that is one complete subtree is left out of the proof, because the verifier has its root.
    seed, *rest = proof if old & (old - 1) else [old_root, *proof]
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old_result = new_result = seed
    for sibling in rest:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            old_result = node_hash(sibling, old_result)
            new_result = node_hash(sibling, new_result)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            new_result = node_hash(new_result, sibling)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and old_result == old_root and new_result == new_root


# --- arithmetic ----------------------------------------------------------------------------------------------------


def _split(start: int, end: int) -> int:
    """Where RFC 6962 divides a subtree: the left part is the largest power of two smaller than the whole."""
    return start + (1 << ((end - start - 1).bit_length() - 1))


def _covering(leaves: LeafRange) -> list[NodeId]:
    """The complete subtrees of a range, left to right: one for each bit of its length.

    Sound because RFC 6962 only ever asks for ranges that start at a multiple of their length rounded up to a power
    of two.
    """
    nodes: list[NodeId] = []
    start, end = leaves
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def _fold(covering: Sequence[NodeId], nodes: Mapping[NodeId, bytes]) -> bytes:
    """The hash of a range from its complete subtrees; the smallest, rightmost, are joined first."""
    *rest, last = covering
    result = _hash_of(last, nodes)
    for node in reversed(rest):
        result = node_hash(_hash_of(node, nodes), result)
    return result


def _hash_of(node: NodeId, nodes: Mapping[NodeId, bytes]) -> bytes:
    try:
        return nodes[node]
    except KeyError:
        raise MissingNodeError(node) from None


def _all_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
