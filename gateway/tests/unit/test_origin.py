"""The public origin: what reaches a service, as what, and what never does."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis.service import Runtime, Service, create_app
from chassis.settings import Settings
from chassis.telemetry.tracing import Tracing
from gateway.app import SERVICE
from gateway.origin import create_origin
from gateway.settings import GatewaySettings

OpenGateway = Callable[..., Any]
TRACE = "0af7651916cd43dd8448eb211c80319c"


def echo() -> FastAPI:
    """A service that tells what it was asked."""
    app = FastAPI(title="Echo", redirect_slashes=False)

    @app.get("/v1/away")
    async def away(to: str) -> Response:
        return RedirectResponse(to, 303)

    @app.api_route("/{rest:path}", methods=["GET", "POST", "DELETE"])
    async def anything(request: Request) -> dict[str, Any]:
        return {
            "path": request.scope["raw_path"].decode(),
            "query": request.url.query,
            "method": request.method,
            "headers": [[name, value] for name, value in request.headers.items()],
            "body": (await request.body()).decode(),
            "client": request.client.host if request.client else None,
        }

    return app


def headers_of(seen: dict[str, Any]) -> dict[str, str]:
    names = [name for name, _ in seen["headers"]]
    assert len(names) == len(set(names)), names
    return dict(seen["headers"])


async def test_a_service_sees_its_own_path_query_method_and_body(open_gateway: OpenGateway) -> None:
    async with open_gateway({"catalog": echo()}) as gateway:
        answer = await gateway.client.post("/api/catalog/v1/x%20y/%C4%91?q=a%20b&q=c", content=b"body")
    seen = answer.json()
    assert (seen["path"], seen["query"], seen["method"], seen["body"]) == (
        "/v1/x%20y/%C4%91",
        "q=a%20b&q=c",
        "POST",
        "body",
    )


async def test_what_a_caller_claims_about_the_way_it_came_is_dropped_and_said_afresh(open_gateway: OpenGateway) -> None:
    forged = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Host": "evil.test",
        "X-Forwarded-Anything": "1",
        "X-Real-IP": "203.0.113.9",
        "Forwarded": "for=203.0.113.9",
        "Connection": "keep-alive, X-Secret-Hop",
        "X-Secret-Hop": "1",
        "Proxy-Authorization": "Basic x",
        "TE": "trailers",
        "Authorization": "Bearer stays",
        "Idempotency-Key": "stays",
    }
    async with open_gateway({"catalog": echo()}) as gateway:
        seen = headers_of((await gateway.client.get("/api/catalog/v1/x", headers=forged)).json())
    assert {
        name: seen.get(name) for name in seen if name.startswith(("x-", "forwarded", "proxy", "te", "connection"))
    } == {
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-host": "city.test",
        "x-forwarded-proto": "http",
        "x-forwarded-prefix": "/api/catalog",
        "forwarded": 'for="127.0.0.1";proto=http',
    }
    assert (seen["authorization"], seen["idempotency-key"]) == ("Bearer stays", "stays")


@pytest.mark.parametrize(
    "path",
    [
        "/api/catalog/healthz",
        "/api/catalog/readyz",
        "/api/catalog/metrics",
        "/api/catalog/%6Detrics",
        "/api/catalog/openapi.json",
        "/api/catalog/v1/../metrics",
        "/api/catalog/v1/%2e%2e/metrics",
        "/api/catalog/v1/..%2Fmetrics",
        "/api/catalog/v1/.",
        "/api/catalog//v1/x",
        "/api/catalog/v1",
        "/api/catalog",
        "/api/",
        "/api",
        "/api/nobody/v1/x",
        "/api/gateway/v1/x",
        "/%61pi/catalog/v1/x",
        "/api/c%61talog/v1/x",
    ],
)
async def test_nothing_but_versioned_addresses_of_known_services_is_public(
    open_gateway: OpenGateway, path: str
) -> None:
    async with open_gateway({"catalog": echo()}) as gateway:
        # As it is: httpx would tidy the dots away.
        answer = await raw_get(gateway, path)
    assert answer["status"] == 404
    assert answer["body"]["type"] in ("/problems/service-not-found", "/problems/not-found")


async def raw_get(gateway: Any, raw_path: str) -> dict[str, Any]:
    """A request with exactly this path on the wire, as uvicorn hands it over."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": unquote(raw_path), "raw_path": raw_path.encode(), "query_string": b"",
        "headers": [(b"host", b"city.test")], "scheme": "http", "client": ("127.0.0.1", 1), "server": ("city.test", 80),
        "root_path": "", "http_version": "1.1", "asgi": {"version": "3.0"},
    }  # fmt: skip
    await gateway.client._transport.app(scope, receive, send)
    return {"status": sent[0]["status"], "body": json.loads(sent[1]["body"])}


@pytest.mark.parametrize(
    ("to", "location"),
    [
        ("/v1/things/1?x=1", "/api/catalog/v1/things/1?x=1"),
        ("http://city.test/v1/things/1", "/api/catalog/v1/things/1"),
        ("https://pay.example/v1/checkout", "https://pay.example/v1/checkout"),
        ("/api/catalog/v1/things/1", "/api/catalog/v1/things/1"),
        ("/problems/x", "/problems/x"),
    ],
)
async def test_where_a_service_sends_a_caller_within_itself_is_a_public_address(
    open_gateway: OpenGateway, to: str, location: str
) -> None:
    async with open_gateway({"catalog": echo()}) as gateway:
        answer = await gateway.get("/api/catalog/v1/away", to=to)
    assert (answer.status_code, answer.headers["Location"]) == (303, location)


async def test_one_trace_covers_gateway_and_service() -> None:
    exporter = InMemorySpanExporter()
    service = Service(name="catalog", package="catalog", title="Catalog", description="", routers=())
    catalog, gateway = Runtime.of(service, Settings(), issuers={}), Runtime.of(SERVICE, GatewaySettings(), issuers={})
    for runtime in (catalog, gateway):
        runtime.tracing = Tracing(runtime.service.name, exporter=exporter)
    origin = create_origin(gateway, {"catalog": create_app(catalog)})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(origin), base_url="http://city.test") as client:
        await client.get("/api/catalog/v1/none", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    for runtime in (catalog, gateway):
        runtime.tracing.provider.force_flush()
    inner, outer = exporter.get_finished_spans()
    for runtime in (catalog, gateway):
        await runtime.close()
    assert (outer.name, outer.resource.attributes["service.name"]) == ("GET /api/catalog/*", "gateway")
    assert inner.parent is not None
    assert inner.parent.span_id == outer.context.span_id
    assert {f"{span.context.trace_id:032x}" for span in (inner, outer)} == {TRACE}


async def test_a_services_requests_are_counted_under_one_name(open_gateway: OpenGateway) -> None:
    async with open_gateway({"catalog": echo()}) as gateway:
        for number in range(3):
            await gateway.get(f"/api/catalog/v1/things/{number}")
        text = (await gateway.get("/metrics")).text
    assert 'route="/api/catalog/*",service="gateway",status="200"} 3.0' in text
    assert "things" not in text
