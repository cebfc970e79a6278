"""The papers of a dossier: which there are, each as PDF as it was issued, and for anyone whether one is real. They decide nothing."""

import re
from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from pydantic import ConfigDict, Field

from chassis import problems
from chassis.auth import Allow, Principal, Public
from chassis.auth import Kind as CallerKind
from chassis.clock import HANOI
from chassis.etags import IfNoneMatch, not_modified
from chassis.problems import Text
from chassis.public_page import HEADERS, page_of, prefers_html
from chassis.service import Running, Runtime, Work
from submission.api.dossiers import DESK, Code
from submission.api.models import PUBLIC, Wire
from submission.handlers.papers import Issued, PaperRoom, PaperWanted, issued_paper
from submission.papers.issue import NAMES, Kind, id_of
from submission.problems.dossiers import DossierNotFound
from submission.problems.papers import PaperErased, PaperNotFound
from submission.queries import dossiers, papers
from submission.rights import seen_whole

router = APIRouter(prefix="/v1", tags=["papers"])

Holder = Annotated[Principal, Depends(Allow(citizens=True, roles=DESK, scope="submission:read"))]

_ID = re.compile(r"(0[1-6])-([1-9][0-9]{0,8})", re.ASCII)
_SECRET = re.compile(r"[0-9a-f]{32}", re.ASCII)
_FILING = 1  # the version of a dossier's first step
_CODE = "H26-20261012-0000042"
_SHA = "20857f6183712eaf361c586b63be8b9ece493d118c76c1b28e2ab4954d727974"
_PAPER: dict[str, Any] = {
    "id": "02-4", "kind": "02", "name": NAMES[Kind.SUPPLEMENT], "issuedAt": "2026-10-12T03:00:00Z", "sha256": _SHA,
    "link": f"{PUBLIC}/{_CODE}/papers/02-4",
}  # fmt: skip
_CHECK: dict[str, Any] = {
    "issued": True, "kind": "02", "name": NAMES[Kind.SUPPLEMENT], "number": f"{_CODE}/02-4", "dossierCode": _CODE,
    "issuedAt": "2026-10-12T03:00:00Z", "sha256": _SHA,
}  # fmt: skip
_PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The paper, byte for byte as it was issued",
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}, "example": "%PDF-1.7 ..."}},
    },
    304: {"description": "The caller holds it already"},
}
_ISSUED = Text(
    "Một cửa đã cấp giấy này. Hãy đối chiếu số và ngày với giấy đang cầm.",
    "Issued: the one-stop desk issued this paper. Compare number and day with the paper in hand.",
)


class PaperView(Wire):
    """A paper that a step gave. `sha256` is there once the paper has been fetched for the first time: it is set then."""

    model_config = ConfigDict(json_schema_extra={"example": _PAPER})

    id: str
    kind: Kind
    name: str
    issued_at: datetime
    sha256: str | None = None
    link: str

    @classmethod
    def of(cls, code: str, kind: Kind, version: int, issued_at: datetime, sha256: str | None) -> Self:
        """A paper of that dossier, with its name and address."""
        name = id_of(kind, version)
        link = f"{PUBLIC}/{code}/papers/{name}"
        return cls(id=name, kind=kind, name=NAMES[kind], issued_at=issued_at, sha256=sha256, link=link)


class PapersView(Wire):
    """The papers of a dossier, oldest first; the last control sheet (06) only to officers."""

    model_config = ConfigDict(json_schema_extra={"example": {"code": _CODE, "papers": [_PAPER]}})

    code: str
    papers: list[PaperView]


class PaperCheck(Wire):
    """What anyone who holds a paper may know: that it was issued, and nothing of a person. `matches`: the file is the same."""

    model_config = ConfigDict(json_schema_extra={"example": _CHECK})

    issued: bool = True
    kind: Kind
    name: str
    number: str
    dossier_code: str
    issued_at: datetime
    sha256: str
    matches: bool | None = Field(default=None, description="Whether the file whose `sha256` was given is this paper")


async def _paper_id(paper_id: Annotated[str, Path(description="Id of the paper, e.g. 02-4")]) -> tuple[Kind, int]:
    """Kind and version in the address; what cannot be one is no paper's."""
    found = _ID.fullmatch(paper_id)
    if found is None:
        raise PaperNotFound
    return Kind(found[1]), int(found[2])


PaperId = Annotated[tuple[Kind, int], Depends(_paper_id)]
_READ = (problems.Unauthorized, problems.Forbidden, DossierNotFound, problems.InvalidPayload)


@router.get(
    "/dossiers/{code}/papers",
    operation_id="list-dossier-papers",
    summary="The papers given for a dossier",
    response_model_exclude_none=True,
    responses=problems.responses(*_READ),
)
async def list_papers(code: Code, holder: Holder, uow: Work) -> PapersView:
    """Oldest first. Officers also see the control sheet (06) as of the last step."""
    seen_whole(holder, await dossiers.find(uow, code))
    shown = [
        PaperView.of(code, Kind(row.kind), row.version, row.issued_at, row.sha256)
        for row in await papers.of_dossier(uow, code)
        if row.kind != Kind.CONTROL_SHEET or holder.kind is CallerKind.OFFICER
    ]
    if holder.kind is CallerKind.OFFICER:
        last = await dossiers.last_step(uow, code)
        sheet = PaperView.of(code, Kind.CONTROL_SHEET, last.version, last.at, None)
        if all(view.id != sheet.id for view in shown):
            shown.append(sheet)
    return PapersView(code=code, papers=shown)


@router.get(
    "/dossiers/{code}/papers/{paper_id}",
    operation_id="get-dossier-paper",
    summary="A paper as it was issued, as PDF",
    response_class=Response,
    responses={**_PDF, **problems.responses(*_READ, PaperNotFound, PaperErased)},
)
async def get_paper(
    holder: Holder,  # first: who may not ask is told so before anything of the address is
    code: Code,
    paper_id: PaperId,
    runtime: Running,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Kept when it is first asked for, from what its step left; given again byte for byte, whatever became of the dossier."""
    kind, version = paper_id
    issued = await issued_paper(PaperWanted(code, kind, version), holder, _room(runtime))
    return _pdf(issued, response, if_none_match)


@router.get(
    "/dossiers/{code}/receipt",
    operation_id="get-dossier-receipt",
    summary="Receipt and appointment slip (paper 01), as PDF",
    response_class=Response,
    responses={**_PDF, **problems.responses(*_READ, PaperErased)},
)
async def get_receipt(
    code: Code, holder: Holder, runtime: Running, response: Response, if_none_match: IfNoneMatch = None
) -> Response:
    """Its QR code leads to the public status. It says what was promised at the filing: what changed since is in the status."""
    issued = await issued_paper(PaperWanted(code, Kind.RECEIPT, _FILING), holder, _room(runtime))
    return _pdf(issued, response, if_none_match)


@router.get(
    "/papers/{secret}/check",
    operation_id="check-paper",
    summary="Kiểm tra giấy / Was this paper issued",
    dependencies=[Depends(Public())],
    response_model=PaperCheck,
    response_model_exclude_none=True,
    responses={
        200: {"content": {"text/html": {"example": "<!doctype html>…"}}, "description": "It was issued"},
        **problems.responses(PaperNotFound, problems.InvalidPayload),
    },
)
async def check_paper(
    secret: Annotated[str, Path(max_length=100, description="What the paper's QR code holds before `/check`")],
    uow: Work,
    sha256: Annotated[
        str | None, Query(pattern="^[0-9A-Fa-f]{64}$", description="SHA-256 of the file in hand, to be compared")
    ] = None,
    accept: Annotated[str, Header()] = "",
) -> Response:
    """For anyone who holds the paper, without a token. JSON, or a page for people where `Accept` names `text/html`."""
    row = await papers.by_secret(uow, secret) if _SECRET.fullmatch(secret) else None
    if row is None:
        raise PaperNotFound
    kind = Kind(row.kind)
    answer = PaperCheck(
        kind=kind,
        name=NAMES[kind],
        number=f"{row.dossier_code}/{id_of(kind, row.version)}",
        dossier_code=row.dossier_code,
        issued_at=row.issued_at,
        sha256=row.sha256,
        matches=sha256.lower() == row.sha256 if sha256 is not None else None,
    )
    if prefers_html(accept):
        return _page(answer)
    body = answer.model_dump_json(by_alias=True, exclude_none=True)
    return Response(body, media_type="application/json", headers=HEADERS)


def _page(answer: PaperCheck) -> Response:
    compared = {None: [], True: [("Tệp đối chiếu", "trùng khớp")], False: [("Tệp đối chiếu", "KHÔNG trùng khớp")]}
    return page_of(
        "Giấy đã được cấp",
        _ISSUED,
        [
            ("Loại giấy", answer.name),
            ("Số", answer.number),
            ("Mã hồ sơ", answer.dossier_code),
            ("Cấp lúc", f"{answer.issued_at.astimezone(HANOI):%H:%M %d/%m/%Y}"),
            ("Mã băm SHA-256", answer.sha256),
            *compared[answer.matches],
        ],
    )


def _room(runtime: Runtime) -> PaperRoom:
    return PaperRoom(runtime.database, runtime.extras["copies"], runtime.settings.public_url)


def _pdf(issued: Issued, response: Response, if_none_match: str | None) -> Response:
    unchanged = not_modified(response, issued.sha256, if_none_match)
    headers = {"ETag": response.headers["ETag"], "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    if unchanged:
        return Response(status_code=304, headers=headers)
    wanted = issued.wanted
    name = f"{wanted.code}-{id_of(wanted.kind, wanted.version)}.pdf"
    headers["Content-Disposition"] = f'inline; filename="{name}"'
    return Response(issued.pdf, media_type="application/pdf", headers=headers)
