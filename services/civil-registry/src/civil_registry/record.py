"""What a birth record says: the content that is signed, shown and printed. It is never changed once signed."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from civil_registry.domain.numbering import number_label
from civil_registry.domain.words import date_in_words
from contracts.civil_registry import BirthDeclaration, Child, Parent, Requester
from contracts.codes import BirthRegistrationKind, BirthType
from contracts.event import Part


class BookEntry(Part):
    """Where a record stands: the office, its book, and the number in it."""

    unit: str
    unit_name: str
    office: str
    number: int
    year: int
    volume: str
    registered_on: date
    registered_at: AwareDatetime

    @property
    def label(self) -> str:
        """The number as it is written, `45/2026`."""
        return number_label(self.number, self.year)


class BirthRecord(Part):
    """A birth (khai sinh) as registered. `record_id` names it nationally, as number and book do not."""

    record_id: UUID
    kind: Literal["birth"] = "birth"
    dossier_code: str
    entry: BookEntry
    registration_kind: BirthRegistrationKind
    birth_type: BirthType
    personal_id: str
    child: Child
    date_of_birth_in_words: str
    mother: Parent | None = None
    father: Parent | None = None
    requester: Requester


def birth_record(
    declaration: BirthDeclaration, *, record_id: UUID, dossier_code: str, personal_id: str, entry: BookEntry
) -> BirthRecord:
    """The record that a declaration, the ministry's ID and a number in the book make."""
    return BirthRecord(
        record_id=record_id,
        dossier_code=dossier_code,
        entry=entry,
        registration_kind=declaration.kind,
        birth_type=declaration.birth_type,
        personal_id=personal_id,
        child=declaration.child,
        date_of_birth_in_words=date_in_words(declaration.child.date_of_birth),
        mother=declaration.mother,
        father=declaration.father,
        requester=declaration.requester,
    )
