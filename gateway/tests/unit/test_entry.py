"""Ledger entries: what a leaf commits to, what it leaves out, and what an offline verifier accepts."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.entry import (
    SALT_BYTES,
    BodyMismatchError,
    EntryLeaf,
    LedgerEntry,
    MalformedEntryError,
    check_body,
    commit,
    parse_leaf,
)
from gateway.domain.merkle import inclusion_proof, leaf_hash, node_hash, nodes_for_inclusion, root, verify_inclusion

ENTRY = LedgerEntry(
    position=41,
    event_id="0198c0de-0000-7000-8000-000000000001",
    type="vn.gov.hanoi.submission.dossier-submitted.v1",
    sender="submission",
    subject="dossier/1",
    recorded_at=datetime(2026, 1, 31, 8, 15, 30, 7, tzinfo=UTC),
    salt=bytes(range(SALT_BYTES)),
    body=b'{"name":"Nguy\xe1\xbb\x85n"}',
)
GOLDEN_JSON = (
    '{"commitment":"JJSGbFx7V80hBMiY5JiXYWIMDXT9391GsoLYTbEuFMY=","id":"0198c0de-0000-7000-8000-000000000001",'
    '"recordedAt":"2026-01-31T08:15:30.000007Z","sender":"submission",'
    '"type":"vn.gov.hanoi.submission.dossier-submitted.v1"}'
)

leaves = st.builds(
    EntryLeaf,
    event_id=st.text(min_size=1),
    type=st.text(min_size=1),
    sender=st.text(min_size=1),
    recorded_at=st.datetimes(
        min_value=datetime.fromisoformat("0002-01-01"),
        max_value=datetime.fromisoformat("9998-12-31"),
        timezones=st.just(timezone(timedelta(hours=7))),
    ),
    commitment=st.binary(min_size=32, max_size=32),
)


def rewritten(**changes: object) -> str:
    return json.dumps(json.loads(ENTRY.leaf.data) | changes)


# --- what is committed to ------------------------------------------------------------------------------------------


def test_the_leaf_of_an_entry_never_changes_its_spelling() -> None:
    """A golden value: if this test must be edited, every proof ever published has become false."""
    assert ENTRY.leaf.data.decode() == GOLDEN_JSON
    assert ENTRY.commitment == hashlib.sha256(ENTRY.salt + ENTRY.body).digest()
    assert ENTRY.leaf.hash == leaf_hash(GOLDEN_JSON.encode())


def test_text_is_utf8_and_not_escaped() -> None:
    assert '"sender":"Sở Tư pháp"'.encode() in replace(ENTRY.leaf, sender="Sở Tư pháp").data


@pytest.mark.parametrize(
    "changed",
    [
        replace(ENTRY, event_id="another"),
        replace(ENTRY, type="another"),
        replace(ENTRY, sender="another"),
        replace(ENTRY, recorded_at=ENTRY.recorded_at + timedelta(microseconds=1)),
        replace(ENTRY, salt=bytes(SALT_BYTES)),
        replace(ENTRY, body=ENTRY.body + b" "),
    ],
)
def test_whatever_is_committed_to_changes_the_leaf(changed: LedgerEntry) -> None:
    assert changed.leaf.hash != ENTRY.leaf.hash


@pytest.mark.parametrize("changed", [replace(ENTRY, position=42), replace(ENTRY, subject=None)])
def test_position_and_subject_are_not_in_the_leaf(changed: LedgerEntry) -> None:
    assert changed.leaf == ENTRY.leaf


def test_the_same_instant_in_another_zone_is_the_same_leaf() -> None:
    in_hanoi = replace(ENTRY, recorded_at=ENTRY.recorded_at.astimezone(timezone(timedelta(hours=7))))
    assert in_hanoi.leaf.data == ENTRY.leaf.data


def test_a_body_cannot_borrow_its_first_bytes_from_the_salt() -> None:
    """One length of salt for all: otherwise a commitment could be opened to two bodies."""
    with pytest.raises(MalformedEntryError, match="a salt has 16 bytes"):
        commit(ENTRY.salt + ENTRY.body[:1], ENTRY.body[1:])
    with pytest.raises(MalformedEntryError):
        commit(ENTRY.salt[:-1], ENTRY.salt[-1:] + ENTRY.body)


def test_neither_body_nor_salt_is_printed() -> None:
    assert "salt" not in repr(ENTRY)
    assert "body" not in repr(ENTRY)


@pytest.mark.parametrize(
    "impossible",
    [
        {"event_id": ""},
        {"type": ""},
        {"sender": ""},
        {"recorded_at": ENTRY.recorded_at.replace(tzinfo=None)},
        {"commitment": bytes(31)},
    ],
)
def test_an_impossible_leaf_is_refused(impossible: dict[str, object]) -> None:
    with pytest.raises(MalformedEntryError):
        replace(ENTRY.leaf, **impossible)  # type: ignore[arg-type]  # one field at a time, of its own type


def test_text_that_cannot_be_utf8_has_no_leaf() -> None:
    with pytest.raises(MalformedEntryError, match="valid Unicode"):
        _ = replace(ENTRY.leaf, sender="\ud800").hash


def test_positions_count_from_zero() -> None:
    with pytest.raises(MalformedEntryError):
        replace(ENTRY, position=-1)


# --- the offline verifier ------------------------------------------------------------------------------------------


@given(leaves)
def test_a_leaf_survives_the_round_trip(leaf: EntryLeaf) -> None:
    parsed = parse_leaf(leaf.data)
    assert parsed == leaf
    assert parsed.hash == leaf.hash


def test_order_and_spacing_of_the_json_do_not_matter() -> None:
    members = json.loads(ENTRY.leaf.data)
    shuffled = json.dumps(dict(reversed(members.items())), indent=4)
    assert parse_leaf(shuffled).hash == ENTRY.leaf.hash


def test_a_body_with_its_salt_is_recognised() -> None:
    check_body(parse_leaf(ENTRY.leaf.data), ENTRY.salt, ENTRY.body)


@pytest.mark.parametrize(("salt", "body"), [(bytes(SALT_BYTES), ENTRY.body), (ENTRY.salt, ENTRY.body + b" ")])
def test_another_body_or_salt_is_not_recognised(salt: bytes, body: bytes) -> None:
    with pytest.raises(BodyMismatchError):
        check_body(ENTRY.leaf, salt, body)


def test_a_proof_still_holds_when_the_body_has_been_erased() -> None:
    """R-084"""
    neighbour = replace(ENTRY, event_id="neighbour").leaf
    tree = {(0, 0): neighbour.hash, (0, 1): ENTRY.leaf.hash, (0, 2): neighbour.hash}
    tree[1, 0] = node_hash(tree[0, 0], tree[0, 1])
    what_remains = ENTRY.leaf.data  # no salt, no body, no subject
    proof = inclusion_proof(1, 3, {node: tree[node] for node in nodes_for_inclusion(1, 3)})
    assert verify_inclusion(parse_leaf(what_remains).hash, 1, 3, proof, root(3, tree))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        "[" * 100_000,
        b"\xff",
        rewritten(extra="not covered by any proof"),
        rewritten(position=41),
        rewritten(sender=1),
        rewritten(sender={"a": "b"}),
        rewritten(sender=None),
        rewritten(sender=""),
        ENTRY.leaf.data.decode().replace('"sender":', '"sender":"first","sender":'),
        ENTRY.leaf.data.decode().replace('"sender":"submission",', ""),
    ],
)
def test_what_is_not_the_json_of_a_leaf_is_refused(text: str | bytes) -> None:
    with pytest.raises(MalformedEntryError):
        parse_leaf(text)


@pytest.mark.parametrize(
    "instant",
    [
        "2026-01-31T08:15:30Z",
        "2026-01-31T08:15:30.000Z",
        "2026-01-31T08:15:30.000007",
        "2026-01-31T08:15:30.000007+00:00",
        "2026-01-31T15:15:30.000007+07:00",
        "2026-01-31 08:15:30.000007Z",
        "2026-02-30T08:15:30.000007Z",
        "0001-01-01T00:00:00.000000+07:00",
        "yesterday",
        "",
    ],
)
def test_an_instant_has_one_spelling(instant: str) -> None:
    with pytest.raises(MalformedEntryError, match="recordedAt"):
        parse_leaf(rewritten(recordedAt=instant))


@pytest.mark.parametrize(
    "commitment",
    ["", "AAAA", "é", "*" * 44, "A" * 43, "A" * 42 + "B=", "A" * 43 + "=\n"],
)
def test_a_commitment_has_one_spelling(commitment: str) -> None:
    with pytest.raises(MalformedEntryError, match="commitment"):
        parse_leaf(rewritten(commitment=commitment))
