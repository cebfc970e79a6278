"""Purpose-bound reading: a personal service is called for a live dossier that concerns the person, and leaves a trace.

What the gateway knows of dossiers is its own copy, fed by submission's events; it asks no other service.
"""

from collections.abc import Sequence
from urllib.parse import parse_qsl
from uuid import UUID

from chassis.service import Runtime
from chassis.text import nfc
from gateway.domain.partners import Grant, Service
from gateway.handlers.accesses import note_access
from gateway.queries import accesses
from gateway.queries.accesses import Access

_LONGEST_CODE = 200


class PurposeRefused(Exception):
    """The call names no purpose that holds. `reason` says which rule it breaks, without the person or the dossier."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def person_concerned(runtime: Runtime, service: Service, issue: str | None, path: str, query: str) -> str | None:
    """Whose data this call to a personal service reads. Raises PurposeRefused; None where the service is not personal.

    `path` and `query` follow the service in the address, the path decoded and normalised. A dossier that is not known
    and one that does not concern the person are told apart by nobody: the answer would tell whose dossier it is.
    """
    if not service.personal:
        return None
    if not issue:
        raise PurposeRefused("X-Road-Issue must name the dossier that the data is needed for")
    person = _person(service.person_at, path, query)
    if not person:
        raise PurposeRefused("the address does not name the person")
    if len(issue) > _LONGEST_CODE or "\0" in issue or "\0" in person:
        raise PurposeRefused("X-Road-Issue names no live dossier that concerns this person")
    async with runtime.database.begin() as uow:
        standing = await accesses.standing(uow, nfc(issue), person)
    if standing is None or not standing.live or not standing.concerned:
        raise PurposeRefused("X-Road-Issue names no live dossier that concerns this person")
    return person


async def leave_trace(
    runtime: Runtime,
    person: str,
    grant: Grant,
    *,
    client: str,
    user_id: str | None,
    dossier: str,
    request_id: UUID,
) -> None:
    """Write down, before the provider is asked, who is about to see this person's data, for what and by which law."""
    fields: Sequence[str] | None = sorted(grant.fields) if grant.fields is not None else None
    access = Access(person, client, user_id, str(grant.service), nfc(dossier), grant.legal_basis, fields, request_id)
    async with runtime.database.begin() as uow:
        await note_access(access, uow)


def _person(place: str | None, path: str, query: str) -> str | None:
    """The person's ID, where the service's description says that it stands: `path:1`, `query:personalId`."""
    kind, _, name = (place or "").partition(":")
    if kind == "path" and name.isdecimal() and int(name) >= 1:
        segments = path.split("/")
        return segments[int(name) - 1] if int(name) <= len(segments) else None
    if kind == "query":
        # Given twice, we and the provider might not mean the same one.
        values = [value for key, value in parse_qsl(query, keep_blank_values=True) if key == name]
        return values[0] if len(values) == 1 else None
    return None
