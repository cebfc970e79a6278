"""The population database over HTTP: `GET {url}/people/{personal ID}`. The real message is not public; this is the sandbox's.

The field names are the simulator's own; when the ministry's are known, this module alone changes.
"""

import asyncio
import ssl
from datetime import date

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from contracts.codes import Sex
from submission.domain.prefill import Person
from submission.population import PopulationUnavailable


class _Told(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")


class _Birth(_Told):
    full_name: str
    date_of_birth: date
    sex: Sex
    ethnicity: str = ""
    nationality: str = ""


class _Answer(_Told):
    personal_id: str
    birth: _Birth


class HttpPopulationDatabase:
    """Asks once, within `seconds`: who waits at a screen can fill in the form by hand sooner than after a retry.

    Each look-up opens a connection of its own: they come at a person's pace, and nothing is left to close.
    """

    def __init__(self, url: str, *, seconds: float, token: str | None = None) -> None:
        self._url = url.rstrip("/")
        self._seconds = seconds
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        # Read once: the certificates of the authorities take longer to load than a look-up takes.
        self._tls = ssl.create_default_context()

    async def look_up(self, personal_id: str) -> Person | None:
        """The person of a personal ID, which must be one: it becomes part of an address."""
        try:
            async with (
                asyncio.timeout(self._seconds),
                httpx.AsyncClient(timeout=self._seconds, headers=self._headers, verify=self._tls) as client,
            ):
                answer = await client.get(f"{self._url}/people/{personal_id}")
        except (httpx.HTTPError, TimeoutError) as error:
            raise PopulationUnavailable from error
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if answer.status_code != httpx.codes.OK:
            raise PopulationUnavailable
        try:
            told = _Answer.model_validate_json(answer.content)
        except ValidationError as error:
            raise PopulationUnavailable from error
        if told.personal_id != personal_id:
            raise PopulationUnavailable
        birth = told.birth
        return Person(personal_id, birth.full_name, birth.date_of_birth, birth.sex, birth.ethnicity, birth.nationality)
