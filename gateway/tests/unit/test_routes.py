"""By which way a call goes: the best that is not failing, and back to it when it is well again."""

from datetime import UTC, date, datetime

import pytest

from gateway.adapters.routes import Routes
from gateway.domain.connection_mode import Mode, Route, in_force
from gateway.ports import OutOfReach

LGSP = Route("moj", Mode.LGSP, "http://lgsp.test")
DIRECT = Route("moj", Mode.DIRECT, "http://direct.test")


class OtherSide:
    """Answers by the ways that are up, and remembers which were tried."""

    def __init__(self, *up: Route, may_have_acted: bool = True) -> None:
        self.up = set(up)
        self.tried: list[str] = []
        self._may_have_acted = may_have_acted

    async def __call__(self, route: Route) -> str:
        self.tried.append(route.mode.value)
        if route not in self.up:
            raise OutOfReach("down", may_have_acted=self._may_have_acted)
        return route.mode.value


class Monotonic:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def ways(*routes: Route, monotonic: Monotonic | None = None) -> Routes:
    return Routes(
        "moj",
        routes or (LGSP, DIRECT),
        (10, 20),
        now=lambda: datetime(2026, 10, 12, 20, tzinfo=UTC),
        monotonic=monotonic or Monotonic(),
    )


async def test_the_best_way_is_taken_while_it_answers() -> None:
    side, routes = OtherSide(LGSP, DIRECT), ways()
    assert [await routes.call(side) for _ in range(3)] == ["lgsp"] * 3
    assert side.tried == ["lgsp"] * 3


async def test_a_call_falls_back_at_once_and_after_five_failures_the_bad_way_is_left_alone() -> None:
    """R-254."""
    side, routes = OtherSide(DIRECT), ways()
    assert [await routes.call(side) for _ in range(7)] == ["direct"] * 7
    assert side.tried == ["lgsp", "direct"] * 5 + ["direct"] * 2
    assert [way.breaker.position.value for way in routes.ways] == ["open", "closed"]
    assert not routes.held_back


async def test_one_probe_brings_the_preferred_way_back() -> None:
    monotonic = Monotonic()
    side, routes = OtherSide(DIRECT), ways(monotonic=monotonic)
    for _ in range(5):
        await routes.call(side)
    side.up.add(LGSP)
    side.tried.clear()
    monotonic.at = 9.9
    assert await routes.call(side) == "direct"
    monotonic.at = 10
    assert [await routes.call(side) for _ in range(2)] == ["lgsp", "lgsp"]
    assert side.tried == ["direct", "lgsp", "lgsp"]


async def test_while_a_probe_is_out_the_others_go_on_by_the_next_way() -> None:
    monotonic = Monotonic()
    side, routes = OtherSide(DIRECT), ways(monotonic=monotonic)
    for _ in range(5):
        await routes.call(side)
    monotonic.at = 10
    assert routes.ways[0].breaker.admits(monotonic())
    assert routes.ways[0].breaker.position.value == "probing"
    side.tried.clear()
    assert await routes.call(side) == "direct"
    assert side.tried == ["direct"]


@pytest.mark.parametrize(
    ("may_have_acted", "repeatable", "tried"),
    [
        (True, False, ["lgsp"]),
        (True, True, ["lgsp", "direct"]),
        (False, False, ["lgsp", "direct"]),
    ],
)
async def test_what_may_have_acted_goes_by_another_way_only_if_it_may_be_repeated(
    may_have_acted: bool, repeatable: bool, tried: list[str]
) -> None:
    side, routes = OtherSide(DIRECT, may_have_acted=may_have_acted), ways()
    if tried == ["lgsp"]:
        with pytest.raises(OutOfReach, match="down"):
            await routes.call(side, repeatable=repeatable)
    else:
        assert await routes.call(side, repeatable=repeatable) == "direct"
    assert side.tried == tried


async def test_with_every_way_open_nothing_is_sent() -> None:
    side, routes = OtherSide(), ways()
    for _ in range(5):
        with pytest.raises(OutOfReach):
            await routes.call(side)
    side.tried.clear()
    with pytest.raises(OutOfReach) as refused:
        await routes.call(side)
    assert (side.tried, refused.value.may_have_acted) == ([], False)
    assert routes.held_back
    assert routes.calls_allowed(8) == 0


def test_a_way_counts_on_its_own_days_only() -> None:
    first = Route("moj", Mode.DIRECT, "http://a", valid_to=date(2026, 10, 12))
    then = Route("moj", Mode.LGSP_AND_NATIONAL, "http://b", valid_from=date(2026, 10, 13))
    assert in_force((then, first), date(2026, 10, 12)) == (first,)
    assert in_force((then, first), date(2026, 10, 13)) == (then,)


async def test_the_day_is_the_day_in_hanoi() -> None:
    # The clock of `ways` shows 13 October, 03:00, in Hanoi.
    late = Route("moj", Mode.LGSP, "http://a", valid_to=date(2026, 10, 12))
    assert await ways(late, DIRECT).call(OtherSide(DIRECT, late)) == "direct"
