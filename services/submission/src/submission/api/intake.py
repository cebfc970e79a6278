"""The route by which dossiers come in: who calls decides the channel and the owner; the rest is handlers.intake's."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from chassis import idempotency, problems
from chassis.auth import Allow, Kind, Principal
from chassis.etags import etag
from chassis.idempotency import Stored, act_once
from chassis.problems import Problem
from chassis.service import Running, Work
from contracts.codes import ApplicantKind, Channel
from submission.api.models import PUBLIC, FiledDossier, FileRequest
from submission.copies import Copies
from submission.domain.attachment import AttachmentWanted
from submission.domain.dossier import Applicant, Dossier, Representative
from submission.handlers.intake import REFUSALS, FileDossier, file_dossier
from submission.problems.dossiers import (
    ApplicantMissing,
    ApplicantNotYou,
    ChannelNotYours,
    RepresentativeMissing,
    RepresentativeNotYou,
    UnitNotServed,
)
from submission.rights import actor_of

router = APIRouter(prefix="/v1/dossiers", tags=["intake"])

Filer = Annotated[Principal, Depends(Allow(citizens=True, roles={"one-stop-officer"}, scope="submission:write"))]

_CHANNELS: dict[Kind, tuple[Channel, ...]] = {
    Kind.CITIZEN: (Channel.ONLINE,),
    Kind.OFFICER: (Channel.COUNTER, Channel.POST),
    Kind.AGENCY: (Channel.ONLINE, Channel.COUNTER, Channel.POST),
}
"""By which channels each kind of caller files; the first is meant where none is named."""

FILED: dict[int | str, dict[str, Any]] = {
    201: {
        "headers": {
            "Location": {"description": "Where the dossier is read", "schema": {"type": "string"}},
            "ETag": {"description": "Its version, for If-Match and If-None-Match", "schema": {"type": "string"}},
        }
    }
}
CALLER_REFUSALS: tuple[type[Problem], ...] = (
    UnitNotServed,
    ChannelNotYours,
    ApplicantNotYou,
    ApplicantMissing,
    RepresentativeMissing,
    RepresentativeNotYou,
)
"""What `command_of` may refuse."""


@router.post(
    "",
    operation_id="file-dossier",
    summary="File a dossier (nộp hồ sơ)",
    status_code=201,
    response_model=FiledDossier,
    responses=FILED
    | problems.responses(
        problems.BadRequest,
        problems.Unauthorized,
        problems.Forbidden,
        problems.PayloadTooLarge,
        problems.InvalidPayload,
        *CALLER_REFUSALS,
        *REFUSALS,
        *idempotency.PROBLEMS,
    ),
)
async def post_dossier(
    body: FileRequest, filer: Filer, uow: Work, runtime: Running, request: Request, key: idempotency.Key = None
) -> Response:
    """A citizen files online, for herself or as who represents another; officers and agencies file for others.

    An officer enters what came to the counter or by post. The answer holds the dossier's code, when it is due, where its
    receipt and appointment slip is, and the secret on the slip. Sent again with the same `Idempotency-Key`, it files nothing more and gives the same answer.
    """
    command = command_of(body, filer)
    copies: Copies = runtime.extras["copies"]
    return await act_once(
        uow,
        request,
        caller=filer.account,
        key=key,
        act=lambda: file_dossier(command, uow, copies),
        render=filed,
    )


def filed(dossier: Dossier) -> Stored:
    """The answer to whatever made a dossier."""
    headers = (("Location", f"{PUBLIC}/{dossier.code}"), ("ETag", etag(dossier.version)))
    return Stored(201, headers, FiledDossier.of(dossier).model_dump_json(by_alias=True))


def in_body(error: ValidationError) -> RequestValidationError:
    """What is wrong in a filing that was not the body itself, said as if it had been."""
    return RequestValidationError(
        [{**item, "loc": ("body", *item["loc"])} for item in error.errors(include_context=False)]
    )


def command_of(body: FileRequest, filer: Principal) -> FileDossier:
    """What is asked for, by whom and for whom. Raises one of CALLER_REFUSALS."""
    channels = _CHANNELS[filer.kind]
    channel = body.channel or channels[0]
    if channel not in channels:
        raise ChannelNotYours(channel)
    if filer.kind is Kind.OFFICER and not filer.serves(body.unit):
        raise UnitNotServed(body.unit)
    by_citizen = filer.kind is Kind.CITIZEN
    applicant, representative, owner = _hers(body, filer) if by_citizen else _anothers(body, filer)
    return FileDossier(
        procedure=body.procedure,
        unit=body.unit,
        channel=channel,
        owner=owner,
        applicant=applicant,
        applicant_class=body.applicant_class,
        quantity=body.quantity,
        form=body.form,
        by=actor_of(filer),
        identity_level=filer.assurance if by_citizen else None,
        case=body.case,
        pages=body.pages,
        representative=representative,
        contact=body.contact.read(),
        delivery=body.delivery.read(),
        attachments=tuple(
            AttachmentWanted(paper.component, paper.upload, paper.document) for paper in body.attachments
        ),
    )


Parties = tuple[Applicant, Representative | None, str]
"""Applicant, representative, and the subject to whom the dossier belongs."""


def _hers(body: FileRequest, filer: Principal) -> Parties:
    """A citizen's: what she files is hers, also where she acts for a child, a principal or an organisation."""
    given, acting = body.applicant, body.representative
    if acting is not None:
        if given is None:
            raise ApplicantMissing
        if acting.personal_id not in (None, filer.subject):
            raise RepresentativeNotYou
        return given.read(), Representative(acting.full_name, filer.subject, acting.basis), filer.subject
    if given is not None and given.kind is not ApplicantKind.CITIZEN:
        raise RepresentativeMissing
    if given is not None and given.personal_id not in (None, filer.subject):
        raise ApplicantNotYou
    name = given.full_name if given is not None else filer.name
    if not name:
        raise ApplicantMissing
    organisation = given.organisation_id if given is not None else None
    return Applicant(ApplicantKind.CITIZEN, name, filer.subject, organisation), None, filer.subject


def _anothers(body: FileRequest, filer: Principal) -> Parties:
    """Entered for someone: it belongs to who acts for the applicant, else to the applicant, else to who entered it."""
    if body.applicant is None:
        raise ApplicantMissing
    applicant = body.applicant.read()
    representative = body.representative.read() if body.representative is not None else None
    acting = representative.personal_id if representative is not None else None
    return applicant, representative, acting or applicant.personal_id or filer.subject
