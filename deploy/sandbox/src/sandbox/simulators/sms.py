"""An SMS provider that catches every message and sends none. Its protocol is its own: which provider the city has is not known.

`PUT /messages/{reference}` with `to` and `text` takes a message; the same reference again is the same message and changes
nothing. `refuse` is its one fault of the business: the number is not taken.
"""

from typing import Annotated, Any

from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from sandbox.simulators.faults import Desk, Operation, Request, install
from sandbox.simulators.hanoi import Now

SEND = "send"


class Message(BaseModel):
    """What is to be sent, and to which number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: str = Field(pattern=r"^\+?[0-9]{8,15}$")
    text: str = Field(min_length=1, max_length=1000)


def _keys(request: Request) -> list[str]:
    return [request.path.rsplit("/", 1)[-1]]


class SmsProvider:
    """Every message since the start, by its sender's reference."""

    def __init__(self, *, now: Now, token: str) -> None:
        self._now = now
        self.token = token
        self._messages: dict[str, tuple[str, Message]] = {}
        self.desk = Desk(
            (Operation(SEND, "PUT", r"/messages/[^/]+", _keys),), now=now, business_modes=frozenset({"refuse"})
        )

    def take(self, reference: str, message: Message) -> bool:
        """Take a message; False if this reference stands for another one already."""
        known = self._messages.get(reference)
        if known is None:
            self._messages[reference] = (self._now().isoformat(), message)
            self.desk.acted(SEND, reference)
            return True
        return known[1] == message

    def shown(self) -> list[dict[str, Any]]:
        """Every message, oldest first."""
        return [
            {"at": at, "reference": reference, "to": message.to, "text": message.text}
            for reference, (at, message) in self._messages.items()
        ]


def create_app(provider: SmsProvider) -> FastAPI:
    """The provider as its customers see it, and its messages for a test or a curious person to look at."""
    app = FastAPI(title="Mô phỏng: nhà cung cấp tin nhắn", version="1")

    @app.put("/messages/{reference}", status_code=202)
    async def send(reference: str, message: Message, authorization: Annotated[str, Header()] = "") -> dict[str, str]:
        """Take a message."""
        if authorization != f"Bearer {provider.token}":
            raise HTTPException(401, "a token is needed")
        if provider.desk.take(SEND, "refuse"):
            raise HTTPException(422, "the number is not taken")
        if not provider.take(reference, message):
            raise HTTPException(409, "this reference stands for another message")
        return {"reference": reference, "state": "taken"}

    @app.get("/messages")
    async def messages(to: str | None = None) -> list[dict[str, Any]]:
        """Every message, oldest first; `to` only those to that number."""
        return [message for message in provider.shown() if to is None or message["to"] == to]

    install(app, provider.desk)
    return app
