"""The bound on a request's body, and the route that raises it for itself."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request

from chassis import problems
from chassis.edge import EdgeMiddleware, allow_body


def an_app() -> FastAPI:
    app = FastAPI()
    problems.install(app)
    app.add_middleware(EdgeMiddleware, request_bytes=100)

    async def counted(request: Request) -> int:
        return sum([len(piece) async for piece in request.stream()])

    @app.post("/usual")
    async def usual(request: Request) -> int:
        return await counted(request)

    @app.post("/large")
    async def large(request: Request) -> int:
        allow_body(request, 1000)
        return await counted(request)

    @app.post("/small")
    async def small(request: Request) -> int:
        allow_body(request, 10)
        return await counted(request)

    return app


async def post(path: str, size: int, *, announced: bool) -> httpx.Response:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, size, 50):
            yield bytes(min(50, size - start))

    async with httpx.AsyncClient(transport=httpx.ASGITransport(an_app()), base_url="http://test") as client:
        return await client.post(path, content=bytes(size) if announced else pieces())


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/usual", 100, 200),
        ("/usual", 101, 413),
        ("/large", 1000, 200),
        ("/large", 1001, 413),
        ("/small", 100, 200),  # raised only: what everybody may send, this route takes too
        ("/small", 101, 413),
    ],
)
async def test_a_body_is_bounded_by_what_its_route_allows(
    path: str, size: int, status: int, *, announced: bool
) -> None:
    answer = await post(path, size, announced=announced)
    assert answer.status_code == status
    assert answer.json() == size if status == 200 else answer.json()["type"] == "/problems/payload-too-large"


async def test_a_body_announced_as_more_than_any_number_is_refused() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(an_app()), base_url="http://test") as client:
        answer = await client.post("/large", headers={"Content-Length": "9" * 30}, content=b"x")
    assert answer.status_code == 413
