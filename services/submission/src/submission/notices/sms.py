"""Text messages over HTTP. Which provider the city has is not known: the protocol is that of our simulator, and no other's.

`PUT {url}/messages/{reference}` with `{"to", "text"}` and a bearer token. The same reference again is the same message, so an
attempt whose end is not known may be repeated: what cannot be promised of a provider must not be sent by this adapter.
"""

from dataclasses import dataclass, field

import httpx

from submission.notices.ports import Handed, Message, Outcome


@dataclass(frozen=True, slots=True)
class HttpSmsCourier:
    """An SMS provider and how to speak with it."""

    url: str
    timeout_seconds: float
    token: str | None = field(default=None, repr=False)
    repeatable: bool = True

    async def hand_over(self, message: Message) -> Handed:
        """2xx: taken. 4xx: never will be, but for those that mean *not now* or *not by you*. All else: later."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            async with httpx.AsyncClient(timeout=self.timeout_seconds, trust_env=False) as client:
                answer = await client.put(
                    f"{self.url.rstrip('/')}/messages/{message.reference}",
                    headers=headers,
                    json={"to": message.to, "text": message.body},
                )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Handed(Outcome.LATER, type(error).__name__)
        if answer.is_success:
            return Handed(Outcome.TAKEN)
        final = answer.is_client_error and answer.status_code not in _NOT_NOW
        return Handed(Outcome.REFUSED if final else Outcome.LATER, f"HTTP {answer.status_code}")


_NOT_NOW = frozenset({401, 403, 408, 425, 429})
