"""Upload-Metadata and the names in it: whatever is sent, what is kept is a plain file name."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.text import holds_unseen
from submission.domain.upload import MOST_NAME, MetadataInvalid, clean_name, described
from submission.files.links import disposition


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\Giấy khai sinh.pdf", "Giấy khai sinh.pdf"),
        ("/", "tai-lieu"),
        ("", "tai-lieu"),
        ("..", "tai-lieu"),
        (".htaccess", "htaccess"),
        ("hoa\u202efdp.exe", "hoafdp.exe"),
        ("a\x00b\r\nc\u200b.pdf", "ab c.pdf"),
        ("Giấy  chứng\u00a0sinh .pdf", "Giấy chứng sinh .pdf"),
        ("Hoà".encode().decode() + ".pdf", "Hoà.pdf"),
    ],
)
def test_a_name_is_kept_without_path_or_hidden_characters(given_name: str, kept: str) -> None:
    assert clean_name(given_name) == kept


@given(st.text(max_size=400))
def test_no_name_keeps_what_could_do_harm(name: str) -> None:
    kept = clean_name(name)
    assert 0 < len(kept) <= MOST_NAME
    assert not set(kept) & set("/\\\0\r\n\t")
    assert not holds_unseen(kept)
    assert not kept.startswith(".")
    assert clean_name(kept) == kept
    header = disposition(kept)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2


def test_a_long_name_keeps_its_ending() -> None:
    kept = clean_name("ệ" * 300 + ".pdf")
    assert len(kept) == MOST_NAME
    assert kept.endswith(".pdf")


def test_a_name_goes_into_the_header_in_utf8_and_plain() -> None:
    assert disposition('Giấy "khai" sinh.pdf') == (
        "attachment; filename=\"Gi_y _khai_ sinh.pdf\"; filename*=UTF-8''Gi%E1%BA%A5y%20%22khai%22%20sinh.pdf"
    )


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_metadata_is_read_and_made_nfc() -> None:
    said = described(f"filename {encoded('Giấy.pdf')}, filetype {encoded('application/pdf')},is_confidential")
    assert (said.name, said.declared_type, said.component) == ("Giấy.pdf", "application/pdf", None)


@pytest.mark.parametrize(
    "header", ["filename %%%", "filename /w==", "a YQ==,a YQ==", "component " + encoded("a\u202eb")]
)
def test_metadata_that_is_none_is_refused(header: str) -> None:
    with pytest.raises(MetadataInvalid):
        described(header)
