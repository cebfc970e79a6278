"""The registry by its API: what operators register and change, what an agency may read, and the picture that decides calls."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from chassis.database import Database
from chassis.problems import Unavailable
from gateway.domain.partners import Registry, State
from gateway.registry import RegistryBook
from gateway.tests.conftest import Gateway
from tests.support import identities
from tests.support.counting import counted

PARTNERS = "/lgsp/v1/partners"
OPERATOR = identities.officer("operator", subject="operator-1")
H26 = f"{PARTNERS}/members/VN/GOV/H26"
LIENTHONG = f"{PARTNERS}/subsystems/VN/GOV/H26/lienthong"
PROCEDURES = f"{PARTNERS}/services/VN/GOV/H26/lienthong/procedures"
CIVIL_STATUS = f"{PARTNERS}/subsystems/VN/GOV/G15/ho-tich"
SERVICE = {"title": "Thủ tục", "upstream": "city", "address": "catalog/v1/procedures"}


class Ticking:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


async def put(gateway: Gateway, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
    return await gateway.client.put(path, json=body, headers=OPERATOR | headers)


async def give(gateway: Gateway, **grant: Any) -> httpx.Response:
    body = {
        "service": "VN/GOV/H26/lienthong/procedures", "validFrom": "2026-10-01", "legalBasis": "NĐ 194/2025/NĐ-CP", **grant
    }  # fmt: skip
    headers = OPERATOR | {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
    return await gateway.client.post(f"{PARTNERS}/grants", content=json.dumps(body), headers=headers)


@pytest.fixture
async def city(gateway: Gateway) -> Gateway:
    """This city with a service, and the Ministry of Justice with a subsystem in a group."""
    for path, body in (
        (H26, {"name": "Hà Nội"}),
        (f"{PARTNERS}/members/VN/GOV/G15", {"name": "Bộ Tư pháp"}),
        (f"{PARTNERS}/groups/ministries", {"description": "Bộ, ngành"}),
        (LIENTHONG, {"name": "Liên thông", "clientId": "lienthong"}),
        (CIVIL_STATUS, {"name": "Hộ tịch", "clientId": "g15-ho-tich", "groups": ["ministries"], "contact": "Phòng A"}),
        (PROCEDURES, SERVICE),
    ):
        answer = await put(gateway, path, body)
        assert answer.status_code == 201, answer.text
    return gateway


async def test_what_is_put_stands_and_the_same_again_changes_nothing(city: Gateway) -> None:
    again = await put(city, PROCEDURES, SERVICE)
    assert (again.status_code, again.json()["version"]) == (200, 1)
    changed = await put(city, PROCEDURES, {**SERVICE, "personal": True, "personAt": "path:1"})
    assert (changed.json()["version"], changed.json()["personAt"]) == (2, "path:1")
    history = (await city.get(f"{PARTNERS}/changes", OPERATOR, object="VN/GOV/H26/lienthong/procedures")).json()
    assert next(item["after"] for item in history["items"]) == {"personal": True, "personAt": "path:1"}
    assert len(history["items"]) == 2
    assert {item["by"] for item in history["items"]} == {"officer:operator-1"}


@pytest.mark.parametrize(
    ("address", "openapi", "pointer", "code"),
    [
        ("http://provider.example/api", None, "/address", "https-only"),
        ("https://127.0.0.1/", None, "/address", "not-public"),
        ("https://169.254.169.254/latest/meta-data", None, "/address", "not-public"),
        ("https://localhost/", None, "/address", "not-public"),
        ("https://provider.invalid:22/", None, "/address", None),  # its port is judged with its address, at each call
        ("https://provider.invalid/", "https://10.0.0.1/openapi.json", "/openapi", "not-public"),
    ],
)
async def test_a_provider_at_an_address_that_is_not_called_is_not_registered(
    city: Gateway, address: str, openapi: str | None, pointer: str, code: str | None
) -> None:
    """R-236."""
    answer = await put(city, PROCEDURES, {**SERVICE, "upstream": "http", "address": address, "openapi": openapi})
    if code is None:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, "declaration-refused")
        assert [(error["pointer"], error["rule"]) for error in answer.json()["errors"]] == [(pointer, code)]


@pytest.mark.parametrize("upstream", ["city", "adapter"])
@pytest.mark.parametrize(
    "address", ["submission/healthz", "catalog/../x", "catalog/v1/%2e%2e", "catalog/v1?x=1", "//x", ""]
)
async def test_a_service_inside_stands_at_a_public_address_of_it(city: Gateway, upstream: str, address: str) -> None:
    answer = await put(city, PROCEDURES, {**SERVICE, "upstream": upstream, "address": address})
    allowed = upstream == "adapter" and address == "submission/healthz"  # an adapter's paths are its own
    assert answer.status_code == (200 if allowed else 422)


async def test_both_notations_of_an_agency_code_name_one_member(city: Gateway) -> None:
    made = await put(city, f"{PARTNERS}/members/VN/GOV/000.17.22.H56", {"name": "Phòng A", "aliases": ["H57.01"]})
    assert (made.json()["id"], made.status_code) == ("VN/GOV/H56.22.17", 201)
    assert (await city.get(f"{PARTNERS}/members/VN/GOV/h56.22.17", OPERATOR)).json() == made.json()
    registry = await RegistryBook(city.runtime.database).current()
    named = {
        registry.canonical("VN", "GOV", code, "x").member for code in ("H56.22.17", "000.17.22.H56", "000.00.01.H57")
    }
    assert named == {"H56.22.17"}
    taken = await put(city, f"{PARTNERS}/members/VN/GOV/H58", {"name": "B", "aliases": ["H57.01"]})
    assert (taken.status_code, taken.json()["code"]) == (409, "000.00.01.H57")


async def test_states_follow_the_table_and_an_unapproved_member_takes_its_subsystems_with_it(city: Gateway) -> None:
    """R-224."""
    suspended = await put(city, f"{PARTNERS}/members/VN/GOV/G15/state", {"state": "suspended"})
    assert suspended.json()["state"] == "suspended"
    registry = await RegistryBook(city.runtime.database).current()
    subsystem = registry.clients["g15-ho-tich"]
    assert subsystem.state is State.APPROVED
    assert registry.active_subsystem(subsystem.id) is None
    refused = await put(city, f"{PARTNERS}/members/VN/GOV/G15/state", {"state": "requested"})
    assert refused.status_code == 409
    assert refused.json()["allowed"] == ["approved", "closed"]


async def test_a_change_based_on_an_older_version_is_refused(city: Gateway) -> None:
    tag = (await city.get(PROCEDURES, OPERATOR)).headers["ETag"]
    assert (await city.get(PROCEDURES, OPERATOR | {"If-None-Match": tag})).status_code == 304
    assert (await put(city, PROCEDURES, {**SERVICE, "title": "A"}, **{"If-Match": tag})).status_code == 200
    assert (await put(city, PROCEDURES, {**SERVICE, "title": "B"}, **{"If-Match": tag})).status_code == 412
    assert (await put(city, f"{PROCEDURES}/state", {"state": "closed"}, **{"If-Match": tag})).status_code == 412


async def test_a_client_id_is_given_once_and_kept(city: Gateway) -> None:
    other = await put(city, f"{PARTNERS}/subsystems/VN/GOV/G15/khac", {"name": "Khác", "clientId": "g15-ho-tich"})
    renamed = await put(city, CIVIL_STATUS, {"name": "Hộ tịch", "clientId": "another"})
    assert (other.status_code, renamed.status_code) == (409, 409)


async def test_what_is_not_registered_can_hold_nothing(city: Gateway) -> None:
    orphan = await put(city, f"{PARTNERS}/subsystems/VN/GOV/G99/x", {"name": "X", "clientId": "x"})
    assert orphan.json()["errors"][0]["rule"] == "not-registered"
    assert (await give(city, to="VN/GOV/G99/x")).status_code == 422
    assert (await give(city, group="nobody")).status_code == 422
    assert (await put(city, f"{PARTNERS}/members/VN/GOV/không phải", {"name": "X"})).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": "a/*b"}, {"path": "../x"}, {"path": "a//b"}, {"path": "%2e"}, {"method": "FETCH"}, {"to": "VN/GOV"},
        {"group": "ministries"}, {"validTo": "2026-09-30"}, {"path": "\x00"}, {"legalBasis": "\ud800"},
    ],
)  # fmt: skip
async def test_a_grant_that_means_nothing_is_refused_with_its_field(city: Gateway, wrong: dict[str, str]) -> None:
    answer = await give(city, **{"to": "VN/GOV/G15/ho-tich", **wrong})
    assert answer.status_code == 422
    assert answer.json()["errors"]


async def test_a_right_is_given_once_and_taken_back_with_its_reason(city: Gateway) -> None:
    given = await give(city, to="VN/GOV/G15/ho-tich", method="get", path="/*/")
    assert (given.status_code, given.json()["method"], given.json()["path"]) == (201, "GET", "*")
    address = f"{PARTNERS}/grants/{given.json()['id']}"
    revoked = await put(city, f"{address}/revocation", {"reason": "Hết thỏa thuận"})
    again = await put(city, f"{address}/revocation", {"reason": "khác"})
    assert revoked.json() == again.json()
    assert revoked.json()["revocationReason"] == "Hết thỏa thuận"
    assert (await city.get(f"{PARTNERS}/grants", OPERATOR)).json()["items"] == []
    assert len((await city.get(f"{PARTNERS}/grants", OPERATOR, revoked=True)).json()["items"]) == 1


async def test_an_agency_reads_its_own_and_knows_of_nothing_else(city: Gateway) -> None:
    held = [await give(city, to="VN/GOV/G15/ho-tich"), await give(city, group="ministries", path="1")]
    foreign = await give(city, to="VN/GOV/H26/lienthong", path="2")
    own = identities.agency("gateway:read", client="g15-ho-tich")
    assert [item["id"] for item in (await city.get(f"{PARTNERS}/members", own)).json()["items"]] == ["VN/GOV/G15"]
    assert (await city.get(f"{PARTNERS}/subsystems", own)).json()["items"][0]["contact"] == "Phòng A"
    assert (await city.get(f"{PARTNERS}/services", own)).json()["items"] == []
    listed = (await city.get(f"{PARTNERS}/grants", own)).json()["items"]
    assert [item["id"] for item in listed] == [grant.json()["id"] for grant in held]
    assert {item["grantedBy"] for item in listed} == {None}
    for path in (H26, LIENTHONG, PROCEDURES, f"{PARTNERS}/grants/{foreign.json()['id']}"):
        assert (await city.get(path, own)).status_code == 404
    assert (await city.get(f"{PARTNERS}/changes", own)).status_code == 403
    assert (
        await city.get(f"{PARTNERS}/members", identities.agency("gateway:read", client="stranger"))
    ).status_code == 404
    assert (await city.get(H26, identities.officer("one-stop-officer"))).status_code == 403


async def test_lists_go_on_by_cursor_and_take_one_statement(city: Gateway) -> None:
    for number in range(5):
        await put(city, f"{PARTNERS}/members/VN/GOV/H4{number}", {"name": f"Tỉnh {number}"})
        await give(city, to="VN/GOV/G15/ho-tich", path=str(number))
    for kind, count in (
        ("members", 7),
        ("subsystems", 2),
        ("services", 1),
        ("groups", 1),
        ("grants", 5),
        ("changes", 16),
    ):
        seen: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            with counted(city.runtime.database) as statements:
                page = (await city.get(f"{PARTNERS}/{kind}", OPERATOR, limit=2, **cursor)).json()
            assert len(statements) == 1
            seen += [str(item) for item in page["items"]]
            if page.get("nextCursor") is None:
                break
            cursor = {"cursor": page["nextCursor"]}
        assert len(seen) == len(set(seen)) == count


async def test_a_change_is_in_the_picture_a_second_later_and_costs_nothing_before(city: Gateway) -> None:
    ticking = Ticking()
    book = RegistryBook(city.runtime.database, monotonic=ticking)
    with counted(city.runtime.database) as statements:
        first = await book.current()
        assert await book.current() is first
    assert len(statements) == 1
    ticking.at += 1
    with counted(city.runtime.database) as statements:
        assert await book.current() is first
    assert len(statements) == 1
    await give(city, group="ministries")
    assert await book.current() is first
    ticking.at += 1
    with counted(city.runtime.database) as statements:
        second = await book.current()
    assert (len(statements), second.revision) == (2, first.revision + 1)
    assert [grant.group for grants in second.grants.values() for grant in grants] == ["ministries"]


async def test_callers_at_once_share_one_read(city: Gateway) -> None:
    book = RegistryBook(city.runtime.database)
    with counted(city.runtime.database) as statements:
        pictures = await asyncio.gather(*(book.current() for _ in range(20)))
    assert len(statements) == 1
    assert len({id(picture) for picture in pictures}) == 1


async def test_while_the_database_is_away_the_last_picture_counts(city: Gateway, database_url: SecretStr) -> None:
    ticking = Ticking()
    database = Database.connect(database_url.get_secret_value(), city.runtime.clock)
    book = RegistryBook(database, monotonic=ticking)
    known = await book.current()
    await database.close()
    away = database_url.get_secret_value().rsplit("/", 1)[0] + "/nowhere"
    database.engine = Database.connect(away, city.runtime.clock).engine
    ticking.at += timedelta(hours=1).total_seconds()
    assert await book.current() is known
    with pytest.raises(Unavailable):
        await RegistryBook(Database.connect(away, city.runtime.clock)).current()


async def test_rights_on_an_empty_registry_are_none(gateway: Gateway) -> None:
    assert await RegistryBook(gateway.runtime.database).current() == Registry(revision=1)
