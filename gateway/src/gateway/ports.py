"""What the gateway wants of the world outside the city, by role. Adapters implement these; no technology is named here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol, TypeAlias
from uuid import UUID

from contracts.civil_registry import BirthDeclaration


class OutOfReach(Exception):
    """The other side gave no answer that can be relied on: away, slow, broken, or not understood. It may have acted.

    `reason` is for the operator and holds nothing of the dossier.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class BirthCase:
    """A birth to be registered, as the commune asked for it. Twins are two cases of one dossier, told by `child_number`."""

    dossier_code: str
    case_id: UUID
    unit: str
    received_at: datetime
    declaration: BirthDeclaration = field(repr=False)
    child_number: int = 1


@dataclass(frozen=True)
class Accepted:
    """The case is in the other side's hands, by this call or by an earlier one whose answer was lost."""


@dataclass(frozen=True)
class Rejected:
    """The case is refused; `words` are the other side's, for the applicant."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class Waiting:
    """Work goes on. `words`: what the other side asks for meanwhile (a supplement), if anything."""

    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Registered:
    """The birth stands in the national record, and the child has its personal ID (số định danh cá nhân)."""

    personal_id: str = field(repr=False)
    number: str | None = None
    book: str | None = None
    page: str | None = None
    on: date | None = None


@dataclass(frozen=True)
class Unreadable:
    """The answer about this one case was not understood; `reason` names the field."""

    reason: str


Result: TypeAlias = Waiting | Registered | Rejected | Unreadable


class CivilRegistryOfRecord(Protocol):
    """The national civil-status software (phần mềm đăng ký, quản lý hộ tịch). Safe to be told the same twice."""

    async def register_birth(self, case: BirthCase) -> Accepted | Rejected:
        """Hand a case over. Raises OutOfReach."""
        ...

    async def results(self, cases: Sequence[UUID]) -> Mapping[UUID, Result]:
        """How these cases stand; one that is not known there is left out. Raises OutOfReach."""
        ...
