"""The demo as a caller: the public APIs over a real socket, with the token of whoever acts. It reaches into no service."""

import asyncio
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpx

from sandbox.simulators.people import Person
from sandbox.stack import Sandbox

Json = dict[str, Any]


class DemoFailed(Exception):
    """A step did not do what it must; the message is for the person at the screen."""


@dataclass(frozen=True)
class Seen:
    """An event that crossed the gateway."""

    position: int
    type: str
    subject: str

    @property
    def name(self) -> str:
        """Its short name, e.g. `dossier-submitted`."""
        return self.type.split(".")[-2]


class Client:
    """Calls the sandbox as one person or as nobody."""

    def __init__(self, http: httpx.AsyncClient, token: str | None = None) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    @classmethod
    def of(cls, sandbox: Sandbox, http: httpx.AsyncClient, person: Person | None = None) -> Self:
        """The client of a ready identity, with a token fresh from the identity simulator."""
        return cls(http, sandbox.simulators.identity.mint(person) if person else None)

    async def get(self, path: str, **query: Any) -> Json:
        """A JSON document."""
        return self._json(await self._http.get(path, params=query, headers=self._headers))

    async def file(self, path: str) -> bytes:
        """A file."""
        answer = await self._http.get(path, headers=self._headers)
        self._check(answer)
        return answer.content

    async def post(self, path: str, body: Json | None = None, *, key: str | None = None) -> Json:
        """Act; with an Idempotency-Key where the address wants one."""
        headers: Mapping[str, str] = self._headers | ({"Idempotency-Key": key} if key else {})
        return self._json(await self._http.post(path, json=body, headers=headers))

    async def upload(self, content: bytes, *, name: str, media_type: str) -> str:
        """Send a file by the resumable upload protocol (tus 1.0), in two parts; gives the upload's id."""
        encoded = ",".join(
            f"{key} {b64encode(value.encode()).decode()}"
            for key, value in (("filename", name), ("filetype", media_type))
        )
        tus = self._headers | {"Tus-Resumable": "1.0.0"}
        begun = await self._http.post(
            "/api/submission/v1/uploads",
            headers=tus | {"Upload-Length": str(len(content)), "Upload-Metadata": encoded},
        )
        self._check(begun)
        offset = 0
        for part in (content[: len(content) // 2], content[len(content) // 2 :]):
            headers = tus | {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
            self._check(await self._http.patch(begun.headers["Location"], content=part, headers=headers))
            offset += len(part)
        return str(begun.headers["Location"]).rsplit("/", 1)[-1]

    async def refusal(self, path: str, body: Json, *, key: str) -> str:
        """Act, and give the slug of the problem that comes of it; empty if it is done."""
        answer = await self._http.post(path, json=body, headers=self._headers | {"Idempotency-Key": key})
        return "" if answer.is_success else str(answer.json()["type"]).rsplit("/", 1)[-1]

    async def until(self, path: str, good: Callable[[Json], bool], *, seconds: float = 30) -> Json:
        """Ask again until the answer is good."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    answer = await self._http.get(path, headers=self._headers)
                    if answer.is_success and good(answer.json()):
                        return self._json(answer)
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise DemoFailed(f"{path} did not get there within {seconds:g} s: {answer.text[:500]}") from None

    def _json(self, answer: httpx.Response) -> Json:
        self._check(answer)
        document: Json = answer.json()
        return document

    def _check(self, answer: httpx.Response) -> None:
        if not answer.is_success:
            raise DemoFailed(
                f"{answer.request.method} {answer.request.url.path} → {answer.status_code} {answer.text[:500]}"
            )
