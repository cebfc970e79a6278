"""People and systems who call the public origin, as themselves: answers as they come, good or bad. Knows no database."""

import itertools
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from chassis.clock import hanoi_day
from chassis.ids import new_id
from sandbox.simulators.people import BA_DINH, FATHER, MOTHER, Citizen, Person
from tests.e2e.city import City, until

Json = dict[str, Any]

BIRTH = "1.001193"
LATE_FEE = 5000
DOSSIERS = "/api/submission/v1/dossiers"
_ON_TIME, _LATE = 10, 75

_run = "".join(chr(ord("A") + byte % 26) for byte in secrets.token_bytes(6))
_children = itertools.count(1)


class Caller:
    """One who calls, with a token or without."""

    def __init__(self, http: httpx.AsyncClient, token: str | None = None) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def get(self, path: str, **query: Any) -> httpx.Response:
        """Ask."""
        return await self._http.get(path, params=query, headers=self._headers)

    async def post(
        self, path: str, body: Json, *, key: str | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Act, under a key of its own if none is given; an empty key sends none."""
        key = str(new_id()) if key is None else key
        keyed = {"Idempotency-Key": key} if key else {}
        return await self._http.post(path, json=body, headers=self._headers | keyed | dict(headers or {}))

    async def found(self, path: str, **query: Any) -> Json:
        """The document at an address, which must be there."""
        answer = await self.get(path, **query)
        assert answer.status_code == httpx.codes.OK, f"GET {path}: {answer.status_code} {answer.text}"
        document: Json = answer.json()
        return document

    async def done(self, path: str, body: Json | None = None, headers: Mapping[str, str] | None = None) -> Json:
        """The answer to an act, which must succeed."""
        answer = await self.post(path, body or {}, headers=headers)
        assert answer.is_success, f"POST {path}: {answer.status_code} {answer.text}"
        document: Json = answer.json()
        return document

    async def reaches(self, code: str, *statuses: int, seconds: float = 30) -> Json:
        """Wait until the dossier stands at one of these statuses."""

        async def there() -> Json | None:
            dossier = await self.found(f"{DOSSIERS}/{code}")
            return dossier if dossier["status"]["number"] in statuses else None

        found: Json = await until(there, f"dossier {code} at status {statuses}", seconds)
        return found


@asynccontextmanager
async def calling(city: City, who: Person | None = None, *, token: str | None = None) -> AsyncIterator[Caller]:
    """A ready identity who calls the city; nobody in particular without one; `token` is anything else."""
    given = token if who is None else await city.token(who)
    async with httpx.AsyncClient(base_url=city.url, timeout=30) as http:
        yield Caller(http, given)


def child_name() -> str:
    """A name that nobody was ever registered under: letters only, as names are."""
    number, letters = next(_children), ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"TRẦN THỬ {_run} {letters}"


def birth(*, late: bool, mother: Citizen = MOTHER, unit: str = BA_DINH) -> Json:
    """A birth dossier as the mother sends it; a late one costs `LATE_FEE`, one in time nothing."""
    born = hanoi_day(datetime.now(UTC)) - timedelta(days=_LATE if late else _ON_TIME)
    return {
        "procedure": BIRTH,
        "unit": unit,
        "applicant": {"kind": 1, "personalId": mother.personal_id, "fullName": mother.full_name},
        "form": {
            "birthType": 1,
            "child": {
                "fullName": child_name(),
                "sex": 2,
                "dateOfBirth": born.isoformat(),
                "placeOfBirth": "Bệnh viện Mẫu, Hà Nội",
                "nativePlace": "Hà Nội",
                "ethnicity": "Kinh",
                "nationality": "Việt Nam",
            },
            "mother": {"fullName": mother.full_name, "dateOfBirth": "1995-01-01", "personalId": mother.personal_id},
            "father": {"fullName": FATHER.full_name, "dateOfBirth": "1993-01-01", "personalId": FATHER.personal_id},
            "requester": {"fullName": mother.full_name, "relationship": "mẹ", "personalId": mother.personal_id},
            "copies": 1,
        },
    }


async def accept(officer: Caller, code: str) -> Json:
    """The desk takes a dossier in, as soon as its fee is known."""

    async def assessed() -> Json | None:
        dossier = await officer.found(f"{DOSSIERS}/{code}")
        return dossier if dossier["feeState"] != "unknown" else None

    await until(assessed, f"the fee of {code}")
    return await officer.done(f"{DOSSIERS}/{code}/acceptance")
