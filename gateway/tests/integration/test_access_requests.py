"""Requests for access: asked with and without an account, the clock, granted and refused in writing, withdrawn."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from chassis.clock import SettableClock
from contracts.catalog import CalendarDay, WorkingCalendarPublished
from gateway.handlers.partners_file import apply_partners
from gateway.partners_file import parse_partners
from gateway.queries import calendar
from gateway.registry import RegistryBook
from gateway.settings import GatewaySettings
from gateway.tests.conftest import Gateway, opened
from tests.support import identities
from tests.support.counting import counted

REQUESTS = "/lgsp/v1/access-requests"
OPERATOR = identities.officer("operator", subject="operator-1")
AGENCY = identities.agency("gateway:read", "gateway:write", client="g15-portal")
JWK = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
CONNECTION = {
    "subsystem": "VN/GOV/000.00.00.G15/ho-tich", "memberName": "Bộ Tư pháp", "subsystemName": "Hộ tịch",
    "contact": "Phòng A", "publicKey": {**JWK, "kid": "mine"}, "purpose": "Tra cứu", "legalBasis": "NĐ 194/2025/NĐ-CP",
}  # fmt: skip
SERVICE = {
    "kind": "service", "service": "VN/GOV/H26/lienthong/procedures", "methods": ["get"], "paths": ["*", "*/fees"],
    "fields": ["code", "name"], "validTo": "2027-12-31", "purpose": "Hiển thị", "legalBasis": "NĐ 194/2025/NĐ-CP",
}  # fmt: skip
EVENTS = {
    "kind": "events", "types": ["vn.gov.hanoi.submission.dossier-returned.v1"], "purpose": "Đồng bộ",
    "legalBasis": "NĐ 194/2025/NĐ-CP",
}  # fmt: skip
GRANTED = {"legalBasis": "NĐ 194/2025/NĐ-CP"}
REFUSED = {"reason": "Không thuộc phạm vi chia sẻ", "legalBasis": "Luật Dữ liệu"}
PARTNERS = b"""
members: [{id: VN/GOV/H26, name: H}, {id: VN/GOV/G15, name: J}]
subsystems:
  - {id: VN/GOV/H26/lienthong, name: L, clientId: lienthong}
  - {id: VN/GOV/G15/portal, name: P, clientId: g15-portal}
services:
  - {id: VN/GOV/H26/lienthong/procedures, title: P, upstream: city, address: catalog/v1/procedures}
  - {id: VN/GOV/H26/lienthong/events, title: E, upstream: adapter, address: events}
"""


@pytest.fixture
async def city(gateway: Gateway) -> Gateway:
    """This city with two services, an agency that has an account, and a working calendar."""
    async with gateway.runtime.database.begin() as uow:
        await apply_partners(parse_partners(PARTNERS, "partners.yaml"), uow, by="file:partners.yaml")
    return gateway


async def post(
    gateway: Gateway, path: str, body: Any, headers: dict[str, str], key: str | None = None
) -> httpx.Response:
    sent = headers | {"Idempotency-Key": key or str(uuid4()), "Content-Type": "application/json"}
    return await gateway.client.post(f"{REQUESTS}{path}", content=json.dumps(body), headers=sent)


async def answer(gateway: Gateway, request_id: str, how: str, body: Any, **headers: str) -> httpx.Response:
    return await post(gateway, f"/{request_id}/{how}", body, OPERATOR | headers)


def at(gateway: Gateway, instant: datetime) -> None:
    clock = gateway.runtime.clock
    assert isinstance(clock, SettableClock)
    clock.set(instant)


async def test_an_agency_goes_from_nothing_to_an_account_with_its_key(city: Gateway) -> None:
    asked = (await post(city, "/connections", CONNECTION, {})).json()
    address, token = f"{REQUESTS}/connections/{asked['id']}", {"Tracking-Token": asked["trackingToken"]}
    waiting = (await city.get(address, token)).json()
    assert (waiting["state"], waiting["subsystem"], waiting["term"]["workingDays"]) == (
        "waiting",
        "VN/GOV/G15/ho-tich",
        2,
    )
    granted = await answer(city, asked["id"], "grant", GRANTED)
    assert (granted.status_code, granted.json()["clientId"]) == (200, "g15-ho-tich")
    seen = (await city.get(address, token)).json()
    assert (seen["state"], seen["clientId"], seen.get("answeredBy")) == ("granted", "g15-ho-tich", None)
    registry = await RegistryBook(city.runtime.database).current()
    assert registry.active_subsystem(registry.clients["g15-ho-tich"].id) is not None
    assert registry.clients["g15-ho-tich"].scopes == {"gateway:read", "gateway:write", "gateway:exchanges"}
    keys = await city.rows("SELECT kind, value FROM credential WHERE client_id = 'g15-ho-tich'")
    assert [(key.kind, json.loads(key.value)["x"]) for key in keys] == [("jwk", JWK["x"])]


async def test_nobody_follows_a_request_without_its_token(city: Gateway) -> None:
    asked = (await post(city, "/connections", CONNECTION, {})).json()
    address = f"{REQUESTS}/connections/{asked['id']}"
    assert (await city.get(address, {"Tracking-Token": "x" * 43})).status_code == 404
    assert (await city.get(address)).status_code == 422
    assert (await city.get(f"{REQUESTS}/{asked['id']}", AGENCY)).status_code == 404
    rows = await city.rows("SELECT count(*) FROM access_request WHERE encode(tracking_token_sha256, 'escape') LIKE :t",
                           t=f"%{asked['trackingToken']}%")  # fmt: skip
    assert rows[0].count == 0


async def test_an_account_that_is_there_is_not_widened_by_who_asks_in_its_name(city: Gateway) -> None:
    first = (await post(city, "/connections", CONNECTION, {})).json()
    second = (await post(city, "/connections", CONNECTION, {})).json()
    assert (await answer(city, first["id"], "grant", GRANTED)).status_code == 200
    late = await answer(city, second["id"], "grant", GRANTED)
    assert (late.status_code, late.json()["type"].rsplit("/", 1)[-1]) == (409, "subsystem-known")
    assert (await post(city, "/connections", CONNECTION, {})).status_code == 409


async def test_a_suspended_member_is_not_resumed_by_granting_a_connection(city: Gateway) -> None:
    asked = (await post(city, "/connections", CONNECTION, {})).json()
    await city.client.put("/lgsp/v1/partners/members/VN/GOV/G15/state", json={"state": "suspended"}, headers=OPERATOR)
    assert (await answer(city, asked["id"], "grant", GRANTED)).status_code == 409


async def test_one_address_asks_so_often_and_no_more(database_url: SecretStr) -> None:
    settings = GatewaySettings(database_url=database_url, connection_requests_per_hour=2)
    async with opened(settings, {}) as gateway:
        for _ in range(2):
            assert (await post(gateway, "/connections", CONNECTION, {})).status_code == 201
        refused = await post(gateway, "/connections", CONNECTION, {})
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
        at(gateway, gateway.runtime.clock.now() + timedelta(hours=2))
        assert (await post(gateway, "/connections", CONNECTION, {})).status_code == 201


@pytest.mark.parametrize(
    "wrong",
    [
        {"publicKey": {"kty": "RSA"}}, {"publicKey": {**JWK, "d": "secret"}}, {"publicKey": {"x": "\ud800"}},
        {"subsystem": "VN/GOV/Bộ/x"}, {"purpose": "a\x00b"}, {"contact": ""}, {"state": "granted"},
    ],
)  # fmt: skip
async def test_a_request_that_cannot_be_granted_is_not_taken(city: Gateway, wrong: dict[str, Any]) -> None:
    refused = await post(city, "/connections", {**CONNECTION, **wrong}, {})
    assert refused.status_code == 422
    assert refused.json()["errors"]


async def test_a_granted_service_gives_the_rights_asked_for_by_that_request(city: Gateway) -> None:
    asked = await post(city, "", SERVICE, AGENCY)
    assert asked.status_code == 201, asked.text
    assert (await answer(city, asked.json()["id"], "grant", {**GRANTED, "fields": ["code"]})).status_code == 200
    listed = (await city.get("/lgsp/v1/partners/grants", AGENCY)).json()["items"]
    assert {(item["method"], item["path"], item["validFrom"], item["validTo"]) for item in listed} == {
        ("GET", "*", "2026-10-12", "2027-12-31"),
        ("GET", "*/fees", "2026-10-12", "2027-12-31"),
    }
    assert {tuple(item["fields"]) for item in listed} == {("code",)}
    assert {item["requestId"] for item in listed} == {asked.json()["id"]}


async def test_granted_events_are_a_right_to_hear_each_type(city: Gateway) -> None:
    asked = (await post(city, "", EVENTS, AGENCY)).json()
    await answer(city, asked["id"], "grant", GRANTED)
    grant = (await city.get("/lgsp/v1/partners/grants", AGENCY)).json()["items"][0]
    assert (grant["service"], grant["method"], grant["path"]) == (
        "VN/GOV/H26/lienthong/events", "GET", "vn.gov.hanoi.submission.dossier-returned.v1"
    )  # fmt: skip


async def test_a_grant_that_would_end_before_it_begins_is_refused_whole(city: Gateway) -> None:
    asked = (await post(city, "", SERVICE, AGENCY)).json()
    refused = await answer(city, asked["id"], "grant", {**GRANTED, "validFrom": "2028-01-01"})
    assert refused.status_code == 422
    assert (await city.get(f"{REQUESTS}/{asked['id']}", AGENCY)).json()["state"] == "waiting"
    assert (await city.get("/lgsp/v1/partners/grants", AGENCY)).json()["items"] == []


async def test_a_refusal_has_its_reason_and_its_legal_basis(city: Gateway) -> None:
    """R-222."""
    asked = (await post(city, "", SERVICE, AGENCY)).json()
    for incomplete in ({"reason": "Không"}, {"legalBasis": "Luật"}, {"reason": " ", "legalBasis": "Luật"}):
        assert (await answer(city, asked["id"], "refusal", incomplete)).status_code == 422
    assert (await answer(city, asked["id"], "refusal", REFUSED)).status_code == 200
    seen = (await city.get(f"{REQUESTS}/{asked['id']}", AGENCY)).json()
    assert (seen["state"], seen["reason"], seen["refusalLegalBasis"]) == ("refused", *REFUSED.values())


async def test_a_request_is_answered_once(city: Gateway) -> None:
    asked = (await post(city, "", SERVICE, AGENCY)).json()
    key = str(uuid4())
    first = await post(city, f"/{asked['id']}/refusal", REFUSED, OPERATOR, key)
    again = await post(city, f"/{asked['id']}/refusal", REFUSED, OPERATOR, key)
    assert first.json() == again.json()
    late = await answer(city, asked["id"], "grant", GRANTED)
    assert (late.status_code, late.json()["state"]) == (409, "refused")
    stale = (await post(city, "", SERVICE, AGENCY)).json()
    assert (await answer(city, stale["id"], "grant", GRANTED, **{"If-Match": '"9"'})).status_code == 412


async def test_the_asker_withdraws_and_nobody_else(city: Gateway) -> None:
    asked = (await post(city, "", SERVICE, AGENCY)).json()
    foreign = identities.agency("gateway:write", client="lienthong")
    assert (await post(city, f"/{asked['id']}/withdrawal", None, foreign)).status_code == 404
    assert (await post(city, f"/{asked['id']}/withdrawal", None, AGENCY)).json()["state"] == "withdrawn"
    connection = (await post(city, "/connections", CONNECTION, {})).json()
    path = f"/connections/{connection['id']}/withdrawal"
    assert (await post(city, path, None, {"Tracking-Token": "wrong"})).status_code == 404
    withdrawn = await post(city, path, None, {"Tracking-Token": connection["trackingToken"]})
    assert (withdrawn.status_code, withdrawn.json()["state"]) == (200, "withdrawn")


async def test_an_agency_sees_its_own_requests_and_operators_see_all_by_due_time(city: Gateway) -> None:
    answered = (await post(city, "", SERVICE, AGENCY)).json()
    await answer(city, answered["id"], "refusal", REFUSED)
    at(city, datetime(2026, 10, 14, 3, tzinfo=UTC))
    later = (await post(city, "", EVENTS, AGENCY)).json()
    at(city, datetime(2026, 10, 13, 3, tzinfo=UTC))
    sooner = (await post(city, "", SERVICE, identities.agency("gateway:write", client="lienthong"))).json()
    with counted(city.runtime.database) as statements:
        every = (await city.get(REQUESTS, OPERATOR)).json()["items"]
    assert len(statements) == 1
    assert [item["id"] for item in every] == [sooner["id"], later["id"], answered["id"]]
    own = (await city.get(REQUESTS, AGENCY)).json()["items"]
    assert [item["id"] for item in own] == [later["id"], answered["id"]]
    assert (await city.get(f"{REQUESTS}/{sooner['id']}", AGENCY)).status_code == 404
    first = (await city.get(REQUESTS, OPERATOR, limit=2)).json()
    rest = (await city.get(REQUESTS, OPERATOR, limit=2, cursor=first["nextCursor"])).json()
    assert [item["id"] for item in first["items"] + rest["items"]] == [item["id"] for item in every]


async def test_the_clock_skips_the_days_that_the_catalogue_takes_off(city: Gateway) -> None:
    """R-221."""
    days = (CalendarDay(day=date(2026, 10, 13), working=False, name="Nghỉ", source="thử"),)
    for version, listed in ((2, days), (1, ())):
        async with city.runtime.database.begin() as uow:
            await calendar.put(uow, WorkingCalendarPublished(version=version, year=2026, days=listed))
            await uow.commit(None)
    asked = (await post(city, "", SERVICE, AGENCY)).json()
    assert (asked["answerDueAt"], asked["hoursLeft"], asked["overdue"]) == ("2026-10-15T10:00:00Z", 79.0, False)
    at(city, datetime(2026, 10, 15, 12, tzinfo=UTC))
    late = (await city.get(f"{REQUESTS}/{asked['id']}", OPERATOR)).json()
    assert (late["hoursLeft"], late["overdue"]) == (-2.0, True)


async def test_asking_takes_few_statements(city: Gateway) -> None:
    with counted(city.runtime.database) as statements:
        assert (await post(city, "/connections", CONNECTION, {})).status_code == 201
    tables = ("access_request", "idempotency", "subsystem", "working_calendar")  # else a part that runs alongside spoke
    assert len([statement for statement in statements if any(table in statement for table in tables)]) == 6
