"""A civil registry on a database of its own, with a clock that stands, a key, and the event feed. No test is here.

Tests reach all of it through the fixtures: a module under a folder with a hyphen cannot be imported by name, so in
tests the registry is typed Any.
"""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fastapi import FastAPI
from pydantic import SecretStr

from chassis.clock import SettableClock
from chassis.ids import new_id
from chassis.migrations import migrate
from chassis.service import Runtime, create_app
from civil_registry.app import SERVICE
from civil_registry.settings import CivilRegistrySettings
from contracts.catalog import AdministrativeUnitsPublished
from contracts.event import Event
from contracts.gateway import BirthRegistrationDeclined, PersonalIdIssued
from contracts.submission import DossierAccepted
from tests.servers.postgres import Postgres
from tests.support import identities
from tests.support.events import inbox_of, recorded, wire

NOW = datetime(2026, 10, 12, 3, 5, tzinfo=UTC)
MOTHER, FATHER = "001190000001", "001088000002"
PEM = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
_TEMPLATE = "civil_registry_template"
_databases = itertools.count(1)


def form(name: str = "Nguyễn Thị Mẫu", **changes: Any) -> dict[str, Any]:
    """A declaration form as submission hands it over."""
    child = {
        "fullName": name,
        "sex": 2,
        "dateOfBirth": "2026-07-29",
        "placeOfBirth": "Bệnh viện Phụ sản Hà Nội",
        "nativePlace": "Hà Nội",
        "ethnicity": "Kinh",
    }
    return {
        "birthType": 1,
        "child": child | changes.pop("child", {}),
        "mother": {"fullName": "Trần Thị Ví Dụ", "dateOfBirth": "1990-05-01", "personalId": MOTHER},
        "father": {"fullName": "Nguyễn Văn Ví Dụ", "dateOfBirth": "1988-02-03", "personalId": FATHER},
        "requester": {"fullName": "Trần Thị Ví Dụ", "relationship": "mẹ", "personalId": MOTHER},
        "copies": 1,
    } | changes


def accepted(dossier: str = "H26-20261012-0000042", declared: dict[str, Any] | None = None, **fields: Any) -> Event:
    """The event that opens a case."""
    return DossierAccepted.model_validate(
        DossierAccepted.example
        | {"dossierCode": dossier, "form": form() if declared is None else declared, "occurrenceIsLate": True}
        | fields
    )


def sibling(name: str, **changes: Any) -> dict[str, Any]:
    """A twin, as the form names one beside the first child."""
    born = {"sex": 2, "dateOfBirth": "2026-07-29", "placeOfBirth": "Bệnh viện Phụ sản Hà Nội"}
    return {"fullName": name} | born | changes


class Registry:
    """One civil registry under test."""

    mother, father = MOTHER, FATHER
    form = staticmethod(form)
    sibling = staticmethod(sibling)
    accepted = staticmethod(accepted)

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.app: FastAPI = create_app(runtime)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://registry.test")

    async def take(self, *events: Event) -> None:
        """Deliver events, each under an id of its own, in one batch."""
        await inbox_of(self.runtime).deliver([wire(event, at=NOW) for event in events])

    async def said(self) -> list[tuple[str, dict[str, Any]]]:
        """Name and data of every event stated so far."""
        return [(event["type"].split(".")[-2], event["data"]) for event in await recorded(self.runtime)]

    async def issued(
        self, dossier: str = "H26-20261012-0000042", personal_id: str = "001326000123", *, child: int = 1
    ) -> Event:
        """The ministry's answer to the dossier's case of that child; to one of its own where there is none."""
        case_id = await self.case_id(dossier, child)
        return PersonalIdIssued(version=1, dossier_code=dossier, case_id=case_id, personal_id=personal_id)

    async def declined(
        self, *errors: str, dossier: str = "H26-20261012-0000042", child: int = 1
    ) -> BirthRegistrationDeclined:
        """The ministry's refusal of the dossier's case of that child."""
        case_id = await self.case_id(dossier, child)
        return BirthRegistrationDeclined(version=1, dossier_code=dossier, case_id=case_id, errors=errors)

    async def case_id(self, dossier: str, child: int = 1) -> UUID:
        """The identity of a case; a new one where there is no such case."""
        rows = await self.rows("SELECT id, dossier_code, child_number FROM cases")
        return next((row.id for row in rows if (row.dossier_code, row.child_number) == (dossier, child)), new_id())

    async def register(self, dossier: str = "H26-20261012-0000042", **fields: Any) -> str:
        """Take a birth from acceptance to the record; gives the record's id."""
        personal_id = fields.pop("personal_id", "001326000123")
        await self.take(AdministrativeUnitsPublished.from_example(), accepted(dossier, **fields))
        await self.take(await self.issued(dossier, personal_id))
        name, data = (await self.said())[-1]
        assert name == "birth-registered"
        return str(data["recordId"])

    async def rows(self, sql: str) -> list[Any]:
        """What a query gives."""
        async with self.runtime.database.engine.connect() as connection:
            return list((await connection.exec_driver_sql(sql)).all())


@pytest.fixture(scope="session")
async def template(postgres: Postgres) -> AsyncIterator[str]:
    await postgres.drop_database(_TEMPLATE)
    await migrate("civil_registry", await postgres.create_database(_TEMPLATE))
    yield _TEMPLATE
    await postgres.drop_database(_TEMPLATE)


@pytest.fixture
async def a_registry(postgres: Postgres, template: str) -> AsyncIterator[Callable[..., Awaitable[Registry]]]:
    """Makes a civil registry with the settings given."""
    made: list[tuple[str, Registry]] = []

    async def make(**settings: Any) -> Registry:
        name = f"civil_registry_{next(_databases)}"
        url = await postgres.create_database(name, template)
        values = {"database_url": SecretStr(url), "record_signing_key": SecretStr(PEM)} | settings
        clock = SettableClock(NOW)
        runtime = Runtime.of(SERVICE, CivilRegistrySettings(**values), clock=clock, issuers=identities.ISSUERS)
        await runtime.start()
        made.append((name, Registry(runtime)))
        return made[-1][1]

    yield make
    for name, registry in made:
        await registry.client.aclose()
        await registry.runtime.close()
        await postgres.drop_database(name)


@pytest.fixture
async def registry(a_registry: Callable[..., Awaitable[Registry]]) -> Registry:
    return await a_registry()
