"""What a dossier (hồ sơ) is, as plain values. How its status changes is domain/lifecycle.py's alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from contracts.codes import ApplicantClass, ApplicantKind, Channel, DossierStatus

STATUS_NAMES: Mapping[DossierStatus, str] = {
    DossierStatus.NEW: "mới đăng ký",
    DossierStatus.ACCEPTED: "được tiếp nhận",
    DossierStatus.REFUSED: "không được tiếp nhận",
    DossierStatus.PROCESSING: "đang xử lý",
    DossierStatus.SUPPLEMENT_AWAITED: "yêu cầu bổ sung giấy tờ",
    DossierStatus.PAYMENT_AWAITED: "yêu cầu nghĩa vụ tài chính",
    DossierStatus.WITHDRAWN: "công dân yêu cầu rút",
    DossierStatus.STOPPED: "dừng xử lý",
    DossierStatus.FINISHED: "đã xử lý xong",
    DossierStatus.RETURNED: "đã trả kết quả",
}
"""The national portal's names of the ten statuses (TrangThaiHoSo)."""


class Paper(StrEnum):
    """Giấy tờ của một cửa, by its number in annex I of TT 03/2025/TT-VPCP: what a step gives the applicant in hand."""

    RECEIPT = "01"  # giấy tiếp nhận hồ sơ và hẹn trả kết quả
    SUPPLEMENT = "02"  # phiếu yêu cầu bổ sung, hoàn thiện hồ sơ
    REFUSAL = "03"  # phiếu từ chối tiếp nhận giải quyết hồ sơ
    APOLOGY = "04"  # phiếu xin lỗi và đề nghị gia hạn
    STOP = "05"  # thông báo dừng giải quyết hồ sơ


DESK = "desk"
"""`handled_by` of a procedure whose result the one-stop desk (một cửa) itself produces."""

CIVIL_REGISTRY = "civil-registry"
"""`handled_by` of a procedure whose result is a record in the civil registry's book, with a signed certificate."""


class FeeState(StrEnum):
    """Where a dossier stands with its fee (phí, lệ phí), as far as payment has told us."""

    UNKNOWN = "unknown"
    NONE = "none"
    DUE = "due"
    PAID = "paid"


class ActorKind(StrEnum):
    """Who can act on a dossier: three kinds of caller, and the other services by their events."""

    CITIZEN = "citizen"
    OFFICER = "officer"
    AGENCY = "agency"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something: kind and stable identity (personal ID, officer account, client id, service name)."""

    kind: ActorKind
    subject: str


@dataclass(frozen=True, slots=True)
class Applicant:
    """Chủ hồ sơ: in whose name the dossier is filed. `organisation_id`: a business's or agency's own number, as given."""

    kind: ApplicantKind
    full_name: str
    personal_id: str | None = None
    organisation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Representative:
    """Người đại diện, người được ủy quyền: who acts for the applicant, and by what (`basis`: a paper, a relationship)."""

    full_name: str
    personal_id: str | None = None
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """Where the applicant is reached; `language` is that of notices: `vi` or `en`."""

    email: str | None = None
    phone: str | None = None
    language: str = "vi"


class Delivery(StrEnum):
    """Hình thức trả kết quả: how the applicant wants the result."""

    COUNTER = "counter"
    ONLINE = "online"
    POST = "post"


@dataclass(frozen=True, slots=True)
class ResultDelivery:
    """How the result goes to the applicant; `address` where it goes by post."""

    by: Delivery = Delivery.COUNTER
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Filing:
    """What was filed, as it will stay: nothing after the intake changes it, but the form where a supplement mends it.

    `typed_by` is who entered it (the applicant, or an officer or agency for her). `occurrence_is_late` says whether
    the event to be registered (birth, death) lay further back than the procedure's period when this was received.
    `case`: trường hợp, where the procedure has several. `pages`: of each copy. `tracking_secret`: what the slip carries
    beside the code, so that not everyone who can count may follow the dossier.
    """

    code: str
    procedure: str
    procedure_version: int
    handled_by: str
    unit: str
    channel: Channel
    owner: str
    applicant: Applicant
    applicant_class: ApplicantClass
    quantity: int
    form: Mapping[str, Any]
    typed_by: Actor
    received_at: datetime
    tracking_secret: str
    occurrence_is_late: bool = False
    case: str | None = None
    pages: int | None = None
    representative: Representative | None = None
    contact: Contact = Contact()
    delivery: ResultDelivery = ResultDelivery()
    identity_level: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one child of a dossier that declares several (twins): its record, or why it was not registered."""

    record: str | None = None
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class Dossier:
    """A filing and how far it has come. `version` rises with every change, also with those that are no transition.

    `resumes_to`: where it goes on once what is awaited (status 5 or 6) has come. `supplement_by`: the end of the running
    time to supplement. `supplement_requests`: how often a supplement was asked for. `extended_at`: when its one
    extension was granted. `verified_at`: when it was found that something must be verified. `claimed_by`: the officer
    who works on it. `results`: all results, the first one also `result_reference`. `check_from`: since when the desk has
    its time to check what came online. `children`: of how many it asks a result; `outcomes`: what is decided, by number.
    """

    filed: Filing
    status: DossierStatus
    version: int
    due_at: datetime
    fee_state: FeeState = FeeState.UNKNOWN
    fee_amount: int | None = None
    clock_stopped_at: datetime | None = None
    finished_at: datetime | None = None
    returned_at: datetime | None = None
    result_reference: str | None = None
    results: tuple[str, ...] = ()
    resumes_to: DossierStatus | None = None
    supplement_by: datetime | None = None
    supplement_requests: int = 0
    extended_at: datetime | None = None
    verified_at: datetime | None = None
    claimed_by: str | None = None
    check_from: datetime | None = None
    children: int = 1
    outcomes: Mapping[int, Outcome] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """Mã hồ sơ."""
        return self.filed.code


def without_fee(dossier: Dossier) -> Dossier:
    """The dossier once it is known that nothing is due for it. No transition: it stands where it stood."""
    return replace(dossier, fee_state=FeeState.NONE, version=dossier.version + 1)


def paid_after_all(dossier: Dossier) -> Dossier:
    """The dossier, already at its end when its fee came in. No transition: the money is payment's to give back."""
    return replace(dossier, fee_state=FeeState.PAID, version=dossier.version + 1)


def with_outcome(dossier: Dossier, child: int, outcome: Outcome) -> Dossier:
    """The dossier once it is known what became of one child; its results are in the order of the children.

    No transition and no new version by itself: whether this was the last one decides on that.
    """
    outcomes = {**dossier.outcomes, child: outcome}
    results = tuple(found for number in sorted(outcomes) if (found := outcomes[number].record) is not None)
    return replace(dossier, outcomes=outcomes, results=results, result_reference=results[0] if results else None)


def refusals(dossier: Dossier) -> str | None:
    """Why children were not registered, in one sentence for the history; None if all were."""
    refused = [(number, why) for number, found in sorted(dossier.outcomes.items()) if (why := found.refusal)]
    if dossier.children == 1 and len(dossier.outcomes) == 1:
        return refused[0][1] if refused else None
    return "; ".join(f"Trẻ thứ {number}: {why}" for number, why in refused) or None
