"""What can go wrong here. As HTTP: NotFound ─ RecordNotFound, CaseNotFound; InternalError ─ SealBroken.

As an event that cannot be acted on: Unactionable ─ UnknownProcedure, UnknownCase, UnknownOffice, PersonalIdUnfit,
PersonalIdTaken, ContradictoryAnswer. Such an event is retried and then parked with its slug, for an operator to see.
"""

from typing import ClassVar

from chassis.problems import InternalError, NotFound, Text


class RecordNotFound(NotFound):
    """404: no such record, or it is not the caller's to see."""

    slug = "record-not-found"
    title = Text("Không tìm thấy bản ghi hộ tịch", "Civil-status record not found")


class CaseNotFound(NotFound):
    """404: the dossier has no birth case, or it is not the caller's to see."""

    slug = "case-not-found"
    title = Text("Không tìm thấy việc đăng ký của hồ sơ này", "No registration case of this dossier")


class SealBroken(InternalError):
    """500: the stored record is not what was signed. It is not shown."""

    slug = "record-seal-broken"
    title = Text("Chữ ký số của bản ghi không hợp lệ", "The record's signature does not hold")


class Unactionable(Exception):
    """An event that cannot be acted on now. `slug` is what the operator reads; no personal data goes with it."""

    slug: ClassVar[str]


class UnknownProcedure(Unactionable):
    """The dossier is addressed to the civil registry, but its procedure is not one that is registered here."""

    slug = "procedure-not-registered-here"


class UnknownCase(Unactionable):
    """The ministry answers for a dossier that has no case."""

    slug = "unknown-case"


class UnknownOffice(Unactionable):
    """The unit has no name yet: the catalogue's list of units has not come, or does not hold it on this day."""

    slug = "unknown-office"


class PersonalIdUnfit(Unactionable):
    """The ID that came cannot belong to the child: its structure contradicts sex or year of birth."""

    slug = "personal-id-unfit"


class PersonalIdTaken(Unactionable):
    """The ID that came belongs to another record."""

    slug = "personal-id-taken"


class ContradictoryAnswer(Unactionable):
    """The ministry answered before, and otherwise; what is registered stands."""

    slug = "contradictory-answer"
