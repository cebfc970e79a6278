"""What the routes of documents take and answer. Shapes only."""

import base64
import binascii
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from chassis.text import CleanText
from gateway.api.models.shape import Model
from gateway.domain.edxml import MOST_ATTACHMENTS, Attached, Document, Organ
from gateway.queries.documents import DocumentRow

_DOCUMENT: dict[str, Any] = {
    "sender": {"id": "H26", "name": "UBND thành phố Hà Nội"},
    "receivers": [{"id": "G15", "name": "Bộ Tư pháp"}],
    "documentId": "H26-2026-0045",
    "codeNumber": "45",
    "codeNotation": "UBND-VP",
    "place": "Hà Nội",
    "promulgatedOn": "2026-10-12",
    "documentType": "Công văn",
    "subject": "Về việc kết nối, chia sẻ dữ liệu hộ tịch",
    "attachments": [{"name": "cong-van.pdf", "contentType": "application/pdf", "content": "JVBERi0xLjcK"}],
}


def _unpacked(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise ValueError("not base64 / không phải base64") from wrong
    return text


Line = Annotated[CleanText, Field(min_length=1, max_length=500)]
Perhaps = Annotated[CleanText, Field(max_length=2000)]


class OrganView(Model):
    """An organisation, by its identifier (mã định danh)."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DOCUMENT["sender"]]}, extra="forbid")

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.]{0,34}$", description="At most 35 characters")
    name: Line
    in_charge: Perhaps = ""

    def organ(self) -> Organ:
        """As the message has it."""
        return Organ(self.id, self.name, self.in_charge)


class NewAttachment(Model):
    """A file of the document."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "cong-van.pdf", "contentType": "application/pdf", "content": "JVBERi0xLjcK"}]
        },
        extra="forbid",
    )

    name: str = Field(min_length=1, max_length=200, pattern=r'^[^/\\:*?"<>|\x00-\x1f]+$')
    content_type: str = Field(min_length=1, max_length=100, pattern=r"^[\w.+-]+/[\w.+-]+$")
    content: Annotated[str, AfterValidator(_unpacked)] = Field(description="base64", repr=False)

    def attached(self) -> Attached:
        """As the message has it."""
        return Attached(self.name, self.content_type, base64.b64decode(self.content))


class NewDocument(Model):
    """A document to other agencies, of which the gateway makes the edXML (QCVN 102:2016)."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DOCUMENT]}, extra="forbid")

    sender: OrganView
    receivers: list[OrganView] = Field(min_length=1, max_length=200)
    document_id: str = Field(pattern=r"^[\w.,/-]{1,100}$", description="Unique among the sender's documents")
    code_number: Line
    code_notation: Line
    place: Line
    promulgated_on: date
    document_type: Line
    subject: Line
    content: Perhaps = ""
    signer: Perhaps = ""
    other: Perhaps = ""
    steering_type: Perhaps = ""
    attachments: list[NewAttachment] = Field(default_factory=list, max_length=MOST_ATTACHMENTS)
    paper_follows: bool = Field(default=False, description="Whether a copy on paper is sent too")

    def document(self) -> Document:
        """As the message has it."""
        return Document(
            self.sender.organ(), tuple(receiver.organ() for receiver in self.receivers), self.document_id,
            self.code_number, self.code_notation, self.place, self.promulgated_on, self.document_type, self.subject,
            self.content, self.signer, self.other, self.steering_type,
            attachments=tuple(attachment.attached() for attachment in self.attachments),
        )  # fmt: skip


class AttachmentView(Model):
    """A file of a document: its place, name and size."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"number": 1, "name": "cong-van.pdf", "contentType": "application/pdf", "size": 9}]
        }
    )

    number: int
    name: str
    content_type: str
    size: int


class DocumentView(Model):
    """A document that went out or came in, and how it stands."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "01927f5e-0000-7000-8000-0000000000d1",
                    "direction": "out",
                    "sender": "H26",
                    "receivers": ["G15"],
                    "documentId": "H26-2026-0045",
                    "code": "45/UBND-VP",
                    "subject": "Về việc kết nối, chia sẻ dữ liệu hộ tịch",
                    "promulgatedOn": "2026-10-12",
                    "state": "delivered",
                    "registeredAt": "2026-10-12T03:00:00Z",
                    "changedAt": "2026-10-12T03:00:05Z",
                }
            ]
        }
    )

    id: UUID
    direction: str = Field(description="`out` or `in`")
    sender: str
    receivers: list[str]
    document_id: str
    code: str = Field(description="Số, ký hiệu")
    subject: str
    promulgated_on: date | None = None
    state: str = Field(description="queued, sent, delivered, refused; received, acknowledged")
    words: str | None = Field(default=None, description="Why the exchange refused it")
    registered_at: datetime
    changed_at: datetime
    attachments: list[AttachmentView] | None = Field(default=None, description="Not in lists")

    @classmethod
    def of(cls, row: DocumentRow, attachments: Sequence[Attached] | None = None) -> Self:
        """The view of a row."""
        files = None
        if attachments is not None:
            files = [
                AttachmentView(number=number, name=one.name, content_type=one.content_type, size=len(one.content))
                for number, one in enumerate(attachments, 1)
            ]
        return cls(
            id=row.id, direction=row.direction, sender=row.from_organ, receivers=list(row.to_organs),
            document_id=row.document_id, code=row.code, subject=row.subject, promulgated_on=row.promulgated_on,
            state=row.state, words=row.words, registered_at=row.registered_at, changed_at=row.changed_at,
            attachments=files,
        )  # fmt: skip
