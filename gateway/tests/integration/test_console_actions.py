"""What operators do at the console: the effect and its line in the audit stand together, and the line stands for ever."""

import json
from collections.abc import AsyncIterator, Iterator
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy.exc import DBAPIError

from chassis.bus.transport import Ingress
from contracts.registry import EVENTS
from gateway.domain.entry import EntryLeaf
from gateway.tests.conftest import Gateway
from gateway.tests.integration.console_kit import act, audit, operators_gateway, quarantined, staff_issuer_on_a_socket
from sandbox.simulators.identity import Identity
from tests.support.events import wire

EXAMPLES = [EVENTS[name].from_example() for name in sorted(EVENTS)[:9]]
SUBMITTED = next(EVENTS[name].from_example() for name in sorted(EVENTS) if EVENTS[name].producer == "submission")


@pytest.fixture(scope="module")
def staff_issuer() -> Iterator[Identity]:
    with staff_issuer_on_a_socket() as issuer:
        yield issuer


@pytest.fixture
async def operator(database_url: SecretStr, staff_issuer: Identity) -> AsyncIterator[Gateway]:
    async with operators_gateway(database_url, staff_issuer) as gateway:
        yield gateway


async def last(gateway: Gateway) -> tuple[str, str, str]:
    row = (await gateway.rows("SELECT action, object, outcome FROM console_action ORDER BY position DESC LIMIT 1"))[0]
    return row.action, row.object, row.outcome


async def ledger_size(gateway: Gateway) -> int:
    return int((await gateway.rows("SELECT count(*) AS n FROM ledger_entry"))[0].n)


# --- the quarantine


async def test_a_body_is_shown_after_a_click_that_is_on_record(operator: Gateway) -> None:
    number = await quarantined(operator, b'{"soDinhDanh": "001195000001"}')
    page = f"/console/messages/quarantine/{number}"
    assert "001195000001" not in (await operator.get(page)).text
    assert "001195000001" in (await act(operator, f"{page}/body")).text
    assert await last(operator) == ("quarantine-body-shown", f"quarantine/{number}", "done")


async def test_a_mended_event_enters_the_ledger_as_from_its_sender_and_the_original_stays(operator: Gateway) -> None:
    number = await quarantined(operator, b"not json")
    good = wire(SUBMITTED)
    answer = await act(
        operator, f"/console/messages/quarantine/{number}/replay", body=json.dumps(json.loads(good.body), indent=2)
    )
    assert answer.status_code == 303
    entry = (await operator.rows("SELECT event_id, sender FROM ledger_entry"))[0]
    assert (entry.event_id, entry.sender) == (good.event_id, "submission")
    kept = (await operator.rows("SELECT body, mended, outcome, settled_by, event_id FROM quarantine"))[0]
    assert (bytes(kept.body), kept.outcome, kept.settled_by) == (b"not json", "replayed", "van-hanh-mau")
    assert kept.event_id == good.event_id
    assert json.loads(bytes(kept.mended)) == json.loads(good.body)
    assert await last(operator) == ("quarantine-replayed", f"quarantine/{number}", "done")


async def test_what_the_router_still_refuses_changes_nothing_and_is_not_lost_to_the_operator(operator: Gateway) -> None:
    number = await quarantined(operator, b"{}")
    other = next(event for event in EXAMPLES if event.producer != "submission")
    for body in ('{"still": "wrong"}', "not json <b>", json.dumps(json.loads(wire(other).body))):
        answer = await act(operator, f"/console/messages/quarantine/{number}/replay", body=body)
        assert answer.status_code == 422
        assert "textarea" in answer.text
    assert await ledger_size(operator) == 0
    assert len(await operator.rows("SELECT 1 FROM quarantine WHERE outcome IS NULL")) == 1
    assert await last(operator) == ("quarantine-replayed", f"quarantine/{number}", "refused")


async def test_an_id_that_stands_for_another_event_is_not_used_again(operator: Gateway) -> None:
    (event_id,) = await operator.send(SUBMITTED)
    number = await quarantined(operator, b"{}")
    changed = json.loads(wire(SUBMITTED).body) | {"id": event_id}
    answer = await act(operator, f"/console/messages/quarantine/{number}/replay", body=json.dumps(changed))
    assert answer.status_code == 422
    assert await ledger_size(operator) == 1


async def test_a_quarantined_event_is_settled_once(operator: Gateway) -> None:
    number = await quarantined(operator, b"{}")
    path = f"/console/messages/quarantine/{number}"
    assert (await act(operator, f"{path}/dismiss", reason="")).status_code == 422
    assert (await act(operator, f"{path}/dismiss", reason="Gửi thử")).status_code == 303
    assert (await act(operator, f"{path}/dismiss", reason="Gửi thử")).status_code == 409
    assert (await act(operator, f"{path}/replay", body=wire(SUBMITTED).body.decode())).status_code == 409
    assert await ledger_size(operator) == 0


async def test_what_an_agency_signed_is_not_mended_in_its_name(operator: Gateway) -> None:
    number = await quarantined(operator, b"[]", sender="VN/GOV/G24/bhyt")
    shown = await act(operator, f"/console/messages/quarantine/{number}/body")
    assert "<textarea" not in shown.text
    answer = await act(operator, f"/console/messages/quarantine/{number}/replay", body=wire(SUBMITTED).body.decode())
    assert answer.status_code == 422


async def test_an_effect_that_cannot_be_put_on_record_does_not_happen(operator: Gateway) -> None:
    """R-261."""
    number = await quarantined(operator, b"{}")
    await operator.execute(
        "ALTER TABLE console_action ADD CONSTRAINT never CHECK (action <> 'quarantine-dismissed') NOT VALID"
    )
    answer = await act(operator, f"/console/messages/quarantine/{number}/dismiss", reason="x")
    assert answer.status_code >= 400
    assert (await operator.rows("SELECT outcome FROM quarantine"))[0].outcome is None


# --- parked events


async def park(gateway: Gateway, state: str = "parked") -> UUID:
    event_id = uuid4()
    await gateway.execute(
        "INSERT INTO deferred (event_id, type, subject, body, state, attempts, next_attempt_at, reason)"
        " VALUES (:id, 'vn.gov.hanoi.x.y.v1', 'S', '{\"ten\": \"NGUYỄN VĂN MẪU\"}', :state, 8, now(), 'ValueError')",
        id=event_id, state=state,
    )  # fmt: skip
    return event_id


async def test_a_parked_event_is_looked_at_replayed_and_dropped(operator: Gateway) -> None:
    event_id = await park(operator)
    path = f"/console/messages/parked/{event_id}"
    assert "NGUYỄN VĂN MẪU" not in (await operator.get("/console/messages/parked")).text
    assert "NGUYỄN VĂN MẪU" in (await act(operator, f"{path}/body")).text
    assert (await act(operator, f"{path}/replay")).status_code == 303
    assert (await operator.rows("SELECT state FROM deferred"))[0].state == "waiting"
    assert (await act(operator, f"{path}/drop")).status_code == 404  # it is no more parked
    await operator.execute("UPDATE deferred SET state = 'parked'")
    assert (await act(operator, f"{path}/drop")).status_code == 303
    assert await operator.rows("SELECT 1 FROM deferred") == []
    lines = [line for line in await audit(operator) if line[0].startswith("parked-")]
    assert lines == [
        ("parked-body-shown", "done"),
        ("parked-replayed", "begun"), ("parked-replayed", "done"),
        ("parked-dropped", "begun"), ("parked-dropped", "refused"),
        ("parked-dropped", "begun"), ("parked-dropped", "done"),
    ]  # fmt: skip


# --- requests, subscriptions


async def register(gateway: Gateway) -> None:
    await gateway.execute(
        "INSERT INTO member (instance, member_class, code, name, state, created_at, changed_at)"
        " VALUES ('VN', 'GOV', 'H26', 'Hà Nội', 'approved', now(), now()), ('VN', 'GOV', 'G24', 'BHXH', 'approved', now(), now())"
    )
    await gateway.execute(
        "INSERT INTO subsystem (instance, member_class, member, code, name, client_id, state, created_at, changed_at)"
        " VALUES ('VN', 'GOV', 'H26', 'lienthong', 'LT', 'hanoi', 'approved', now(), now()),"
        " ('VN', 'GOV', 'G24', 'bhyt', 'Thẻ', 'bhxh', 'approved', now(), now())"
    )
    await gateway.execute(
        "INSERT INTO service (instance, member_class, member, subsystem, code, title, upstream, address, log, state,"
        " created_at, changed_at) VALUES ('VN', 'GOV', 'H26', 'lienthong', 'civil-extract', 'T', 'city', 'x', 'metadata',"
        " 'approved', now(), now())"
    )


async def ask(gateway: Gateway) -> UUID:
    request_id = uuid4()
    await gateway.execute(
        "INSERT INTO access_request (id, kind, instance, member_class, member, subsystem, wanted, purpose, legal_basis,"
        " asked_by, asked_at, answer_due_at, state) VALUES (:id, 'service', 'VN', 'GOV', 'G24', 'bhyt',"
        " CAST(:wanted AS jsonb), 'Cấp thẻ', 'NĐ 194/2025', 'agency:bhxh', :now, :due, 'waiting')",
        id=request_id, wanted='{"service": "VN/GOV/H26/lienthong/civil-extract", "methods": ["GET"]}',
        now=gateway.runtime.clock.now(), due=gateway.runtime.clock.now(),
    )  # fmt: skip
    return request_id


async def test_a_request_is_granted_by_the_owners_rules(operator: Gateway) -> None:
    await register(operator)
    request_id = await ask(operator)
    assert (await act(operator, f"/console/requests/{request_id}/grant")).status_code == 422
    granted = await act(
        operator, f"/console/requests/{request_id}/grant", legal_basis="NĐ 194/2025", until="2027-12-31"
    )
    assert granted.status_code == 303
    right = (await operator.rows("SELECT legal_basis, valid_to::text AS until, granted_by FROM access_grant"))[0]
    assert tuple(right) == ("NĐ 194/2025", "2027-12-31", "officer:van-hanh-mau")
    assert (await act(operator, f"/console/requests/{request_id}/grant", legal_basis="x")).status_code == 409
    assert await last(operator) == ("request-granted", f"access-request/{request_id}", "refused")


async def test_a_refusal_needs_a_reason_and_a_legal_basis(operator: Gateway) -> None:
    await register(operator)
    request_id = await ask(operator)
    for given in ({"reason": "Mục đích chưa rõ"}, {"legal_basis": "Điều 40"}, {}):
        assert (await act(operator, f"/console/requests/{request_id}/refuse", **given)).status_code == 422
    both = {"reason": "Mục đích chưa rõ", "legal_basis": "Điều 40"}
    assert (await act(operator, f"/console/requests/{request_id}/refuse", **both)).status_code == 303
    row = (await operator.rows("SELECT state, reason, refusal_legal_basis, answered_by FROM access_request"))[0]
    assert tuple(row) == ("refused", "Mục đích chưa rõ", "Điều 40", "officer:van-hanh-mau")


async def test_a_request_past_its_day_is_marked(operator: Gateway) -> None:
    await register(operator)
    await ask(operator)
    assert "overdue" not in (await operator.get("/console/requests")).text
    await operator.execute("UPDATE access_request SET answer_due_at = answer_due_at - interval '3 hours'")
    page = (await operator.get("/console/requests")).text
    assert "quá hạn" in page
    assert "3 giờ" in page


async def subscribe(gateway: Gateway, state: str = "active") -> UUID:
    subscription = uuid4()
    await gateway.execute(
        "INSERT INTO subscription (id, client_id, name, mode, types, url, secret, state, position, created_at, changed_at)"
        " VALUES (:id, 'bhxh', 'Khai sinh', 'push', '{a.b.c.v1}', 'https://x.test/', 'geheim', :state, 0, now(), now())",
        id=subscription, state=state,
    )  # fmt: skip
    return subscription


async def test_a_subscription_is_approved_paused_resumed_suspended_and_reinstated(operator: Gateway) -> None:
    await register(operator)
    path = f"/console/subscriptions/{await subscribe(operator, 'requested')}"
    assert (await act(operator, f"{path}/approve")).status_code == 422
    steps: tuple[tuple[str, dict[str, str], str], ...] = (
        ("approve", {"legal_basis": "NĐ 194/2025", "until": ""}, "active"), ("pause", {}, "paused"),
        ("resume", {}, "active"), ("suspend", {"reason": "Sự cố"}, "suspended"), ("reinstate", {}, "active"),
    )  # fmt: skip
    for step, given, state in steps:
        assert (await act(operator, f"{path}/{step}", **given)).status_code == 303, step
        assert (await operator.rows("SELECT state FROM subscription"))[0].state == state
    assert (await act(operator, f"{path}/resume")).status_code == 409
    assert "geheim" not in (await operator.get(path)).text
    assert [line for line in await audit(operator) if line[0] == "subscription-paused"] == [
        ("subscription-paused", "done")
    ]


async def test_a_subscription_is_replayed_from_a_position_or_a_moment(operator: Gateway) -> None:
    await register(operator)
    path = f"/console/subscriptions/{await subscribe(operator)}"
    await operator.send(*EXAMPLES)
    await operator.execute("UPDATE subscription SET position = 9")
    assert (await act(operator, f"{path}/replay")).status_code == 422
    assert (await act(operator, f"{path}/replay", since="no day")).status_code == 422
    assert (await act(operator, f"{path}/replay", position="999")).status_code == 422
    assert (await act(operator, f"{path}/replay", position="4")).status_code == 303
    assert (await operator.rows("SELECT position FROM subscription"))[0].position == 4
    assert (await act(operator, f"{path}/replay", since="2020-01-01T08:00")).status_code == 303
    assert (await operator.rows("SELECT position FROM subscription"))[0].position == 0


@pytest.mark.parametrize(
    "since", ["0001-01-01T00:00", "9999-12-31T23:59:59-23:59", "1066-10-14T09:00", "9999-01-01T00:00"]
)
async def test_a_moment_that_is_none_is_refused(operator: Gateway, since: str) -> None:
    await register(operator)
    path = f"/console/subscriptions/{await subscribe(operator)}"
    await operator.send(*EXAMPLES)
    await operator.execute("UPDATE subscription SET position = 9")
    answer = await act(operator, f"{path}/replay", since=since)
    assert (answer.status_code, answer.headers["content-type"][:9]) == (422, "text/html")
    assert (await operator.rows("SELECT position FROM subscription"))[0].position == 9


async def test_a_delivery_that_failed_is_sent_again_or_skipped(operator: Gateway) -> None:
    await register(operator)
    await operator.send(*EXAMPLES[:2])
    subscription = await subscribe(operator)
    for position, subject in ((0, "A"), (1, "B")):
        await operator.execute(
            "INSERT INTO delivery (subscription_id, position, subject, state, first, attempts, next_attempt_at)"
            " VALUES (:id, :position, :subject, 'failed', true, 9, now())",
            id=subscription, position=position, subject=subject,
        )  # fmt: skip
    path = f"/console/subscriptions/{subscription}/deliveries"
    assert (await act(operator, f"{path}/0/retry")).status_code == 303
    assert (await act(operator, f"{path}/1/skip")).status_code == 303
    assert (await act(operator, f"{path}/7/skip")).status_code == 404
    rows = await operator.rows("SELECT state, attempts FROM delivery ORDER BY position")
    assert [tuple(row) for row in rows] == [("waiting", 0), ("skipped", 9)]


# --- the ledger


async def test_verify_finds_a_whole_ledger_whole(operator: Gateway) -> None:
    await operator.send(*EXAMPLES)
    assert "Chưa có điểm kiểm" in (await act(operator, "/console/ledger/verify")).text
    await operator.sign()
    for start in ("", "0", "5", "999"):
        assert "Sổ cái nguyên vẹn" in (await act(operator, "/console/ledger/verify", **{"from": start})).text


@pytest.mark.parametrize(
    ("tampering", "says"),
    [
        ("UPDATE ledger_body SET body = body || 'x' WHERE position = 5", "Vị trí sai đầu tiên: 5"),
        ("UPDATE ledger_entry SET sender = 'payment' WHERE position = 5", "Vị trí sai đầu tiên: 5"),
        ("UPDATE ledger_entry SET leaf_hash = sha256('x') WHERE position = 5", "Vị trí sai đầu tiên: 5"),
        ("DELETE FROM ledger_body WHERE position = 8; DELETE FROM ledger_entry WHERE position = 8", "ngắn hơn"),
        ("UPDATE ledger_node SET hash = sha256('x') WHERE level = 3", "KHÔNG nguyên vẹn"),
        ("UPDATE ledger_checkpoint SET note = replace(note, E'\\n9\\n', E'\\n8\\n')", "KHÔNG nguyên vẹn"),
    ],
    ids=["body", "sender", "leaf", "end cut off", "node", "checkpoint"],
)
async def test_verify_finds_what_was_altered(operator: Gateway, tampering: str, says: str) -> None:
    await operator.send(*EXAMPLES)
    await operator.sign()
    for statement in tampering.split("; "):
        await operator.execute(statement)
    assert says in (await act(operator, "/console/ledger/verify")).text
    assert (await last(operator))[:2] == ("ledger-verified", "ledger")


async def test_an_entry_altered_together_with_its_leaf_is_found_in_the_tree(operator: Gateway) -> None:
    await operator.send(*EXAMPLES)
    await operator.sign()
    # Position 5 is made an exact copy of entry 6: it gives its own leaf, which is not the one that was signed.
    await operator.execute(
        "UPDATE ledger_entry e SET sender = o.sender, type = o.type, recorded_at = o.recorded_at, commitment = o.commitment,"
        " leaf_hash = o.leaf_hash, event_id = gen_random_uuid() FROM ledger_entry o WHERE o.position = 6 AND e.position = 5"
    )
    row = (await operator.rows("SELECT event_id FROM ledger_entry WHERE position = 5"))[0]
    forged = (await operator.rows("SELECT type, sender, recorded_at, commitment FROM ledger_entry WHERE position = 5"))[
        0
    ]
    leaf = EntryLeaf(str(row.event_id), forged.type, forged.sender, forged.recorded_at, bytes(forged.commitment))
    await operator.execute("UPDATE ledger_entry SET leaf_hash = :hash WHERE position = 5", hash=leaf.hash)
    await operator.execute(
        "UPDATE ledger_body b SET salt = o.salt, body = o.body FROM ledger_body o WHERE o.position = 6 AND b.position = 5"
    )
    assert "Vị trí sai đầu tiên: 4 hoặc 5" in (await act(operator, "/console/ledger/verify")).text


async def test_a_body_erased_by_law_leaves_the_ledger_whole(operator: Gateway) -> None:
    await operator.send(*EXAMPLES)
    await operator.sign()
    await operator.execute("DELETE FROM ledger_body WHERE position = 3")
    assert "1 đã xoá nội dung" in (await act(operator, "/console/ledger/verify")).text


# --- the audit


@pytest.mark.parametrize(
    "statement", ["UPDATE console_action SET operator = 'x'", "DELETE FROM console_action", "TRUNCATE console_action"]
)
async def test_a_line_of_the_audit_is_written_once(operator: Gateway, statement: str) -> None:
    """R-261."""
    with pytest.raises(DBAPIError):
        await operator.execute(statement)
    assert await audit(operator) == [("sign-in", "done")]


async def test_the_audit_says_who_when_from_where_what_to_what(operator: Gateway) -> None:
    """R-261."""
    number = await quarantined(operator, b"{}")
    await act(operator, f"/console/messages/quarantine/{number}/dismiss", reason="Gửi thử <i>")
    page = (await operator.get("/console/audit")).text
    for said in (
        "CÁN BỘ VẬN HÀNH THỬ NGHIỆM",
        "127.0.0.1",
        "quarantine-dismissed",
        f"quarantine/{number}",
        "Gửi thử &lt;i&gt;",
    ):
        assert said in page
    row = (await operator.rows("SELECT operator, at FROM console_action ORDER BY position DESC LIMIT 1"))[0]
    assert row.operator == "van-hanh-mau"


async def test_a_case_that_waits_is_tried_again_now(operator: Gateway) -> None:
    case_id = uuid4()
    await operator.execute(
        "INSERT INTO ministry_case (dossier_code, case_id, unit, received_at, request, state, attempts, next_attempt_at,"
        " last_error) VALUES ('H26-1', :id, '00004', now(), '{}', 'TO_PUSH', 6, now() + interval '1 hour', 'timed out')",
        id=case_id,
    )  # fmt: skip
    assert "timed out" in (await operator.get("/console/adapters")).text
    assert (await act(operator, f"/console/cases/{case_id}/retry")).status_code == 303
    assert (await operator.rows("SELECT next_attempt_at <= now() AS due FROM ministry_case"))[0].due
    assert (await act(operator, f"/console/cases/{uuid4()}/retry")).status_code == 404


async def test_an_event_that_was_replayed_is_distributed_like_any_other(operator: Gateway) -> None:
    await operator.accept(Ingress("submission", b"{}"))
    good = wire(SUBMITTED)
    await act(operator, "/console/messages/quarantine/1/replay", body=good.body.decode())
    row = (
        await operator.rows(
            "SELECT type, subject FROM ledger_entry WHERE position >= (SELECT position FROM distributed)"
        )
    )[0]
    assert tuple(row) == (SUBMITTED.type, SUBMITTED.subject)
