"""What every request and answer passes first and last: a bound on the body's bytes, and headers that keep answers safe."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class EdgeMiddleware:
    """Pure ASGI. A body of more than `request_bytes` is refused (413) when it is read, by what really arrives.

    An answer to a caller with a token is theirs alone: no cache keeps it, unless the route says how.
    """

    def __init__(self, app: ASGIApp, *, request_bytes: int) -> None:
        self.app = app
        self.request_bytes = request_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        announced = asked.get("content-length", "0")
        # Announced as too much, it is refused at the first read: before the client is told to go on sending.
        too_much = announced.isdecimal() and (len(announced) > 18 or int(announced) > self.request_bytes)
        allowance = -1 if too_much else self.request_bytes
        private = "authorization" in asked

        async def bounded() -> Message:
            nonlocal allowance
            # Starlette's own exception, because it passes through whoever reads the body and ends as our problem.
            if allowance < 0:
                raise HTTPException(413)
            message = await receive()
            allowance -= len(message.get("body", b""))
            if allowance < 0:
                raise HTTPException(413)
            return message

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message.setdefault("headers", []))
                headers.setdefault("X-Content-Type-Options", "nosniff")
                if private:
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, bounded, guarded)
