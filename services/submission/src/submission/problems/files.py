"""What can go wrong with files: uploads, what is in them, papers of a dossier, links. It decides nothing.

By the tus protocol's own statuses where it has them (409, 410, 412, 413, 415, 460), each still a problem of RFC 9457.
"""

from collections.abc import Mapping, Sequence

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


class TusVersionUnsupported(Problem):
    """412: `Tus-Resumable` is missing, or names another version than 1.0.0."""

    status = 412
    slug = "tus-version-unsupported"
    title = Text("Phiên bản tus không được hỗ trợ", "Not a version of tus that is spoken here")
    headers: Mapping[str, str] = {"Tus-Version": "1.0.0"}


class UploadHeaderInvalid(BadRequest):
    """400: a header of the tus protocol is missing or is not what the protocol says."""

    slug = "upload-header-invalid"
    title = Text("Tiêu đề tus không hợp lệ", "A tus header is not right")

    def __init__(self, header: str, message: Text) -> None:
        super().__init__(errors=[FieldError(f"header:{header}", "tus", message)])


class UploadContentType(Problem):
    """415: bytes of an upload are sent as `application/offset+octet-stream` and as nothing else."""

    status = 415
    slug = "upload-content-type"
    title = Text("Sai Content-Type của dữ liệu tải lên", "Not the content type of an upload's bytes")


class UploadTooLarge(PayloadTooLarge):
    """413: the file is larger than is taken, at all or for its component. `most` says how large it may be."""

    slug = "upload-too-large"
    title = Text("Tệp quá lớn", "The file is too large")

    def __init__(self, most: int) -> None:
        detail = Text(f"Tệp được phép tối đa {most} byte", f"A file may have at most {most} bytes here")
        super().__init__(detail, most=most)


class UploadOverrun(PayloadTooLarge):
    """413: more bytes than `Upload-Length` announced. Those that were announced are kept."""

    slug = "upload-overrun"
    title = Text("Dữ liệu vượt quá kích thước đã khai báo", "More bytes than the upload announced")


class UploadRefused(InvalidPayload):
    """422: what the upload's creator says of it cannot be: a component that is not, a type it does not take."""

    slug = "upload-refused"
    title = Text("Không nhận tải lên này", "This upload is not taken")

    def __init__(self, key: str, rule: str, message: Text) -> None:
        super().__init__(message, errors=[FieldError(f"header:Upload-Metadata.{key}", rule, message)])


class TooManyUploads(Problem):
    """429: as many uploads are open as one account may have. Put them into a dossier, or delete some."""

    status = 429
    slug = "too-many-uploads"
    title = Text("Quá nhiều lượt tải lên chưa dùng", "Too many open uploads")
    headers: Mapping[str, str] = {"Retry-After": "60"}


class UploadNotFound(NotFound):
    """404: there is no such upload, or it is another's."""

    slug = "upload-not-found"
    title = Text("Không tìm thấy lượt tải lên", "No such upload")


class UploadGone(Problem):
    """410: the upload was refused (`refusal` says by which problem) and its bytes are deleted. Begin a new one."""

    status = 410
    slug = "upload-gone"
    title = Text("Lượt tải lên không còn", "The upload is gone")


class UploadOffsetMismatch(Conflict):
    """409: `Upload-Offset` is not where the upload stands. `offset`, and the header `Upload-Offset`, say where it does."""

    slug = "upload-offset-mismatch"
    title = Text("Sai vị trí tải lên", "The upload stands elsewhere")

    def __init__(self, offset: int) -> None:
        detail = Text(f"Hãy gửi tiếp từ byte {offset}", f"Go on from byte {offset}")
        super().__init__(detail, offset=offset)
        self.headers = {"Upload-Offset": str(offset)}


class UploadInUse(Conflict):
    """409: the upload is in a dossier already and cannot be deleted."""

    slug = "upload-in-use"
    title = Text("Tệp tải lên đã thuộc một hồ sơ", "The upload is in a dossier")


class ChecksumAlgorithmUnsupported(BadRequest):
    """400: `Upload-Checksum` names an algorithm that is not among those OPTIONS tells."""

    slug = "checksum-algorithm-unsupported"
    title = Text("Thuật toán kiểm tra không được hỗ trợ", "Not a checksum algorithm that is known here")


class ChecksumMismatch(Problem):
    """460: the bytes that came are not those the checksum was made of. They are dropped; send them again."""

    status = 460
    slug = "checksum-mismatch"
    title = Text("Dữ liệu đến bị sai lệch", "The bytes came damaged")


class FileRefused(InvalidPayload):
    """422: all bytes came, and the file cannot be taken. Context carries what was found. One kind for each reason below."""

    slug = "file-refused"
    title = Text("Tệp không được chấp nhận", "The file is not taken")


class FileTypeNotAllowed(FileRefused):
    """422: by its content the file is of no type that is taken. `found` says what it seems to be."""

    slug = "file-type-not-allowed"
    title = Text("Loại tệp không được chấp nhận", "Files of this type are not taken")


class FileTypeLies(FileRefused):
    """422: name or declared type say another type than the content. `found` says what it is."""

    slug = "file-type-lies"
    title = Text("Nội dung tệp không đúng với tên hoặc loại khai báo", "The content is not what the name says")


class FileCutOff(FileRefused):
    """422: the file has no end, as one that was cut off while it was copied."""

    slug = "file-cut-off"
    title = Text("Tệp bị cắt cụt", "The file is cut off")


class FileDamaged(FileRefused):
    """422: the file begins as its type does, and is not built as that type is."""

    slug = "file-damaged"
    title = Text("Tệp bị hỏng", "The file is damaged")


class FileOfTwoTypes(FileRefused):
    """422: the file can be read as something else too (an archive, a PDF inside a picture)."""

    slug = "file-of-two-types"
    title = Text("Tệp chứa ẩn một loại tệp khác", "The file is another type at the same time")


class FileInfected(FileRefused):
    """422: the malware scanner found something. The bytes are deleted."""

    slug = "file-infected"
    title = Text("Tệp chứa mã độc", "The file carries malware")


REFUSALS: Mapping[str, type[FileRefused]] = {
    kind.slug: kind
    for kind in (FileTypeNotAllowed, FileTypeLies, FileCutOff, FileDamaged, FileOfTwoTypes, FileInfected)
}
"""The reasons why a file is refused, by the slug an upload keeps."""


class AttachmentsUnusable(InvalidPayload):
    """422: papers that cannot be put into the dossier; `errors` says of each why."""

    slug = "attachments-unusable"
    title = Text("Giấy tờ đính kèm không dùng được", "Papers cannot be attached")

    def __init__(self, faults: Sequence[FieldError]) -> None:
        super().__init__(errors=faults)


class FileNotFound(NotFound):
    """404: no such file of a dossier, or the caller may not know of it."""

    slug = "file-not-found"
    title = Text("Không tìm thấy tệp", "No such file")


class DocumentNotFound(NotFound):
    """404: your store holds no such document."""

    slug = "document-not-found"
    title = Text("Kho dữ liệu không có giấy tờ này", "No such document in your store")


class LinkInvalid(Forbidden):
    """403: the link was changed, or was never made here."""

    slug = "link-invalid"
    title = Text("Liên kết tải về không hợp lệ", "Not a link that was given out")


class LinkExpired(Forbidden):
    """403: the link's time is over. Ask for another."""

    slug = "link-expired"
    title = Text("Liên kết tải về đã hết hạn", "The link has expired")


class RangeNotSatisfiable(Problem):
    """416: the file has no such bytes."""

    status = 416
    slug = "range-not-satisfiable"
    title = Text("Tệp không có đoạn dữ liệu này", "The file has no such bytes")

    def __init__(self, size: int) -> None:
        super().__init__(size=size)
        self.headers = {"Content-Range": f"bytes */{size}"}


class NationalStoreNotConfigured(Problem):
    """501: the national data store is not connected here: its interface has not been published."""

    status = 501
    slug = "national-store-not-configured"
    title = Text("Chưa kết nối kho dữ liệu quốc gia", "The national data store is not connected")
