"""What uvicorn's fast parser lacks: a bound on a request's head, and the client's certificate in the scope. It reads no header.

Without the bound anyone could make a process keep as many bytes as they care to send, before any route is asked.
"""

import asyncio
from ssl import SSLObject

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from chassis.certificates import show

HEAD_BYTES = 64 * 1024


class BoundedHead(HttpToolsProtocol):
    """Gives up (400) on a head that is still not at its end when `HEAD_BYTES` have come after its first packet."""

    _head: int | None = None
    _certificate: bytes | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # narrower than asyncio says
        """Over TLS the handshake is done: the client has shown its certificate, or has none."""
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        if isinstance(tls, SSLObject):
            self._certificate = tls.getpeercert(binary_form=True)

    def data_received(self, data: bytes) -> None:
        """As many bytes as the network had; of a head that began and ended in them there is nothing to count."""
        begun = self._head is not None
        super().data_received(data)
        if begun and self._head is not None:
            self._head += len(data)
            if self._head > HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response("The request's header is too large.")

    def on_message_begin(self) -> None:
        """A head begins."""
        self._head = 0
        super().on_message_begin()
        if self._certificate is not None:
            show(self.scope, self._certificate)  # type: ignore[arg-type]  # uvicorn has its own name for a scope

    def on_headers_complete(self) -> None:
        """It is there."""
        self._head = None
        super().on_headers_complete()
