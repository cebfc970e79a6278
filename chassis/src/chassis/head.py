"""A bound on the head of a request (request line and header), which uvicorn's fast parser has none for. It reads no header.

Without it anyone could make a process keep as many bytes as they care to send, before any route is asked.
"""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 64 * 1024


class BoundedHead(HttpToolsProtocol):
    """Gives up (400) on a head that is still not at its end when `HEAD_BYTES` have come after its first packet."""

    _head: int | None = None

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

    def on_headers_complete(self) -> None:
        """It is there."""
        self._head = None
        super().on_headers_complete()
