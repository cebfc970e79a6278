"""Events pushed to an agency's server: signed, minimised, in order, again and again while it does not take them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import date, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr
from standardwebhooks import Webhook, WebhookVerificationError

from chassis.clock import hanoi_day
from contracts.payment import PaymentSucceeded
from contracts.submission import DossierAccepted, DossierFinished, DossierSubmitted
from gateway.delivery.fan_out import FanOut
from gateway.delivery.outward_client import OutwardClient
from gateway.delivery.push import Webhooks
from gateway.egress import egress_of
from gateway.settings import GatewaySettings
from gateway.tests.conftest import MORNING, Gateway, opened, pem
from tests.support.identities import officer
from tests.support.subscribers import (
    ACCEPTED,
    FINISHED,
    PAID,
    SUBMITTED,
    Agency,
    Call,
    Receiver,
    grant,
    of,
    receiving,
)

ONE, TWO = "H26-20261012-0000001", "H26-20261012-0000002"
EVERYTHING = "vn.gov.hanoi.**"


class House:
    """The gateway whose workers turn when a test says so."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.fan = FanOut(gateway.runtime.database, lambda: None)

    async def fans_out(self) -> None:
        async with self.gateway.runtime.database.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            while await self.fan.step(connection, 3) == 3:
                pass

    @asynccontextmanager
    async def caller(self, **changes: Any) -> AsyncIterator[Webhooks]:
        runtime = self.gateway.runtime
        settings = self.gateway.settings.model_copy(update=changes)
        client = OutwardClient(egress_of(settings))
        yield Webhooks(
            runtime.database,
            runtime.extras["registry"],
            client,
            settings,
            today=lambda: hanoi_day(runtime.clock.now()),
            poll_seconds=0.02,
        )
        await client.close()

    async def delivers(self, **changes: Any) -> None:
        """Everything that is due, once."""
        await self.fans_out()
        async with self.caller(**changes) as webhooks:
            await webhooks.drain()

    async def works(self, until: Callable[[], bool], **changes: Any) -> None:
        """As the worker does, until something holds."""
        await self.fans_out()
        async with self.caller(**changes) as webhooks:
            running = asyncio.create_task(webhooks.run())
            async with asyncio.timeout(15):
                while not until():
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def everything_is_due(self) -> None:
        await self.gateway.execute("UPDATE delivery SET next_attempt_at = now() WHERE state = 'waiting'")
        await self.gateway.execute("UPDATE subscription SET held_until = NULL")


@pytest.fixture
async def house(database_url: SecretStr) -> AsyncIterator[House]:
    settings = GatewaySettings(
        database_url=database_url,
        ledger_key=pem(),
        egress_networks_allowed=(ip_network("127.0.0.0/8"),),
        webhook_timeout_seconds=1,
        webhook_retry_delays=(60, 60),
        webhook_failing_after=2,
    )
    async with opened(settings, {}) as gateway:
        await grant(gateway.runtime.database, EVERYTHING)
        yield House(gateway)


@pytest.fixture
def agency(house: House) -> Agency:
    return Agency(house.gateway.client)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as at:
        yield at


def statuses(*codes: int, **headers: str) -> Callable[[Call], Any]:
    """Answers with these, one after the other, then 204."""
    left = list(codes)

    async def answer(_: Call) -> web.Response:
        return web.Response(status=left.pop(0), headers=headers) if left else web.Response(status=204)

    return answer


async def test_an_event_arrives_signed_minimised_and_once(house: House, agency: Agency, receiver: Receiver) -> None:
    subscription = await agency.subscribes(ACCEPTED, url=receiver.url)
    assert subscription["state"] == "active"
    (event_id,) = await house.gateway.send(of(DossierAccepted, ONE))
    await house.delivers()
    await house.delivers()
    (call,) = receiver.calls
    assert call.headers["content-type"] == "application/cloudevents+json"
    assert call.headers["webhook-id"] == event_id == call.event["id"]
    assert Webhook(subscription["secret"]).verify(call.body, dict(call.headers)) == call.event
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 43).verify(call.body, dict(call.headers))
    assert (call.event["type"], call.event["subject"], call.event["specversion"]) == (ACCEPTED, ONE, "1.0")
    assert set(call.event["data"]) == {
        "version", "dossierCode", "procedure", "unit", "channel", "handledBy", "occurrenceIsLate", "dueAt",
    }  # fmt: skip
    (delivery,) = await agency.deliveries(subscription)
    assert (delivery["state"], delivery["attempts"], delivery["lastStatus"]) == ("delivered", 1, 204)


async def test_a_grant_that_names_fields_lets_those_through(house: House, agency: Agency, receiver: Receiver) -> None:
    await grant(house.gateway.runtime.database, ACCEPTED, client="moj", fields=["form.child", "owner"])
    ministry = Agency(house.gateway.client, "moj")
    await ministry.subscribes(ACCEPTED, url=receiver.url)
    await house.gateway.send(of(DossierAccepted, ONE))
    await house.delivers()
    data = receiver.calls[0].event["data"]
    assert data == {"owner": "001190000001", "form": {"child": {"fullName": "NGUYỄN THỊ MẪU"}}}


async def test_a_right_that_ended_lets_nothing_more_through(house: House, agency: Agency, receiver: Receiver) -> None:
    await grant(house.gateway.runtime.database, FINISHED, client="moj", valid_to=hanoi_day(MORNING))
    ministry = Agency(house.gateway.client, "moj")
    subscription = await ministry.subscribes(FINISHED, url=receiver.url)
    await house.gateway.send(of(DossierFinished, ONE))
    house.gateway.runtime.clock.advance(timedelta(days=1))  # type: ignore[attr-defined]  # a SettableClock
    await house.delivers()
    assert receiver.calls == []
    (delivery,) = await ministry.deliveries(subscription)
    assert (delivery["state"], delivery["lastError"]) == ("skipped", "not-granted")


async def test_an_erased_event_is_not_told(house: House, agency: Agency, receiver: Receiver) -> None:
    subscription = await agency.subscribes(FINISHED, url=receiver.url)
    await house.gateway.send(of(DossierFinished, ONE))
    await house.gateway.execute("DELETE FROM ledger_body")
    await house.delivers()
    assert receiver.calls == []
    assert (await agency.deliveries(subscription))[0]["lastError"] == "erased"


async def test_events_of_a_suspended_client_wait(house: House, agency: Agency, receiver: Receiver) -> None:
    subscription = await agency.subscribes(FINISHED, url=receiver.url)
    await house.gateway.send(of(DossierFinished, ONE))
    await house.gateway.execute("UPDATE subsystem SET state = 'suspended' WHERE client_id = 'so-y-te'")
    await house.gateway.execute("UPDATE registry_revision SET revision = revision + 1")
    house.gateway.runtime.extras["registry"] = type(house.gateway.runtime.extras["registry"])(
        house.gateway.runtime.database
    )
    await house.delivers()
    assert receiver.calls == []
    (delivery,) = await agency.deliveries(subscription)
    assert (delivery["state"], delivery["attempts"], delivery["lastError"]) == ("waiting", 0, "client-not-active")


async def test_filters_by_unit_and_procedure_reach_events_that_name_neither(
    house: House, agency: Agency, receiver: Receiver
) -> None:
    await agency.subscribes(SUBMITTED, PAID, url=receiver.url, units=["00004"], procedures=["1.001193"])
    await house.gateway.send(of(DossierSubmitted, ONE), of(DossierSubmitted, TWO, unit="00005"))
    await house.gateway.send(
        of(PaymentSucceeded, ONE), of(PaymentSucceeded, TWO), of(PaymentSucceeded, "H26-20261012-0000009")
    )
    await house.delivers()
    assert receiver.subjects() == [(ONE, "dossier-submitted"), (ONE, "payment-succeeded")]


async def test_events_of_a_subject_wait_for_the_one_before_and_others_go_on(
    house: House, agency: Agency, receiver: Receiver
) -> None:
    """R-241."""
    subscription = await agency.subscribes(SUBMITTED, ACCEPTED, FINISHED, url=receiver.url)

    async def refuse_the_first(call: Call) -> web.Response:
        again = [one for one in receiver.calls if one.event["id"] == call.event["id"]]
        refused = call.event["subject"] == ONE and call.event["type"] == SUBMITTED and len(again) == 1
        return web.Response(status=500 if refused else 200)

    receiver.answers = refuse_the_first
    for event in (DossierSubmitted, DossierAccepted, DossierFinished):
        await house.gateway.send(of(event, ONE), of(event, TWO))
    await house.delivers()
    assert [one for one in receiver.subjects() if one[0] == ONE] == [(ONE, "dossier-submitted")]
    order = ["dossier-submitted", "dossier-accepted", "dossier-finished"]
    assert [kind for subject, kind in receiver.subjects() if subject == TWO] == order
    waiting = await agency.deliveries(subscription, state="waiting")
    assert [one["blocked"] for one in waiting] == [False, True, True]
    assert (waiting[0]["lastStatus"], waiting[0]["lastError"]) == (500, "http-500")
    await house.everything_is_due()
    await house.delivers()
    assert [kind for subject, kind in receiver.subjects() if subject == ONE] == [order[0], *order]
    ids = [call.headers["webhook-id"] for call in receiver.calls if call.event["subject"] == ONE]
    assert ids[0] == ids[1]


async def test_order_holds_under_a_worker_that_runs_while_a_receiver_fails_at_random(
    house: House, agency: Agency, receiver: Receiver
) -> None:
    await agency.subscribes(SUBMITTED, ACCEPTED, FINISHED, url=receiver.url)
    taken: list[tuple[str, str]] = []
    counted = iter(range(10_000))

    async def moody(call: Call) -> web.Response:
        if next(counted) % 3 == 1:
            return web.Response(status=503)
        taken.append((call.event["subject"], call.event["type"]))
        return web.Response(status=200)

    receiver.answers = moody
    dossiers = [f"H26-20261012-{number:07}" for number in range(12)]
    for event in (DossierSubmitted, DossierAccepted, DossierFinished):
        await house.gateway.send(*(of(event, dossier) for dossier in dossiers))
    await house.works(lambda: len(taken) >= 36, webhook_retry_delays=(0.01,) * 50)
    for dossier in dossiers:
        assert [kind for subject, kind in taken if subject == dossier] == [SUBMITTED, ACCEPTED, FINISHED]


async def test_after_the_last_attempt_it_has_failed_its_subject_waits_and_a_retry_or_a_skip_lets_it_go_on(
    house: House, agency: Agency, receiver: Receiver
) -> None:
    subscription = await agency.subscribes(SUBMITTED, ACCEPTED, FINISHED, url=receiver.url)
    receiver.answers = statuses(*[500] * 4)
    await house.gateway.send(of(DossierSubmitted, ONE), of(DossierAccepted, ONE), of(DossierFinished, ONE))
    for _ in range(5):
        await house.everything_is_due()
        await house.delivers()
    first, second, third = await agency.deliveries(subscription)
    assert (first["state"], first["attempts"], second["blocked"], third["blocked"]) == ("failed", 3, True, True)
    assert len(receiver.calls) == 3
    lag = (await agency.get(f"/{subscription['id']}/lag")).json()
    assert (lag["failed"], lag["waiting"]) == (1, 2)
    again = await agency.does(subscription, f"deliveries/{first['position']}/retry")
    assert (again["state"], again["attempts"]) == ("waiting", 0)
    await house.delivers()  # the fourth 500
    skipped = await agency.does(subscription, f"deliveries/{first['position']}/skip")
    assert skipped["state"] == "skipped"
    await house.delivers()
    assert [kind for _, kind in receiver.subjects()][4:] == ["dossier-accepted", "dossier-finished"]
    answer = await agency.post(f"/{subscription['id']}/deliveries/{first['position']}/skip")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/delivery-state-conflict")


async def test_an_address_that_takes_nothing_makes_the_subscription_failing_until_it_takes_again(
    house: House, agency: Agency, receiver: Receiver
) -> None:
    subscription = await agency.subscribes(FINISHED, url=receiver.url)
    receiver.answers = statuses(500, 500)
    await house.gateway.send(of(DossierFinished, ONE), of(DossierFinished, TWO))
    await house.delivers()
    shown = (await agency.get(f"/{subscription['id']}")).json()
    assert (shown["state"], shown["reason"]) == ("failing", "http-500")
    await house.everything_is_due()
    await house.delivers()
    assert (await agency.get(f"/{subscription['id']}")).json()["state"] == "active"


async def test_410_pauses_and_a_resumed_subscription_gets_everything(
    house: House, agency: Agency, receiver: Receiver
) -> None:
    subscription = await agency.subscribes(FINISHED, url=receiver.url)
    receiver.answers = statuses(410)
    await house.gateway.send(of(DossierFinished, ONE))
    await house.delivers()
    shown = (await agency.get(f"/{subscription['id']}")).json()
    assert (shown["state"], shown["reason"]) == ("paused", "http-410")
    await house.gateway.send(of(DossierFinished, TWO))
    await house.delivers()
    assert len(receiver.calls) == 1
    await agency.does(subscription, "resume")
    await house.delivers()
    assert sorted(subject for subject, _ in receiver.subjects()) == [ONE, ONE, TWO]


async def test_retry_after_holds_the_whole_subscription(house: House, agency: Agency, receiver: Receiver) -> None:
    await agency.subscribes(FINISHED, url=receiver.url)
    receiver.answers = statuses(429, **{"Retry-After": "3600"})
    await house.gateway.send(of(DossierFinished, ONE))
    await house.delivers()
    await house.gateway.send(of(DossierFinished, TWO))
    await house.delivers()
    assert len(receiver.calls) == 1
    (row,) = await house.gateway.rows(
        "SELECT held_until - now() AS held, (SELECT max(next_attempt_at) - now() FROM delivery WHERE attempts > 0) AS due"
        " FROM subscription"
    )
    assert timedelta(minutes=59) < row.held <= timedelta(hours=1)
    assert timedelta(minutes=59) < row.due <= timedelta(hours=1)


@pytest.mark.parametrize("said", ["Mon, 01 Jan 99999999999 00:00:00 GMT", "-5", "٣", "1" * 39, "soon"])
async def test_a_retry_after_that_is_none_is_not_waited_for(
    house: House, agency: Agency, receiver: Receiver, said: str
) -> None:
    await agency.subscribes(FINISHED, url=receiver.url)
    receiver.answers = statuses(503, **{"Retry-After": said})
    await house.gateway.send(of(DossierFinished, ONE))
    await house.delivers()
    (row,) = await house.gateway.rows("SELECT last_error, next_attempt_at - now() AS due FROM delivery")
    assert row.last_error == "http-503"
    assert row.due <= timedelta(days=1)


@pytest.mark.parametrize("fault", ["slow", "redirect", "nobody"])
async def test_what_is_no_2xx_in_time_is_tried_again(
    house: House, agency: Agency, receiver: Receiver, fault: str
) -> None:
    url = receiver.url if fault != "nobody" else "http://127.0.0.1:1/"

    async def answer(_: Call) -> web.Response:
        if fault == "slow":
            await asyncio.sleep(0.5)
        return web.Response(status=307, headers={"Location": receiver.url})

    receiver.answers = answer
    subscription = await agency.subscribes(FINISHED, url=url)
    await house.gateway.send(of(DossierFinished, ONE))
    await house.delivers(webhook_timeout_seconds=0.2 if fault == "slow" else 1)
    (delivery,) = await agency.deliveries(subscription)
    expected = {"slow": "timeout", "redirect": "http-307", "nobody": "unreachable"}[fault]
    assert (delivery["state"], delivery["lastError"]) == ("waiting", expected)
    assert len(receiver.calls) == (0 if fault == "nobody" else 1)


async def test_an_address_that_is_inside_by_now_is_not_called(house: House, agency: Agency, receiver: Receiver) -> None:
    subscription = await agency.subscribes(FINISHED, url=receiver.url)
    await house.gateway.send(of(DossierFinished, ONE))
    await house.delivers(egress_networks_allowed=())
    assert receiver.calls == []
    assert (await agency.deliveries(subscription))[0]["lastError"] == "address-not-public"


async def test_during_the_overlap_both_secrets_verify_and_afterwards_only_the_new_one(
    house: House, agency: Agency, receiver: Receiver
) -> None:
    old = await agency.subscribes(FINISHED, url=receiver.url)
    new = await agency.does(old, "rotate-secret")
    assert new["secret"] != old["secret"]
    await house.gateway.send(of(DossierFinished, ONE))
    await house.delivers()
    for secret in (old["secret"], new["secret"]):
        Webhook(secret).verify(receiver.calls[0].body, dict(receiver.calls[0].headers))
    await house.gateway.execute("UPDATE subscription SET old_secret_until = now()")
    await house.gateway.send(of(DossierFinished, TWO))
    await house.delivers()
    Webhook(new["secret"]).verify(receiver.calls[1].body, dict(receiver.calls[1].headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(old["secret"]).verify(receiver.calls[1].body, dict(receiver.calls[1].headers))


async def test_a_replay_tells_everything_from_there_again_in_order_under_the_same_ids(
    house: House, agency: Agency, receiver: Receiver
) -> None:
    subscription = await agency.subscribes(SUBMITTED, FINISHED, url=receiver.url)
    await house.gateway.send(of(DossierSubmitted, ONE))
    await house.gateway.execute("UPDATE ledger_entry SET recorded_at = recorded_at - interval '1 day'")
    later = await house.gateway.send(of(DossierFinished, ONE), of(DossierSubmitted, TWO), of(DossierFinished, TWO))
    await house.delivers()
    assert len(receiver.calls) == 4
    await agency.does(subscription, "replay", {"from": {"position": 1}})
    await house.delivers()
    assert sorted(call.headers["webhook-id"] for call in receiver.calls[4:]) == sorted(later)
    (since,) = await house.gateway.rows("SELECT min(recorded_at) AS at FROM ledger_entry WHERE position > 0")
    await agency.does(subscription, "replay", {"from": {"time": since.at.isoformat()}})
    await house.delivers()
    assert sorted(call.headers["webhook-id"] for call in receiver.calls[7:]) == sorted(later)
    assert [kind for subject, kind in receiver.subjects()[7:] if subject == TWO] == [
        "dossier-submitted",
        "dossier-finished",
    ]


async def test_one_that_starts_in_the_past_catches_up_without_telling_the_others_twice(
    house: House, agency: Agency, receiver: Receiver
) -> None:
    await agency.subscribes(FINISHED, url=f"{receiver.url}/first")
    dossiers = [f"H26-20261012-{number:07}" for number in range(8)]
    await house.gateway.send(*(of(DossierFinished, dossier) for dossier in dossiers[:5]))
    await house.delivers()
    late = await agency.subscribes(FINISHED, url=receiver.url, start={"position": 2})
    await house.gateway.send(*(of(DossierFinished, dossier) for dossier in dossiers[5:]))
    await house.delivers()
    assert [one["position"] for one in await agency.deliveries(late)] == [2, 3, 4, 5, 6, 7]
    assert len(receiver.calls) == 8 + 6
    lag = (await agency.get(f"/{late['id']}/lag")).json()
    assert (lag["events"], lag["behind"], lag["seconds"]) == (0, 0, 0)


async def test_paused_nothing_leaves_and_nothing_is_lost(house: House, agency: Agency, receiver: Receiver) -> None:
    subscription = await agency.subscribes(FINISHED, url=receiver.url)
    await agency.does(subscription, "pause")
    await house.gateway.send(of(DossierFinished, ONE), of(DossierFinished, TWO))
    await house.delivers()
    assert receiver.calls == []
    lag = (await agency.get(f"/{subscription['id']}/lag")).json()
    assert lag["events"] == 2
    assert lag["seconds"] > 0
    await agency.does(subscription, "resume")
    await house.delivers()
    assert len(receiver.calls) == 2


async def test_a_worker_that_dies_in_the_call_leaves_the_event_to_the_next_one(
    house: House, agency: Agency, receiver: Receiver
) -> None:
    await agency.subscribes(FINISHED, url=receiver.url)
    await house.gateway.send(of(DossierFinished, ONE))
    await house.fans_out()
    reached = asyncio.Event()

    async def hang(_: Call) -> web.Response:
        reached.set()
        await asyncio.sleep(5)
        return web.Response(status=204)

    receiver.answers = hang
    async with house.caller(webhook_timeout_seconds=60) as webhooks:
        dying = asyncio.create_task(webhooks.run())
        await reached.wait()
        dying.cancel()
        with suppress(asyncio.CancelledError):
            await dying
    receiver.answers = None
    await house.delivers()
    assert len(receiver.calls) == 1, "its lease has not run out"
    await house.everything_is_due()
    await house.delivers()
    assert len(receiver.calls) == 2
    assert receiver.calls[0].headers["webhook-id"] == receiver.calls[1].headers["webhook-id"]


async def test_calls_of_one_subscription_are_bounded_and_a_slow_one_does_not_hold_up_another(
    house: House, agency: Agency, receiver: Receiver
) -> None:
    await agency.subscribes(FINISHED, url=f"{receiver.url}/slow")
    await agency.subscribes(ACCEPTED, url=receiver.url)
    at_once, most = 0, 0
    free = asyncio.Event()

    async def answer(call: Call) -> web.Response:
        nonlocal at_once, most
        if call.event["type"] == FINISHED:
            at_once += 1
            most = max(most, at_once)
            await free.wait()
            at_once -= 1
        return web.Response(status=204)

    receiver.answers = answer
    dossiers = [f"H26-20261012-{number:07}" for number in range(6)]
    await house.gateway.send(*(of(DossierFinished, dossier) for dossier in dossiers))
    await house.gateway.send(*(of(DossierAccepted, dossier) for dossier in dossiers))

    def others_done() -> bool:
        done = sum(call.event["type"] == ACCEPTED for call in receiver.calls) == 6
        if done:
            free.set()
        return len(receiver.calls) == 12

    await house.works(others_done, webhook_parallel_per_subscription=2, webhook_parallel=4, webhook_timeout_seconds=10)
    assert most == 2


async def test_no_name_leaves_in_the_whole_traffic_of_a_dossier(
    house: House, agency: Agency, receiver: Receiver
) -> None:
    await agency.subscribes(SUBMITTED, ACCEPTED, FINISHED, PAID, url=receiver.url)
    applicant = {"fullName": "TRẦN THỊ VÍ DỤ", "personalId": "001190000001"}
    await house.gateway.send(
        of(DossierSubmitted, ONE, applicant=applicant, concerns=["001190000001"]),
        of(DossierAccepted, ONE),
        of(PaymentSucceeded, ONE),
        of(DossierFinished, ONE),
    )
    await house.delivers()
    said = json.dumps([call.event for call in receiver.calls], ensure_ascii=False)
    assert len(receiver.calls) == 4
    assert not [word for word in ("TRẦN", "NGUYỄN", "001190000001", "officer-1") if word in said]


async def test_an_operators_approval_is_a_right_of_its_own(house: House, receiver: Receiver) -> None:
    await grant(house.gateway.runtime.database, PAID, client="moj")
    ministry = Agency(house.gateway.client, "moj")
    subscription = await ministry.subscribes(ACCEPTED, url=receiver.url)
    assert subscription["state"] == "requested"
    await house.gateway.send(of(DossierAccepted, ONE))
    await house.delivers()
    assert receiver.calls == []
    answer = await ministry.post(
        f"/{subscription['id']}/approve",
        {"legalBasis": "NĐ 194/2025/NĐ-CP", "fields": ["dossierCode"], "until": date(2026, 12, 31).isoformat()},
        **officer("operator"),
    )
    assert answer.json()["state"] == "active"
    await house.delivers()
    assert [call.event["data"] for call in receiver.calls] == [{"dossierCode": ONE}]
