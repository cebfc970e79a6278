"""Reads the address of a call: `/r1/{instance}/{class}/{member}/{subsystem}/{service}[/path]`. Pure; it looks nothing up.

What is decided by is decoded and normalised; what is forwarded stays as it was sent, byte for byte. So that the two
cannot mean different things, a path that a provider could read otherwise than we do (dots, encoded slashes, escapes
within escapes, backslashes) is refused and not repaired.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes

from chassis.text import nfc
from gateway.exchange.errors import BAD_REQUEST, Refusal

MOST_IDENTIFIER = 255
MOST_PATH_BYTES = 8192
_PREFIX = b"/r1/"
# Visible ASCII without `#`, which would end the address: anything else has no place in a request line.
_SENDABLE = re.compile(rb"[\x21\x22\x24-\x7e]*")
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_ENCODED_SLASH = re.compile(rb"%(?:2[fF]|5[cC])")
_NOT_IN_IDENTIFIER = frozenset("\\%;")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a call goes. `named` are instance, class, member, subsystem and service as they were given, decoded.

    `path` is what follows the service, decoded and normalised, without its leading slash: what access is decided by.
    `raw_path` is the same as it was sent, with its leading slash: what is forwarded. `target` is the whole path as sent.
    """

    named: tuple[str, str, str, str, str]
    path: str
    raw_path: bytes
    query: bytes
    target: bytes


def parse(raw_path: bytes, query: bytes) -> Address:
    """The address of a call, from path and query as they were sent. Raises Refusal (malformed)."""
    if not raw_path.startswith(_PREFIX) or len(raw_path) > MOST_PATH_BYTES:
        raise _malformed("an address is /r1/instance/class/member/subsystem/service[/path], of at most 8192 bytes")
    if not (_SENDABLE.fullmatch(raw_path) and _SENDABLE.fullmatch(query)):
        raise _malformed("an address is visible ASCII; everything else is percent-encoded")
    parts = raw_path[len(_PREFIX) :].split(b"/", 5)
    if len(parts) < 5:
        raise _malformed("an address names instance, class, member, subsystem and service")
    named = _identifiers(b"/".join(parts[:5]))
    rest = parts[5] if len(parts) == 6 else None
    return Address(
        named=(named[0], named[1], named[2], named[3], named[4]),
        path=normalised(rest) if rest else "",
        raw_path=b"" if rest is None else b"/" + rest,
        query=query,
        target=raw_path,
    )


@lru_cache(maxsize=4096)
def _identifiers(joined: bytes) -> tuple[str, ...]:
    return tuple(identifier(part) for part in joined.split(b"/"))


@lru_cache(maxsize=4096)
def identifiers(value: str) -> tuple[str, ...]:
    """Identifiers joined by slashes, each percent-encoded by itself (as in `X-Road-Client`). Raises Refusal."""
    try:
        sent = value.encode("ascii")
    except UnicodeEncodeError:
        raise _malformed("identifiers are percent-encoded UTF-8") from None
    return _identifiers(sent)


def identifier(segment: bytes) -> str:
    """One identifier from its segment: percent-encoded UTF-8, made NFC. Raises Refusal if it cannot be an identifier."""
    text = _decoded(segment)
    wrong = (
        not 0 < len(text) <= MOST_IDENTIFIER
        or not text.isprintable()
        or text != text.strip()
        or not _NOT_IN_IDENTIFIER.isdisjoint(text)
        or any(part in ("", ".", "..") for part in text.split("/"))
    )
    if wrong:
        raise _malformed("an identifier is 1 to 255 visible characters without backslash, percent sign and semicolon")
    return text


def encoded(names: tuple[str, ...]) -> bytes:
    """Identifiers as they stand in an address or a header: each percent-encoded by itself."""
    return "/".join(quote(name, safe="") for name in names).encode("ascii")


def normalised(rest: bytes) -> str:
    """What follows the service, decoded and made NFC. Raises Refusal where a provider could read it otherwise than we do."""
    if _ENCODED_SLASH.search(rest):
        raise _malformed("an encoded slash or backslash would make two readings of one path")
    text = _decoded(rest)
    if _ESCAPE.search(text):
        raise _malformed("the path is encoded twice")
    if "\\" in text or not text.isprintable():
        raise _malformed("the path holds a backslash, a control character or one that nobody sees")
    segments = text.split("/")
    # Some servers cut a segment at its semicolon before they resolve dots.
    if any(segment.partition(";")[0] in (".", "..") for segment in segments):
        raise _malformed("dots in the path")
    if not all(segment.partition(";")[0] for segment in segments[:-1]):
        raise _malformed("an empty segment in the path")
    return text


def _decoded(sent: bytes) -> str:
    if _BROKEN_ESCAPE.search(sent):
        raise _malformed("a percent sign that begins no escape")
    try:
        return nfc(unquote_to_bytes(sent).decode())
    except UnicodeDecodeError:
        raise _malformed("not UTF-8") from None


def _malformed(why: str) -> Refusal:
    return Refusal(BAD_REQUEST, why)
