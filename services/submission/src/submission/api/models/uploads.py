"""What the routes of uploads, files and documents give, as pydantic models. They carry values; they decide nothing."""

from typing import Any, Self
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from contracts.catalog import Component
from contracts.submission import ComponentCounts
from submission.api.models.wire import CODE_EXAMPLE, ROOT, Wire
from submission.domain.attachment import Attachment
from submission.domain.dossier import ActorKind
from submission.domain.upload import Upload, UploadState
from submission.files.scanner import Scan
from submission.queries.attachments import Document

_ID = "01927f5e-0000-7000-8000-000000000001"
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_FILE: dict[str, Any] = {
    "id": _ID, "dossier": CODE_EXAMPLE, "component": "giay-chung-sinh", "name": "Giấy chứng sinh.pdf",
    "mediaType": "application/pdf", "size": 182044, "sha256": _SHA256, "scan": "clean", "digitised": True,
    "reused": False, "fromNationalStore": False, "addedAt": "2026-10-12T02:55:00Z", "addedByKind": "citizen",
    "links": {"link": f"{ROOT}/files/{_ID}/link"},
}  # fmt: skip
_COUNTS: dict[str, Any] = {"total": 2, "digitised": 1, "reused": 0, "fromNationalStore": 0}


class UploadView(Wire):
    """Where an upload stands. `refusal`: the slug of the problem for which the file was refused."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": _ID,
                "state": "ready",
                "name": "Giấy chứng sinh.pdf",
                "length": 182044,
                "offset": 182044,
                "expiresAt": "2026-10-14T02:55:00Z",
            }
        }
    )

    id: UUID
    state: UploadState
    name: str
    length: int
    offset: int
    expires_at: AwareDatetime
    refusal: str | None = None

    @classmethod
    def of(cls, upload: Upload) -> Self:
        """As it stands."""
        return cls(
            id=upload.id,
            state=upload.state,
            name=upload.name,
            length=upload.length,
            offset=upload.received,
            expires_at=upload.expires_at,
            refusal=upload.refusal,
        )


class FileView(Wire):
    """A file of a dossier, with the flags of TaiLieuNop: DuocSoHoa, DuocTaiSuDung, DuocLayTuKhoDMQG."""

    model_config = ConfigDict(json_schema_extra={"example": _FILE})

    id: UUID
    dossier: str
    component: str
    name: str
    media_type: str
    size: int
    sha256: str
    scan: Scan
    digitised: bool = Field(default=True, description="There as a file, which every file is")
    digitised_by: str | None = Field(
        default=None, description="The officer who scanned the paper original; only officers are told"
    )
    reused: bool = Field(description="Taken from what the owner's store already held")
    from_national_store: bool
    added_at: AwareDatetime
    added_by_kind: ActorKind
    links: dict[str, str]

    @classmethod
    def of(cls, file: Attachment, *, to_officer: bool = False) -> Self:
        """As it is kept; an officer is told which colleague digitised it."""
        return cls(
            id=file.id,
            dossier=file.dossier_code,
            component=file.component,
            name=file.name,
            media_type=file.media_type,
            size=file.size,
            sha256=file.sha256,
            scan=Scan(file.scan),
            digitised_by=file.digitised_by if to_officer else None,
            reused=file.reused,
            from_national_store=file.from_national_store,
            added_at=file.added_at,
            added_by_kind=file.added_by.kind,
            links={"link": f"{ROOT}/files/{file.id}/link"},
        )


class CountsView(Wire):
    """How many components there are, and how they came: the numbers of indicators 4.2 to 4.4."""

    model_config = ConfigDict(json_schema_extra={"example": _COUNTS})

    total: int
    digitised: int
    reused: int
    from_national_store: int

    @classmethod
    def of(cls, counts: ComponentCounts) -> Self:
        """As the events carry them."""
        return cls(
            total=counts.total,
            digitised=counts.digitised,
            reused=counts.reused,
            from_national_store=counts.from_national_store,
        )


class ComponentView(Wire):
    """A component of the dossier's case (thành phần hồ sơ), what is wanted of it and what is there."""

    code: str
    name: str
    required: bool
    originals: int
    copies: int
    reusable: bool
    media_types: list[str] | None = Field(default=None, description="Only these; absent: every type that is taken")
    max_files: int | None = None
    max_bytes: int | None = None
    missing: bool = Field(description="Required, and no file of it is there: paper may still be at the counter")
    files: list[FileView]

    @classmethod
    def of(cls, component: Component, files: list[FileView]) -> Self:
        """With its files."""
        return cls(
            code=component.code,
            name=component.name,
            required=component.required,
            originals=component.originals,
            copies=component.copies,
            reusable=component.reusable,
            media_types=list(component.media_types) if component.media_types is not None else None,
            max_files=component.max_files,
            max_bytes=component.max_bytes,
            missing=component.required and not files,
            files=files,
        )


class ComponentsView(Wire):
    """All components of a dossier's case, and the files of its results."""

    code: str
    counts: CountsView
    components: list[ComponentView]
    results: list[FileView]


class AddFileRequest(Wire):
    """Which upload becomes the file."""

    model_config = ConfigDict(json_schema_extra={"example": {"upload": _ID}})

    upload: UUID = Field(description="An upload of the caller's own, complete and checked")


class AddedFile(Wire):
    """The file now in the dossier, and how its components stand since."""

    model_config = ConfigDict(json_schema_extra={"example": {"file": _FILE, "counts": _COUNTS}})

    file: FileView
    counts: CountsView


class LinkView(Wire):
    """An address that gives the file to whoever holds it, until it expires."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "url": f"http://127.0.0.1:8080{ROOT}/files/{_ID}/content?expires=1791773100&signature=abc",
                "expiresAt": "2026-10-12T03:05:00Z",
            }
        }
    )

    url: str
    expires_at: AwareDatetime


class DocumentView(Wire):
    """A document of one's own store (kho dữ liệu). Its id is what a filing names as `document`."""

    id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    procedure: str
    dossier: str
    component: str
    is_result: bool = Field(description="A result of the dossier, and no paper brought for it")
    from_national_store: bool
    added_at: AwareDatetime
    links: dict[str, str]

    @classmethod
    def of(cls, document: Document) -> Self:
        """As its owner sees it."""
        paper = document.paper
        return cls(
            id=paper.id,
            name=paper.name,
            media_type=paper.media_type,
            size=paper.size,
            sha256=paper.sha256,
            procedure=document.procedure,
            dossier=paper.dossier_code,
            component=paper.component,
            is_result=paper.is_result,
            from_national_store=paper.from_national_store,
            added_at=paper.added_at,
            links={"link": f"{ROOT}/files/{paper.id}/link"},
        )


class NationalDocumentView(Wire):
    """A document that the national data store holds."""

    reference: str
    name: str
