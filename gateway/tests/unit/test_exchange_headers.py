"""Headers, errors and hashes of the exchange, without a server."""

import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.partners import ServiceId, SubsystemId
from gateway.exchange.errors import (
    CLIENT_INVALID,
    CLIENT_MISSING,
    DENIED,
    ERRORS,
    QUOTA,
    Refusal,
    body_of,
    prefers_xml,
)
from gateway.exchange.headers import answer_headers, demanded, read, to_caller, to_provider
from gateway.exchange.openapi_cut import cut
from gateway.exchange.request_hash import Digest, head_of, request_hash

CLIENT = (b"x-road-client", b"VN/GOV/G15/hotich")


def test_hop_by_hop_headers_and_those_that_connection_names_stay_behind() -> None:
    asking = read(
        [
            CLIENT,
            (b"connection", b"close, X-Hop, x-road-issue"),
            (b"x-hop", b"1"),
            (b"te", b"trailers"),
            (b"upgrade", b"h2c"),
            (b"keep-alive", b"5"),
            (b"expect", b"100-continue"),
            (b"host", b"x"),
            (b"content-length", b"3"),
            (b"x-road-issue", b"H26-1"),
            (b"accept", b"*/*"),
        ]
    )
    assert asking.forwarded == [CLIENT, (b"x-road-issue", b"H26-1"), (b"accept", b"*/*")]
    assert (asking.length, asking.has_body, asking.expected) == (3, True, 3)


def test_of_each_header_that_may_stand_once_the_last_one_counts_and_only_it_goes_on() -> None:
    asking = read(
        [
            (b"x-road-issue", b"A"),
            (b"a", b"1"),
            (b"x-road-issue", b"B"),
            (b"x-road-id", b"1"),
            (b"x-road-id", b"2"),
            CLIENT,
        ]
    )
    assert (asking.issue, asking.message_id) == ("B", "2")
    assert asking.forwarded == [(b"a", b"1"), (b"x-road-issue", b"B"), CLIENT]
    assert to_provider(asking, "r", "2")[-2:] == [(b"x-road-request-id", b"r"), (b"x-road-id", b"2")]


@pytest.mark.parametrize(
    "name",
    [
        b"authorization", b"cookie", b"client-cert", b"client-cert-chain", b"x-forwarded-for", b"x-forwarded-client-cert",
        b"forwarded", b"x-real-ip", b"x-road-request-id", b"x-road-request-hash", b"x-road-error", b"x-road-service",
        b"user-agent", b"proxy-authorization", b"transfer-encoding", b"x-lgsp-fields", b"x-http-method-override",
        b"x-original-url", b"x_lgsp_fields", b"x-road_request_id", b"x_road_client", b"x_road_userid", b"x_forwarded_for",
        b"x_http_method_override",
    ],
)  # fmt: skip
def test_what_a_caller_could_only_claim_or_prove_to_us_is_not_passed_on(name: bytes) -> None:
    assert read([CLIENT, (name, b"x")]).forwarded == [CLIENT]


def test_a_name_with_an_underscore_that_means_nothing_here_passes() -> None:
    assert read([CLIENT, (b"x_own", b"1")]).forwarded == [CLIENT, (b"x_own", b"1")]


def test_a_body_is_announced_by_its_length_or_comes_in_pieces_or_not_at_all() -> None:
    assert read([CLIENT]).expected == 0
    assert read([CLIENT, (b"transfer-encoding", b"chunked")]).expected is None
    assert read([CLIENT, (b"content-length", b"9" * 5000)]).expected == 10**18
    assert read([CLIENT, (b"content-length", b"-1")]).expected == 10**18


@pytest.mark.parametrize("value", [b"VN/GOV", b"VN/GOV/H26/a/b", b"", b"VN/GOV/../a", b"VN//H26", b"VN/GOV/\xff"])
def test_a_client_that_is_no_identifier_is_refused(value: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        read([(b"x-road-client", value)])
    assert refused.value.error is CLIENT_INVALID


def test_a_call_must_name_its_client() -> None:
    with pytest.raises(Refusal) as refused:
        demanded(read([]))
    assert refused.value.error is CLIENT_MISSING
    assert demanded(read([(b"x-road-client", b"VN/GOV/G15")])) == ("VN", "GOV", "G15")


@pytest.mark.parametrize("value", [b"", b"\xff", b"a\x00", b"x" * 256, b"a\xe2\x80\xae"])
def test_ids_that_cannot_be_kept_are_refused(value: bytes) -> None:
    for name in (b"x-road-id", b"x-road-userid", b"x-road-issue", b"x-road-represented-party"):
        with pytest.raises(Refusal):
            read([CLIENT, (name, value)])


def test_a_header_that_would_not_arrive_as_it_was_sent_is_refused() -> None:
    assert read([CLIENT, (b"x-name", "được".encode())]).forwarded[1] == (b"x-name", "được".encode())
    with pytest.raises(Refusal):
        read([CLIENT, (b"x-name", b"\xff")])


def test_a_represented_party_is_a_code_with_or_without_its_class() -> None:
    assert read([CLIENT, (b"x-road-represented-party", b"COM/123")]).represented_party == "COM/123"
    with pytest.raises(Refusal):
        read([CLIENT, (b"x-road-represented-party", b"VN/COM/123")])


def test_a_provider_says_nothing_in_the_gateway_s_name() -> None:
    kept, length = to_caller(
        [
            (b"X-Road-Error", b"x"),
            (b"x-road-id", b"x"),
            (b"Server", b"x"),
            (b"Date", b"x"),
            (b"Set-Cookie", b"session=x"),
            (b"Content-Length", b"7"),
            (b"Connection", b"x-hop"),
            (b"X-Hop", b"1"),
            (b"ETag", b'"1"'),
        ]
    )
    assert (kept, length) == ([(b"ETag", b'"1"')], 7)


def test_the_gateway_s_own_headers_percent_encode_each_identifier() -> None:
    client = SubsystemId("VN", "GOV", "G15", "hộ tịch")
    said = dict(answer_headers("id", client, ServiceId(client, "a/b"), "r", "h=="))
    assert said == {
        b"x-road-id": b"id",
        b"x-road-request-id": b"r",
        b"x-road-client": b"VN/GOV/G15/h%E1%BB%99%20t%E1%BB%8Bch",
        b"x-road-service": b"VN/GOV/G15/h%E1%BB%99%20t%E1%BB%8Bch/a%2Fb",
        b"x-road-request-hash": b"h==",
    }


@given(st.lists(st.binary(max_size=20), max_size=5))
def test_the_hash_of_a_body_in_pieces_is_the_hash_of_the_body(chunks: list[bytes]) -> None:
    headers = [(b"x-road-client", b"VN/GOV/G15/hotich"), (b"x-road-request-id", b"1"), (b"x-road-id", b"2")]
    written = b"POST\r\n/r1/a?q=1\r\nx-road-client:VN/GOV/G15/hotich\r\nx-road-request-id:1\r\nx-road-id:2\r\n"
    head = head_of("POST", b"/r1/a", b"q=1", headers)
    assert head == written
    body = Digest()
    for chunk in chunks:
        body.update(chunk)
    whole = b"".join(chunks)
    of_head = hashlib.sha512(written).digest()
    expected = hashlib.sha512(of_head + hashlib.sha512(whole).digest()).digest() if whole else of_head
    assert request_hash(head, body) == base64.b64encode(expected).decode()
    assert body.value() == (hashlib.sha512(whole).digest() if whole else None)


def test_a_known_request_has_a_known_hash() -> None:
    """R-232: A vector for those who write a client; by `printf … | openssl dgst -sha512 -binary | base64 -w0`."""
    head = head_of("GET", b"/r1/VN/GOV/H26/lienthong/thu", b"", [(b"x-road-request-id", b"1"), (b"x-road-id", b"2")])
    assert request_hash(head, Digest()) == (
        "dR2BiO/Xk6XrWULk0mOlUZJ7VuTNmmfXiwYq+7FHf9H5ZdfJKDmtmibV7ry0PsFiPB8x8Mtt/7lb9cbFy1KwSQ=="
    )


def test_every_error_has_one_type_and_a_status_in_both_profiles() -> None:
    assert len({error.type for error in ERRORS}) == len(ERRORS)
    for error in ERRORS:
        assert error.type.startswith(("client.", "server.serverproxy.", "server.clientproxy."))
        assert error.status_in("xroad-7.8") == (500 if error.type.startswith("server.") else 400)
        assert 400 <= error.status_in("http") < 600


def test_an_error_is_told_in_both_languages_and_escaped_in_xml() -> None:
    refusal = Refusal(DENIED, "<&\x00")
    as_json, media_type = body_of(refusal, "id-1", xml=False)
    assert json.loads(as_json) == {
        "type": "server.serverproxy.access_denied",
        "message": "Không có quyền gọi dịch vụ này / No right to call this service (<&\x00)",
        "detail": "id-1",
    }
    assert media_type == b"application/json; charset=utf-8"
    as_xml, _ = body_of(refusal, "id-1", xml=True)
    assert "(&lt;&amp;?)</message>" in as_xml.decode()


@pytest.mark.parametrize(
    ("accept", "xml"),
    [
        ([], False),
        (["*/*"], False),
        (["application/xml"], True),
        (["text/xml;q=0.5, application/json;q=0.4"], True),
        (["text/xml;q=0.5, application/json"], False),
        (["application/xml;q=x"], False),
        (["text/html", "text/xml"], True),
    ],
)
def test_xml_is_for_who_prefers_it(accept: list[str], *, xml: bool) -> None:
    assert prefers_xml(accept) is xml


def test_a_refusal_over_quota_says_nothing_of_anybody_else() -> None:
    assert Refusal(QUOTA).message == "Vượt hạn mức gọi dịch vụ / Over the quota for this service"


def test_a_document_is_cut_to_what_is_allowed_and_what_that_refers_to() -> None:
    document = {
        "openapi": "3.1.0",
        "info": {"title": "x"},
        "security": [{"a": []}],
        "paths": {
            "/v1/a": {"get": {"security": [], "$ref": "#/components/schemas/A"}, "post": {}, "summary": "kept"},
            "/v1/a/{id}": {"delete": {}},
            "/v1/ab": {"get": {}},
        },
        "components": {"schemas": {"A": {"items": [{"$ref": "#/components/schemas/B"}]}, "B": {}, "C": {}}},
    }
    found = cut(
        document, below="/v1/a", at="/r1/VN/GOV/H26/s/code", allowed=lambda method, path: (method, path) == ("GET", "")
    )
    assert found == {
        "openapi": "3.1.0",
        "info": {"title": "x"},
        "servers": [{"url": "/r1/VN/GOV/H26/s"}],
        "paths": {"/code": {"get": {"$ref": "#/components/schemas/A"}, "summary": "kept"}},
        "components": {"schemas": {"A": {"items": [{"$ref": "#/components/schemas/B"}]}, "B": {}}},
    }
