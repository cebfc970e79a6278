"""What every page of the console stands on: the operator's visit, cookies, forms, templates, headers. It shows nothing itself."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from chassis.edge import allow_body
from chassis.problems import InvalidPayload, Problem
from chassis.service import Runtime
from gateway.console import words
from gateway.console.assets import Assets
from gateway.console.oidc import StaffIssuer
from gateway.handlers import console as handlers
from gateway.handlers.console import Operator
from gateway.queries.console_sessions import Session
from gateway.settings import GatewaySettings, settings_of

SESSION, TIE, LANGUAGE = "lienthong_console", "lienthong_console_login", "lienthong_console_lang"
_FORM_FIELDS = 200

Render = Callable[["Visit"], Awaitable[Response]]


@dataclass(eq=False)
class Console:
    """The console of one gateway process. `issuer` None: nobody can sign in, so every page says so."""

    runtime: Runtime
    issuer: StaffIssuer | None
    assets: Assets = field(default_factory=Assets.packaged)

    def __post_init__(self) -> None:
        self.templates = Environment(
            loader=PackageLoader("gateway.console"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True,
        )  # fmt: skip
        self.templates.filters.update(words.FILTERS)
        self.templates.globals["path_of"] = path_of
        self.templates.globals["asset"] = self.assets.address

    @property
    def settings(self) -> GatewaySettings:
        """The gateway's."""
        return settings_of(self.runtime)

    @property
    def https(self) -> bool:
        """Whether browsers come by https: then cookies are for it only."""
        return self.settings.public_url.startswith("https://")

    def page(self, path: str, render: Render, *, live: bool = False) -> Route:
        """A page for operators. `live`: read by a script again and again, which keeps no session awake."""

        async def endpoint(request: Request) -> Response:
            asked_by_script = live or request.query_params.get("live") == "1"
            visit = await self._visit(request, touch=not asked_by_script)
            return await render(visit) if isinstance(visit, Visit) else visit

        return self.route(path, endpoint, "GET")

    def action(self, path: str, act: Render, *, most_bytes: int | None = None) -> Route:
        """Something an operator does: a form that she, and nobody else's page, sent."""

        async def endpoint(request: Request) -> Response:
            visit = await self._visit(request, touch=True)
            if not isinstance(visit, Visit):
                return visit
            if most_bytes is not None:
                allow_body(request, most_bytes)
            visit.form = await _form(request)
            given = visit.form.get("csrf", "")
            if not secrets.compare_digest(given.encode(errors="replace"), visit.session.csrf.encode()):
                return visit.render("refused.html", status=403, why=words.NOT_FROM_HERE)
            try:
                return await act(visit)
            except Problem as problem:
                return visit.render("refused.html", status=problem.status, why=problem.detail or problem.title)

        return self.route(path, endpoint, "POST")

    def route(self, path: str, endpoint: Callable[[Request], Awaitable[Response]], method: str) -> Route:
        """A route whose answers carry the console's headers, counted under its template."""
        route = Route(path, _named(path, endpoint), methods=[method])
        route.methods = {method}  # no HEAD: it would be answered by what reads the whole page
        return route

    def cookie(self, response: Response, name: str, value: str, *, seconds: int | None = None) -> None:
        """A cookie no script can read, that other sites' forms do not carry."""
        response.set_cookie(
            name, value, max_age=seconds, path="/console", secure=self.https, httponly=True, samesite="lax"
        )

    def forget(self, response: Response, name: str) -> None:
        """Take a cookie back."""
        response.delete_cookie(name, path="/console", secure=self.https, httponly=True, samesite="lax")

    def show(self, request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """A page for whoever it is; what operators see goes through Visit.render."""
        language = language_of(request)

        def t(vi: str, en: str) -> str:
            return en if language == "en" else vi

        here = path_of(request.url.path, **{**dict(request.query_params), "lang": "vi" if language == "en" else "en"})
        shared = {"t": t, "lang": language, "here": request.url.path, "switch": here, "session": None}
        html = self.templates.get_template(template).render(**{**shared, **context})
        return HTMLResponse(html, status)

    async def _visit(self, request: Request, *, touch: bool) -> "Visit | Response":
        if self.issuer is None:
            return self.show(request, "closed.html", status=503)
        secret = request.cookies.get(SESSION)
        if secret is None:
            return self._locked(request, idle=False)
        async with self.runtime.database.begin() as uow:
            session = await handlers.session_at(secret, uow, idle=self.settings.console_idle_seconds, touch=touch)
        if session is None:
            return self._locked(request, idle=True)
        return Visit(self, request, session)

    def _locked(self, request: Request, *, idle: bool) -> Response:
        goes_on = request.url.path if request.method == "GET" and "/live" not in request.url.path else "/console/"
        return self.show(request, "locked.html", status=401, idle=idle, goes_on=goes_on)


@dataclass
class Visit:
    """One request of a signed-in operator."""

    console: Console
    request: Request
    session: Session
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def runtime(self) -> Runtime:
        """The gateway's."""
        return self.console.runtime

    @property
    def operator(self) -> Operator:
        """Who acts, for the audit."""
        client = self.request.client
        return Operator(self.session.subject, self.session.name, client.host if client else "unknown")

    def render(self, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """A page, with what every one shows: who is signed in, what was just done."""
        notice = words.NOTICES.get(self.request.query_params.get("done", ""))
        shared = {"session": self.session, "csrf": self.session.csrf, "notice": notice, "now": self.runtime.clock.now()}
        seconds = self.console.settings.console_refresh_seconds
        return self.console.show(self.request, template, status=status, **{**shared, "refresh": seconds, **context})

    def see(self, path: str, done: str) -> Response:
        """On to a page that says what was done."""
        return RedirectResponse(f"{path}{'&' if '?' in path else '?'}done={done}", 303)

    def number(self, name: str, *, most: int = 2**63 - 1) -> int | None:
        """A number of the query, if it is one that can be meant."""
        return number_in(self.request.query_params.get(name), most=most)

    def number_at(self, name: str) -> int:
        """A number of the address; what cannot be one is not there (404)."""
        number = number_in(self.request.path_params[name])
        if number is None:
            raise HTTPException(404)
        return number

    def text(self, name: str, *, most: int = 2000) -> str:
        """A field of the form, without what surrounds it. Cut where it is longer than anyone writes."""
        return self.form.get(name, "").replace("\0", "").strip()[:most]

    def day(self, name: str) -> date | None:
        """A day of the form, or None where it was left empty. Raises InvalidPayload."""
        given = self.text(name)
        try:
            return date.fromisoformat(given) if given else None
        except ValueError as error:
            raise InvalidPayload(words.NO_SUCH_DAY) from error


def number_in(given: str | None, *, most: int = 2**63 - 1) -> int | None:
    """A whole number from 0, or None for anything else."""
    if given is None or not (given.isascii() and given.isdecimal() and len(given) < 20):
        return None
    return number if (number := int(given)) <= most else None


def language_of(request: Request) -> str:
    """Vietnamese, unless English was chosen."""
    chosen = request.query_params.get("lang") or request.cookies.get(LANGUAGE)
    return "en" if chosen == "en" else "vi"


def path_of(path: str, *segments: object, **query: object) -> str:
    """An address of the console: each segment quoted by itself, parameters that are None left out."""
    quoted = "".join(f"/{quote(str(segment), safe='')}" for segment in segments)
    asked = urlencode({key: value for key, value in query.items() if value is not None})
    return f"{path}{quoted}{f'?{asked}' if asked else ''}"


async def _form(request: Request) -> Mapping[str, str]:
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise HTTPException(415)
    body = await request.body()
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_FORM_FIELDS)
    except ValueError as error:  # UnicodeDecodeError is one too
        raise HTTPException(400) from error
    return dict(pairs)


@dataclass(frozen=True)
class _Template:
    """What metrics and spans call the requests of one route."""

    path: str


def _named(path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    template = _Template(f"/console{path}")

    async def named(request: Request) -> Response:
        request.scope["route"] = template
        response = await endpoint(request)
        if request.query_params.get("lang") in {"vi", "en"}:
            response.set_cookie(LANGUAGE, request.query_params["lang"], path="/console", samesite="lax", httponly=True)
        return response

    return named
