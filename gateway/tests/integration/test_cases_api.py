"""Operators look at cases at ministries, try one now, and see how the ways there stand."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest

from chassis.ids import new_id
from chassis.paging import encode_cursor
from contracts.gateway import MinistryCaseKind
from gateway.adapters.health import write_changes
from gateway.adapters.routes import routes_of
from gateway.api.models.cases import OpenDeath, OpenResidence
from gateway.ports import OutOfReach, OutwardCase
from gateway.queries import ministry_cases as queries
from gateway.tests.conftest import Gateway
from tests.support import identities
from tests.support.counting import counted

OPERATOR = identities.officer("operator")
NAMES = ("NGUYỄN", "001326000123", "phố Mẫu")


async def given(gateway: Gateway, kind: str, **columns: Any) -> str:
    """A case that is there."""
    model = OpenDeath if kind == "moj-death" else OpenResidence
    example: Any = model.model_config["json_schema_extra"]
    asked = model.model_validate(example["examples"][0])
    case = OutwardCase(
        MinistryCaseKind(kind),
        f"H26-{uuid4().hex}",
        new_id(),
        "00004",
        datetime(2026, 10, 12, tzinfo=UTC),
        asked.declaration,
    )
    async with gateway.runtime.database.begin() as uow:
        assert await queries.take_case(uow, case, None, "VN/GOV/G15/sandbox-agency")
        await uow.commit(None)
    for name, value in columns.items():
        change = f"UPDATE ministry_case SET {name} = :v WHERE case_id = :id"  # noqa: S608 - a column the test names
        await gateway.execute(change, v=value, id=case.case_id)
    return str(case.case_id)


async def test_cases_are_listed_the_latest_first_page_by_page_without_personal_data(gateway: Gateway) -> None:
    made = [await given(gateway, "moj-death") for _ in range(5)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await gateway.get("/lgsp/v1/cases", OPERATOR, limit=2, **cursor)
        assert page.status_code == 200
        assert not any(name in page.text for name in NAMES)
        seen += [item["caseId"] for item in page.json()["items"]]
        if "nextCursor" not in page.json():
            break
        cursor = {"cursor": page.json()["nextCursor"]}
    assert seen == made[::-1]


async def test_cases_are_found_by_kind_and_state(gateway: Gateway) -> None:
    death = await given(gateway, "moj-death", state="PUSHED")
    await given(gateway, "moj-death")
    home = await given(gateway, "residence")
    found = await gateway.get("/lgsp/v1/cases", OPERATOR, kind="moj-death", state="PUSHED")
    assert [item["caseId"] for item in found.json()["items"]] == [death]
    found = await gateway.get("/lgsp/v1/cases", OPERATOR, kind="residence")
    assert [item["caseId"] for item in found.json()["items"]] == [home]


async def test_one_case_is_read_with_its_words_and_deadline_and_saves_a_body_by_its_etag(gateway: Gateway) -> None:
    case = await given(
        gateway,
        "moj-death",
        state="SUPPLEMENT_AWAITED",
        words=["Thiếu giấy báo tử"],
        supplement_by=date(2026, 10, 21),
    )
    with counted(gateway.runtime.database) as statements:
        answer = await gateway.get(f"/lgsp/v1/cases/{case}", OPERATOR)
    assert len(statements) == 1
    assert (answer.json()["words"], answer.json()["supplementBy"]) == (["Thiếu giấy báo tử"], "2026-10-21")
    again = await gateway.get(f"/lgsp/v1/cases/{case}", OPERATOR | {"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_case_is_tried_now_whatever_pause_it_is_in(gateway: Gateway) -> None:
    case = await given(gateway, "residence", next_attempt_at=datetime(2999, 1, 1, tzinfo=UTC))
    path, headers = f"/lgsp/v1/cases/{case}/retry-now", OPERATOR | {"Idempotency-Key": "k"}
    for _ in range(2):
        assert (await gateway.client.post(path, headers=headers)).status_code == 202
    (row,) = await gateway.rows("SELECT next_attempt_at <= now() AS due FROM ministry_case")
    assert row.due


async def test_a_case_that_a_desk_is_at_is_left_to_it_and_one_that_ended_is_ended(gateway: Gateway) -> None:
    far = datetime(2999, 1, 1, tzinfo=UTC)
    held = await given(gateway, "residence", next_attempt_at=far, leased_by=uuid4())
    await gateway.client.post(f"/lgsp/v1/cases/{held}/retry-now", headers=OPERATOR | {"Idempotency-Key": "a"})
    (row,) = await gateway.rows("SELECT next_attempt_at FROM ministry_case")
    assert row.next_attempt_at == far
    await gateway.execute("UPDATE ministry_case SET state = 'WITHDRAWN', request = NULL")
    ended = await gateway.client.post(f"/lgsp/v1/cases/{held}/retry-now", headers=OPERATOR | {"Idempotency-Key": "b"})
    assert (ended.status_code, ended.json()["state"]) == (409, "WITHDRAWN")


@pytest.mark.parametrize(
    "path", ["/lgsp/v1/cases", "/lgsp/v1/cases/01927f5e-0000-7000-8000-0000000000c9", "/lgsp/v1/adapters"]
)
async def test_only_operators_see_them(gateway: Gateway, path: str) -> None:
    answers = [
        await gateway.get(path, headers)
        for headers in ({}, identities.citizen(), identities.officer("cashier"), identities.agency("gateway:read"))
    ]
    assert [answer.status_code for answer in answers] == [401, 403, 403, 403]


async def test_what_is_not_there_or_not_asked_well_is_said(gateway: Gateway) -> None:
    missing = await gateway.get(f"/lgsp/v1/cases/{uuid4()}", OPERATOR)
    assert (missing.status_code, missing.json()["type"].rpartition("/")[2]) == (404, "ministry-case-not-found")
    assert (await gateway.get("/lgsp/v1/cases/x", OPERATOR)).status_code == 422
    for cursor in (
        "x",
        encode_cursor(["2026-10-12T00:00:00", str(uuid4())]),
        encode_cursor(["0001-01-01T00:00:00+14:00", 1]),
    ):
        assert (await gateway.get("/lgsp/v1/cases", OPERATOR, cursor=cursor)).status_code == 400
    assert (await gateway.get("/lgsp/v1/cases", OPERATOR, kind="x")).status_code == 422


async def test_ways_are_shown_with_what_they_were_used_for(gateway: Gateway) -> None:
    routes = routes_of(gateway.runtime, "moj", url="http://moj.test")
    assert routes is not None

    async def fails(_: object) -> None:
        raise OutOfReach("HTTP 503")

    for _ in range(5):
        with pytest.raises(OutOfReach):
            await routes.call(fails)
    assert await write_changes(gateway.runtime) == 1
    assert await write_changes(gateway.runtime) == 0
    with counted(gateway.runtime.database) as statements:
        (way,) = (await gateway.get("/lgsp/v1/adapters", OPERATOR)).json()
    assert len(statements) == 1
    assert (way["adapter"], way["mode"], way["state"], way["lastError"]) == ("moj", "direct", "open", "HTTP 503")
    assert (way["calls"], way["errors"], way["failures"]) == (5, 5, 5)
    metrics = (await gateway.get("/metrics")).text
    assert 'adapter_way_open{adapter="moj",mode="direct"} 1.0' in metrics
