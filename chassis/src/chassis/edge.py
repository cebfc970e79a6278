"""What every request and answer passes first and last: bounds on what is sent, and headers that keep answers safe."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.problems import BadRequest, FieldError, Text, problem_response

# Given twice, a proxy that looks at the one and we who act on the other would not mean the same caller or act.
_SINGLE = frozenset({b"authorization", b"idempotency-key", b"if-match", b"content-type", b"host"})


_ALLOWANCE = "chassis.edge.allowance"


class _Allowance:
    """How much of a body may still come; what was announced is judged at the first read, when the route has spoken."""

    def __init__(self, most: int, announced: str) -> None:
        self._most = most
        self._announced = announced
        self._come = 0

    def raise_to(self, most: int) -> None:
        self._most = max(self._most, most)

    def check(self, come: int = 0) -> None:
        self._come += come
        announced = self._announced
        # Announced as too much, it is refused at the first read: before the client is told to go on sending.
        too_much = announced.isdecimal() and (len(announced) > 18 or int(announced) > self._most)
        if too_much or self._come > self._most:
            # Starlette's own exception, because it passes through whoever reads the body and ends as our problem.
            raise HTTPException(413)


def allow_body(request: Request, most: int) -> None:
    """Let this request's body have up to `most` bytes. For a route that streams it, and says so before it reads."""
    allowance: _Allowance | None = request.scope.get(_ALLOWANCE)
    if allowance is not None:
        allowance.raise_to(most)


class EdgeMiddleware:
    """Pure ASGI. A body of more than `request_bytes` is refused (413) when it is read, by what really arrives.

    A route that takes more raises the bound for itself (`allow_body`).

    A header that must be one and is there twice is refused (400). An answer to a caller with a token is theirs alone: no
    cache keeps it, unless the route says how.
    """

    def __init__(self, app: ASGIApp, *, request_bytes: int) -> None:
        self.app = app
        self.request_bytes = request_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        allowance = _Allowance(self.request_bytes, asked.get("content-length", "0"))
        scope[_ALLOWANCE] = allowance
        private = "authorization" in asked

        async def bounded() -> Message:
            allowance.check()
            message = await receive()
            allowance.check(len(message.get("body", b"")))
            return message

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message.setdefault("headers", []))
                headers.setdefault("X-Content-Type-Options", "nosniff")
                if private:
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        if twice := _given_twice(scope):
            refusal = problem_response(twice, scope)
            await refusal(scope, bounded, guarded)
            return
        await self.app(scope, bounded, guarded)


def _given_twice(scope: Scope) -> BadRequest | None:
    single = [name for name, _ in scope["headers"] if name in _SINGLE]
    if len(single) == len(set(single)):
        return None
    name = next(name for name in single if single.count(name) > 1).decode()
    once = Text("Chỉ được gửi một lần", "Must be given once")
    return BadRequest(errors=[FieldError(f"header:{name}", "single", once)])
