"""The signed record of an exchange: canonical, bound to its purpose, and read back only as it was signed."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.domain.checkpoint import BadSignatureError, Signer, UnsignedError, sign_note
from gateway.domain.exchange_record import (
    Kept,
    NotARecord,
    Outcome,
    bucket_of,
    canonical,
    clean,
    ended_record,
    open_record,
    outcome_of,
    signed,
    unfinished_id,
    unfinished_record,
)
from gateway.domain.partners import MessageLogPolicy
from gateway.exchange.record import Asked, Ended

KEY = Signer("city.test/exchange", Ed25519PrivateKey.from_private_bytes(bytes(32)))
AT = datetime(2026, 10, 12, 3, 0, tzinfo=UTC)
REQUEST = UUID("01927f5e-0000-7000-8000-000000000001")
ASKED = Asked(
    REQUEST, "id-1", "GET", "VN/GOV/G15/x", "VN/GOV/H26/lienthong/y", "đường/phố", "a=1", None, None, None, AT,
    MessageLogPolicy.METADATA,
)  # fmt: skip
ENDED = Ended(200, None, 0, 4, None, b"\x01" * 64, 12.6)


def note(ended: Ended = ENDED) -> str:
    return signed(canonical(ended_record(ASKED, ended, AT, Kept())), KEY).decode()


def test_a_record_is_one_canonical_text_and_opens_only_with_its_key() -> None:
    record = open_record(note(), [KEY.verifier])
    text = note().split("\n")[1]
    assert text == json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert (record["millis"], record["path"], "error" in record) == (13, "đường/phố", False)
    other = Signer("city.test/exchange", Ed25519PrivateKey.from_private_bytes(b"\x01" * 32))
    with pytest.raises(UnsignedError):
        open_record(note(), [other.verifier])


@pytest.mark.parametrize(("old", "new"), [('"status":200', '"status":201'), ("-v1\n", "-v2\n"), ("GET", "PUT")])
def test_a_record_that_was_changed_is_not_opened(old: str, new: str) -> None:
    assert old in note()
    with pytest.raises(BadSignatureError):
        open_record(note().replace(old, new), [KEY.verifier])


@pytest.mark.parametrize(
    "text",
    [
        "other-purpose\n{}\n",
        "lienthong-exchange-v1\n{ }\n",
        "lienthong-exchange-v1\n[]\n",
        'lienthong-exchange-v1\n{"a":1.5}\n',
        'lienthong-exchange-v1\n{"b":1,"a":1}\n',
        'lienthong-exchange-v1\n{"a":true}\n',
    ],
)
def test_what_the_key_signed_for_something_else_is_no_record(text: str) -> None:
    with pytest.raises(NotARecord):
        open_record(sign_note(text, KEY), [KEY.verifier])


def test_an_unfinished_exchange_says_so_under_an_id_of_its_own() -> None:
    record = unfinished_record(ASKED)
    assert (record["state"], "status" in record) == ("unfinished", False)
    assert unfinished_id(REQUEST) == unfinished_id(REQUEST) != REQUEST


@pytest.mark.parametrize(
    ("status", "error", "outcome"),
    [
        (200, None, Outcome.ANSWERED),
        (403, None, Outcome.ANSWERED),  # the provider's own refusal
        (500, "server.serverproxy.access_denied", Outcome.DENIED),
        (403, "server.serverproxy.access_denied.purpose", Outcome.DENIED),
        (500, "server.clientproxy.ssl_authentication_failed", Outcome.DENIED),
        (502, "server.serverproxy.network_error", Outcome.FAILED),
    ],
)
def test_a_denial_is_told_from_a_failure_and_from_a_providers_own_refusal(
    status: int, error: str | None, outcome: Outcome
) -> None:
    assert outcome_of(Ended(status, error, 0, 0, None, None, 1)) is outcome


def test_latency_falls_into_the_bucket_that_bounds_it() -> None:
    assert [bucket_of(millis) for millis in (0, 1, 1.1, 5000, 5001)] == [0, 0, 1, 11, 12]


def test_text_that_no_database_takes_is_made_text_that_says_so() -> None:
    assert [clean(text) for text in (None, "a", "a\0", "ngư\ud800ời")] == [None, "a", "a�", "ngư?ời"]
