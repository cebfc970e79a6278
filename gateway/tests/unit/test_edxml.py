"""Documents as edXML: written and read again the same, and nothing dangerous read."""

import base64
import io
import zipfile
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.domain.edxml import NAMESPACE, Attached, Document, NotEdXml, Organ, Trace, decode, encode

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=30).filter(
    lambda text: text == text.strip()
)
DOCUMENT = Document(
    Organ("H26", "UBND thành phố Hà Nội"),
    (Organ("G15", "Bộ Tư pháp", "G"), Organ("G24", "Bảo hiểm xã hội")),
    "H26-2026-0045",
    "45",
    "UBND-VP",
    "Hà Nội",
    date(2026, 10, 12),
    "Công văn",
    "Về việc thử",
    content="Nội dung <&> thử",
    trace=(Trace("H26", "2026/10/12 10:00:00"),),
    bussiness="1",
    attachments=(Attached("công văn.pdf", "application/pdf", b"%PDF-1.7"), Attached("b.bin", "a/b", b"")),
)


@given(
    subject=WORDS, name=WORDS, files=st.lists(st.binary(max_size=200), max_size=3),
    day=st.dates(date(1900, 1, 1), date(2100, 1, 1)),
)  # fmt: skip
def test_a_document_comes_out_as_it_went_in(subject: str, name: str, files: list[bytes], day: date) -> None:
    attachments = tuple(Attached(f"{number}.bin", "a/b", content) for number, content in enumerate(files))
    document = Document(
        Organ("H26", name),
        (Organ("G15", "b"),),
        "1",
        "2",
        "3",
        "Hà Nội",
        day,
        "Công văn",
        subject,
        attachments=attachments,
    )
    assert decode(encode(document)) == document


def test_the_message_has_the_standards_elements_in_its_namespace() -> None:
    assert decode(encode(DOCUMENT)) == DOCUMENT
    root = etree.fromstring(encode(DOCUMENT))
    names = {"e": NAMESPACE}
    assert root.tag == f"{{{NAMESPACE}}}edXML"
    header = "e:edXMLEnvelope/e:edXMLHeader"
    assert root.findtext(f"{header}/e:MessageHeader/e:PromulgationInfo/e:PromulgationDate", None, names) == "2026/10/12"
    assert root.findtext(f"{header}/e:MessageHeader/e:Code/e:CodeNumber", None, names) == "45"
    assert [to.text for to in root.findall(f"{header}/e:MessageHeader/e:To/e:OrganId", names)] == ["G15", "G24"]
    assert root.findtext(f"{header}/e:TraceHeaderList/e:Bussiness", None, names) == "1"
    references = root.findall("e:edXMLEnvelope/e:edXMLBody/e:edXMLManifest/e:Reference", names)
    assert [one.findtext("e:AttachmentName", None, names) for one in references] == ["công văn.pdf", "b.bin"]
    packed = base64.b64decode(root.findtext("e:AttachmentEncoded/e:Attachment", "", names))
    assert zipfile.ZipFile(io.BytesIO(packed)).read("công văn.pdf") == b"%PDF-1.7"


def test_the_same_document_is_the_same_bytes_each_time() -> None:
    assert encode(DOCUMENT) == encode(DOCUMENT)


ENTITY = b'<!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"<",
        b"<edXML/>",
        f'<edXML xmlns="{NAMESPACE}"/>'.encode(),
        encode(DOCUMENT).replace(b"?>", b"?>" + ENTITY, 1),
        encode(DOCUMENT).replace(b"2026/10/12<", b"12/10/2026<", 1),
        encode(DOCUMENT).replace(b"<edXML:Subject>", b"<edXML:Other>").replace(b"</edXML:Subject>", b"</edXML:Other>"),
        encode(DOCUMENT).replace(b"<edXML:Attachment>", b"<edXML:Attachment>!", 1),
        encode(DOCUMENT).replace(b"<edXML:Attachment>", b"<edXML:Other>", 1).replace(b"</edXML:Attachment>", b"</edXML:Other>", 1),
        b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><edXML>&b;</edXML>',
        b"\x00\xff",
    ],
)  # fmt: skip
def test_what_is_no_document_is_refused(message: bytes) -> None:
    with pytest.raises(NotEdXml):
        decode(message)


def test_a_file_that_unpacks_to_more_than_there_is_room_for_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"\0" * (101 * 1024 * 1024))
    root = etree.fromstring(encode(DOCUMENT))
    attachment = root.find("e:AttachmentEncoded/e:Attachment", {"e": NAMESPACE})
    assert attachment is not None
    attachment.text = base64.b64encode(packed.getvalue()).decode()
    with pytest.raises(NotEdXml):
        decode(etree.tostring(root))
