"""The provider that `/r1` is measured in front of: answers every request at once with the same kilobyte. It decides nothing.

Run as `python -m tests.bench.provider --port N`. It says it is ready at /readyz, as our own processes do.
"""

import sys

import uvicorn
from starlette.types import Receive, Scope, Send

BODY = b'{"answer":"' + b"x" * 1000 + b'"}'
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """200 and the kilobyte, when the whole request is there."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body", False):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": BODY})


if __name__ == "__main__":
    port = int(sys.argv[sys.argv.index("--port") + 1])
    uvicorn.run(app, host="127.0.0.1", port=port, lifespan="off", log_config=None, access_log=False)
