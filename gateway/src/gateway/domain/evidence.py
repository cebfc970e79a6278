"""A bundle of evidence: one entry of the ledger with all that proves it, to be checked by anyone, offline. No I/O, no database.

    {"format": "lienthong-evidence-v1", "position": 41, "entry": {…}, "salt": "…", "body": "…",
     "inclusion": ["…"], "checkpoint": "…", "bodies": {"request": "…", "response": "…"}, "keys": ["…"]}

`salt` and `body` are missing where the reader may not see them or the law had them erased; `bodies` are those of the exchange,
if they were kept and asked for. `keys` are for reading only: who verifies with keys that came along with the evidence verifies
nothing.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.domain import exchange_record
from gateway.domain.checkpoint import (
    Checkpoint,
    CheckpointError,
    MalformedKeyError,
    UnsignedError,
    Verifier,
    open_checkpoint,
    parse_vkey,
    read_note,
)
from gateway.domain.cosignature import WitnessKey, cosignatures, parse_witness_key
from gateway.domain.entry import EntryError, EntryLeaf, check_body, parse_leaf
from gateway.domain.merkle import verify_inclusion

FORMAT = "lienthong-evidence-v1"


class Unreadable(ValueError):
    """What is to be verified is not in a form that could be."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What the verifier trusts: keys of ledgers and exchanges, and of witnesses."""

    verifiers: tuple[Verifier, ...]
    witnesses: tuple[WitnessKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `holds` None: there was nothing to look at, and the sentence says why."""

    holds: bool | None
    sentence: str


def good(sentence: str) -> Finding:
    """It holds."""
    return Finding(holds=True, sentence=sentence)


def bad(sentence: str) -> Finding:
    """It does not hold."""
    return Finding(holds=False, sentence=sentence)


def unsure(sentence: str) -> Finding:
    """It could not be looked at."""
    return Finding(holds=None, sentence=sentence)


def failed(findings: Iterable[Finding]) -> bool:
    """Whether anything does not hold."""
    return any(finding.holds is False for finding in findings)


def verify_bundle(bundle: Mapping[str, Any], keys: Keys) -> list[Finding]:
    """Everything a bundle can be asked. Raises Unreadable."""
    if bundle.get("format") != FORMAT:
        raise Unreadable(f"this is not evidence in the form {FORMAT}")
    findings, checkpoint = verify_checkpoint(_text(bundle, "checkpoint"), keys)
    if checkpoint is not None:
        findings += verify_entry(bundle, checkpoint, keys)
    return findings


def verify_checkpoint(note: str, keys: Keys) -> tuple[list[Finding], Checkpoint | None]:
    """The ledger's signature, and those of the witnesses that are known."""
    checkpoint = None
    problem = "the checkpoint is signed by none of the keys you gave"
    for verifier in keys.verifiers:
        try:
            checkpoint = open_checkpoint(note, verifier)
        except UnsignedError:
            continue
        except CheckpointError as error:
            problem = f"the checkpoint is not good: {error}"
        else:
            break
    if checkpoint is None:
        return [bad(problem)], None
    findings = [good(f"checkpoint of {checkpoint.origin}, {checkpoint.size} entries: signature is good")]
    text, lines = read_note(note)
    seen = cosignatures(text, lines, keys.witnesses)
    findings += [good(f"cosigned by witness {found.witness.name} at {found.at.isoformat()}") for found in seen]
    if keys.witnesses and not seen:
        findings.append(unsure("no witness you know has cosigned this checkpoint"))
    return findings, checkpoint


def verify_entry(item: Mapping[str, Any], checkpoint: Checkpoint, keys: Keys) -> list[Finding]:
    """One entry against a checkpoint that was found good. Raises Unreadable."""
    position = item.get("position")
    if type(position) is not int:
        raise Unreadable("the position is missing")
    try:
        leaf = parse_leaf(json.dumps(item.get("entry"), ensure_ascii=False))
    except EntryError as error:
        return [bad(f"entry {position}: {error}")]
    inclusion = item.get("inclusion")
    if not isinstance(inclusion, list):
        raise Unreadable("the proof is missing")
    proof = [_bytes(part) for part in inclusion]
    if not verify_inclusion(leaf.hash, position, checkpoint.size, proof, checkpoint.root):
        return [bad(f"entry {position} does NOT stand in the ledger as it is shown here")]
    findings = [good(f"entry {position} ({leaf.type}) stands in the ledger, recorded {_when(leaf)}")]
    if "body" not in item:
        return [*findings, unsure("what the entry says is not in this file")]
    return findings + _verify_body(item, leaf, keys)


def _verify_body(item: Mapping[str, Any], leaf: EntryLeaf, keys: Keys) -> list[Finding]:
    position, body = item["position"], _text(item, "body")
    try:
        check_body(leaf, _bytes(item.get("salt")), body.encode())
    except (EntryError, UnicodeEncodeError):
        return [bad(f"entry {position}: what it says was changed after it was recorded")]
    findings = [good(f"entry {position}: what it says is what was recorded")]
    if leaf.type == exchange_record.TYPE:
        findings += _verify_record(item, body, keys)
    return findings


def _verify_record(item: Mapping[str, Any], body: str, keys: Keys) -> list[Finding]:
    position = item["position"]
    try:
        record = exchange_record.open_record(body, keys.verifiers)
    except UnsignedError:
        return [unsure("the gateway's signature of the exchange is by a key you did not give")]
    except (CheckpointError, exchange_record.NotARecord) as error:
        return [bad(f"entry {position}: the signature of the exchange is false: {error}")]
    findings = [good(f"entry {position}: the gateway signed this exchange ({record.get('state')})")]
    bodies = item.get("bodies")
    for direction in ("request", "response"):
        encoded = bodies.get(direction) if isinstance(bodies, dict) else None
        if encoded is not None:
            holds = exchange_record.body_fits(record, direction, _bytes(encoded))
            said = "is the one that passed" if holds else "is NOT the one that passed"
            findings.append(Finding(holds=holds, sentence=f"entry {position}: the body of the {direction} {said}"))
    return findings


def parse_keys(lines: Iterable[str]) -> Keys:
    """Keys from lines as `GET /lgsp/v1/ledger/key` gives them, witnesses' keys among them. Raises MalformedKeyError."""
    verifiers: list[Verifier] = []
    witnesses: list[WitnessKey] = []
    for line in filter(None, map(str.strip, lines)):
        try:
            witnesses.append(parse_witness_key(line))
        except MalformedKeyError:
            verifiers.append(parse_vkey(line))
    return Keys(tuple(verifiers), tuple(witnesses))


def _when(leaf: EntryLeaf) -> str:
    return leaf.recorded_at.isoformat(timespec="seconds")


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    if not isinstance(value, str):
        raise Unreadable(f"{name} is missing")
    return value


def _bytes(value: object) -> bytes:
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except (binascii.Error, ValueError):
        raise Unreadable("a hash is not base64") from None
