"""The pages that explain: every API in one place, every problem by its slug, nothing from elsewhere."""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Annotated, Any, Literal

import pytest
from fastapi import APIRouter, Depends, FastAPI
from pydantic import BaseModel, ConfigDict, Field

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


class Guest(BaseModel):
    """Who sits there, under the `name` of the ticket."""

    name: str = Field(min_length=1, max_length=40, description="As on the <i>ticket</i>, `khách mời` or not")


class Seat(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"row": "<b>A</b>", "guest": {"name": "O'Neil"}}]})

    row: Literal["<b>A</b>", "B"]
    guest: Guest
    remarks: list[str] | None = Field(default=None, max_length=3)


def theater() -> FastAPI:
    router = APIRouter(prefix="/v1/seats")

    @router.put(
        "/{seat}",
        operation_id="book-seat",
        summary="Book <script>alert(1)</script>",
        tags=["booking"],
        responses={
            200: {
                "description": "Taken (đã giữ chỗ)",
                "headers": {"ETag": {"description": "Version of the seat", "schema": {"type": "string"}}},
            },
            **problems.responses(TheaterClosed),
        },
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
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("href", "src", "action"):
                self.links.append(value or "")
            if name == "id":
                self.anchors.add(value or "")

    def handle_data(self, data: str) -> None:
        self.words += data


async def test_every_link_of_the_pages_leads_somewhere_in_this_house(open_gateway: OpenGateway) -> None:
    async with open_gateway({"theater": theater()}) as gateway:
        pages: dict[str, Links] = {}
        seen, waiting, anchored = {"/"}, ["/"], set[tuple[str, str]]()
        while waiting:
            path = waiting.pop()
            answer = await gateway.get(path, {"Accept": "text/html"})
            if path.startswith("/lgsp/v1/ledger"):
                continue  # these want a database
            assert answer.status_code == 200, path
            if not answer.headers["Content-Type"].startswith("text/html"):
                continue
            page = pages[path] = Links(answer.text)
            assert "script" not in page.tags
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
            for link in page.links:
                assert link.startswith(("/", "#")), link
                target, _, anchor = link.partition("#")
                if target and target not in seen:
                    seen.add(target)
                    waiting.append(target)
                if anchor:
                    anchored.add((target or path, anchor))
    assert [link for link in sorted(anchored) if link[1] not in pages[link[0]].anchors] == []
    assert {"/docs", "/docs/theater", "/docs/gateway", "/openapi/theater.json", "/problems/theater-closed"} <= seen


async def test_an_operation_is_shown_with_path_callers_parameters_problems_and_example(
    open_gateway: OpenGateway,
) -> None:
    async with open_gateway({"theater": theater()}) as gateway:
        page = (await gateway.get("/docs/theater")).text
    words = Links(page).words
    for shown in (
        "/api/theater/v1/seats/{seat}",
        "Book <script>alert(1)</script>",
        "Takes the seat.",
        "công dân · citizens; vai trò · role usher; cơ quan có phạm vi · agencies with scope theater:write",
        "seat bắt buộc · required",
        "theater-closed",
        '"row": "<b>A</b>"',
    ):
        assert shown in words, shown
    assert {"script", "b", "i"}.isdisjoint(Links(page).tags)
    assert "/healthz" not in page


async def test_what_one_sends_and_what_one_gets_is_shown_field_by_field(open_gateway: OpenGateway) -> None:
    async with open_gateway({"theater": theater()}) as gateway:
        words = Links((await gateway.get("/docs/theater")).text).words
    sent, got = words.split("Gửi · Request body")[1].split("Trả lời · Answer 200 OK")
    for shown in (
        "application/json, object",
        "row bắt buộc · required",
        "một trong · one of: <b>A</b>, B",
        "guest.name bắt buộc · requiredstringđộ dài · length 1–40As on the <i>ticket</i>, khách mời or not",
        "remarksarray of string | nullsố phần tử · items ≤ 3",
        '"name": "O\'Neil"',
    ):
        assert shown in sent, shown
    for shown in ("Taken (đã giữ chỗ)", "ETagstringVersion of the seat", "guest.name", "remarks có thể vắng"):
        assert shown in got, shown


async def test_code_in_a_description_is_marked_and_each_language_named(open_gateway: OpenGateway) -> None:
    async with open_gateway({"theater": theater()}) as gateway:
        page = (await gateway.get("/docs/theater")).text
    assert '<html lang="vi">' in page
    assert '<span lang="en">Who sits there, under the <code translate="no">name</code> of the ticket.</span>' in page
    assert '<span lang="en">Taken (<span lang="vi">đã giữ chỗ</span>)</span>' in page


async def test_operations_are_listed_by_group_at_the_top(open_gateway: OpenGateway) -> None:
    async with open_gateway({"theater": theater()}) as gateway:
        page = (await gateway.get("/docs/theater")).text
    listed = page.split('<nav id="contents"')[1].split("</nav>")[0]
    assert listed.index('href="#tag-booking"') < listed.index('href="#book-seat"')


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
