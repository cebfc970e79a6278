"""The answer of a verification as a page for people: plain, readable by any browser and screen reader, all text escaped."""

from html import escape

from civil_registry.api.models import Verification

_PAGE = """<!doctype html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""
_GENUINE = """<p>Sổ hộ tịch có bản ghi này và chữ ký số hợp lệ. Hãy đối chiếu với giấy đang cầm.</p>
<p lang="en">Genuine: the register holds this record and its signature is valid. Compare it with the paper in hand.</p>
<dl>
{rows}
</dl>"""
_NOT_GENUINE = """<p>Sổ hộ tịch không có bản ghi nào ứng với mã này, hoặc chữ ký số không hợp lệ.</p>
<p lang="en">Not genuine: the register holds no record for this code, or its signature is not valid.</p>"""


def page_of(answer: Verification) -> str:
    """The whole page."""
    if not answer.genuine:
        return _PAGE.format(title="Giấy tờ không được xác nhận", body=_NOT_GENUINE)
    rows = (
        ("Loại giấy tờ", answer.document),
        ("Số", answer.number),
        ("Quyển số", answer.volume),
        ("Nơi đăng ký", answer.office),
        ("Ngày đăng ký", f"{answer.registered_on:%d/%m/%Y}" if answer.registered_on else None),
        ("Mã băm SHA-256", answer.sha256),
    )
    shown = "\n".join(f"<dt>{label}</dt><dd>{escape(value or '')}</dd>" for label, value in rows)
    return _PAGE.format(title="Giấy tờ thật", body=_GENUINE.format(rows=shown))


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
