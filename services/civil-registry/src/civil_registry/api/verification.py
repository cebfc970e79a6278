"""Public routes: is this certificate genuine, and by which keys can anyone check it. No personal data passes here."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Response

from chassis import problems
from chassis.auth import Public
from chassis.public_page import prefers_html
from chassis.service import Running, Work
from civil_registry import handlers
from civil_registry.api.models import Jwks, Verification
from civil_registry.api.page import page_of
from civil_registry.registrar import registrar_of

router = APIRouter(prefix="/v1", tags=["verification"])

_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
_HEADERS = {"Cache-Control": "no-store", "Vary": "Accept", "Referrer-Policy": "no-referrer"}


@router.get(
    "/verifications/{token}",
    operation_id="verify-certificate",
    summary="Kiểm tra giấy khai sinh / Is this certificate genuine",
    dependencies=[Depends(Public())],
    response_model=Verification,
    responses={
        200: {"content": {"text/html": {"example": "<!doctype html>…"}}, "description": "Genuine or not"},
        **problems.responses(problems.InvalidPayload, problems.Unavailable),
    },
)
async def verify_certificate(
    token: Annotated[str, Path(max_length=100, description="What the QR code holds after the last slash")],
    uow: Work,
    running: Running,
    accept: Annotated[str, Header()] = "",
) -> Response:
    """Genuine: our register holds the record and its signature stands; compare number, book and hash with the paper.

    JSON, or a page for people where `Accept` prefers `text/html`.
    """
    answer = Verification(genuine=False)
    known = await handlers.verify(token, uow, registrar_of(running).seal) if _TOKEN.fullmatch(token) else None
    if known is not None:
        record, opened = known
        answer = Verification(
            genuine=True,
            document="Giấy khai sinh",
            number=record.entry.label,
            volume=record.entry.volume,
            office=record.entry.office,
            registered_on=record.entry.registered_on,
            sha256=opened.digest,
            key_id=opened.key_id,
        )
    if prefers_html(accept):
        return page_of(answer)
    body = answer.model_dump_json(by_alias=True, exclude_none=True)
    return Response(body, media_type="application/json", headers=_HEADERS)


@router.get(
    "/keys",
    operation_id="read-keys",
    summary="Khóa công khai / Public keys that sign records",
    dependencies=[Depends(Public())],
    responses=problems.responses(problems.Unavailable),
)
async def read_keys(running: Running, response: Response) -> Jwks:
    """The key that signs now, first, and earlier ones whose signatures stand (JWK set)."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return Jwks.model_validate(registrar_of(running).seal.jwks())
