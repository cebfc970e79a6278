"""Events that an agency asks for: the same cursor the same events, acknowledged or not, waited for or not."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from contracts.payment import PaymentSucceeded
from contracts.submission import DossierAccepted, DossierFinished, DossierSubmitted
from gateway.delivery.fan_out import GROWN
from gateway.settings import GatewaySettings
from gateway.tests.conftest import Gateway, opened, pem
from tests.support.subscribers import ACCEPTED, FINISHED, PAID, SUBMITTED, Agency, grant, of

ONE, TWO = "H26-20261012-0000001", "H26-20261012-0000002"


@pytest.fixture
async def gateway(database_url: SecretStr) -> AsyncIterator[Gateway]:
    async with opened(GatewaySettings(database_url=database_url, ledger_key=pem(), pull_waiters=2), {}) as gateway:
        await grant(gateway.runtime.database, "vn/gov/hanoi/**")
        yield gateway


@pytest.fixture
def agency(gateway: Gateway) -> Agency:
    return Agency(gateway.client)


async def test_unacknowledged_events_come_again_and_acknowledged_ones_do_not(agency: Agency, gateway: Gateway) -> None:
    subscription = await agency.subscribes(FINISHED)
    at = f"/{subscription['id']}"
    sent = await gateway.send(of(DossierFinished, ONE), of(DossierAccepted, ONE), of(DossierFinished, TWO))
    first = (await agency.get(f"{at}/events", limit=1)).json()
    assert [event["id"] for event in first["events"]] == sent[:1]
    assert first["more"]
    again = (await agency.get(f"{at}/events", limit=1)).json()
    assert again == first
    rest = (await agency.get(f"{at}/events", cursor=first["cursor"])).json()
    assert [event["id"] for event in rest["events"]] == sent[2:]
    assert (rest["more"], rest["lag"]) == (False, 0)
    await agency.does(subscription, "ack", {"cursor": first["cursor"]})
    assert (await agency.get(f"{at}/events")).json() == rest
    await agency.does(subscription, "ack", {"cursor": rest["cursor"]})
    assert (await agency.get(f"{at}/events")).json()["events"] == []
    late = await agency.does(subscription, "ack", {"cursor": first["cursor"]})
    assert late["position"] == 3, "an acknowledgement that comes late takes nothing back"
    assert (await agency.get(f"{at}/lag")).json()["events"] == 0


async def test_a_replay_gives_them_again(agency: Agency, gateway: Gateway) -> None:
    subscription = await agency.subscribes(FINISHED)
    sent = await gateway.send(of(DossierFinished, ONE), of(DossierFinished, TWO))
    page = (await agency.get(f"/{subscription['id']}/events")).json()
    await agency.does(subscription, "ack", {"cursor": page["cursor"]})
    await agency.does(subscription, "replay", {"from": {"position": 0}})
    assert [event["id"] for event in (await agency.get(f"/{subscription['id']}/events")).json()["events"]] == sent


async def test_what_is_pulled_is_minimised_and_filtered_like_what_is_pushed(agency: Agency, gateway: Gateway) -> None:
    subscription = await agency.subscribes(SUBMITTED, ACCEPTED, PAID, units=["00004"])
    await gateway.send(of(DossierSubmitted, ONE), of(DossierSubmitted, TWO, unit="00005"))
    await gateway.send(of(DossierAccepted, ONE), of(PaymentSucceeded, ONE), of(PaymentSucceeded, TWO))
    page = (await agency.get(f"/{subscription['id']}/events")).json()
    assert [(event["subject"], event["type"]) for event in page["events"]] == [
        (ONE, SUBMITTED),
        (ONE, ACCEPTED),
        (ONE, PAID),
    ]
    assert not {"form", "owner", "acceptedBy", "feeFacts"} & {
        name for event in page["events"] for name in event["data"]
    }


async def test_types_without_a_right_are_left_out_and_with_none_it_is_forbidden(gateway: Gateway) -> None:
    await grant(gateway.runtime.database, FINISHED, client="moj")
    ministry = Agency(gateway.client, "moj")
    subscription = await ministry.subscribes(FINISHED)
    await gateway.send(of(DossierFinished, ONE))
    assert len((await ministry.get(f"/{subscription['id']}/events")).json()["events"]) == 1
    await gateway.execute("UPDATE access_grant SET revoked_at = now() WHERE to_subsystem = 'moj'")
    await gateway.execute("UPDATE registry_revision SET revision = revision + 1")
    gateway.runtime.extras["registry"] = type(gateway.runtime.extras["registry"])(gateway.runtime.database)
    answer = await ministry.get(f"/{subscription['id']}/events")
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/events-not-granted")


async def test_a_page_never_skips_an_event_because_the_ones_before_are_large(agency: Agency, gateway: Gateway) -> None:
    subscription = await agency.subscribes(FINISHED)
    sent = await gateway.send(*(of(DossierFinished, f"H26-20261012-{number:07}") for number in range(4)))
    await gateway.execute(
        "UPDATE ledger_body SET body = body || convert_to(repeat(' ', 3000000), 'UTF8') WHERE position IN (1, 2)"
    )
    seen, cursor = [], None
    while True:
        page = (await agency.get(f"/{subscription['id']}/events", **({"cursor": cursor} if cursor else {}))).json()
        seen += [event["id"] for event in page["events"]]
        cursor = page["cursor"]
        if not page["more"]:
            break
    assert seen == sent


async def test_whoever_waits_is_told_when_something_comes_and_holds_no_connection(
    agency: Agency, gateway: Gateway
) -> None:
    subscription = await agency.subscribes(FINISHED)
    waiting = [asyncio.create_task(agency.get(f"/{subscription['id']}/events", wait=20)) for _ in range(2)]
    growth = None
    while growth is None or growth._listener is None:
        await asyncio.sleep(0.01)
        growth = gateway.runtime.extras.get("ledger_growth")
    await asyncio.sleep(0.3)
    third = await agency.get(f"/{subscription['id']}/events", wait=20)
    assert third.json()["events"] == [], "the seats are taken: answered at once"
    assert gateway.runtime.database.engine.pool.checkedout() <= 1, "the listener's"  # type: ignore[attr-defined]
    sent = await gateway.send(of(DossierFinished, ONE))
    started = time.monotonic()
    async with gateway.runtime.database.begin() as uow:
        await uow.execute(text(f"NOTIFY {GROWN}"))
        await uow.commit(None)
    for answer in await asyncio.gather(*waiting):
        assert [event["id"] for event in answer.json()["events"]] == sent
    assert time.monotonic() - started < 1.5, "by the bell, not by looking every two seconds"
    assert gateway.runtime.database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


async def test_a_wait_in_which_nothing_comes_ends_empty_in_time(agency: Agency, gateway: Gateway) -> None:
    subscription = await agency.subscribes(FINISHED)
    await gateway.send(of(DossierAccepted, ONE))
    started = time.monotonic()
    page = (await agency.get(f"/{subscription['id']}/events", wait=0.3)).json()
    assert page["events"] == []
    assert 0.25 < time.monotonic() - started < 2
    assert (page["more"], page["lag"]) == (False, 0)


async def test_only_an_active_pull_subscription_is_pulled(agency: Agency) -> None:
    subscription = await agency.subscribes(FINISHED)
    await agency.does(subscription, "pause")
    answer = await agency.get(f"/{subscription['id']}/events")
    assert (answer.status_code, answer.json()["state"]) == (409, "paused")
    for wait in ("31", "-1", "nan", "inf", "x"):
        assert (await agency.get(f"/{subscription['id']}/events", wait=wait)).status_code == 422
