"""What the exchange tells of itself."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from lxml import etree
from starlette.types import Receive, Scope, Send

from gateway.domain.partners import Upstream
from tests.support.exchange import CLIENT, Provider, answer, grant, read, world

pytestmark = pytest.mark.integration


DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Submission", "version": "1"},
    "paths": {
        "/v1/dossiers": {"get": {"security": [{"bearer": []}]}, "post": {}},
        "/v1/dossiers/{code}": {
            "get": {"responses": {"200": {"schema": {"$ref": "#/components/schemas/Dossier"}}}},
        },
        "/v1/dossiersx": {"get": {}},
    },
    "components": {"schemas": {"Dossier": {"$ref": "#/components/schemas/Code"}, "Code": {}, "Other": {}}},
}


async def test_the_metadata_services_tell_what_there_is_and_what_one_may() -> None:
    class Documents:
        async def of(self, name: str) -> Mapping[str, Any]:
            assert name == "submission"
            return DOCUMENT

    fields: dict[str, Any] = {"upstream": Upstream.CITY, "address": "submission/v1/dossiers"}
    base = "/r1/VN/GOV/H26/lienthong"
    async with world("http://unused", grants=(grant(method="GET", path="*"),), **fields) as here:
        here.runtime.extras["documents"] = Documents()
        listed = await here.client.get(f"{base}/listMethods", headers=here.headers)
        allowed = await here.client.get(f"{base}/allowedMethods", headers=here.headers)
        document = await here.client.get(f"{base}/getOpenAPI?serviceCode=thu", headers=here.headers)
        unnamed = await here.client.get(f"{base}/getOpenAPI", headers=here.headers)
        unknown = await here.client.get(f"{base}/getOpenAPI?serviceCode=khac", headers=here.headers)
        nobody = await here.client.get(f"{base}/listMethods", headers=CLIENT)
        posted = await here.client.post(f"{base}/listMethods", headers=here.headers)
        here.offer(grant(method="POST", path="x"), grant(valid_to=date(2026, 10, 11)))
        narrow = await here.client.get(f"{base}/allowedMethods", headers=here.headers)
    (service,) = listed.json()["service"]
    assert (service["service_code"], service["service_type"], service["member_code"]) == ("thu", "OPENAPI", "H26")
    assert [item["endpoint_list"] for item in allowed.json()["service"]] == [[{"method": "GET", "path": "/*"}]]
    assert [item["endpoint_list"] for item in narrow.json()["service"]] == [[{"method": "POST", "path": "/x"}]]
    assert document.json()["paths"].keys() == {"/thu/{code}"}
    assert document.json()["servers"] == [{"url": base}]
    assert document.json()["components"]["schemas"].keys() == {"Dossier", "Code"}
    assert (unnamed.status_code, unknown.status_code, posted.status_code, nobody.status_code) == (400, 404, 400, 401)
    assert unknown.json()["type"] == "server.serverproxy.unknown_service"
    assert "x-road-request-hash" in listed.headers


async def test_the_document_of_a_provider_is_fetched_where_it_says() -> None:
    async def provider(scope: Scope, receive: Receive, send: Send) -> None:
        await read(receive)
        assert b"authorization" not in dict(scope["headers"])
        where = scope["raw_path"] + b"?" + scope["query_string"]
        await answer(send, 200, where, (b"content-type", b"application/yaml"))

    async with world(provider) as here:
        here.offer(openapi=here.service.address + "/docs/openapi.yaml?v=1")
        got = await here.client.get("/r1/VN/GOV/H26/lienthong/getOpenAPI?serviceCode=thu", headers=here.headers)
        here.offer(openapi=None)
        none = await here.client.get("/r1/VN/GOV/H26/lienthong/getOpenAPI?serviceCode=thu", headers=here.headers)
    assert (got.content, got.headers["content-type"]) == (b"/docs/openapi.yaml?v=1", "application/yaml")
    assert (none.status_code, none.json()["type"]) == (404, "server.serverproxy.service_failed.no_description")


async def test_list_clients_names_members_and_subsystems_in_json_and_xml() -> None:
    async with world(Provider()) as here:
        as_json = await here.client.get("/listClients")
        as_xml = await here.client.get("/listClients", headers={"Accept": "text/xml"})
        posted = await here.client.post("/listClients")
    named = [(item["id"]["object_type"], item["id"]["member_code"], item["name"]) for item in as_json.json()["member"]]
    assert named[0] == ("MEMBER", "G15", "Bộ Tư pháp")
    assert named[1] == ("SUBSYSTEM", "G15", "Hộ tịch <&>")
    assert len(named) == 4
    names = {"x": "http://x-road.eu/xsd/xroad.xsd", "i": "http://x-road.eu/xsd/identifiers"}
    document = etree.fromstring(as_xml.content)
    assert document.xpath("//i:subsystemCode/text()", namespaces=names) == ["hotich", "lienthong"]
    assert document.findall("x:member/x:name", names)[1].text == "Hộ tịch <&>"
    assert posted.status_code == 405
