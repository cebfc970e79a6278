"""How calls are counted: per client and service, in any second and in a day."""

import time

from gateway.domain.partners import Service, ServiceId, SubsystemId, Upstream
from gateway.quotas import Quotas

CITY = SubsystemId("VN", "GOV", "H26", "lienthong")


def service(code: str = "procedures", *, per_second: int | None = None, per_day: int | None = None) -> Service:
    return Service(ServiceId(CITY, code), code, Upstream.CITY, "catalog", per_second=per_second, per_day=per_day)


async def test_a_client_may_call_so_often_in_a_second_and_is_told_when_again() -> None:
    quotas = Quotas(per_second=2)
    answers = [await quotas.take("portal", service()) for _ in range(3)]
    assert [answer.allowed for answer in answers] == [True, True, False]
    assert answers[0].headers["RateLimit-Policy"] == '"second";q=2;w=1, "day";q=1000000;w=86400'
    assert answers[0].headers["RateLimit"] == '"second";r=1;t=1, "day";r=999999;t=86400'
    assert answers[2].headers["Retry-After"] == "1"
    assert "Retry-After" not in answers[1].headers


async def test_each_client_and_each_service_is_counted_by_itself() -> None:
    quotas = Quotas(per_second=1)
    assert (await quotas.take("portal", service())).allowed
    assert (await quotas.take("bhxh", service())).allowed
    assert (await quotas.take("portal", service("fees"))).allowed
    assert not (await quotas.take("portal", service())).allowed


async def test_what_a_service_says_of_itself_goes_before_the_defaults() -> None:
    quotas = Quotas(per_second=1)
    busy = service(per_second=3)
    assert [(await quotas.take("portal", busy)).allowed for _ in range(4)] == [True, True, True, False]


async def test_a_day_is_counted_by_calls_that_were_made_not_by_those_refused() -> None:
    quotas = Quotas(per_second=1, per_day=2)
    assert (await quotas.take("portal", service())).allowed
    refused = await quotas.take("portal", service())
    assert (refused.allowed, '"day";r=1;' in refused.headers["RateLimit"]) == (False, True)


async def test_over_the_day_the_wait_is_until_its_end() -> None:
    quotas = Quotas(per_day=1)
    assert (await quotas.take("portal", service())).allowed
    refused = await quotas.take("portal", service())
    assert not refused.allowed
    assert 86_000 < int(refused.headers["Retry-After"]) <= 86_400


async def test_counting_costs_next_to_nothing() -> None:
    """Some 20 µs; ten times as much would be felt by every exchange, and shows that a call looks through all clients."""
    quotas = Quotas(per_second=100_000)
    for number in range(500):
        await quotas.take(f"client-{number}", service())
    started, calls = time.process_time(), 2000
    for _ in range(calls):
        await quotas.take("portal", service())
    assert (time.process_time() - started) / calls < 200e-6
