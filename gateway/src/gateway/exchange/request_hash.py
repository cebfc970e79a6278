"""X-Road-Request-Hash: ties an answer to the request it answers. Fed while a request streams through; it keeps no body.

H is `VERB CRLF path[?query] CRLF` and then `name:value CRLF` for each header that is forwarded, in order, the request id
and the id of the message last. Names are in lower case: header names have no case, and HTTP servers give them so.
Without a body the hash is base64(SHA512(H)), with one base64(SHA512(SHA512(H) + SHA512(body))).
"""

import base64
import hashlib
from collections.abc import Iterable


def head_of(method: str, target: bytes, query: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """H of a request; `headers` are those forwarded, in order, with X-Road-Request-Id and X-Road-Id at their end."""
    lines = [method.encode("ascii", "replace"), target + b"?" + query if query else target]
    lines.extend(name + b":" + value for name, value in headers)
    lines.append(b"")
    return b"\r\n".join(lines)


class Digest:
    """SHA-512 of a body as it passes, and how long it is."""

    __slots__ = ("_sha512", "size")

    def __init__(self) -> None:
        self._sha512 = hashlib.sha512()
        self.size = 0

    def update(self, chunk: bytes) -> None:
        """The next piece."""
        self._sha512.update(chunk)
        self.size += len(chunk)

    def value(self) -> bytes | None:
        """The hash of what came so far; None where nothing came."""
        return self._sha512.digest() if self.size else None


def request_hash(head: bytes, body: Digest) -> str:
    """The value of the header, once the body has passed."""
    of_head = hashlib.sha512(head).digest()
    of_body = body.value()
    whole = of_head if of_body is None else hashlib.sha512(of_head + of_body).digest()
    return base64.b64encode(whole).decode()
