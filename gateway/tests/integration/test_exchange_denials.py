"""Who is refused by the exchange, how it is told, and that it is logged."""

import re
from typing import Any

import pytest
from lxml import etree

from gateway.domain.partners import MessageLogPolicy, ServiceId, State
from gateway.quotas import Allowance
from tests.support import identities
from tests.support.exchange import ADDRESS, CITY, Provider, grant, world

pytestmark = pytest.mark.integration


async def test_of_several_client_headers_the_last_one_wins_for_the_provider_too() -> None:
    provider = Provider()
    async with world(provider) as here:
        several = [("X-Road-Client", "VN/GOV/H26/lienthong"), *here.headers.items()]
        right = await here.client.get(ADDRESS, headers=several)
        wrong = await here.client.get(ADDRESS, headers=[*several, ("X-Road-Client", "VN/GOV/H26/lienthong")])
    assert right.status_code == 200
    assert provider.header(b"x-road-client") == [b"VN/GOV/G15/hotich"]
    assert (wrong.status_code, wrong.json()["type"]) == (403, "server.clientproxy.access_denied")


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"headers": {"Authorization": "Bearer no"}}, 401, "server.clientproxy.ssl_authentication_failed"),
        ({"headers": {"X-Road-Client": "VN/GOV/H26/lienthong"}}, 403, "server.clientproxy.access_denied"),
        ({"headers": {"X-Road-Client": "VN"}}, 400, "client.invalid_client_identifier"),
        ({"headers": {"X-Road-Id": "x" * 256}}, 400, "client.bad_request"),
        ({"path": "/a/%2e%2e/b"}, 400, "client.bad_request"),
        ({"path": "/a%252fb"}, 400, "client.bad_request"),
        ({"path": "/a%00b"}, 400, "client.bad_request"),
        ({"method": "TRACE"}, 400, "client.bad_request"),
        ({"offer": {"grants": (grant(method="POST"),)}}, 403, "server.serverproxy.access_denied"),
        ({"offer": {"grants": (grant(path="b/**"),)}, "path": "/a"}, 403, "server.serverproxy.access_denied"),
        ({"offer": {"personal": True, "person_at": "path:1"}}, 403, "server.serverproxy.access_denied.purpose"),
        ({"offer": {"state": State.SUSPENDED}}, 503, "server.serverproxy.service_disabled"),
        ({"offer": {"state": State.REQUESTED}}, 404, "server.serverproxy.unknown_service"),
        ({"offer": {"id": ServiceId(CITY, "khac")}}, 404, "server.serverproxy.unknown_service"),
        ({"allowance": Allowance(allowed=False, headers={"Retry-After": "3"})}, 429, "client.quota_exceeded"),
        ({"offer": {"request_bytes": 1}, "method": "PUT", "content": b"12"}, 413, "client.payload_too_large"),
    ],
    ids=lambda value: re.sub("[0-9a-f]{8}-.*", "id", str(value))[:60],
)
async def test_who_is_denied_is_told_so_in_both_profiles_and_it_is_logged(
    change: dict[str, Any], status: int, error: str
) -> None:
    """R-230."""
    for profile in ("http", "xroad-7.8"):
        provider = Provider()
        change = {**change}
        options = {key: value for key, value in change.items() if key not in ("offer", "allowance")}
        settings = {"exchange_profile": profile}
        async with world(provider, settings=settings, log=MessageLogPolicy.OFF) as here:
            offered = {**change.get("offer", {})}
            here.offer(*offered.pop("grants", ()), **offered)
            here.quotas.allowance = change.get("allowance", here.quotas.allowance)
            got = await here.call(**options)
            asked, ended = await here.log.only()
        expected = status if profile == "http" else 500 if error.startswith("server.") else 400
        assert (got.status_code, got.headers["x-road-error"]) == (expected, error)
        assert got.json()["type"] == error
        assert got.json()["detail"] == got.headers["x-road-request-id"] == str(asked.request_id)
        assert (ended.status, ended.error) == (expected, error)
        assert asked.policy is MessageLogPolicy.METADATA
        assert not provider.got
        if "allowance" in change:
            assert got.headers["retry-after"] == "3"


async def test_a_missing_client_header_is_an_error_of_the_caller() -> None:
    async with world(Provider()) as here:
        got = await here.client.get(ADDRESS, headers=identities.agency(client="justice-1"))
        unknown = await here.client.get("/r1/VN/GOV/H26/khac/thu", headers=here.headers)
        short = await here.client.get("/r1/VN/GOV", headers=here.headers)
    assert (got.status_code, got.json()["type"]) == (400, "client.missing_header")
    assert (unknown.status_code, unknown.json()["type"]) == (404, "server.clientproxy.unknown_member")
    assert (short.status_code, short.json()["type"]) == (400, "client.bad_request")


async def test_an_error_is_xml_for_who_accepts_xml() -> None:
    async with world(Provider(), grants=()) as here:
        got = await here.call(headers={"Accept": "application/xml"})
    document = etree.fromstring(got.content)
    assert got.headers["content-type"] == "application/xml; charset=utf-8"
    assert document.findtext("type") == "server.serverproxy.access_denied"
    assert document.findtext("detail") == got.headers["x-road-request-id"]
    assert "Không có quyền" in (document.findtext("message") or "")
