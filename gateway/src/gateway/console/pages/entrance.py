"""Sign-in and sign-out of operators. It shows nothing of the gateway."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from chassis.problems import Forbidden
from chassis.telemetry.logging import get_logger
from gateway.console.oidc import Asked, SignInFailed, StaffIssuer
from gateway.console.web import SESSION, TIE, Console, Visit
from gateway.handlers import console as handlers
from gateway.queries.console_sessions import Login

_log = get_logger("console")
_MINUTES_TO_SIGN_IN = 10


def routes(console: Console) -> list[Route]:
    """Where an operator comes in and goes out."""
    entrance = _Entrance(console)
    return [
        console.route("/login", entrance.login, "GET"),
        console.route("/callback", entrance.callback, "GET"),
        console.route("/goodbye", entrance.goodbye, "GET"),
        console.action("/logout", entrance.logout),
    ]


class _Entrance:
    def __init__(self, console: Console) -> None:
        self.console = console

    async def login(self, request: Request) -> Response:
        """Leave for the issuer."""
        issuer = self.console.issuer
        if issuer is None:
            return self.console.show(request, "closed.html", status=503)
        asked = Asked.anew()
        login = Login(asked.state, asked.nonce, asked.verifier, _within(request.query_params.get("next")), fresh=True)
        try:
            target = await issuer.authorize_url(asked)
        except SignInFailed as failed:
            return self._failed(request, failed.reason, 503)
        async with self.console.runtime.database.begin() as uow:
            tie = await handlers.begin_sign_in(login, uow)
        response = RedirectResponse(target, 303)
        self.console.cookie(response, TIE, tie, seconds=60 * _MINUTES_TO_SIGN_IN)
        return response

    async def callback(self, request: Request) -> Response:
        """Come back from the issuer: with a code, in the browser that left, or not at all."""
        issuer = self.console.issuer
        if issuer is None:
            return self.console.show(request, "closed.html", status=503)
        query = request.query_params
        async with self.console.runtime.database.begin() as uow:
            login = await handlers.take_sign_in(request.cookies.get(TIE, ""), query.get("state", ""), uow)
        if login is None:
            return self._failed(request, "not-begun-here", 400)
        if not query.get("code"):
            return self._failed(request, "issuer-said-no", 403)
        try:
            secret = await self._signed_in(issuer, request, query["code"], login)
        except SignInFailed as failed:
            _log.warning("operator sign-in failed", reason=failed.reason)
            return self._failed(request, failed.reason, 503 if failed.reason == "issuer-out-of-reach" else 403)
        except Forbidden:
            return self._failed(request, "not-an-operator", 403)
        response = RedirectResponse(login.next, 303)
        self.console.cookie(response, SESSION, secret)
        self.console.forget(response, TIE)
        return response

    async def _signed_in(self, issuer: StaffIssuer, request: Request, code: str, login: Login) -> str:
        principal = await issuer.principal(code, Asked(login.state, login.nonce, login.verifier))
        address = request.client.host if request.client else "unknown"
        before = request.cookies.get(SESSION)
        seconds = self.console.settings.console_session_seconds
        async with self.console.runtime.database.begin() as uow:
            return await handlers.sign_in(principal, address, uow, seconds=seconds, before=before)

    async def logout(self, visit: Visit) -> Response:
        """End the session here; the issuer's own is the issuer's."""
        async with visit.runtime.database.begin() as uow:
            await handlers.sign_out(visit.request.cookies[SESSION], visit.operator, uow)
        response = RedirectResponse("/console/goodbye", 303)
        self.console.forget(response, SESSION)
        return response

    async def goodbye(self, request: Request) -> Response:
        """Signed out."""
        return self.console.show(request, "goodbye.html")

    def _failed(self, request: Request, reason: str, status: int) -> Response:
        response = self.console.show(request, "sign_in_failed.html", status=status, reason=reason)
        self.console.forget(response, TIE)
        return response


def _within(goes_on: str | None) -> str:
    """A page of the console to go on to: nobody is sent elsewhere by a link to our sign-in."""
    path = goes_on or ""
    safe = path.startswith("/console/") and "\\" not in path and path.isprintable() and path.isascii()
    return path if safe else "/console/"
