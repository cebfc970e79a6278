"""What must hold when a result is handed over (trả kết quả): the originals shown, who came for it, the post. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from contracts.codes import DossierStatus

COMPARABLE = (DossierStatus.ACCEPTED, DossierStatus.PROCESSING, DossierStatus.FINISHED)
"""When originals may be compared: once the dossier is taken in, and until its result is handed over."""


class PaperKind(StrEnum):
    """What was laid on the counter."""

    ORIGINAL = "original"  # bản chính
    COPY = "copy"  # bản sao
    CERTIFIED = "certified"  # bản sao chứng thực


class Outcome(StrEnum):
    """How a consignment by post ended."""

    DELIVERED = "delivered"
    RETURNED = "returned-to-sender"


@dataclass(frozen=True, slots=True)
class Shown:
    """One paper held against what was filed. `component`: the code of the thành phần hồ sơ."""

    component: str
    kind: PaperKind
    matches: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Who came to the counter. `relationship`: to the applicant, who is it herself where that is empty.

    `authorisation`: the paper (giấy ủy quyền) by which someone else may act, in the officer's words.
    """

    full_name: str
    personal_id: str | None = None
    relationship: str = ""
    authorisation: str = ""


def unresolved(showings: Iterable[Iterable[Shown]]) -> tuple[str, ...]:
    """The components that did not match when they were last shown; the showings in order. None of them, and all is well."""
    latest = {paper.component: paper.matches for showing in showings for paper in showing}
    return tuple(sorted(component for component, matches in latest.items() if not matches))
