"""Thông báo: which step of a dossier is told to the applicant, by what, in which language. Plain values; sends nothing.

A notice is told by up to two media. Who gets it, and where, is decided when it is planned, from what the filing says and
what its owner prefers.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from contracts.codes import DossierStatus
from submission.domain.dossier import Contact

S = DossierStatus


class Medium(StrEnum):
    """How a notice goes out."""

    EMAIL = "email"
    SMS = "sms"


class NoticeState(StrEnum):
    """Where a notice stands. `unknown`: it may have gone out, and nobody can tell; only a person sends it again."""

    PLANNED = "planned"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


class NoticeKind(StrEnum):
    """What is told."""

    RECEIVED = "received"
    PAYMENT_AWAITED = "payment-awaited"
    SUPPLEMENT_REQUESTED = "supplement-requested"
    SUPPLEMENT_LAPSING = "supplement-lapsing"
    SUPPLEMENTED = "supplemented"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    EXTENDED = "extended"
    STOPPED = "stopped"
    FINISHED = "finished"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


_BY_STATUS = {
    S.ACCEPTED: NoticeKind.ACCEPTED,
    S.REFUSED: NoticeKind.REFUSED,
    S.SUPPLEMENT_AWAITED: NoticeKind.SUPPLEMENT_REQUESTED,
    S.PAYMENT_AWAITED: NoticeKind.PAYMENT_AWAITED,
    S.WITHDRAWN: NoticeKind.WITHDRAWN,
    S.STOPPED: NoticeKind.STOPPED,
    S.FINISHED: NoticeKind.FINISHED,
    S.RETURNED: NoticeKind.RETURNED,
}


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A line of the history and the one before it, as far as it matters to what is told. `before` None: the first line."""

    before: DossierStatus | None
    after: DossierStatus
    due_before: datetime | None
    due_after: datetime | None


def kind_of(step: StepTaken) -> NoticeKind | None:
    """What a step is told as; None for steps that tell the applicant nothing (a fee settled, work begun)."""
    if step.before is None:
        return NoticeKind.RECEIVED
    if step.before is S.SUPPLEMENT_AWAITED and step.after in (S.NEW, S.ACCEPTED, S.PROCESSING):
        return NoticeKind.SUPPLEMENTED
    if step.before is step.after:
        later = step.due_before is not None and step.due_after is not None and step.due_after > step.due_before
        return NoticeKind.EXTENDED if later else None
    return _BY_STATUS.get(step.after)


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person wants (cài đặt thông báo). `language` and addresses, where given, stand in for those of a filing."""

    version: int = 0
    language: str | None = None
    email: bool = True
    sms: bool = True
    email_address: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a person is reached, by medium, and in which language."""

    language: str
    addresses: tuple[tuple[Medium, str], ...]


def reach(contact: Contact, preferences: Preferences, offered: frozenset[Medium]) -> Reach:
    """Where a notice goes, of the media this deployment offers. Nowhere, if there is no address or it is not wanted."""
    wanted = (
        (Medium.EMAIL, preferences.email, preferences.email_address or contact.email),
        (Medium.SMS, preferences.sms, preferences.phone or contact.phone),
    )
    addresses = tuple((medium, address) for medium, wants, address in wanted if wants and address and medium in offered)
    return Reach(preferences.language or contact.language, addresses)


def masked(medium: Medium, address: str) -> str:
    """An address as it may be shown: enough to be recognised by who knows it, too little to be learnt."""
    if medium is Medium.EMAIL:
        name, _, domain = address.partition("@")
        return f"{name[:1]}***@{domain}"
    return f"{address[:3]}****{address[-2:]}" if len(address) > 6 else "****"
