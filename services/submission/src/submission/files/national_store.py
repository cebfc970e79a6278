"""The port to the national data store (kho dữ liệu quốc gia). Its interface is not published, so no adapter speaks it.

What is known is a flag (DuocLayTuKhoDMQG): an agency that files for citizens, as the national portal does, says of each
paper whether it came from there.
"""

from dataclasses import dataclass
from typing import Protocol

from submission.problems.files import NationalStoreNotConfigured


@dataclass(frozen=True, slots=True)
class NationalDocument:
    """A document that the national store holds of a person."""

    reference: str
    name: str


class NationalStore(Protocol):
    """What a person's part of the national store holds."""

    async def of_person(self, personal_id: str) -> list[NationalDocument]:
        """The documents of that person. Raises NationalStoreNotConfigured."""
        ...


class NotConfigured:
    """Stands in until there is something to speak with: every question is answered by saying so."""

    async def of_person(self, personal_id: str) -> list[NationalDocument]:  # noqa: ARG002 - the port's
        raise NationalStoreNotConfigured
