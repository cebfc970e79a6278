"""The pages that explain: every API in one place, every problem by its slug, nothing from elsewhere."""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI
from pydantic import BaseModel, ConfigDict

from chassis import problems
from chassis.auth import Allow, Principal
from chassis.problems import Conflict, Text
from chassis.service import Runtime, Service, create_app
from chassis.settings import Settings

OpenGateway = Callable[..., Any]


class TheaterClosed(Conflict):
    """409: there is nobody to play."""

    slug = "theater-closed"
    title = Text("Nhà hát đóng cửa", "The theatre is closed")


class Seat(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"row": "<b>A</b>"}]})

    row: str


def theater() -> FastAPI:
    router = APIRouter(prefix="/v1/seats")

    @router.put(
        "/{seat}",
        operation_id="book-seat",
        summary="Book <script>alert(1)</script>",
        responses=problems.responses(TheaterClosed),
    )
    async def book(
        seat: int,
        body: Seat,
        _: Annotated[Principal, Depends(Allow(citizens=True, roles={"usher"}, scope="theater:write"))],
    ) -> Seat:
        """Takes the seat."""
        assert seat
        return body

    service = Service(name="theater", package="theater", title="Theatre", description="Plays", routers=(router,))
    return create_app(Runtime.of(service, Settings(), issuers={}))


class Links(HTMLParser):
    """What a page refers to and is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("href", "src", "action"):
                self.links.append(value or "")
            if name == "id":
                self.anchors.add(value or "")


async def test_every_link_of_the_pages_leads_somewhere_in_this_house(open_gateway: OpenGateway) -> None:
    async with open_gateway({"theater": theater()}) as gateway:
        seen: set[str] = set()
        waiting = ["/"]
        while waiting:
            path = waiting.pop()
            answer = await gateway.get(path, {"Accept": "text/html"})
            if path.startswith("/lgsp/v1/ledger"):
                continue  # these want a database
            assert answer.status_code == 200, path
            if not answer.headers["Content-Type"].startswith("text/html"):
                continue
            page = Links(answer.text)
            assert "script" not in page.tags
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
            for link in page.links:
                assert link.startswith(("/", "#")), link
                target, _, anchor = link.partition("#")
                if target and target not in seen:
                    seen.add(target)
                    waiting.append(target)
                if anchor:
                    there = Links((await gateway.get(target or path, {"Accept": "text/html"})).text)
                    assert anchor in there.anchors, link
    assert {"/docs", "/docs/theater", "/docs/gateway", "/openapi/theater.json", "/problems/theater-closed"} <= seen


async def test_an_operation_is_shown_with_path_callers_parameters_problems_and_example(
    open_gateway: OpenGateway,
) -> None:
    async with open_gateway({"theater": theater()}) as gateway:
        page = (await gateway.get("/docs/theater")).text
    for shown in (
        "/api/theater/v1/seats/{seat}",
        "Book &lt;script&gt;alert(1)&lt;/script&gt;",
        "Takes the seat.",
        "công dân · citizens; vai trò · role usher; cơ quan · agencies with scope theater:write",
        "bắt buộc · required",
        "theater-closed",
        "&lt;b&gt;A&lt;/b&gt;",
    ):
        assert shown in page, shown
    assert "/healthz" not in page


async def test_a_problem_is_explained_with_who_answers_it(open_gateway: OpenGateway) -> None:
    async with open_gateway({"theater": theater()}) as gateway:
        explained = (await gateway.get("/problems/theater-closed")).json()
        unknown = await gateway.get("/problems/unheard-of")
        own = (await gateway.get("/problems/upstream-timeout")).json()
    assert explained == {
        "slug": "theater-closed",
        "status": [409],
        "title": {"vi": "Nhà hát đóng cửa", "en": "The theatre is closed"},
        "meaning": "409: there is nobody to play.",
        "answeredBy": ["PUT /api/theater/v1/seats/{seat}"],
    }
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/problem-not-found")
    assert own["status"] == [504]


@pytest.mark.parametrize("address", ["/docs/nobody", "/openapi/nobody.json"])
async def test_a_service_that_is_not_there_has_no_documents(open_gateway: OpenGateway, address: str) -> None:
    async with open_gateway({}) as gateway:
        answer = await gateway.get(address)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/service-not-found")


async def test_a_document_is_the_services_own(open_gateway: OpenGateway) -> None:
    async with open_gateway({"theater": theater()}) as gateway:
        document = (await gateway.get("/openapi/theater.json")).json()
        own = (await gateway.get("/openapi/gateway.json")).json()
    assert document["servers"] == [{"url": "/api/theater"}]
    assert "/lgsp/v1/ledger/checkpoint" in own["paths"]
