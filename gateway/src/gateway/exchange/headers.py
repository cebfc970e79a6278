"""Which headers of a call mean something here, which pass, which are stripped both ways. Pure; it decides no right."""

from dataclasses import dataclass
from functools import lru_cache

from gateway.domain.partners import ServiceId, SubsystemId
from gateway.exchange.address import encoded, identifiers
from gateway.exchange.errors import BAD_REQUEST, CLIENT_INVALID, CLIENT_MISSING, Refusal
from gateway.upstream import HOP_BY_HOP, Headers

CLIENT, MESSAGE_ID, REQUEST_ID = b"x-road-client", b"x-road-id", b"x-road-request-id"
USER_ID, ISSUE, REPRESENTED = b"x-road-userid", b"x-road-issue", b"x-road-represented-party"
MOST_CHARACTERS = 255
# Ours to say: a caller could only forge them.
_OURS = frozenset({REQUEST_ID, b"x-road-request-hash", b"x-road-service", b"x-road-error"})
# X-Road strips these both ways: they tell of one connection, or of the machine at the other end of it.
_STRIPPED = HOP_BY_HOP | {b"host", b"user-agent", b"server", b"content-length"}
# What proves a caller to this gateway proves it to nobody else: a provider that had it could call as the caller.
# Cookies belong to the gateway's own origin, where the console's sessions live.
_CREDENTIALS = frozenset({b"authorization", b"cookie", b"client-cert", b"client-cert-chain", b"dpop", b"x-api-key"})
FIELDS = b"x-lgsp-fields"
"""Which fields the grant allows, by commas: said to the provider by the gateway alone. Absent: whatever the service shows."""
# What proxies say of a caller is said by proxies, what the gateway says by the gateway; from a caller it is a claim.
_CLAIMED = frozenset({b"forwarded", b"x-real-ip", b"via", FIELDS})
_CLAIM_PREFIXES = (b"x-forwarded-", b"x-ssl-client")
# Some servers act by these instead of by method and path, which are what the grant was checked for.
_OVERRIDES = frozenset(
    {b"x-http-method-override", b"x-http-method", b"x-method-override", b"x-original-url", b"x-rewrite-url"}
)
_ORDINARY_CONNECTION = frozenset({b"keep-alive", b"close"})
_FORWARDED_ONCE = frozenset({CLIENT, USER_ID, ISSUE, REPRESENTED, b"traceparent"})
_READ = _FORWARDED_ONCE | {MESSAGE_ID, b"content-length"}
_NOT_FORWARDED = _OURS | _STRIPPED | _CREDENTIALS | _CLAIMED | _OVERRIDES
_NOT_PASSED_BACK = _STRIPPED | {b"date", b"set-cookie"}


@dataclass(frozen=True, slots=True)
class Asking:
    """The headers of a call, read once. `client` are the identifiers of X-Road-Client, three or four, None if it is missing.

    `forwarded` are those that go on to the provider, without the ids we add and without any that frame a body.
    `length` is the announced length of the body; `has_body` whether one is to come.
    """

    client: tuple[str, ...] | None
    message_id: str | None
    user_id: str | None
    issue: str | None
    represented_party: str | None
    forwarded: Headers
    length: int | None
    has_body: bool
    traceparent: str | None

    @property
    def expected(self) -> int | None:
        """How long the body is to be: what was announced, 0 where none is to come, None where it is said at its end."""
        return self.length if self.has_body else 0


def read(headers: Headers) -> Asking:
    """What the headers of a call say. Of those that may stand there once, the last one wins. Raises Refusal."""
    last: dict[bytes, bytes] = {}
    forwarded: Headers = []
    named_hop_by_hop: set[bytes] = set()
    chunked = False
    # From the end: of those that may stand there once the last one counts, and only that one goes on, in its place. With
    # two of them the provider might go by the other, and who asks and what for is what was checked.
    for name, value in reversed(headers):
        if name in _READ:
            first_met = name not in last
            last.setdefault(name, value)
            if first_met and name in _FORWARDED_ONCE:
                forwarded.append((name, value))
        elif name == b"connection":
            named_hop_by_hop.update(token.strip().lower() for token in value.split(b","))
        elif name == b"transfer-encoding":
            chunked = True
        elif name not in _NOT_FORWARDED and not name.startswith(_CLAIM_PREFIXES) and not _passes_for_ours(name):
            if not value.isascii():
                _decoded(name, value)  # other bytes would not reach the provider as those the hash is made over
            forwarded.append((name, value))
    forwarded.reverse()
    if named_hop_by_hop - _ORDINARY_CONNECTION:
        forwarded = [item for item in forwarded if item[0] not in named_hop_by_hop or item[0] in _FORWARDED_ONCE]
    length = _length(last.get(b"content-length"))
    traceparent = last.get(b"traceparent")
    client = last.get(CLIENT)
    return Asking(
        client=None if client is None else _client(client),
        message_id=_text(MESSAGE_ID, last),
        user_id=_text(USER_ID, last),
        issue=_text(ISSUE, last),
        represented_party=_represented(_text(REPRESENTED, last)),
        forwarded=forwarded,
        length=None if chunked else length,
        has_body=chunked or bool(length),
        traceparent=None if traceparent is None else traceparent.decode("latin-1"),
    )


def _passes_for_ours(name: bytes) -> bool:
    """Whether a name with underscores is one that means something here to servers that make `-` and `_` the same (CGI, WSGI)."""
    if b"_" not in name:
        return False
    dashed = name.replace(b"_", b"-")
    return dashed in _READ or dashed in _NOT_FORWARDED or dashed.startswith(_CLAIM_PREFIXES)


def demanded(asking: Asking) -> tuple[str, ...]:
    """The client as it names itself. Raises Refusal if it does not."""
    if asking.client is None:
        raise Refusal(CLIENT_MISSING, "X-Road-Client")
    return asking.client


def to_provider(asking: Asking, request_id: str, message_id: str) -> Headers:
    """What the provider gets, in the order the request hash is made over: the ids come last."""
    return [
        *asking.forwarded,
        (REQUEST_ID, request_id.encode("ascii")),
        (MESSAGE_ID, message_id.encode()),
    ]


def to_caller(sent: Headers) -> tuple[Headers, int | None]:
    """A provider's headers as they pass back, and the length it announced. Everything X-Road is the gateway's own to say."""
    dropped = _NOT_PASSED_BACK
    length = None
    lowered = [(name.lower(), name, value) for name, value in sent]
    for lower, _, value in lowered:
        if lower == b"connection":
            dropped |= {token.strip().lower() for token in value.split(b",")}
        elif lower == b"content-length":
            length = _length(value)
    kept = [
        (name, value) for lower, name, value in lowered if lower not in dropped and not lower.startswith(b"x-road-")
    ]
    return kept, length


def answer_headers(
    message_id: str, client: SubsystemId | None, service: ServiceId | None, request_id: str, request_hash: str | None
) -> Headers:
    """What the gateway says with every answer, its own and a provider's."""
    said = [(b"x-road-id", message_id.encode()), (b"x-road-request-id", request_id.encode("ascii"))]
    if client is not None:
        said.append((b"x-road-client", _subsystem(client)))
    if service is not None:
        said.append((b"x-road-service", _subsystem(service.provider) + b"/" + encoded((service.code,))))
    if request_hash is not None:
        said.append((b"x-road-request-hash", request_hash.encode("ascii")))
    return said


@lru_cache(maxsize=4096)
def _subsystem(named: SubsystemId) -> bytes:
    return encoded((named.instance, named.member_class, named.member, named.subsystem))


def _client(value: bytes) -> tuple[str, ...]:
    try:
        named = identifiers(value.decode("latin-1"))
    except Refusal as refusal:
        raise Refusal(CLIENT_INVALID, refusal.why) from None
    if len(named) not in (3, 4):
        raise Refusal(CLIENT_INVALID, "it is instance/class/member[/subsystem]")
    return named


def _represented(value: str | None) -> str | None:
    if value is not None and len(identifiers(value)) > 2:
        raise Refusal(BAD_REQUEST, "X-Road-Represented-Party is [class/]code")
    return value


def _text(name: bytes, headers: dict[bytes, bytes]) -> str | None:
    value = headers.get(name)
    if value is None:
        return None
    text = _decoded(name, value)
    if not (0 < len(text) <= MOST_CHARACTERS and text.isprintable()):
        raise Refusal(BAD_REQUEST, f"{name.decode()} is 1 to {MOST_CHARACTERS} visible characters in UTF-8")
    return text


def _decoded(name: bytes, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Refusal(BAD_REQUEST, f"{name.decode('ascii', 'replace')} is not UTF-8") from None


def _length(value: bytes | None) -> int | None:
    if value is None:
        return None
    # More digits than any body has bytes: a number that large costs time to read and is over every limit anyway.
    return int(value) if value.isdigit() and len(value) <= 18 else 10**18
