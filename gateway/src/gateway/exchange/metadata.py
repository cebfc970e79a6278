"""What the exchange tells of itself: listMethods, allowedMethods, getOpenAPI, listClients. It changes nothing.

The first three are called like services of a provider, by any client that is known; listClients by anyone. The forms are
X-Road's (Service Metadata Protocol for REST).
"""

import json
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.problems import Problem
from chassis.service import Runtime
from gateway.domain.access import grant_for, in_force, is_for
from gateway.domain.partners import Grant, Registry, Service, ServiceId, State, Subsystem, SubsystemId, Upstream
from gateway.exchange.address import encoded
from gateway.exchange.errors import BAD_REQUEST, NETWORK, NO_DESCRIPTION, UNKNOWN_SERVICE, Refusal, escaped, prefers_xml
from gateway.exchange.openapi_cut import cut
from gateway.exchange.providers import Providers
from gateway.openapi_documents import Documents

LIST_METHODS, ALLOWED_METHODS, GET_OPENAPI = "listMethods", "allowedMethods", "getOpenAPI"
META_SERVICES = frozenset({LIST_METHODS, ALLOWED_METHODS, GET_OPENAPI})
_JSON = "application/json; charset=utf-8"
_IDENTIFIERS, _XROAD = "http://x-road.eu/xsd/identifiers", "http://x-road.eu/xsd/xroad.xsd"
_ANYTHING = ({"method": "*", "path": "/**"},)


class MetaServices:
    """The services every provider has without offering them."""

    def __init__(self, runtime: Runtime, providers: Providers) -> None:
        self._runtime = runtime
        self._providers = providers

    def app(self, code: str, registry: Registry, client: Subsystem, provider: SubsystemId, today: date) -> ASGIApp:
        """The app that answers one call of one of them."""
        if code == GET_OPENAPI:
            return partial(self._describe, registry, client, provider, today)
        of_client = client if code == ALLOWED_METHODS else None
        return partial(_answer_methods, methods(registry, provider, of_client, today))

    async def _describe(
        self,
        registry: Registry,
        client: Subsystem,
        provider: SubsystemId,
        today: date,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        _only_get(scope)
        codes = parse_qs(scope["query_string"].decode("ascii")).get("serviceCode", [])
        if len(codes) != 1:
            raise Refusal(BAD_REQUEST, "getOpenAPI?serviceCode= names one service")
        service = registry.services.get(ServiceId(provider, codes[0]))
        if service is None or service.state is not State.APPROVED:
            raise Refusal(UNKNOWN_SERVICE)
        if service.upstream is Upstream.CITY:
            allowed = partial(_is_allowed, registry, client, service, today)
            document = await self._of_the_city(service, allowed)
            await Response(_rendered(document), media_type=_JSON)(scope, receive, send)
        elif service.openapi_url is not None:
            server = self._providers.server(service.openapi_url)
            asked = {**scope, "raw_path": b"", "path": "", "query_string": b"", "headers": _accepting(scope)}
            await server(asked, receive, send)
        else:
            raise Refusal(NO_DESCRIPTION)

    async def _of_the_city(self, service: Service, allowed: Callable[[str, str], bool]) -> dict[str, Any]:
        documents: Documents = self._runtime.extras["documents"]
        name, slash, path = service.address.partition("/")
        try:
            document = await documents.of(name)
        except Problem as problem:
            raise Refusal(NETWORK) from problem
        provider = service.id.provider
        at = encoded((provider.instance, provider.member_class, provider.member, provider.subsystem, service.id.code))
        return cut(document, below=(slash + path).rstrip("/"), at=f"/r1/{at.decode()}", allowed=allowed)


def methods(registry: Registry, provider: SubsystemId, client: Subsystem | None, today: date) -> dict[str, Any]:
    """The services of a provider; with a client only those it may call, with what it may call of each."""
    found = []
    for service_id, service in sorted(registry.services.items()):
        if service_id.provider != provider or service.state is not State.APPROVED:
            continue
        endpoints: Iterable[dict[str, str]] = _ANYTHING
        if client is not None:
            grants = registry.grants.get(service_id, ())
            endpoints = _endpoints(grant for grant in grants if is_for(grant, client) and in_force(grant, today))
        if endpoints := list(endpoints):
            found.append(_described(service, endpoints))
    return {"service": found}


def _described(service: Service, endpoints: list[dict[str, str]]) -> dict[str, Any]:
    provider = service.id.provider
    described = service.openapi is not None or service.upstream is Upstream.CITY
    return {
        "object_type": "SERVICE",
        "service_type": "OPENAPI" if described else "REST",
        "xroad_instance": provider.instance,
        "member_class": provider.member_class,
        "member_code": provider.member,
        "subsystem_code": provider.subsystem,
        "service_code": service.id.code,
        "title": service.title,
        "endpoint_list": endpoints,
    }


def _endpoints(grants: Iterable[Grant]) -> list[dict[str, str]]:
    pairs = {
        (grant.method or "*", "/" + (grant.path if grant.path is not None else "**").strip("/")) for grant in grants
    }
    return [{"method": method, "path": path} for method, path in sorted(pairs)]


def _is_allowed(registry: Registry, client: Subsystem, service: Service, today: date, method: str, path: str) -> bool:
    return grant_for(registry, client, service.id, method, path, today) is not None


async def _answer_methods(found: dict[str, Any], scope: Scope, receive: Receive, send: Send) -> None:
    _only_get(scope)
    await Response(_rendered(found), media_type=_JSON)(scope, receive, send)


def _only_get(scope: Scope) -> None:
    address = scope["raw_path"].strip(b"/").split(b"/")
    if scope["method"] not in ("GET", "HEAD") or address != [b""]:
        raise Refusal(BAD_REQUEST, "a metadata service is asked by GET, with nothing after its name")


def _accepting(scope: Scope) -> list[tuple[bytes, bytes]]:
    return [item for item in scope["headers"] if item[0] in (b"accept", b"accept-encoding", b"x-road-request-id")]


def _rendered(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()


async def list_clients(registry: Registry, scope: Scope, receive: Receive, send: Send) -> None:
    """Members and subsystems that take part, as JSON or XML by Accept. Nothing secret: whoever is here is public."""
    if scope["method"] not in ("GET", "HEAD"):
        await Response(status_code=405, headers={"Allow": "GET, HEAD"})(scope, receive, send)
        return
    accept = [value.decode("latin-1") for name, value in scope["headers"] if name == b"accept"]
    found = clients(registry)
    if prefers_xml(accept):
        answer = Response(_xml(found).encode(), media_type="application/xml; charset=utf-8")
    else:
        answer = Response(_rendered({"member": found}), media_type=_JSON)
    await answer(scope, receive, send)


def clients(registry: Registry) -> list[dict[str, Any]]:
    """The approved members, each followed by its approved subsystems."""
    by_name = {(member.instance, member.member_class, member.code): member for member in registry.members.values()}
    found = []
    for name, member in sorted(by_name.items()):
        if member.state is not State.APPROVED:
            continue
        owner = {"xroad_instance": name[0], "member_class": name[1], "member_code": name[2]}
        found.append({"id": {"object_type": "MEMBER", **owner}, "name": member.name})
        for subsystem_id, subsystem in sorted(registry.subsystems.items()):
            its_own = (subsystem_id.instance, subsystem_id.member_class, subsystem_id.member) == name
            if its_own and subsystem.state is State.APPROVED:
                code = {"subsystem_code": subsystem_id.subsystem}
                found.append({"id": {"object_type": "SUBSYSTEM", **owner, **code}, "name": subsystem.name})
    return found


def _xml(found: list[dict[str, Any]]) -> str:
    tags = (
        ("xroad_instance", "xRoadInstance"),
        ("member_class", "memberClass"),
        ("member_code", "memberCode"),
        ("subsystem_code", "subsystemCode"),
    )
    members = []
    for item in found:
        named = item["id"]
        inner = "".join(f"<id:{tag}>{escaped(named[key])}</id:{tag}>" for key, tag in tags if key in named)
        members.append(
            f'<xroad:member><xroad:id id:objectType="{named["object_type"]}">{inner}</xroad:id>'
            f"<xroad:name>{escaped(item['name'])}</xroad:name></xroad:member>"
        )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><xroad:clientList xmlns:id="{_IDENTIFIERS}" xmlns:xroad="{_XROAD}">'
        f"{''.join(members)}</xroad:clientList>"
    )
