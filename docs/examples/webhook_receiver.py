"""An agency's webhook receiver, as small as it can be: PORT SECRET. Checks each signature, prints each event once."""
# ruff: noqa: INP001, T201 - a script by itself; it prints what it receives

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

port, secret = int(sys.argv[1]), sys.argv[2]
webhook = Webhook(secret)
seen: set[str] = set()  # in earnest: a table, written in the transaction that keeps the event


class Receiver(BaseHTTPRequestHandler):
    """Any 2xx means: I have it."""

    def do_POST(self) -> None:
        """Verify the bytes as they came, keep the event, answer; the work comes afterwards."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            event = webhook.verify(body, dict(self.headers))
        except WebhookVerificationError:
            self.answer(401)
            return
        if event["id"] not in seen:  # the same event may come twice
            seen.add(event["id"])
            print(event["type"], event["subject"], json.dumps(event["data"], ensure_ascii=False), flush=True)
        self.answer(204)

    def answer(self, status: int) -> None:
        """A status and nothing else."""
        self.send_response(status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Only events are printed."""


ThreadingHTTPServer(("127.0.0.1", port), Receiver).serve_forever()
