"""How a paper of a dossier (thành phần hồ sơ) came: uploaded now, or taken from what is already held. Plain values.

What may be put where is decided here, of what the caller has looked up; nothing is read.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.problems import FieldError, Text
from contracts.catalog import Component
from contracts.submission import ComponentCounts
from submission.domain.dossier import Actor
from submission.domain.upload import UploadState


@dataclass(frozen=True, slots=True)
class AttachmentWanted:
    """What a filing or a supplement names for a component: an upload that is complete, or a document of the owner's store.

    Exactly one of `upload` and `document` is given.
    """

    component: str
    upload: UUID | None = None
    document: UUID | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for a paper that is wanted. `file` is absent while the upload is not complete and clean.

    `upload_state` is absent for a document of the store.
    """

    name: str
    file: UUID | None
    media_type: str | None
    size: int
    from_national_store: bool
    upload_state: UploadState | None = None
    used: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a dossier (TaiLieuNop), for one component or, `is_result`, one of the results.

    `digitised_by`: the officer who made a file of the paper original (số hóa). `reused`: taken from what the owner's
    store already held (DuocTaiSuDung). `from_national_store`: DuocLayTuKhoDMQG. `removed_at`: IsDeleted.
    """

    id: UUID
    dossier_code: str
    component: str
    is_result: bool
    file: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    scan: str
    storage_key: str
    reused: bool
    from_national_store: bool
    digitised_by: str | None
    added_at: datetime
    added_by: Actor


@dataclass(frozen=True, slots=True)
class Bounds:
    """What holds where a component states no bound of its own, and how many files a dossier holds at most."""

    component_files: int
    dossier_files: int


_UNKNOWN_COMPONENT = Text("Thủ tục không có thành phần hồ sơ này", "The procedure has no such component in this case")
_ONE_OF_TWO = Text("Cần đúng một trong hai: upload hoặc document", "Exactly one of upload and document")
_TWICE = Text("Tệp này được nêu hai lần", "This file is named twice")
_UNKNOWN_UPLOAD = Text("Không có lượt tải lên này", "You have no such upload")
_UNKNOWN_DOCUMENT = Text("Kho dữ liệu của chủ hồ sơ không có giấy tờ này", "The owner's store holds no such document")
_USED = Text("Tệp tải lên đã được đưa vào một hồ sơ", "The upload is in a dossier already")
_NOT_REUSABLE = Text("Thành phần này phải nộp bản mới", "This component wants a fresh paper, not one of the store")
_MEDIA_TYPE = Text("Loại tệp không dùng được cho thành phần này", "This component takes no file of this type")
_TOO_LARGE = Text("Tệp quá lớn đối với thành phần này", "The file is larger than this component takes")
_TOO_MANY = Text("Quá nhiều tệp cho thành phần này", "More files than this component takes")
_DOSSIER_FULL = Text("Hồ sơ có quá nhiều tệp", "More files than a dossier takes")
_NOT_READY = {
    UploadState.RECEIVING: Text("Tệp chưa tải lên xong", "The upload is not complete"),
    UploadState.SCANNING: Text("Tệp đang được kiểm tra, hãy thử lại sau ít phút", "The file is still being checked"),
    UploadState.REFUSED: Text("Tệp đã bị từ chối", "The file was refused"),
}


def faults_of(
    wanted: Sequence[AttachmentWanted],
    found: Mapping[UUID, Found],
    components: Iterable[Component],
    present: Collection[str],
    bounds: Bounds,
) -> list[FieldError]:
    """What stops these papers from being put into the dossier; `present` has the component of each file it holds."""
    known = {component.code: component for component in components}
    counts = Counter(present)
    faults: list[FieldError] = []
    named: set[UUID] = set()
    for place, paper in enumerate(wanted):
        at = f"/attachments/{place}"
        fault = _fault(paper, known.get(paper.component), found, named, at)
        if fault is None:
            counts[paper.component] += 1
            most = known[paper.component].max_files or bounds.component_files
            if counts[paper.component] > most:
                fault = FieldError(f"{at}/component", "too-many-files", _TOO_MANY)
        if fault is not None:
            faults.append(fault)
    if len(present) + len(wanted) > bounds.dossier_files:
        faults.append(FieldError("/attachments", "dossier-too-many-files", _DOSSIER_FULL))
    return faults


def _fault(
    paper: AttachmentWanted, component: Component | None, found: Mapping[UUID, Found], named: set[UUID], at: str
) -> FieldError | None:
    if component is None:
        return FieldError(f"{at}/component", "unknown-component", _UNKNOWN_COMPONENT)
    source = paper.upload or paper.document
    if source is None or (paper.upload and paper.document):
        return FieldError(at, "one-source", _ONE_OF_TWO)
    field = f"{at}/upload" if paper.upload else f"{at}/document"
    if source in named:
        return FieldError(field, "twice", _TWICE)
    named.add(source)
    file = found.get(source)
    if file is None or (file.upload_state is None) != (paper.document is not None):
        return FieldError(field, "unknown", _UNKNOWN_UPLOAD if paper.upload else _UNKNOWN_DOCUMENT)
    if file.upload_state is not None and file.upload_state is not UploadState.READY:
        return FieldError(field, f"upload-{file.upload_state}", _NOT_READY[file.upload_state])
    if file.used:
        return FieldError(field, "upload-used", _USED)
    if paper.document and not component.reusable:
        return FieldError(field, "not-reusable", _NOT_REUSABLE)
    return _outside(component, file, field)


def _outside(component: Component, file: Found, field: str) -> FieldError | None:
    if component.media_types is not None and file.media_type not in component.media_types:
        return FieldError(field, "media-type", _MEDIA_TYPE)
    if component.max_bytes is not None and file.size > component.max_bytes:
        return FieldError(field, "too-large", _TOO_LARGE)
    return None


def counts_of(components: Iterable[Component], papers: Iterable[tuple[str, bool, bool]]) -> ComponentCounts:
    """How the components stand, of the component, `reused` and `from_national_store` of each file there.

    A component counts once, however many files it has; files of anything else do not count.
    """
    codes = {component.code for component in components}
    there = [paper for paper in papers if paper[0] in codes]
    return ComponentCounts(
        total=len(codes),
        digitised=len({component for component, _, _ in there}),
        reused=len({component for component, reused, _ in there if reused}),
        from_national_store=len({component for component, _, national in there if national}),
    )
