"""What tests of submission share: a database, a running service with a standing clock, and a small catalogue."""

import itertools
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from chassis.clock import SettableClock
from chassis.migrations import migrate
from chassis.service import Runtime, create_app
from contracts.catalog import (
    AdministrativeUnit,
    AdministrativeUnitsPublished,
    CalendarDay,
    FeeRule,
    Offering,
    ProcedureField,
    ProcedurePublished,
    TimeLimit,
    WorkingCalendarPublished,
)
from contracts.codes import Channel, ServiceLevel, TimeLimitUnit, UnitKind
from contracts.event import Event
from submission.app import SERVICE
from submission.settings import SubmissionSettings
from tests.servers.postgres import Postgres
from tests.support.events import inbox_of, recorded, wire
from tests.support.identities import ISSUERS

BIRTH, EXTRACT, LATER = "1.001193", "2.000635", "1.000894"
BA_DINH, CAU_GIAY = "00004", "00167"

FORM_SCHEMA = {
    "type": "object",
    "required": ["child", "requester"],
    "additionalProperties": False,
    "properties": {
        "child": {
            "type": "object",
            "required": ["fullName", "dateOfBirth"],
            "properties": {
                "fullName": {"type": "string", "minLength": 2},
                "dateOfBirth": {"type": "string", "format": "date"},
                "sex": {"enum": [1, 2, 3]},
            },
        },
        "requester": {
            "type": "object",
            "required": ["fullName"],
            "properties": {
                "fullName": {"type": "string"},
                "personalId": {"type": "string", "pattern": "^[0-9]{12}$"},
            },
        },
        "copies": {"type": "integer", "minimum": 0},
    },
}


def birth(version: int = 1) -> ProcedurePublished:
    """Birth registration: handled by the civil registry, offered everywhere, late after 60 days."""
    rule: dict[str, Any] = {"valid_from": date(2025, 7, 1), "legal_source": "published 08/10/2026"}
    return ProcedurePublished(
        version=version,
        code=BIRTH,
        name="Thủ tục đăng ký khai sinh",
        field=ProcedureField(code="ho-tich", name="Hộ tịch"),
        valid_from=date(2025, 7, 1),
        time_limits=(
            TimeLimit(channel=Channel.COUNTER, unit=TimeLimitUnit.SAME_DAY, amount=0, cutoff=time(15)),
            TimeLimit(channel=Channel.ONLINE, unit=TimeLimitUnit.SAME_DAY, amount=0, cutoff=time(15)),
        ),
        fees=(
            FeeRule(id="on-time", amount=0, max_days_since_occurrence=60, **rule),
            FeeRule(id="late", amount=5000, min_days_since_occurrence=61, **rule),
        ),
        offerings=(
            Offering(
                channels=(Channel.COUNTER, Channel.ONLINE),
                service_level=ServiceLevel.FULL,
                valid_from=date(2025, 7, 1),
                legal_source="NĐ 42/2022/NĐ-CP",
            ),
        ),
        form_schema=FORM_SCHEMA,
        occurrence_pointer="/child/dateOfBirth",
        handled_by="civil-registry",
    )


def extract() -> ProcedurePublished:
    """Copy of an extract: handled by the desk, three working days, in one ward only, online from November on."""
    offering: dict[str, Any] = {
        "service_level": ServiceLevel.PARTIAL,
        "legal_source": "NĐ 42/2022/NĐ-CP",
        "units": (BA_DINH,),
    }
    return ProcedurePublished(
        version=1,
        code=EXTRACT,
        name="Cấp bản sao trích lục hộ tịch",
        field=ProcedureField(code="ho-tich", name="Hộ tịch"),
        valid_from=date(2025, 7, 1),
        time_limits=(TimeLimit(channel=Channel.COUNTER, unit=TimeLimitUnit.WORKING_DAYS, amount=3),),
        offerings=(
            Offering(channels=(Channel.COUNTER,), valid_from=date(2025, 7, 1), **offering),
            Offering(channels=(Channel.ONLINE,), valid_from=date(2026, 11, 1), **offering),
        ),
        form_schema={"type": "object"},
    )


CATALOGUE: tuple[Event, ...] = (
    AdministrativeUnitsPublished(
        version=1,
        province="01",
        units=(
            AdministrativeUnit(code="01", name="Thành phố Hà Nội", kind=UnitKind.PROVINCE, valid_from=date(2008, 8, 1)),
            AdministrativeUnit(
                code=BA_DINH,
                name="Phường Trúc Bạch",
                kind=UnitKind.WARD,
                valid_from=date(2008, 8, 1),
                valid_to=date(2025, 6, 30),
            ),
            AdministrativeUnit(code=BA_DINH, name="Phường Ba Đình", kind=UnitKind.WARD, valid_from=date(2025, 7, 1)),
            AdministrativeUnit(code=CAU_GIAY, name="Phường Cầu Giấy", kind=UnitKind.WARD, valid_from=date(2025, 7, 1)),
            AdministrativeUnit(
                code="00001",
                name="Phường Phúc Xá",
                kind=UnitKind.WARD,
                valid_from=date(2008, 8, 1),
                valid_to=date(2025, 6, 30),
            ),
        ),
    ),
    WorkingCalendarPublished(
        version=1,
        year=2026,
        days=(CalendarDay(day=date(2026, 11, 24), working=False, name="Ngày Văn hóa Việt Nam", source="2026"),),
    ),
    birth(),
    extract(),
)

MORNING = datetime(2026, 10, 12, 3, 0, tzinfo=UTC)
"""Monday 12 October 2026, 10:00 in Hanoi."""


class Desk:
    """The service under test: its clock, its API as a client, and its inbox."""

    def __init__(self, runtime: Runtime, client: httpx.AsyncClient, clock: SettableClock) -> None:
        self.runtime = runtime
        self.client = client
        self.clock = clock
        self._keys = itertools.count(1)

    def key(self) -> dict[str, str]:
        """A fresh Idempotency-Key."""
        return {"Idempotency-Key": f"key-{next(self._keys)}"}

    async def post(self, path: str, caller: dict[str, str], json: object = None, **headers: str) -> httpx.Response:
        """POST with a fresh key, unless one is given."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(path, headers=self.key() | caller | given, json=json)

    async def get(self, path: str, caller: dict[str, str] | None = None, **headers: str) -> httpx.Response:
        """GET."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.get(path, headers=(caller or {}) | given)

    async def hear(self, *events: Event) -> None:
        """Other services' events arrive."""
        await inbox_of(self.runtime).deliver([wire(event) for event in events])

    async def told(self, name: str = "") -> list[dict[str, Any]]:
        """The data of what was told to the others, oldest first; only events of that name."""
        return [event["data"] for event in await recorded(self.runtime) if name in event["type"]]


@pytest.fixture(scope="session")
async def template(postgres: Postgres) -> AsyncIterator[str]:
    """A migrated database without content, to be copied."""
    name = "submission_template"
    await migrate("submission", await postgres.create_database(name))
    yield name
    await postgres.drop_database(name)


_numbers = itertools.count(1)


@pytest.fixture
async def empty_desk(postgres: Postgres, template: str) -> AsyncIterator[Desk]:
    """The service on a database of its own that knows no procedure yet."""
    name = f"submission_{next(_numbers)}"
    url = await postgres.create_database(name, template)
    clock = SettableClock(MORNING)
    runtime = Runtime.of(SERVICE, SubmissionSettings(database_url=SecretStr(url)), clock=clock, issuers=ISSUERS)
    await runtime.start()
    transport = httpx.ASGITransport(app=create_app(runtime))
    async with httpx.AsyncClient(transport=transport, base_url="http://submission.test") as client:
        yield Desk(runtime, client, clock)
    await runtime.close()
    await postgres.drop_database(name)


@pytest.fixture
async def desk(empty_desk: Desk) -> Desk:
    """The service with the small catalogue in hand."""
    await empty_desk.hear(*CATALOGUE)
    return empty_desk
