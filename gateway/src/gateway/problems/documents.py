"""What goes wrong with documents exchanged with other agencies."""

from chassis.problems import Conflict, InvalidPayload, NotFound, Text


class DocumentNotFound(NotFound):
    """404: no such document, or it is between others."""

    slug = "document-not-found"
    title = Text("Không có văn bản này", "No such document")


class DocumentInvalid(InvalidPayload):
    """422: the document cannot be sent; `errors` say which part and why."""

    slug = "document-invalid"
    title = Text("Văn bản không hợp lệ", "The document is not valid")


class PaperNotAllowed(InvalidPayload):
    """422: since the day in the context no paper follows a document between agencies. Context: `since`, `source`."""

    slug = "paper-not-allowed"
    title = Text("Không gửi kèm bản giấy giữa các cơ quan", "No paper follows a document between agencies")


class DocumentAlreadySent(Conflict):
    """409: this organisation has sent another document under that identifier."""

    slug = "document-already-sent"
    title = Text("Mã văn bản đã được dùng", "The document's identifier was used before")
