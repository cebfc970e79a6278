"""How the console writes times, sizes and durations, and the sentences it says after something was done. No page is made here."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from chassis.clock import HANOI
from chassis.problems import Text

NOT_FROM_HERE = Text(
    "Biểu mẫu không được gửi từ trang này; hãy mở lại trang và thử lại",
    "The form was not sent from this page; open the page again and try once more",
)

REASON_NEEDED = Text("Cần ghi lý do", "A reason is needed")
BASIS_NEEDED = Text("Cần ghi căn cứ pháp lý", "A legal basis is needed")
REASON_AND_BASIS_NEEDED = Text("Cần ghi lý do và căn cứ pháp lý", "A reason and a legal basis are needed")
START_NEEDED = Text("Cần vị trí hoặc thời điểm bắt đầu", "A position or a moment to begin at is needed")
NO_SUCH_DAY = Text("Ngày giờ không hợp lệ", "Not a day or a moment")

NOTICES: Mapping[str, Text] = {
    "granted": Text("Đã chấp thuận yêu cầu.", "The request was granted."),
    "refused": Text(
        "Đã từ chối yêu cầu; lý do và căn cứ được lưu.", "The request was refused; reason and basis are kept."
    ),
    "replayed": Text("Đã phát lại.", "Replayed."),
    "mended": Text("Bản sửa đã được nhận vào sổ cái.", "The mended event was admitted to the ledger."),
    "dismissed": Text("Đã bỏ qua; bản gốc vẫn được giữ.", "Dismissed; the original is kept."),
    "dropped": Text("Đã bỏ; các sự kiện chờ sau nó tiếp tục.", "Dropped; what queued behind it goes on."),
    "paused": Text("Đã tạm dừng đăng ký nhận sự kiện.", "The subscription was paused."),
    "resumed": Text("Đăng ký nhận sự kiện tiếp tục.", "The subscription goes on."),
    "approved": Text("Đã phê duyệt.", "Approved."),
    "retried": Text("Sẽ gửi lại ngay.", "It will be sent again now."),
    "skipped": Text("Đã bỏ qua lần gửi này.", "This delivery was skipped."),
}


def when(instant: datetime | None) -> str:
    """An instant as a clock in Hanoi shows it."""
    return instant.astimezone(HANOI).strftime("%d/%m/%Y %H:%M:%S") if instant is not None else "–"


@pass_context
def ago(context: Context, instant: datetime | None, now: datetime) -> str:
    """How long something has been, or will take, in words."""
    if instant is None:
        return "–"
    seconds = (now - instant).total_seconds()
    length = span(context, abs(seconds))
    english = context["lang"] == "en"
    if seconds < 0:
        return f"in {length}" if english else f"còn {length}"
    return f"{length} ago" if english else f"{length} trước"


@pass_context
def span(context: Context, seconds: float | None) -> str:
    """A duration in its two largest units."""
    if seconds is None:
        return "–"
    units = ("d", "h", "min", "s") if context["lang"] == "en" else ("ngày", "giờ", "phút", "giây")
    whole = int(seconds)
    parts = (whole // 86400, whole % 86400 // 3600, whole % 3600 // 60, whole % 60)
    first = next((number for number, part in enumerate(parts) if part), 3)
    shown = [
        (parts[number], units[number]) for number in range(first, min(first + 2, 4)) if parts[number] or number == first
    ]
    return " ".join(f"{part} {unit}" for part, unit in shown)


@pass_context
def count(context: Context, value: float | None) -> str:
    """A number as the language groups it."""
    if value is None:
        return "–"
    grouped = (
        f"{value:,.0f}" if isinstance(value, int) or abs(value) >= 100 or float(value).is_integer() else f"{value:,.1f}"
    )
    return grouped if context["lang"] == "en" else grouped.translate({ord(","): ".", ord("."): ","})


@pass_context
def millis(context: Context, value: float | None) -> str:
    """Milliseconds, or seconds where they are many."""
    if value is None:
        return "–"
    return f"{count(context, value)} ms" if value < 1000 else f"{count(context, round(value / 1000, 1))} s"


@pass_context
def share(context: Context, part: float, whole: float) -> str:
    """A part of a whole in per cent."""
    if not whole:
        return "–"
    per_cent = 100 * part / whole
    text = "0" if part == 0 else "<0.1" if per_cent < 0.1 else f"{per_cent:.1f}".removesuffix(".0")
    return f"{text if context['lang'] == 'en' else text.replace('.', ',')} %"


@pass_context
def size(context: Context, value: float | None) -> str:
    """Bytes."""
    if value is None:
        return "–"
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{count(context, round(value, 1) if unit != 'B' else int(value))} {unit}"
        value /= 1000
    raise AssertionError


def laid_out(body: bytes | str) -> str:
    """A body to be read: JSON indented, anything else as it is, with what is no text marked."""
    text = body.decode(errors="replace") if isinstance(body, bytes) else body
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return text


def tojson_plain(value: object) -> str:
    """A value of a JSON document on one line, to be escaped like any text."""
    return json.dumps(value, ensure_ascii=False)


@pass_context
def said(context: Context, text: Text) -> str:
    """A sentence in the page's language."""
    return text.en if context["lang"] == "en" else text.vi


FILTERS: Mapping[str, Callable[..., Any]] = {
    "when": when,
    "ago": ago,
    "span": span,
    "count": count,
    "millis": millis,
    "share": share,
    "size": size,
    "laid_out": laid_out,
    "said": said,
    "tojson_plain": tojson_plain,
}
