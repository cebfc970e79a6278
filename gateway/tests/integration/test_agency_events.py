"""Agencies register types of their own and publish events of them: signed, judged, in the ledger as if from inside."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.ids import new_id
from gateway.tests.conftest import Gateway
from tests.support.identities import agency, citizen, officer

TYPE = "vn.gov.baohiemxahoi.health-card-issued.v1"
TYPES, EVENTS = "/lgsp/v1/event-types", "/lgsp/v1/events"
SCHEMA = {
    "type": "object",
    "required": ["cardNumber"],
    "additionalProperties": False,
    "properties": {"cardNumber": {"type": "string", "maxLength": 20}, "child": {"type": "integer", "minimum": 1}},
}
OPERATOR = officer("operator")
BHYT = agency("gateway:write", client="G24.bhyt")
KEY = Ed25519PrivateKey.generate()


def jwk(key: Ed25519PrivateKey) -> str:
    x = base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).decode().rstrip("=")
    return json.dumps({"crv": "Ed25519", "kty": "OKP", "x": x}, sort_keys=True, separators=(",", ":"))


@pytest.fixture
async def exchange(gateway: Gateway) -> Gateway:
    """A gateway that knows social insurance's system and its key, and another agency's."""
    for member, code in (("G24", "bhyt"), ("G01", "cutru")):
        client = f"{member}.{code}"
        await gateway.execute(
            "INSERT INTO member (instance, member_class, code, name, state, created_at, changed_at)"
            " VALUES ('VN', 'GOV', :member, :member, 'approved', now(), now())",
            member=member,
        )
        await gateway.execute(
            "INSERT INTO subsystem (instance, member_class, member, code, name, client_id, state, created_at, changed_at)"
            " VALUES ('VN', 'GOV', :member, :code, :code, :client, 'approved', now(), now())",
            member=member, code=code, client=client,
        )  # fmt: skip
        await gateway.execute(
            "INSERT INTO credential (id, client_id, kind, value, valid_from, created_at)"
            " VALUES (:id, :client, 'jwk', :value, now() - interval '1 hour', now())",
            id=new_id(), client=client, value=jwk(KEY if code == "bhyt" else Ed25519PrivateKey.generate()),
        )  # fmt: skip
    await gateway.execute("UPDATE registry_revision SET revision = revision + 1")
    return gateway


async def post(gateway: Gateway, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
    return await gateway.client.post(path, json=body, headers={**headers, "Idempotency-Key": new_id().hex})


async def register(gateway: Gateway, name: str = TYPE, schema: Any = SCHEMA, headers: Any = BHYT) -> httpx.Response:
    body = {"type": name, "title": "Đã cấp thẻ", "description": "A card was issued", "schema": schema}
    return await post(gateway, TYPES, body, headers)


@pytest.fixture
async def approved(exchange: Gateway) -> Gateway:
    assert (await register(exchange)).status_code == 201
    assert (await post(exchange, f"{TYPES}/{TYPE}/approve", None, OPERATOR)).json()["state"] == "approved"
    return exchange


def event(**changes: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": str(new_id()),
        "source": "/VN/GOV/G24/bhyt",
        "type": TYPE,
        "subject": "H26-20261012-0000042",
        "time": datetime.now(UTC).isoformat(),
        "data": {"cardNumber": "HN 4 0101"},
    } | changes


def signature(body: bytes, key: Ed25519PrivateKey = KEY, **headers: str) -> str:
    return jwt.api_jws.encode(body, key, algorithm="EdDSA", headers=headers, is_payload_detached=True)


async def publish(
    gateway: Gateway,
    content: Any,
    *,
    headers: dict[str, str] = BHYT,
    signed: str | None = None,
    kind: str | None = None,
) -> httpx.Response:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    sent = {
        **headers,
        "Content-Type": kind
        or ("application/cloudevents-batch+json" if isinstance(content, list) else "application/cloudevents+json"),
        "X-JWS-Signature": signed if signed is not None else signature(body),
    }
    return await gateway.client.post(EVENTS, content=body, headers=sent)


def slug(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).rsplit("/", 1)[-1]


async def test_a_signed_event_of_an_approved_type_enters_the_ledger_once(approved: Gateway) -> None:
    """R-214"""
    one = event()
    first = await publish(approved, one)
    assert (first.status_code, first.json()) == (202, {"ids": [one["id"]]})
    assert (await publish(approved, one)).json() == first.json()
    rows = await approved.rows(
        "SELECT e.sender, e.type, e.subject, b.body FROM ledger_entry e JOIN ledger_body b USING (position)"
    )
    (row,) = rows
    assert (row.sender, row.type, row.subject) == ("VN/GOV/G24/bhyt", TYPE, one["subject"])
    assert json.loads(bytes(row.body)) == one


async def test_a_batch_enters_as_a_whole_or_not_at_all(approved: Gateway) -> None:
    good = [event() for _ in range(3)]
    assert (await publish(approved, good)).json() == {"ids": [each["id"] for each in good]}
    mixed = [event(), event(data={"cardNumber": 7}), event(data={})]
    refused = await publish(approved, mixed)
    assert (refused.status_code, slug(refused)) == (422, "events-refused")
    assert {error["pointer"] for error in refused.json()["errors"]} == {"/1/data/cardNumber", "/2/data"}
    assert len(await approved.rows("SELECT 1 FROM ledger_entry")) == 3
    (kept,) = await approved.rows("SELECT sender, reason FROM quarantine")
    assert (kept.sender, kept.reason) == ("VN/GOV/G24/bhyt", "breaks-contract")


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"source": "/VN/GOV/G01/cutru"}, "/source"),
        ({"source": "/submission"}, "/source"),
        ({"type": "vn.gov.hanoi.payment.payment-succeeded.v1"}, "/type"),
        ({"type": "vn.gov.baohiemxahoi.unheard-of.v1"}, "/type"),
        ({"id": "7"}, "/id"),
        ({"time": "yesterday"}, "/time"),
        ({"time": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}, "/time"),
        ({"time": (datetime.now(UTC) - timedelta(days=30)).isoformat()}, "/time"),
        ({"subject": ""}, "/subject"),
        ({"subject": "a\0b"}, "/subject"),
        ({"specversion": "0.3"}, "/specversion"),
        ({"data": [1]}, "/data"),
        ({"data": {"cardNumber": "x" * 21}}, "/data/cardNumber"),
        ({"data": {"cardNumber": "1", "more": 1}}, "/data"),
    ],
)
async def test_what_breaks_a_rule_is_refused_with_its_place(approved: Gateway, changes: Any, where: str) -> None:
    refused = await publish(approved, event(**changes))
    assert refused.status_code == 422, refused.text
    assert where in {error["pointer"] for error in refused.json()["errors"]}
    assert await approved.rows("SELECT 1 FROM ledger_entry") == []


async def test_an_id_used_for_another_event_is_refused(approved: Gateway) -> None:
    one = event()
    await publish(approved, one)
    other = await publish(approved, one | {"data": {"cardNumber": "another"}})
    assert (other.status_code, slug(other)) == (409, "event-id-reused")
    assert len(await approved.rows("SELECT 1 FROM ledger_entry")) == 1


async def test_events_without_the_publishers_own_signature_do_not_enter(approved: Gateway) -> None:
    body = json.dumps(event()).encode()
    stranger = Ed25519PrivateKey.generate()
    header, _, mark = signature(body).split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    hmac = jwt.api_jws.encode(body, "x" * 64, algorithm="HS256", is_payload_detached=True)
    for signed in (
        "", "a.b.c", "..", signature(body, stranger), signature(body + b" "), f"{none}..", hmac,
        f"{header}.{base64.urlsafe_b64encode(body).decode().rstrip('=')}.{mark}x",
    ):  # fmt: skip
        refused = await publish(approved, body, signed=signed, kind="application/cloudevents+json")
        assert refused.status_code == 401, signed
    unsigned = {**BHYT, "Content-Type": "application/cloudevents+json"}
    assert (await approved.client.post(EVENTS, content=body, headers=unsigned)).status_code == 401
    assert await approved.rows("SELECT 1 FROM ledger_entry") == []


async def test_another_agency_cannot_publish_my_type(approved: Gateway) -> None:
    refused = await publish(approved, event(), headers=agency("gateway:write", client="G01.cutru"))
    assert refused.status_code == 401  # its key is another
    unknown = await publish(approved, event(), headers=agency("gateway:write", client="nobody"))
    assert (unknown.status_code, slug(unknown)) == (403, "publisher-not-registered")
    for headers in (citizen(), OPERATOR, agency("gateway:read", client="G24.bhyt")):
        assert (await publish(approved, event(), headers=headers)).status_code == 403


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", None),
        (b"\xff", None),
        (b'{"a":NaN}', None),
        (b'{"a":1e999}', None),
        (b'{"a":"\\ud800"}', None),
        (b"[" * 100_000, None),
        (b"{}", "application/json"),
        (b"{}", "application/cloudevents-batch+json"),
        (b"[]", "application/cloudevents-batch+json"),
        (b"[" + b"1," * 200 + b"1]", "application/cloudevents-batch+json"),
    ],
)
async def test_a_body_that_is_no_event_is_a_400(approved: Gateway, body: bytes, kind: str | None) -> None:
    assert (await publish(approved, body, kind=kind or "application/cloudevents+json")).status_code == 400


async def test_a_type_is_asked_for_approved_and_closed(exchange: Gateway) -> None:
    assert (await register(exchange)).json()["state"] == "requested"
    assert (await publish(exchange, event())).status_code == 422
    assert slug(await register(exchange)) == "event-type-exists"
    closed = {"reason": "Trùng", "legalBasis": "NĐ 278/2025"}
    assert slug(await post(exchange, f"{TYPES}/{TYPE}/suspend", closed, OPERATOR)) == "event-type-state-conflict"
    await post(exchange, f"{TYPES}/{TYPE}/approve", None, OPERATOR)
    assert (await publish(exchange, event())).status_code == 202
    suspended = await post(exchange, f"{TYPES}/{TYPE}/suspend", closed, OPERATOR)
    assert (suspended.json()["state"], suspended.json()["reason"]) == ("suspended", "Trùng")
    assert (await publish(exchange, event())).status_code == 422
    assert (await post(exchange, f"{TYPES}/{TYPE}/close", closed, OPERATOR)).json()["state"] == "closed"
    assert (await post(exchange, f"{TYPES}/unheard-of/approve", None, OPERATOR)).status_code == 404
    assert (await post(exchange, f"{TYPES}/{TYPE}/approve", None, BHYT)).status_code == 403


@pytest.mark.parametrize(
    "name",
    ["vn.gov.hanoi.mine.v1", "vn.gov.hanoi.submission.dossier-submitted.v1", "health-card", "vn.gov.x", "VN.GOV.A.v1"],
)
async def test_a_name_that_is_the_citys_or_no_name_is_refused(exchange: Gateway, name: str) -> None:
    refused = await register(exchange, name)
    assert (refused.status_code, slug(refused)) == (422, "event-type-name-not-allowed")


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "string"},
        {"type": "object", "properties": {"a": {"$ref": "http://169.254.169.254/latest"}}},
        {"type": "object", "properties": {"a": {"$ref": "file:///etc/passwd"}}},
        {"type": "object", "properties": 7},
        {"type": "object", "properties": {"a": {"pattern": "("}}},
        {"type": "object", "title": "x" * 70_000},
    ],
)
async def test_a_schema_that_cannot_be_used_is_refused(exchange: Gateway, schema: Any) -> None:
    refused = await register(exchange, schema=schema)
    assert (refused.status_code, slug(refused)) == (422, "event-schema-unusable")


async def test_every_type_is_listed_with_its_owner_and_shown_with_its_schema(approved: Gateway) -> None:
    listed = {item["type"]: item["owner"] for item in (await approved.get(TYPES)).json()["items"]}
    assert listed[TYPE] == "VN/GOV/G24/bhyt"
    assert listed["vn.gov.hanoi.payment.fee-assessed.v1"] == "VN/GOV/H26/lienthong"
    assert (await approved.get(f"{TYPES}/{TYPE}")).json()["schema"] == SCHEMA
    own = (await approved.get(f"{TYPES}/vn.gov.hanoi.payment.fee-assessed.v1")).json()
    assert own["schema"]["properties"]["dossierCode"]
    assert own["example"]["dossierCode"]
    assert (await approved.get(f"{TYPES}/vn.gov.unheard-of.v1")).status_code == 404


@pytest.mark.parametrize("shape", ["lists", "objects"])
async def test_an_event_deeper_than_anybody_goes_through_it_enters_nowhere(approved: Gateway, shape: str) -> None:
    """A subscriber whose right names fields gets them level by level: this would stop every page that it stands on."""
    deep: Any = "HN 4 0101"
    for _ in range(60):
        deep = [deep] if shape == "lists" else {"a": deep}
    answer = await publish(approved, event(data={"cardNumber": deep}))
    assert (answer.status_code, answer.json()["errors"][0]["rule"]) == (400, "too_deep")
    assert await approved.rows("SELECT 1 FROM ledger_entry") == []
    assert await approved.rows("SELECT 1 FROM quarantine") == []
