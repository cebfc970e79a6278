"""The ledger by its public addresses, held against the offline verifiers."""

import base64
import json
from typing import Any

import pytest

from chassis.bus.transport import Ingress
from contracts.payment import FeeAssessed
from gateway.domain.checkpoint import Checkpoint, open_checkpoint, parse_vkey
from gateway.domain.entry import check_body, parse_leaf
from gateway.domain.merkle import EMPTY_ROOT, leaf_hash, verify_consistency, verify_inclusion
from gateway.ledger.checkpoints import HistoryRewritten
from gateway.tests.conftest import Gateway
from tests.support import identities
from tests.support.counting import counted

LEDGER = "/lgsp/v1/ledger"
OPERATOR = identities.officer("operator")
AUDITOR = identities.agency("ledger:bodies")


def fees(count: int) -> list[FeeAssessed]:
    return [FeeAssessed(version=1, dossier_code=f"H26-{number}", total=5000) for number in range(count)]


async def checkpoint(gateway: Gateway) -> Checkpoint:
    """The latest checkpoint, opened with the published key."""
    (vkey,) = (await gateway.get(f"{LEDGER}/key")).text.splitlines()
    return open_checkpoint((await gateway.get(f"{LEDGER}/checkpoint")).text, parse_vkey(vkey))


def decoded(hashes: list[str]) -> list[bytes]:
    return [base64.b64decode(part) for part in hashes]


async def entries(gateway: Gateway, headers: dict[str, str] | None = None, **query: Any) -> list[dict[str, Any]]:
    answer = await gateway.get(f"{LEDGER}/entries", headers, **query)
    assert answer.status_code == 200
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_every_entry_is_proven_against_a_signed_checkpoint_by_the_offline_verifier(gateway: Gateway) -> None:
    await gateway.send(*fees(11))
    assert await gateway.sign() == 11
    signed = await checkpoint(gateway)
    assert (signed.origin, signed.size) == ("lienthong.hanoi/ledger", 11)
    for item in await entries(gateway):
        proof = (await gateway.get(f"{LEDGER}/proof/inclusion", index=item["position"])).json()
        leaf = parse_leaf(json.dumps(item["entry"]))
        assert leaf_hash(leaf.data) == base64.b64decode(item["leafHash"]) == base64.b64decode(proof["leafHash"])
        assert proof["size"] == 11
        assert verify_inclusion(leaf.hash, item["position"], 11, decoded(proof["hashes"]), signed.root)


async def test_the_ledger_is_proven_to_have_only_grown(gateway: Gateway) -> None:
    await gateway.sign()
    empty = await checkpoint(gateway)
    assert (empty.size, empty.root) == (0, EMPTY_ROOT)
    seen = [empty]
    for more in (3, 4, 6):
        await gateway.send(*[FeeAssessed(version=n + 1, dossier_code=f"{more}", total=0) for n in range(more)])
        await gateway.sign()
        seen.append(await checkpoint(gateway))
    for old in seen:
        for new in seen[seen.index(old) :]:
            proof = (await gateway.get(f"{LEDGER}/proof/consistency", old=old.size, new=new.size)).json()
            assert verify_consistency(old.size, new.size, old.root, new.root, decoded(proof["hashes"]))
    by_default = (await gateway.get(f"{LEDGER}/proof/consistency", old=3)).json()
    assert by_default["new"] == 13


async def test_a_checkpoint_is_signed_only_when_the_ledger_has_grown_and_is_cached_by_its_size(
    gateway: Gateway,
) -> None:
    await gateway.send(*fees(2))
    assert [await gateway.sign(), await gateway.sign()] == [2, None]
    answer = await gateway.get(f"{LEDGER}/checkpoint")
    assert answer.headers["ETag"] == '"2"'
    assert answer.headers["Content-Type"].startswith("text/plain")
    again = await gateway.get(f"{LEDGER}/checkpoint", {"If-None-Match": '"2"'})
    assert (again.status_code, again.content) == (304, b"")


async def test_nothing_more_is_signed_over_an_altered_history(gateway: Gateway) -> None:
    await gateway.send(*fees(4))
    await gateway.sign()
    await gateway.execute("UPDATE ledger_node SET hash = sha256('forged') WHERE level = 2")
    await gateway.send(FeeAssessed(version=1, dossier_code="late", total=0))
    with pytest.raises(HistoryRewritten):
        await gateway.sign()
    assert (await checkpoint(gateway)).size == 4


async def test_the_public_sees_that_events_were_but_neither_whom_they_concern_nor_what_they_say(
    gateway: Gateway,
) -> None:
    await gateway.send(*fees(1))
    for headers in (None, identities.citizen(), identities.officer("cashier"), identities.agency("payment:read")):
        (item,) = await entries(gateway, headers)
        assert item.keys() == {"position", "leafHash", "entry"}
        assert "H26-0" not in str(item)


@pytest.mark.parametrize("headers", [OPERATOR, AUDITOR])
async def test_who_has_the_right_sees_bodies_that_open_the_commitment_until_they_are_erased(
    gateway: Gateway, headers: dict[str, str]
) -> None:
    (event_id,) = await gateway.send(*fees(1))
    (item,) = await entries(gateway, headers)
    leaf = parse_leaf(json.dumps(item["entry"]))
    check_body(leaf, base64.b64decode(item["salt"]), item["body"].encode())
    assert item["subject"] == "H26-0"
    await gateway.execute("DELETE FROM ledger_body")
    one = (await gateway.get(f"{LEDGER}/entries/{event_id}", headers)).json()
    assert one == {key: item[key] for key in ("position", "leafHash", "entry", "subject")} | {"erased": True}


async def test_one_entry_by_its_event_is_cached_apart_for_those_who_see_more(gateway: Gateway) -> None:
    (event_id,) = await gateway.send(*fees(1))
    public = await gateway.get(f"{LEDGER}/entries/{event_id}")
    whole = await gateway.get(f"{LEDGER}/entries/{event_id}", OPERATOR)
    assert public.headers["ETag"] != whole.headers["ETag"]
    again = await gateway.get(f"{LEDGER}/entries/{event_id}", {"If-None-Match": public.headers["ETag"]})
    assert again.status_code == 304
    missing = await gateway.get(f"{LEDGER}/entries/01927f5e-0000-7000-8000-000000000000")
    assert (missing.status_code, missing.json()["type"]) == (404, "/problems/ledger-entry-not-found")


async def test_a_bad_token_is_refused_even_where_none_is_needed(gateway: Gateway) -> None:
    assert (await gateway.get(f"{LEDGER}/entries", {"Authorization": "Bearer forged"})).status_code == 401


async def test_entries_are_paged_by_position(gateway: Gateway) -> None:
    await gateway.send(*fees(5))
    first = (await gateway.get(f"{LEDGER}/entries", limit=2)).json()
    assert [item["position"] for item in first["items"]] == [0, 1]
    rest = (await gateway.get(f"{LEDGER}/entries?from={first['nextCursor']}&limit=3")).json()
    assert [item["position"] for item in rest["items"]] == [2, 3, 4]
    assert "nextCursor" not in rest


@pytest.mark.parametrize(
    ("address", "named", "size"),
    [
        ("proof/inclusion?index=3", "query:index", 3),
        ("proof/inclusion?index=0&size=0", "query:index", 0),
        ("proof/inclusion?index=0&size=4", "query:size", 3),
        ("proof/consistency?old=4", "query:old", 3),
        ("proof/consistency?old=1&new=9", "query:size", 3),
    ],
)
async def test_a_proof_of_what_is_not_there_says_how_far_the_ledger_goes(
    gateway: Gateway, address: str, named: str, size: int
) -> None:
    await gateway.send(*fees(3))
    await gateway.sign()
    answer = await gateway.get(f"{LEDGER}/{address}")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/beyond-the-ledger")
    assert (answer.json()["errors"][0]["pointer"], answer.json()["size"]) == (named, size)


@pytest.mark.parametrize("index", ["-1", "x", str(2**63), str(10**30)])
async def test_a_position_that_is_none_is_refused(gateway: Gateway, index: str) -> None:
    assert (await gateway.get(f"{LEDGER}/proof/inclusion", index=index)).status_code == 422
    assert (await gateway.get(f"{LEDGER}/entries?from={index}")).status_code == 422


@pytest.mark.parametrize("address", ["checkpoint", "key", "proof/inclusion?index=0", "proof/consistency?old=0"])
async def test_before_the_first_checkpoint_there_is_none(gateway: Gateway, address: str) -> None:
    answer = await gateway.get(f"{LEDGER}/{address}")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/checkpoint-not-found")


async def test_reading_the_ledger_takes_at_most_three_statements(gateway: Gateway) -> None:
    (event_id, *_) = await gateway.send(*fees(9))
    await gateway.sign()
    for address in (
        "checkpoint",
        "key",
        "entries",
        f"entries/{event_id}",
        "proof/inclusion?index=8",
        "proof/consistency?old=5",
    ):
        with counted(gateway.runtime.database) as statements:
            assert (await gateway.get(f"{LEDGER}/{address}")).status_code == 200
        assert len(statements) <= 3, address


async def test_the_quarantine_is_for_operators_and_shows_bodies_only_when_asked(gateway: Gateway) -> None:
    await gateway.accept(Ingress("payment", b"{"), Ingress("reporting", b"\xff"))
    for headers, status in ((None, 401), (identities.officer("cashier"), 403), (AUDITOR, 403)):
        assert (await gateway.get("/lgsp/v1/quarantine", headers)).status_code == status
    page = (await gateway.get("/lgsp/v1/quarantine", OPERATOR, limit=1)).json()
    (latest,) = page["items"]
    assert (latest["sender"], latest["reason"], "body" in latest) == ("reporting", "not-an-event", False)
    rest = await gateway.get("/lgsp/v1/quarantine", OPERATOR, cursor=page["nextCursor"], bodies=True)
    (earlier,) = rest.json()["items"]
    assert (earlier["sender"], base64.b64decode(earlier["body"])) == ("payment", b"{")
    assert (await gateway.get("/lgsp/v1/quarantine", OPERATOR, cursor="WyJ4Il0")).status_code == 400
