"""What a QR code leads to, as a page for people: plain, readable by any browser and screen reader, all text escaped."""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html import escape

from fastapi import Response

from chassis.problems import Text

_STYLE = (
    "body{margin:0;background:#f4f5f7;color:#1b1f24;font:1rem/1.5 system-ui,sans-serif}"
    "main{max-width:34rem;margin:2rem auto;padding:1.5rem;background:#fff;border-top:.3rem solid #b3261e}"
    "h1{margin-top:0;font-size:1.5rem}dl{display:grid;grid-template-columns:auto 1fr;gap:.4rem 1rem}"
    "dt{color:#57606a}dd{margin:0;font-weight:600;overflow-wrap:anywhere}[lang=en]{color:#57606a;font-size:.9rem}"
)
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()

_PAGE = """<!doctype html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{said.vi}</p>
<p lang="en">{said.en}</p>
{rows}
</main>
</body>
</html>
"""


HEADERS = {
    "Cache-Control": "no-store",
    "Vary": "Accept",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'"
    ),
}
"""Of whatever stands at an address that lets its holder in: no cache keeps it, no page linked from it learns it."""


def page_of(title: str, said: Text, rows: Sequence[tuple[str, str]]) -> Response:
    """The whole page: title, sentences and labels are ours, values may be anything."""
    listed = "\n".join(f"<dt>{label}</dt><dd>{escape(value)}</dd>" for label, value in rows)
    page = _PAGE.format(title=title, style=_STYLE, said=said, rows=f"<dl>\n{listed}\n</dl>" if rows else "")
    return Response(page, media_type="text/html; charset=utf-8", headers=HEADERS)


def prefers_html(accept: str) -> bool:
    """Whether an Accept header names `text/html` and ranks it above JSON (RFC 9110); `*/*` alone means JSON."""
    ranks: dict[str, float] = {}
    for part in accept.lower().split(","):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        ranks[media] = next((_quality(piece) for piece in parameters if piece.startswith("q=")), 1.0)
    json = ranks.get("application/json", ranks.get("application/*", ranks.get("*/*", 0.0)))
    return ranks.get("text/html", 0.0) > json


def _quality(parameter: str) -> float:
    try:
        return float(parameter.removeprefix("q="))
    except ValueError:
        return 0.0
