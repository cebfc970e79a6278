"""The answer of a paper's check as a page for people: plain, readable by any browser and screen reader, all text escaped."""

from html import escape

_PAGE = """<!doctype html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Giấy đã được cấp</title>
</head>
<body>
<main>
<h1>Giấy đã được cấp</h1>
<p>Một cửa đã cấp giấy này. Hãy đối chiếu số và ngày với giấy đang cầm.</p>
<p lang="en">Issued: the one-stop desk issued this paper. Compare number and day with the paper in hand.</p>
<dl>
{rows}
</dl>
</main>
</body>
</html>
"""


def page_of(rows: list[tuple[str, str]]) -> str:
    """The whole page: labels are ours, values may be anything."""
    return _PAGE.format(rows="\n".join(f"<dt>{label}</dt><dd>{escape(value)}</dd>" for label, value in rows))


def prefers_html(accept: str) -> bool:
    """Whether a browser asks: it names `text/html`, which no program that wants JSON does."""
    return "text/html" in accept.lower()
