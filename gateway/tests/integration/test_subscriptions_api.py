"""Subscriptions as an agency and an operator manage them: rights, states, bad input."""

from typing import Any

import pytest

from chassis.ids import new_id
from gateway.tests.conftest import Gateway
from tests.support.counting import counted
from tests.support.identities import agency as token_of
from tests.support.identities import citizen, officer
from tests.support.subscribers import ACCEPTED, CLIENT, FINISHED, PAID, SUBSCRIPTIONS, Agency, grant

OPERATOR = officer("operator")
GRANTED = "vn.gov.hanoi.submission.*.v1"


@pytest.fixture
async def agency(gateway: Gateway) -> Agency:
    await grant(gateway.runtime.database, GRANTED)
    return Agency(gateway.client)


def slug(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def test_what_grants_cover_is_active_at_once_and_anything_more_waits(agency: Agency) -> None:
    assert (await agency.subscribes(FINISHED))["state"] == "active"
    assert (await agency.subscribes(FINISHED, PAID))["state"] == "requested"


async def test_a_client_that_is_no_registered_subsystem_cannot_subscribe(gateway: Gateway) -> None:
    stranger = Agency(gateway.client, "nobody")
    answer = await stranger.post("", {"name": "x", "mode": "pull", "types": [FINISHED]})
    assert slug(answer) == (403, "subscriber-not-registered")


async def test_a_client_cannot_fill_the_house_with_subscriptions(agency: Agency, gateway: Gateway) -> None:
    await gateway.execute(
        "INSERT INTO subscription (id, client_id, name, mode, types, state, position, created_at, changed_at)"
        " SELECT gen_random_uuid(), :client, 'x', 'pull', '{a}', 'active', 0, now(), now() FROM generate_series(1, 99)",
        client=CLIENT,
    )
    last = await agency.subscribes(FINISHED)
    one_more = {"name": "x", "mode": "pull", "types": [FINISHED]}
    assert slug(await agency.post("", one_more)) == (409, "subscriptions-too-many")
    await agency.does(last, "close")
    assert (await agency.post("", one_more)).status_code == 201


async def test_an_approval_or_a_refusal_is_an_operators_and_stays_with_its_reason(agency: Agency) -> None:
    first, second = await agency.subscribes(PAID), await agency.subscribes(PAID)
    grounds = {"reason": "Không thuộc chức năng", "legalBasis": "NĐ 194/2025/NĐ-CP"}
    assert slug(await agency.post(f"/{first['id']}/approve", {"legalBasis": "x"})) == (403, "forbidden")
    refused = await agency.post(f"/{first['id']}/refuse", grounds, **OPERATOR)
    assert refused.json() | grounds == refused.json()
    assert refused.json()["state"] == "closed"
    assert slug(await agency.post(f"/{first['id']}/approve", {"legalBasis": "x"}, **OPERATOR)) == (
        409,
        "subscription-state-conflict",
    )
    approved = await agency.post(f"/{second['id']}/approve", {"legalBasis": "NĐ 194/2025/NĐ-CP"}, **OPERATOR)
    assert (approved.json()["state"], approved.json()["legalBasis"]) == ("active", "NĐ 194/2025/NĐ-CP")
    assert slug(await agency.post(f"/{second['id']}/refuse", {"reason": "x"}, **OPERATOR)) == (422, "invalid-payload")


async def test_an_operator_suspends_and_only_an_operator_reinstates(agency: Agency) -> None:
    made = await agency.subscribes(FINISHED)
    await agency.post(f"/{made['id']}/suspend", {"reason": "Rà soát"}, **OPERATOR)
    assert slug(await agency.post(f"/{made['id']}/resume")) == (409, "subscription-state-conflict")
    assert slug(await agency.post(f"/{made['id']}/reinstate")) == (403, "forbidden")
    assert (await agency.post(f"/{made['id']}/reinstate", **OPERATOR)).json()["state"] == "active"


async def test_nobody_sees_or_changes_another_agencys_subscription(agency: Agency, gateway: Gateway) -> None:
    made = await agency.subscribes(FINISHED)
    await grant(gateway.runtime.database, GRANTED, client="moj")
    other = Agency(gateway.client, "moj")
    assert (await other.get("")).json()["items"] == []
    for path in ("", "/lag", "/deliveries", "/events"):
        assert slug(await other.get(f"/{made['id']}{path}")) == (404, "subscription-not-found")
    for step in ("pause", "close", "rotate-secret", "deliveries/0/skip"):
        assert slug(await other.post(f"/{made['id']}/{step}")) == (404, "subscription-not-found")
    seen = await gateway.get(SUBSCRIPTIONS, OPERATOR)
    assert [one["id"] for one in seen.json()["items"]] == [made["id"]]
    assert (await gateway.get(SUBSCRIPTIONS, citizen())).status_code == 403
    assert (await gateway.get(SUBSCRIPTIONS, token_of("ledger:bodies"))).status_code == 403
    assert (await gateway.get(SUBSCRIPTIONS)).status_code == 401


async def test_the_same_key_subscribes_once_and_gives_the_same_secret(agency: Agency, gateway: Gateway) -> None:
    body = {"name": "Một lần", "mode": "pull", "types": [FINISHED]}
    first = await agency.post("", body, **{"Idempotency-Key": "once"})
    second = await agency.post("", body, **{"Idempotency-Key": "once"})
    assert first.json() == second.json()
    assert len(await gateway.rows("SELECT 1 FROM subscription")) == 1
    assert slug(await gateway.client.post(SUBSCRIPTIONS, json=body, headers=agency.token)) == (
        400,
        "idempotency-key-missing",
    )


async def test_the_secret_is_told_once(agency: Agency, gateway: Gateway) -> None:
    await gateway.execute(
        "INSERT INTO subscription (id, client_id, name, mode, types, url, secret, state, position, created_at, changed_at)"
        " VALUES (:id, :client, 'x', 'push', '{a}', 'https://a.example/', 'whsec_bWF1bWF1', 'active', 0, now(), now())",
        id=new_id(),
        client=CLIENT,
    )
    (listed,) = (await agency.get("")).json()["items"]
    assert "whsec_" not in (await agency.get("")).text + (await agency.get(f"/{listed['id']}")).text
    rotated = await agency.does(listed, "rotate-secret")
    assert rotated["secret"].startswith("whsec_")


async def test_a_change_based_on_an_older_version_is_refused(agency: Agency) -> None:
    made = await agency.subscribes(FINISHED)
    tag = (await agency.get(f"/{made['id']}")).headers["etag"]
    assert (
        await agency.client.get(f"{SUBSCRIPTIONS}/{made['id']}", headers={**agency.token, "If-None-Match": tag})
    ).status_code == 304
    assert (await agency.post(f"/{made['id']}/pause", **{"If-Match": tag})).status_code == 200
    assert slug(await agency.post(f"/{made['id']}/resume", **{"If-Match": tag})) == (412, "precondition-failed")


REFUSED = [
    ("http://soyte.example/", "https-only"),
    ("https://127.0.0.1/", "not-public"),
    ("https://169.254.169.254/latest/meta-data", "not-public"),
    ("https://[::1]/", "not-public"),
    ("https://2130706433/", "malformed"),
    ("https://a:b@soyte.example/", "credentials"),
    ("https://localhost/", "not-public"),
    ("file:///etc/passwd", "scheme"),
    ("https://nowhere.invalid/", "unresolvable"),
    ("https://söyte.example/", "malformed"),
]


async def test_an_address_inside_the_house_is_refused_when_it_is_registered(agency: Agency) -> None:
    for url, rule in REFUSED:
        answer = await agency.post("", {"name": "x", "mode": "push", "types": [FINISHED], "url": url})
        assert slug(answer) == (422, "webhook-address-refused")
        assert answer.json()["rule"] == rule
        assert url not in answer.text


NONSENSE: list[dict[str, Any]] = [
    {"types": []}, {"types": ["*"]}, {"types": ["x'; DROP TABLE"]}, {"types": "all"}, {"mode": "both"}, {"mode": "push"},
    {"url": "https://a.example/"}, {"name": ""}, {"name": "a\u0000b"}, {"name": "\u202e"}, {"units": []},
    {"units": ["00004\u0000"]}, {"procedures": [1]}, {"from": {}}, {"from": {"position": -1}},
    {"from": {"position": 10**30}}, {"from": {"position": True}}, {"from": {"time": "0001-01-01T00:00:00+14:00"}},
    {"from": {"time": "9999-12-31T23:59:59-14:00"}}, {"from": {"time": "2026-10-12T00:00:00"}},
    {"from": {"position": 0, "time": "2026-10-12T00:00:00Z"}}, {"from": {"position": 1}}, {"extra": 1},
    {"types": ["vn.gov.hanoi.nothing.at-all.v1"]},
    ]  # fmt: skip


async def test_what_makes_no_sense_is_422_and_never_5xx(agency: Agency) -> None:
    for change in NONSENSE:
        answer = await agency.post("", {"name": "x", "mode": "pull", "types": [FINISHED]} | change)
        assert answer.status_code == 422, (change, answer.text)


FORGED = ["x", "W10", "WyJhIl0", "WzFd" * 20, "WzFlOTldCg", "\u0000", "WzkyMjMzNzIwMzY4NTQ3NzU4MDhd"]


async def test_a_cursor_that_is_not_ours_is_400(agency: Agency) -> None:
    made = await agency.subscribes(FINISHED)
    for cursor in FORGED:
        for path in (f"/{made['id']}/events", f"/{made['id']}/deliveries", ""):
            assert (await agency.get(path, cursor=cursor)).status_code == 400, (path, cursor)
        assert (await agency.post(f"/{made['id']}/ack", {"cursor": cursor})).status_code == 400


async def test_a_start_may_be_a_date(agency: Agency, gateway: Gateway) -> None:
    await gateway.execute(
        "INSERT INTO ledger_entry SELECT p, gen_random_uuid(), :type, 'submission', 's',"
        " timestamptz '2026-10-01T00:00:00Z' + p * interval '1 hour', '', '' FROM generate_series(0, 99) p",
        type=FINISHED,
    )
    for time, position in (
        ("2026-09-01T00:00:00Z", 0),
        ("2026-10-01T00:00:00Z", 0),
        ("2026-10-01T06:30:00+00:00", 7),
        ("2026-10-01T14:00:00+07:00", 7),
        ("2026-10-05T03:00:00Z", 99),
        ("2026-11-01T00:00:00Z", 100),
    ):
        assert (await agency.subscribes(FINISHED, start={"time": time}))["position"] == position, time


async def test_lists_page_and_filter_by_state(agency: Agency) -> None:
    made = [await agency.subscribes(FINISHED) for _ in range(3)]
    await agency.does(made[0], "pause")
    page = (await agency.get("", limit=2)).json()
    rest = (await agency.get("", limit=2, cursor=page["nextCursor"])).json()
    assert [one["id"] for one in page["items"] + rest["items"]] == [one["id"] for one in reversed(made)]
    assert "nextCursor" not in rest
    assert [one["id"] for one in (await agency.get("", state="paused")).json()["items"]] == [made[0]["id"]]


async def test_reading_takes_at_most_three_statements(agency: Agency, gateway: Gateway) -> None:
    made = await agency.subscribes(FINISHED, ACCEPTED, units=["00004"])
    for path in ("", f"/{made['id']}", f"/{made['id']}/lag", f"/{made['id']}/deliveries", f"/{made['id']}/events"):
        await gateway.runtime.extras["registry"].current()
        with counted(gateway.runtime.database) as statements:
            assert (await agency.get(path)).status_code == 200
        assert len(statements) <= 3, (path, statements)
