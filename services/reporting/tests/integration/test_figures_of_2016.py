"""10-19 August 2016 as Hanoi published it: birth 842 online and 597 in person, death 177 and 220."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from random import Random

import httpx
import pytest

from chassis.service import Runtime
from contracts.catalog import AdministrativeUnit, AdministrativeUnitsPublished, ProcedurePublished
from contracts.codes import Channel, UnitKind
from contracts.event import Event
from reporting.service_groups import SERVICE_GROUPS
from services.reporting.tests.conftest import client_of, database_of, deliver, runtime_on
from services.reporting.tests.histories import History, numbered
from tests.servers.postgres import Postgres
from tests.support.counting import counted
from tests.support.identities import agency

FIRST, LAST = date(2016, 8, 10), date(2016, 8, 19)
SHARE = "/v1/indicators/online-share"
PERIOD = {"from": FIRST.isoformat(), "to": LAST.isoformat()}
PUBLISHED = (
    ("birth", Channel.ONLINE, 842),
    ("birth", Channel.COUNTER, 597),
    ("death", Channel.ONLINE, 177),
    ("death", Channel.COUNTER, 220),
)
WARDS = {"00118": "004", "00124": "004", "00592": "019", "00623": "019", "00637": "019"}
CODES = {key: [code for code in group.codes if code.startswith("hn2016-")] for key, group in SERVICE_GROUPS.items()}


KEYS: Mapping[str, Callable[[History], str]] = {
    "field": lambda history: "khai-sinh" if "birth" in history.procedure else "khai-tu",
    "procedure": lambda history: history.procedure,
    "unit": lambda history: history.unit,
    "district": lambda history: WARDS[history.unit],
    "day": lambda history: history.received_on.isoformat(),
}


def catalogue() -> list[Event]:
    since = date(2016, 8, 10)
    fields = {"birth": ("khai-sinh", "Khai sinh"), "death": ("khai-tu", "Khai tử")}
    example = ProcedurePublished.from_example()
    published: list[Event] = [
        example.model_copy(
            update={
                "code": code,
                "valid_from": since,
                "field": example.field.model_copy(update={"code": fields[key][0], "name": fields[key][1]}),
            }
        )
        for key, codes in CODES.items()
        for code in codes
    ]
    units = [
        AdministrativeUnit(code="01", name="Thành phố Hà Nội", kind=UnitKind.PROVINCE, valid_from=since),
        AdministrativeUnit(code="004", name="Quận Long Biên", kind=UnitKind.DISTRICT, parent="01", valid_from=since),
        AdministrativeUnit(code="019", name="Quận Nam Từ Liêm", kind=UnitKind.DISTRICT, parent="01", valid_from=since),
        *(
            AdministrativeUnit(code=code, name=f"Phường {code}", kind=UnitKind.WARD, parent=parent, valid_from=since)
            for code, parent in WARDS.items()
        ),
    ]
    return [*published, AdministrativeUnitsPublished(version=1, province="01", units=tuple(units))]


def dossiers() -> list[History]:
    random = Random(1836)
    filed = [
        History(
            code="",
            procedure=random.choice(CODES[key]),
            unit=random.choice(list(WARDS)),
            channel=channel,
            submitted_at=datetime(2016, 8, 10, 1, tzinfo=UTC)
            + timedelta(days=random.randrange(10), minutes=random.randrange(300)),
            due_in=9,
            end=random.randrange(6),
            returned=True,
        )
        for key, channel, count in PUBLISHED
        for _ in range(count)
    ]
    random.shuffle(filed)
    return numbered(filed)


DOSSIERS = dossiers()


@pytest.fixture(scope="module")
async def august(postgres: Postgres) -> AsyncIterator[Runtime]:
    """Reporting after all of it was heard, and one dossier of the day before and of the day after."""
    around = [
        History(f"H26-outside-{day}", CODES["birth"][0], "00118", Channel.ONLINE, instant, due_in=9)
        for day, instant in enumerate((datetime(2016, 8, 9, 3, tzinfo=UTC), datetime(2016, 8, 20, 3, tzinfo=UTC)))
    ]
    async with database_of(postgres, "reporting_2016") as url:
        runtime = runtime_on(url)
        await deliver(runtime, catalogue())
        await deliver(runtime, [event for history in [*DOSSIERS, *around] for event in history.events()])
        yield runtime
        await runtime.close()


@pytest.fixture
async def portal(august: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(august) as made:
        yield made


async def test_the_published_figures_come_out_to_the_digit(portal: httpx.AsyncClient) -> None:
    """R-090"""
    answer = (await portal.get(SHARE, params=PERIOD | {"groupBy": "group"})).json()
    assert {group["key"]: group["share"] for group in answer["groups"]} == {
        "birth": {"numerator": 842, "denominator": 1439, "percent": "58.5", "notApplicable": False},
        "death": {"numerator": 177, "denominator": 397, "percent": "44.6", "notApplicable": False},
    }
    assert answer["total"] == {
        "online": 1019,
        "counter": 817,
        "post": 0,
        "total": 1836,
        "assisted": 0,
        "share": {"numerator": 1019, "denominator": 1836, "percent": "55.5", "notApplicable": False},
    }
    assert (answer["from"], answer["to"], answer["groupBy"]) == ("2016-08-10", "2016-08-19", "group")


@pytest.mark.parametrize(("key", "percent"), [("birth", "58.5"), ("death", "44.6")])
async def test_birth_and_death_can_be_asked_for_by_group_and_by_their_procedures(
    portal: httpx.AsyncClient, key: str, percent: str
) -> None:
    by_group = (await portal.get(SHARE, params=PERIOD | {"groupBy": "procedure", "group": key})).json()
    by_codes = (await portal.get(SHARE, params=PERIOD | {"groupBy": "procedure", "procedure": CODES[key]})).json()
    assert by_group == by_codes
    assert by_codes["total"]["share"]["percent"] == percent
    assert [group["key"] for group in by_codes["groups"]] == sorted(CODES[key])
    neither = (await portal.get(SHARE, params=PERIOD | {"group": key, "procedure": "1.000894"})).json()
    assert neither["total"]["share"] == {"numerator": 0, "denominator": 0, "percent": None, "notApplicable": True}


@pytest.mark.parametrize("by", list(KEYS))
async def test_each_grouping_is_what_counting_the_dossiers_gives(portal: httpx.AsyncClient, by: str) -> None:
    key_of = KEYS[by]
    online = Counter(key_of(history) for history in DOSSIERS if history.channel is Channel.ONLINE)
    total = Counter(key_of(history) for history in DOSSIERS)
    answer = (await portal.get(SHARE, params=PERIOD | {"groupBy": by})).json()
    assert {group["key"]: (group["online"], group["total"]) for group in answer["groups"]} == {
        key: (online[key], total[key]) for key in total
    }
    assert answer["total"]["share"]["percent"] == "55.5"
    if by == "day":
        assert len(answer["groups"]) == 10


async def test_the_report_of_the_ten_days(portal: httpx.AsyncClient) -> None:
    answer = (await portal.get("/v1/reports/II.06a", params=PERIOD, headers=agency("reporting:read"))).json()
    # One dossier of 9 August is carried over; nobody has acted on it, and its day is over.
    assert (answer["received"], answer["receivedOnline"], answer["receivedDirect"], answer["carriedOver"]) == (
        1837,
        1019,
        817,
        1,
    )
    assert (answer["resolved"], answer["inProgress"], answer["inProgressOverdue"]) == (1836, 1, 1)
    deaths = PERIOD | {"field": "khai-tu"}
    answer = (await portal.get("/v1/reports/II.06a", params=deaths, headers=agency("reporting:read"))).json()
    assert (answer["received"], answer["receivedOnline"], answer["receivedDirect"]) == (397, 177, 220)


@pytest.mark.parametrize(
    ("path", "params"),
    [
        *(
            (SHARE, PERIOD | {"groupBy": by, "district": "004", "group": "birth"})
            for by in ("field", "unit", "district", "day", "group")
        ),
        ("/v1/reports/II.06a", PERIOD | {"field": "khai-sinh", "unit": "00118"}),
        ("/v1/snapshots/2016-08-10", {}),
    ],
)
async def test_a_get_takes_one_statement(
    portal: httpx.AsyncClient, august: Runtime, path: str, params: dict[str, str]
) -> None:
    with counted(august.database) as statements:
        answer = await portal.get(path, params=params, headers=agency("reporting:read"))
    assert answer.status_code == 200
    assert len(statements) == 1
