"""What can go wrong on the way to a dossier: drafts, pre-filling, imports. Nothing is decided here."""

from collections.abc import Mapping

from chassis.problems import (
    BadRequest,
    Conflict,
    FieldError,
    Forbidden,
    InvalidPayload,
    NotFound,
    PayloadTooLarge,
    Problem,
    Text,
)


class DraftNotFound(NotFound):
    """404: there is no such draft, or it is another's, or its time is over."""

    slug = "draft-not-found"
    title = Text("Không tìm thấy bản nháp", "No such draft")


class TooManyDrafts(Conflict):
    """409: the caller keeps as many drafts as one may (`most`); file or delete one."""

    slug = "too-many-drafts"
    title = Text("Đã có quá nhiều bản nháp", "Too many drafts")

    def __init__(self, most: int) -> None:
        detail = Text(
            f"Mỗi người giữ được nhiều nhất {most} bản nháp; hãy nộp hoặc xóa bớt",
            f"One may keep {most} drafts; file or delete some",
        )
        super().__init__(detail, most=most)


class DraftTooLarge(PayloadTooLarge):
    """413: a draft may hold `most` bytes."""

    slug = "draft-too-large"
    title = Text("Bản nháp quá lớn", "The draft is too large")

    def __init__(self, most: int) -> None:
        super().__init__(most=most)


class DraftInvalid(InvalidPayload):
    """422: what is kept in the draft cannot be filed; `errors` point into the draft's `filing`."""

    slug = "draft-invalid"
    title = Text("Bản nháp chưa đúng", "The draft is not right")


class ImportNotFound(NotFound):
    """404: there is no such import, or it is another caller's."""

    slug = "import-not-found"
    title = Text("Không tìm thấy lô hồ sơ", "No such import")


class ReferenceTwice(InvalidPayload):
    """422: two lines of an import have the same reference; `errors` names every later one."""

    slug = "reference-twice"
    title = Text("Trùng mã tham chiếu trong lô", "A reference is there twice")

    def __init__(self, lines: list[int]) -> None:
        said = Text("Mã tham chiếu đã có ở dòng trước", "An earlier line has this reference")
        super().__init__(errors=[FieldError(f"/dossiers/{line}/reference", "twice", said) for line in lines])


class ReferenceReused(InvalidPayload):
    """422: the caller has filed another dossier under this reference before; `code` is that dossier's."""

    slug = "reference-reused"
    title = Text("Mã tham chiếu đã dùng cho hồ sơ khác", "The reference was used for another dossier")

    def __init__(self, code: str) -> None:
        said = Text("Đã nộp hồ sơ khác với mã tham chiếu này", "Another dossier was filed under this reference")
        super().__init__(errors=[FieldError("/reference", "reused", said)], code=code)


class IdentityLevelTooLow(Forbidden):
    """403: an account that nobody saw in person (VNeID level 1) is shown nothing of the population database."""

    slug = "identity-level-too-low"
    title = Text("Mức định danh chưa đủ", "The account's level of identity is too low")

    def __init__(self, needs: int) -> None:
        detail = Text(
            f"Cần tài khoản định danh điện tử mức {needs} để lấy dữ liệu dân cư",
            f"Data of the population database is shown to accounts of level {needs} only",
        )
        super().__init__(detail, needs=needs)


class PurposeMissing(BadRequest):
    """400: who asks for another's data says for which live dossier, or for which draft and why."""

    slug = "purpose-missing"
    title = Text("Thiếu mục đích tra cứu", "Say what it is for")

    def __init__(self) -> None:
        detail = Text(
            "Cán bộ ghi mã hồ sơ đang giải quyết, hoặc bản nháp và lý do",
            "Officers name a dossier that is under way, or a draft and a reason",
        )
        super().__init__(detail, errors=[FieldError("query:dossier", "missing", detail)])


class NoPersonToLookUp(InvalidPayload):
    """422: the dossier or draft names no citizen by a personal ID."""

    slug = "no-person-to-look-up"
    title = Text("Không có số định danh để tra cứu", "No personal ID to look up")


class PersonNotFound(NotFound):
    """404: the population database knows nobody of this personal ID."""

    slug = "person-not-found"
    title = Text("Không có người mang số định danh này", "Nobody has this personal ID")


class PopulationDatabaseUnavailable(Problem):
    """503: the population database does not answer, or is not connected. Fill in the form by hand: filing goes on."""

    status = 503
    slug = "population-database-unavailable"
    title = Text("Chưa lấy được dữ liệu dân cư", "The population database is out of reach")
    headers: Mapping[str, str] = {"Retry-After": "30"}

    def __init__(self) -> None:
        super().__init__(
            Text(
                "Hãy tự điền tờ khai; hồ sơ vẫn nộp được như thường",
                "Fill in the form by hand; dossiers can be filed as always",
            )
        )
