"""One exchange as the gateway knows it so far: gathers what is decided and measured, and tells the message log. It decides nothing."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import unquote
from uuid import UUID

from starlette.types import Scope

from gateway.domain.partners import Grant, MessageLogPolicy, Service, ServiceId, Subsystem
from gateway.exchange import headers as heads
from gateway.exchange.address import Address
from gateway.exchange.errors import Refusal, body_of, prefers_xml
from gateway.exchange.hop import Hop
from gateway.exchange.record import Asked, Direction, Ended, MessageLog
from gateway.exchange.request_hash import head_of, request_hash
from gateway.upstream import Headers

# Of an address that follows no rule, this much is kept in the log.
_MOST_OF_PATH = 2000


@dataclass(slots=True)
class Call:
    """An exchange under way; a `hop.Told`. What is not known yet is None."""

    scope: Scope
    request_id: UUID
    method: str
    raw_path: bytes
    received_at: datetime
    log: MessageLog
    message_id: str = ""
    address: Address | None = None
    asking: heads.Asking | None = None
    client: Subsystem | None = None
    service_id: ServiceId | None = None
    service: Service | None = None
    grant: Grant | None = None
    person: str | None = field(default=None, repr=False)
    allowance: Mapping[str, str] = field(default_factory=dict)
    began: float = field(default_factory=time.perf_counter)
    started: bool = False
    _hop: Hop | None = None
    _head: bytes = b""
    _hash: str | None = None
    _asked: Asked | None = None

    @property
    def policy(self) -> MessageLogPolicy:
        """What is kept of it. Reading personal data always leaves a trace, whatever a service was registered with."""
        if self.service is None:
            return MessageLogPolicy.METADATA
        if self.service.personal and self.service.log is MessageLogPolicy.OFF:
            return MessageLogPolicy.METADATA
        return self.service.log

    @property
    def status(self) -> int:
        """What the provider answered; 0 before."""
        return self._hop.status if self._hop is not None else 0

    @property
    def upstream_millis(self) -> float | None:
        """The provider's share, up to its first byte."""
        first = self._hop.first_byte_at if self._hop is not None else None
        return None if first is None or self._hop is None else (first - self._hop.went_out_at) * 1000

    def to_provider(self, hop: Hop, prefix: bytes, own: Iterable[tuple[bytes, bytes]]) -> Scope:
        """The request as the provider gets it; from here on its hash can be made."""
        assert self.address is not None and self.asking is not None  # noqa: S101, PT018 - nothing goes out unread
        sent = heads.to_provider(self.asking, str(self.request_id), self.message_id)
        self._hop = hop
        self._head = head_of(self.method, self.address.target, self.address.query, sent)
        if self.asking.length is not None:
            sent.append((b"content-length", b"%d" % self.asking.length))
        replaced = {name for name, _ in own}
        path = prefix + self.address.raw_path
        inner = {
            **self.scope,
            "path": unquote(path.decode("ascii")),
            "raw_path": path,
            "root_path": "",
            "headers": [*(item for item in sent if item[0] not in replaced), *own] if replaced else sent,
            "state": {},
        }
        inner.pop("route", None)
        return inner

    def asked(self) -> Asked:
        """It as it came in."""
        if self._asked is None:
            address, asking = self.address, self.asking
            rest = self.raw_path[:_MOST_OF_PATH] if address is None else address.raw_path
            query: bytes = self.scope["query_string"][:_MOST_OF_PATH] if address is None else address.query
            self._asked = Asked(
                request_id=self.request_id,
                message_id=self.message_id,
                method=self.method[:20],
                client=str(self.client.id) if self.client is not None else None,
                service=str(self.service_id) if self.service_id is not None else None,
                path=_loggable(rest),
                query=_loggable(query),
                user_id=asking.user_id if asking is not None else None,
                issue=asking.issue if asking is not None else None,
                represented_party=asking.represented_party if asking is not None else None,
                received_at=self.received_at,
                policy=self.policy,
                grant_id=self.grant.id if self.grant is not None else None,
                person=self.person,
            )
        return self._asked

    async def begin(self) -> None:
        """Write down that it is about to be made."""
        await self.log.begin(self.asked())

    async def piece(self, direction: Direction, number: int, chunk: bytes) -> None:
        """A piece of a body passes."""
        await self.log.body(self.request_id, direction, number, chunk)

    async def answered(self) -> None:
        """The provider's answer is whole. With the policy OFF too the log is told: it counts, and keeps nothing."""
        await self.log.end(self.asked(), self._ended(self.status, None))

    async def refused(self, refusal: Refusal, status: int) -> None:
        """It ends with an error of ours. A denial is written down whatever the policy."""
        asked = self.asked()
        if refusal.error.denial and asked.policy is MessageLogPolicy.OFF:
            asked = replace(asked, policy=MessageLogPolicy.METADATA)
        await self.log.end(asked, self._ended(self.status if self.started else status, refusal.error.type))

    def headers_of_answer(self) -> Headers:
        """The gateway's own headers of any answer."""
        client = self.client.id if self.client is not None else None
        said = heads.answer_headers(self.message_id, client, self.service_id, str(self.request_id), self._hash_now())
        said.extend((name.lower().encode("ascii"), value.encode("ascii")) for name, value in self.allowance.items())
        return said

    def refusal_answer(self, refusal: Refusal, status: int) -> tuple[bytes, Headers]:
        """Body and headers of an error of ours."""
        accept = [value.decode("latin-1") for name, value in self.scope["headers"] if name == b"accept"]
        body, media_type = body_of(refusal, str(self.request_id), xml=prefers_xml(accept))
        headers = self.headers_of_answer()
        headers += [
            (b"x-road-error", refusal.error.type.encode("ascii")),
            (b"content-type", media_type),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
        ]
        extra = {**refusal.headers}
        if status != refusal.error.status:
            extra.pop("WWW-Authenticate", None)
        headers += [(name.lower().encode("ascii"), value.encode("ascii")) for name, value in extra.items()]
        return body, headers

    def _hash_now(self) -> str | None:
        """The request hash, once the whole request has passed: an answer that begins before that cannot carry it."""
        if self._hash is None and self._hop is not None and self._hop.whole_request:
            self._hash = request_hash(self._head, self._hop.request)
        return self._hash

    def _ended(self, status: int, error: str | None) -> Ended:
        hop = self._hop
        return Ended(
            status=status,
            error=error,
            request_bytes=hop.request.size if hop is not None else 0,
            response_bytes=hop.response.size if hop is not None else 0,
            request_sha512=hop.request.value() if hop is not None else None,
            response_sha512=hop.response.value() if hop is not None else None,
            millis=(time.perf_counter() - self.began) * 1000,
            upstream_millis=self.upstream_millis,
            request_hash=self._hash_now(),
        )


def _loggable(sent: bytes) -> str:
    """Part of an address as text that any database takes."""
    return sent.decode("latin-1").replace("\0", "%00")
