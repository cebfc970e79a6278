"""Documents as edXML (QCVN 102:2016), written and read. Pure; it sends nothing and keeps nothing.

The names, "Bussiness" too, are the standard's. Each attachment is a ZIP in base64 with the one file its reference names.
What comes from outside is parsed without DTD, entities or network, and unpacked within bounds.
"""

import base64
import binascii
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NoReturn

from lxml import etree

NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
PREFIX = "edXML"
DAY = "%Y/%m/%d"
MOST_ATTACHMENTS = 50
MOST_UNPACKED = 100 * 1024 * 1024


class NotEdXml(ValueError):
    """Not a document in edXML; `where` is the element that is missing or wrong. Never quotes what stands in it."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


@dataclass(frozen=True)
class Organ:
    """An organisation: its identifier (mã định danh), who it answers to, its name."""

    id: str
    name: str
    in_charge: str = ""


@dataclass(frozen=True)
class Attached:
    """A file of a document."""

    name: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Trace:
    """An organisation that passed the message on, and when."""

    organ: str
    at: str


@dataclass(frozen=True)
class Document:
    """Văn bản điện tử: from one organisation to others. `content` is the abstract (trích yếu)."""

    sender: Organ
    receivers: Sequence[Organ]
    document_id: str
    code_number: str
    code_notation: str
    place: str
    promulgated_on: date
    document_type: str
    subject: str
    content: str = ""
    signer: str = ""
    other: str = ""
    steering_type: str = ""
    bussiness: str = ""
    trace: Sequence[Trace] = ()
    attachments: Sequence[Attached] = ()

    @property
    def code(self) -> str:
        """Số, ký hiệu: `45/UBND-VP`."""
        return f"{self.code_number}/{self.code_notation}"


def encode(document: Document) -> bytes:
    """The message, in UTF-8 with its declaration."""
    root = etree.Element(_name("edXML"), nsmap={PREFIX: NAMESPACE})
    envelope = _below(root, "edXMLEnvelope")
    _header(_below(envelope, "edXMLHeader"), document)
    manifest = _below(_below(envelope, "edXMLBody"), "edXMLManifest")
    encoded = _below(root, "AttachmentEncoded") if document.attachments else None
    for number, attached in enumerate(document.attachments, 1):
        reference = _below(manifest, "Reference")
        _below(reference, "ContentId", f"{document.document_id}-{number}")
        _below(reference, "ContentType", attached.content_type)
        _below(reference, "AttachmentName", attached.name)
        if encoded is not None:
            _below(encoded, "Attachment", base64.b64encode(_zipped(attached)).decode())
    packed: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return packed


def _header(header: etree._Element, document: Document) -> None:
    message = _below(header, "MessageHeader")
    _organ(_below(message, "From"), document.sender)
    for receiver in document.receivers:
        _organ(_below(message, "To"), receiver)
    _below(message, "DocumentId", document.document_id)
    code = _below(message, "Code")
    _below(code, "CodeNumber", document.code_number)
    _below(code, "CodeNotation", document.code_notation)
    promulgation = _below(message, "PromulgationInfo")
    _below(promulgation, "Place", document.place)
    _below(promulgation, "PromulgationDate", document.promulgated_on.strftime(DAY))
    _below(message, "DocumentType", document.document_type)
    _below(message, "Subject", document.subject)
    for name, value in (
        ("Content", document.content),
        ("SignerInfo", document.signer),
        ("OtherInfo", document.other),
        ("SteeringType", document.steering_type),
    ):
        if value:
            _below(message, name, value)
    traces = _below(header, "TraceHeaderList")
    for trace in document.trace:
        passed = _below(traces, "TraceHeader")
        _below(passed, "OrganId", trace.organ)
        _below(passed, "Timestamp", trace.at)
    if document.bussiness:
        _below(traces, "Bussiness", document.bussiness)


def _organ(parent: etree._Element, organ: Organ) -> None:
    _below(parent, "OrganId", organ.id)
    if organ.in_charge:
        _below(parent, "OrganizationInCharge", organ.in_charge)
    _below(parent, "OrganName", organ.name)


def decode(message: bytes) -> Document:
    """The document in a message. Raises NotEdXml."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(message, parser)
    except (etree.XMLSyntaxError, ValueError) as wrong:
        raise NotEdXml("XML") from wrong
    if root.getroottree().docinfo.internalDTD is not None or root.tag != _name("edXML"):
        raise NotEdXml("edXML")
    header = _one(root, "edXMLEnvelope/edXMLHeader")
    head = _one(header, "MessageHeader")
    return Document(
        sender=_read_organ(_one(head, "From")),
        receivers=tuple(_read_organ(receiver) for receiver in _all(head, "To")) or _missing("To"),
        document_id=_text(head, "DocumentId"),
        code_number=_text(head, "Code/CodeNumber"),
        code_notation=_text(head, "Code/CodeNotation"),
        place=_text(head, "PromulgationInfo/Place", needed=False),
        promulgated_on=_day(_text(head, "PromulgationInfo/PromulgationDate")),
        document_type=_text(head, "DocumentType", needed=False),
        subject=_text(head, "Subject"),
        content=_text(head, "Content", needed=False),
        signer=_text(head, "SignerInfo", needed=False),
        other=_text(head, "OtherInfo", needed=False),
        steering_type=_text(head, "SteeringType", needed=False),
        bussiness=_text(header, "TraceHeaderList/Bussiness", needed=False),
        trace=tuple(
            Trace(_text(trace, "OrganId"), _text(trace, "Timestamp"))
            for trace in _all(header, "TraceHeaderList/TraceHeader")
        ),
        attachments=_read_attachments(root),
    )


def _read_attachments(root: etree._Element) -> tuple[Attached, ...]:
    references = _all(root, "edXMLEnvelope/edXMLBody/edXMLManifest/Reference")
    packed = _all(root, "AttachmentEncoded/Attachment")
    if len(references) != len(packed) or len(references) > MOST_ATTACHMENTS:
        raise NotEdXml("AttachmentEncoded")
    found, room = list[Attached](), MOST_UNPACKED
    for reference, attachment in zip(references, packed, strict=True):
        content = _unzipped(attachment.text or "", room)
        room -= len(content)
        found.append(
            Attached(_text(reference, "AttachmentName"), _text(reference, "ContentType", needed=False), content)
        )
    return tuple(found)


def _unzipped(text: str, room: int) -> bytes:
    """The one file in a ZIP; no more of it is unpacked than there is room for, whatever the ZIP says of its size."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(base64.b64decode("".join(text.split()), validate=True)))
        (entry,) = archive.infolist()
        with archive.open(entry) as file:
            content = file.read(room + 1)
    except (
        binascii.Error, zipfile.BadZipFile, ValueError, RuntimeError, NotImplementedError, OSError, EOFError,
    ) as wrong:  # fmt: skip
        raise NotEdXml("Attachment") from wrong
    if len(content) > room:
        raise NotEdXml("Attachment")
    return content


def _zipped(attached: Attached) -> bytes:
    """The same bytes each time: the entry's date is the first that a ZIP can have."""
    packed = io.BytesIO()
    entry = zipfile.ZipInfo(attached.name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(entry, attached.content)
    return packed.getvalue()


def _name(local: str) -> str:
    return f"{{{NAMESPACE}}}{local}"


def _below(parent: etree._Element, local: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, _name(local))
    if text is not None:
        element.text = text
    return element


def _path(path: str) -> str:
    return "/".join(map(_name, path.split("/")))


def _all(parent: etree._Element, path: str) -> list[etree._Element]:
    return parent.findall(_path(path))


def _one(parent: etree._Element, path: str) -> etree._Element:
    found = parent.find(_path(path))
    return found if found is not None else _missing(path)


def _text(parent: etree._Element, path: str, *, needed: bool = True) -> str:
    found = parent.find(_path(path))
    text = (found.text or "").strip() if found is not None else ""
    return text if text or not needed else _missing(path)


def _missing(path: str) -> NoReturn:
    raise NotEdXml(path)


def _read_organ(element: etree._Element) -> Organ:
    return Organ(
        _text(element, "OrganId"),
        _text(element, "OrganName", needed=False),
        _text(element, "OrganizationInCharge", needed=False),
    )


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, DAY).date()  # noqa: DTZ007 - a day, not an instant
    except ValueError as wrong:
        raise NotEdXml("PromulgationInfo/PromulgationDate") from wrong
