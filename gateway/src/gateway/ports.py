"""What the gateway wants of the world outside the city, by role. Adapters implement these; no technology is named here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol, TypeAlias
from uuid import UUID

from contracts.gateway import MinistryCaseKind
from gateway.case_declarations import Declaration, Paper
from gateway.domain.national_payment import Confirmation, PaymentOrder
from gateway.domain.population import Birth, GivenData, Match, RegisteredPerson
from gateway.domain.portal import PortalDossier, Standing, Step


class OutOfReach(Exception):
    """The other side gave no answer that can be relied on: away, slow, broken, or not understood.

    `reason` is for the operator and holds nothing of the dossier. `may_have_acted` is False only where it is certain that
    the call never reached the other side.
    """

    def __init__(self, reason: str, *, may_have_acted: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.may_have_acted = may_have_acted


@dataclass(frozen=True)
class OutwardCase:
    """A case for a ministry's register, as it was asked for. Twins are two cases of one dossier, told by `child_number`."""

    kind: MinistryCaseKind
    dossier_code: str
    case_id: UUID
    unit: str
    received_at: datetime
    declaration: Declaration = field(repr=False)
    child_number: int = 1
    papers: tuple[Paper, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Accepted:
    """The case is in the other side's hands, by this call or by an earlier one whose answer was lost."""


@dataclass(frozen=True)
class Rejected:
    """The case is refused; `words` are the other side's, for the applicant."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class Waiting:
    """Work goes on."""


@dataclass(frozen=True)
class SupplementWanted:
    """The other side waits for more, in its own `words`, until the day `by` where it names one (hanBoSungHoSo)."""

    words: tuple[str, ...] = ()
    by: date | None = None


@dataclass(frozen=True)
class Registered:
    """The birth stands in the national record, and the child has its personal ID (số định danh cá nhân)."""

    personal_id: str = field(repr=False)
    number: str | None = None
    book: str | None = None
    page: str | None = None
    on: date | None = None


@dataclass(frozen=True)
class Entered:
    """A case that is no birth stands in the register. `private` names a person (a card's number): for who asked, only."""

    number: str | None = None
    book: str | None = None
    page: str | None = None
    on: date | None = None
    private: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Unreadable:
    """The answer about this one case was not understood; `reason` names the field."""

    reason: str


Result: TypeAlias = Waiting | SupplementWanted | Registered | Entered | Rejected | Unreadable


class CaseOffice(Protocol):
    """A ministry's register that cases are handed to. Safe to be told the same twice: one effect a case.

    The national civil-status software (phần mềm đăng ký, quản lý hộ tịch), the police's residence register (cư trú),
    social insurance's health cards (thẻ bảo hiểm y tế).
    """

    @property
    def name(self) -> str:
        """What it is called in logs and in the adapters' health."""
        ...

    @property
    def kinds(self) -> tuple[MinistryCaseKind, ...]:
        """The kinds of case it takes."""
        ...

    def calls_allowed(self, most: int) -> int:
        """How many calls may be started now, at most `most`: fewer while it does not answer."""
        ...

    async def submit(self, case: OutwardCase) -> Accepted | Rejected:
        """Hand a case over. Raises OutOfReach."""
        ...

    async def supplement(self, case: OutwardCase) -> Accepted | Rejected:
        """Hand over a case again that it wants supplemented, whole, as it is now. Raises OutOfReach."""
        ...

    async def results(self, kind: MinistryCaseKind, cases: Sequence[UUID]) -> Mapping[UUID, Result]:
        """How these cases of one kind stand; one that is not known there is left out. Raises OutOfReach."""
        ...


class NationalPortal(Protocol):
    """The national portal (Cổng Dịch vụ công quốc gia), which every dossier is shown on. Safe to be told the same twice."""

    def calls_allowed(self, most: int) -> int:
        """How many dossiers may be told now; fewer than `most` while it is out of reach."""
        ...

    async def look_up(self, dossiers: Sequence[PortalDossier]) -> Mapping[str, Standing]:
        """What it has of each, held against ours, by dossier code. Raises OutOfReach."""
        ...

    async def sync(self, dossiers: Sequence[PortalDossier], *, updating: bool) -> Accepted | Rejected:
        """Tell it these dossiers: all of them new there, or all of them known there. Raises OutOfReach."""
        ...

    async def report_steps(self, steps: Sequence[tuple[PortalDossier, Step]]) -> Accepted | Rejected:
        """Tell it these processing steps, in order, of dossiers it knows. Raises OutOfReach."""
        ...


@dataclass(frozen=True)
class Feed:
    """Figures of a period for the evaluation system. `correction` 0 is the first sending; each later one replaces it."""

    kind: str
    first: date
    last: date
    correction: int
    digest: str
    figures: Mapping[str, object]


class EvaluationSystem(Protocol):
    """The ministries' collection-and-evaluation system (EMC). Safe to be told the same twice."""

    async def take(self, feed: Feed) -> Accepted | Rejected:
        """Hand over the figures of a period. Raises OutOfReach."""
        ...


class DocumentExchange(Protocol):
    """The exchange of documents between agencies (trục liên thông văn bản). Takes a document once by sender and identifier."""

    def calls_allowed(self, most: int) -> int:
        """How many calls may be started now, at most `most`: fewer while it does not answer."""
        ...

    async def send(self, edxml: bytes) -> Accepted | Rejected:
        """Hand a document over. Raises OutOfReach."""
        ...

    async def news(self, organ: str, documents: Sequence[str]) -> Mapping[str, str]:
        """`delivered` or `refused`, by document identifier; without those of which there is no news. Raises OutOfReach."""
        ...

    async def waiting(self, organ: str, most: int) -> Sequence[str]:
        """What waits for an organisation, oldest first. Raises OutOfReach."""
        ...

    async def fetch(self, organ: str, waiting: str) -> bytes:
        """One of those, as edXML. Raises OutOfReach."""
        ...

    async def acknowledge(self, organ: str, sender: str, document_id: str) -> None:
        """Say that a document arrived. Safe to say twice. Raises OutOfReach."""
        ...


class PopulationRegister(Protocol):
    """The population database (CSDL quốc gia về dân cư). Safe to be asked the same twice: one ID a case."""

    async def issue(self, case_id: UUID, birth: Birth) -> RegisteredPerson | Rejected:
        """Have a personal ID given for the birth of a case; the same case again, the same ID. Raises OutOfReach."""
        ...

    async def look_up(self, personal_id: str) -> RegisteredPerson | None:
        """The person of an ID; None if there is none. Raises OutOfReach."""
        ...

    async def verify(self, personal_id: str, given: GivenData) -> Mapping[str, Match] | None:
        """Of each given field whether it is the register's; None where nobody has the ID. Raises OutOfReach."""
        ...


@dataclass(frozen=True)
class PaymentLink:
    """The national payment platform waits for the payer there."""

    url: str


class NationalPaymentPlatform(Protocol):
    """The national payment platform (nền tảng thanh toán quốc gia). Safe to be told the same twice: one payment a reference."""

    async def start(self, order: PaymentOrder) -> PaymentLink | Rejected:
        """Have a payment taken. Raises OutOfReach."""
        ...

    def read_confirmation(self, message: Mapping[str, str]) -> Confirmation | None:
        """What the platform says of a payment; None where its checksum (MaXacThuc) is not the platform's."""
        ...
