"""What a dossier (hồ sơ) is, as plain values. How its status changes is domain/lifecycle.py's alone."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
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

DESK = "desk"
"""`handled_by` of a procedure whose result the one-stop desk (một cửa) itself produces."""


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
    """Chủ hồ sơ: in whose name the dossier is filed."""

    kind: ApplicantKind
    full_name: str
    personal_id: str | None = None


@dataclass(frozen=True, slots=True)
class Filing:
    """What was filed, as it will stay: nothing after the intake changes it.

    `typed_by` is who entered it (the applicant, or an officer or agency for her). `occurrence_is_late` says whether
    the event to be registered (birth, death) lay further back than the procedure's period when this was received.
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
    occurrence_is_late: bool = False


@dataclass(frozen=True, slots=True)
class Dossier:
    """A filing and how far it has come. `version` rises with every change, also with those that are no transition."""

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

    @property
    def code(self) -> str:
        """Mã hồ sơ."""
        return self.filed.code


def without_fee(dossier: Dossier) -> Dossier:
    """The dossier once it is known that nothing is due for it. No transition: it stands where it stood."""
    return replace(dossier, fee_state=FeeState.NONE, version=dossier.version + 1)
