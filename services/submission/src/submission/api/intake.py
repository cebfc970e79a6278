"""The route by which dossiers come in: who calls decides the channel and the owner; the rest is handlers.intake's."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from chassis import idempotency, problems
from chassis.auth import Allow, Kind, Principal
from chassis.etags import etag
from chassis.idempotency import Stored, act_once
from chassis.service import Running, Work
from contracts.codes import ApplicantKind, Channel
from submission.api.models import PUBLIC, DossierState, FileRequest
from submission.copies import Copies
from submission.domain.dossier import Applicant, Dossier
from submission.handlers.intake import FileDossier, file_dossier
from submission.problems import (
    ApplicantMissing,
    ApplicantNotYou,
    ChannelNotYours,
    FormInvalid,
    ProcedureNotOffered,
    TimeLimitNotPublished,
    UnitNotServed,
    UnknownProcedure,
    UnknownUnit,
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


_CREATED: dict[int | str, dict[str, Any]] = {
    201: {
        "headers": {
            "Location": {"description": "Where the dossier is read", "schema": {"type": "string"}},
            "ETag": {"description": "Its version, for If-Match and If-None-Match", "schema": {"type": "string"}},
        }
    }
}


@router.post(
    "",
    operation_id="file-dossier",
    summary="File a dossier (nộp hồ sơ)",
    status_code=201,
    response_model=DossierState,
    responses=_CREATED
    | problems.responses(
        problems.BadRequest,
        problems.Unauthorized,
        problems.Forbidden,
        UnitNotServed,
        problems.PayloadTooLarge,
        problems.InvalidPayload,
        UnknownProcedure,
        UnknownUnit,
        ProcedureNotOffered,
        TimeLimitNotPublished,
        FormInvalid,
        ChannelNotYours,
        ApplicantNotYou,
        ApplicantMissing,
        *idempotency.PROBLEMS,
    ),
)
async def post_dossier(
    body: FileRequest, filer: Filer, uow: Work, runtime: Running, request: Request, key: idempotency.Key = None
) -> Response:
    """A citizen files online in her own name; an officer enters what came to the counter; an agency files for others.

    The answer holds the dossier's code, when it is due, and where its receipt and appointment slip is. Sent again with
    the same `Idempotency-Key`, it files nothing more and gives the same answer.
    """
    command = _command(body, filer)
    copies: Copies = runtime.extras["copies"]
    return await act_once(
        uow, request, caller=filer.subject, key=key, act=lambda: file_dossier(command, uow, copies), render=_filed
    )


def _filed(dossier: Dossier) -> Stored:
    headers = (("Location", f"{PUBLIC}/{dossier.code}"), ("ETag", etag(dossier.version)))
    return Stored(201, headers, DossierState.of(dossier).model_dump_json(by_alias=True))


def _command(body: FileRequest, filer: Principal) -> FileDossier:
    channels = _CHANNELS[filer.kind]
    channel = body.channel or channels[0]
    if channel not in channels:
        raise ChannelNotYours(channel)
    if filer.kind is Kind.OFFICER and not filer.serves(body.unit):
        raise UnitNotServed(body.unit)
    applicant = _applicant(body, filer)
    return FileDossier(
        procedure=body.procedure,
        unit=body.unit,
        channel=channel,
        owner=applicant.personal_id or filer.subject,
        applicant=applicant,
        applicant_class=body.applicant_class,
        quantity=body.quantity,
        form=body.form,
        by=actor_of(filer),
        identity_level=filer.assurance if filer.kind is Kind.CITIZEN else None,
    )


def _applicant(body: FileRequest, filer: Principal) -> Applicant:
    given = body.applicant
    if filer.kind is not Kind.CITIZEN:
        if given is None:
            raise ApplicantMissing
        return Applicant(given.kind, given.full_name, given.personal_id)
    if given is not None and given.personal_id not in (None, filer.subject):
        raise ApplicantNotYou
    name = given.full_name if given is not None else filer.name
    if not name:
        raise ApplicantMissing
    return Applicant(given.kind if given is not None else ApplicantKind.CITIZEN, name, filer.subject)
