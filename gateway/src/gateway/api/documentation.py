"""Routes that explain: landing page, the APIs of all services in one place, what each problem means. They decide nothing."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Response
from fastapi.responses import HTMLResponse, JSONResponse

from chassis import problems
from chassis.auth import Public
from chassis.service import Running, Runtime
from gateway.api import pages
from gateway.api.explained import explained
from gateway.api.models.problems import ProblemView
from gateway.api.service_page import service as service_page
from gateway.openapi_documents import Documents
from gateway.problems.origin import ProblemNotFound, ServiceNotFound, UpstreamUnavailable

router = APIRouter(tags=["documentation"])

Anyone = Annotated[None, Depends(Public())]
Accept = Annotated[str, Header(description="`text/html` gets a page, everything else JSON")]

# Pages of ours need nothing from anywhere: no script, no font, no picture.
_STRICT = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
}
_PAGE: dict[int | str, dict[str, Any]] = {
    200: {"description": "A page", "content": {"text/html": {"example": "<!doctype html>…"}}}
}


def _documents(runtime: Runtime) -> Documents:
    documents: Documents = runtime.extras["documents"]
    return documents


@router.get("/", operation_id="get-landing-page", summary="What this is", response_class=HTMLResponse, responses=_PAGE)
async def get_landing(_: Anyone, runtime: Running) -> HTMLResponse:
    """In Vietnamese and English, with links to everything else."""
    return HTMLResponse(pages.landing(_documents(runtime).names, runtime.settings.public_url), headers=_STRICT)


@router.get(
    "/docs", operation_id="get-docs", summary="The APIs of all services", response_class=HTMLResponse, responses=_PAGE
)
async def get_docs(_: Anyone, runtime: Running) -> HTMLResponse:
    """Every operation with its parameters, problems and examples. A service that is away is said to be."""
    return HTMLResponse(pages.overview(await _documents(runtime).all()), headers=_STRICT)


@router.get(
    "/docs/{service}",
    operation_id="get-service-docs",
    summary="The API of one service",
    response_class=HTMLResponse,
    responses={**_PAGE, **problems.responses(ServiceNotFound, UpstreamUnavailable)},
)
async def get_service_docs(service: str, _: Anyone, runtime: Running) -> HTMLResponse:
    """What its OpenAPI document says, to be read by people: who may call, what to send, what comes back, a line of curl."""
    document = await _documents(runtime).of(service)
    return HTMLResponse(service_page(service, document, runtime.settings.public_url), headers=_STRICT)


@router.get(
    "/openapi/{service}.json",
    operation_id="get-service-openapi",
    summary="The OpenAPI 3.1 document of one service",
    responses={
        200: {"content": {"application/json": {"example": {"openapi": "3.1.0", "info": {"title": "Catalog"}}}}},
        **problems.responses(ServiceNotFound, UpstreamUnavailable),
    },
)
async def get_openapi(service: str, _: Anyone, runtime: Running) -> JSONResponse:
    """`gateway` is the gateway's own."""
    return JSONResponse(dict(await _documents(runtime).of(service)))


@router.get(
    "/problems/{slug}",
    operation_id="explain-problem",
    summary="What a problem means",
    response_model=ProblemView,
    response_model_exclude_none=True,
    responses=problems.responses(ProblemNotFound),
)
async def explain_problem(slug: str, _: Anyone, runtime: Running, accept: Accept = "application/json") -> Response:
    """The `type` of every problem leads here (RFC 9457)."""
    view = explained(slug, await _documents(runtime).all())
    if view is None:
        raise ProblemNotFound
    if "text/html" in accept:
        return HTMLResponse(pages.problem(view), headers={**_STRICT, "Vary": "Accept"})
    return JSONResponse(view.model_dump(by_alias=True, exclude_none=True), headers={"Vary": "Accept"})
