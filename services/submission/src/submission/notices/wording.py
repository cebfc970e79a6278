"""What a notice says, from the templates in data/notices. Puts values in and decides nothing; a value is never a template.

A file is `<kind>.<language>.txt`: a line `Subject:`, a line `Sms:`, an empty line, the text of the mail. The text message
has no accents (one SMS of 160 characters), no name and no reason: a telephone is read by whoever holds it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from string import Template

from chassis.clock import HANOI
from submission.domain.dossier import Delivery
from submission.domain.notice import Medium, NoticeKind

LANGUAGES = ("vi", "en")


@dataclass(frozen=True, slots=True)
class Told:
    """What a notice may say of a dossier and of the step it tells."""

    code: str
    procedure: str
    unit: str
    tracking: str
    delivery: Delivery
    due_at: datetime | None
    supplement_by: datetime | None
    reason: str | None
    amount: int | None

    def values(self, language: str) -> Mapping[str, str]:
        """By the names the templates know."""
        return {
            "code": self.code,
            "procedure": self.procedure,
            "unit": self.unit,
            "tracking": self.tracking,
            "due": _spoken(self.due_at, language),
            "supplement_by": _spoken(self.supplement_by, language),
            "reason": self.reason or "–",
            "amount": f"{self.amount:,}".replace(",", ".") if self.amount is not None else "–",
        }


@dataclass(frozen=True, slots=True)
class Words:
    """What goes out. A text message has no subject."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class _Wording:
    subject: Template
    sms: Template
    body: Template


def words_of(kind: NoticeKind, medium: Medium, language: str, told: Told) -> Words:
    """The notice in words."""
    wording = _wording(template_name(kind, told.delivery), language)
    values = told.values(language)
    if medium is Medium.SMS:
        return Words("", wording.sms.substitute(values))
    return Words(wording.subject.substitute(values), wording.body.substitute(values))


def template_name(kind: NoticeKind, delivery: Delivery) -> str:
    """Which template: that a result is there is told by how it will be handed over."""
    return f"{kind}-{delivery}" if kind is NoticeKind.FINISHED else kind.value


@cache
def _wording(name: str, language: str) -> _Wording:
    whole = (resources.files("submission.data") / "notices" / f"{name}.{language}.txt").read_text(encoding="utf-8")
    head, _, body = whole.partition("\n\n")
    lines = dict(line.split(": ", 1) for line in head.splitlines())
    return _Wording(Template(lines["Subject"]), Template(lines["Sms"]), Template(body))


def _spoken(instant: datetime | None, language: str) -> str:
    if instant is None:
        return "–"
    local = instant.astimezone(HANOI)
    # In a text message, too: so no letter with an accent.
    return f"{local:%H:%M} {local:%d/%m/%Y}" if language == "vi" else f"{local:%H:%M}, {local.day} {local:%b %Y}"
