"""Addresses of the exchange: what is decided by cannot mean anything else to the provider, and is forwarded as it came."""

from urllib.parse import quote, quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.exchange.address import encoded, identifier, identifiers, parse
from gateway.exchange.errors import BAD_REQUEST, Refusal

SERVICE = b"/r1/VN/GOV/H26/lienthong/thu"


def test_an_address_names_a_service_and_what_follows_it() -> None:
    address = parse(b"/r1/VN/GOV/000.00.00.H26/li%C3%AAnth%C3%B4ng/thu/a/%C4%91/", b"q=%2F")
    assert address.named == ("VN", "GOV", "000.00.00.H26", "liênthông", "thu")
    assert (address.path, address.raw_path) == ("a/đ/", b"/a/%C4%91/")
    assert (address.query, address.target) == (b"q=%2F", b"/r1/VN/GOV/000.00.00.H26/li%C3%AAnth%C3%B4ng/thu/a/%C4%91/")


def test_nothing_and_a_slash_may_follow_the_service() -> None:
    assert (parse(SERVICE, b"").path, parse(SERVICE, b"").raw_path) == ("", b"")
    assert (parse(SERVICE + b"/", b"").path, parse(SERVICE + b"/", b"").raw_path) == ("", b"/")


def test_identifiers_are_read_in_one_normal_form() -> None:
    assert identifier(quote("liênthông").encode()) == identifier(quote("lie\u0302ntho\u0302ng").encode())


def test_an_encoded_slash_is_part_of_an_identifier() -> None:
    assert parse(b"/r1/VN/GOV/H26/lienthong/BAR%2FSERVICE/x", b"").named[4] == "BAR/SERVICE"
    assert encoded(("VN", "BAR/SERVICE")) == b"VN/BAR%2FSERVICE"


@pytest.mark.parametrize(
    "segment",
    [
        b"", b"..", b"%2e%2e", b".", b"a%2F..%2Fb", b"%2Fa", b"a%00", b"a%0Ab", b"a%5Cb", b"%25", b"%FF", b"a%", b"%zz",
        b"a%E2%80%8Bb", b"%20a", b"a%3Bb", b"x" * 256,
    ],
)  # fmt: skip
def test_what_cannot_be_an_identifier_is_refused(segment: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        parse(b"/r1/VN/GOV/" + segment + b"/lienthong/thu", b"")
    assert refused.value.error is BAD_REQUEST


@pytest.mark.parametrize(
    "rest",
    [
        b"..", b"a/../b", b"%2e%2e/b", b"%2E./b", b"a/.", b"./a", b"a/..;x=1/b", b"%2e%2e;/b", b"a//b", b"/a", b";x/a",
        b"a%2Fb", b"a%2fb", b"a%5Cb", b"a\\b", b"a%252Fb", b"%252e%252e", b"%25252e", b"a%00b", b"a%0D%0Ab", b"%C0%AE%C0%AE",
        b"%FF", b"a%", b"a%2", b"a%zz", b"a%E2%80%AEb", b"..%CD%BE",
    ],
)  # fmt: skip
def test_a_path_that_could_be_read_in_two_ways_is_refused(rest: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        parse(SERVICE + b"/" + rest, b"")
    assert refused.value.error is BAD_REQUEST


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (b"/r2/VN/GOV/H26/lienthong/thu", b""),
        (b"/r1/VN/GOV/H26/lienthong", b""),
        (b"/r1", b""),
        (SERVICE + b"/\xc4\x91", b""),
        (SERVICE + b"/a b", b""),
        (SERVICE + b"/a#b", b""),
        (SERVICE, b"a b"),
        (SERVICE, b"a\r\nHost: x"),
        (SERVICE, b"\xff"),
        (SERVICE + b"/" + b"a" * 8192, b""),
    ],
)
def test_what_no_request_line_can_hold_is_refused(path: bytes, query: bytes) -> None:
    with pytest.raises(Refusal):
        parse(path, query)


def test_identifiers_of_a_header_are_encoded_one_by_one() -> None:
    assert identifiers("VN/GOV/H26/li%C3%AAn") == ("VN", "GOV", "H26", "liên")
    with pytest.raises(Refusal):
        identifiers("VN/GOV/H26/liên")


segments = st.text(max_size=6).filter(
    lambda text: text.isprintable() or not any(0xD800 <= ord(char) < 0xE000 for char in text)
)
pieces = st.one_of(
    st.sampled_from(["..", ".", "/", "%", "%2f", "%2e", "%25", "\\", ";", "%00", "a", "đ", "%c0%ae", "%5c", "\u037e"]),
    segments.map(lambda text: quote(text, safe="")),
    segments.map(lambda text: quote(quote(text, safe=""), safe="")),
    st.binary(max_size=3).map(quote_from_bytes),
)


@given(st.lists(pieces, max_size=12).map("".join))
def test_nothing_that_is_let_through_can_escape_and_it_is_forwarded_byte_for_byte(text: str) -> None:
    """R-231."""
    sent = quote(text, safe="/%.;\\").encode()
    try:
        address = parse(SERVICE + b"/" + sent, b"q=" + sent)
    except Refusal:
        return
    assert address.raw_path == b"/" + sent
    assert address.query == b"q=" + sent
    *inner, _ = address.path.split("/")
    assert all(inner)
    assert not {".", ".."} & {segment.partition(";")[0] for segment in address.path.split("/")}
    assert address.path.count("/") + 1 == address.raw_path.count(b"/")
    assert "\\" not in address.path
    assert address.path.isprintable()
    # Decoded once more nothing comes of it that was not there before.
    assert "%2" not in address.path.lower()
