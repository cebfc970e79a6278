"""The pieces every page is made of: frame, tables, texts in two languages. Every text that comes in is escaped here."""

import re
from collections.abc import Iterable, Sequence
from html import escape

_STYLE = """
:root { color-scheme: light dark; --line: #8886; --soft: #8882; }
* { box-sizing: border-box; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1rem 1rem 4rem; }
a { color: LinkText; } h1, h2, h3 { line-height: 1.25; } h4 { margin: 1.4rem 0 .3rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; overflow-wrap: anywhere; }
p code, td code, li code { background: var(--soft); padding: 0 .2em; border-radius: .2rem; }
pre { white-space: pre-wrap; background: var(--soft); padding: .7rem; border-radius: .3rem; margin: .4rem 0; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; font-weight: 600; padding: .4rem 0; }
th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); }
tbody th { font-weight: 400; } td p { margin: 0; } summary { cursor: pointer; padding: .2rem 0; }
nav ul { list-style: none; padding: 0; margin: .2rem 0 .8rem; } nav li { padding: .15rem 0; }
h3 a, nav li a { text-decoration: none; } h3 a code, nav li a code { text-decoration: underline; }
section.operation { border-top: 1px solid var(--line); padding-top: .6rem; margin-top: 2.2rem; }
.method { display: inline-block; min-width: 3.6rem; font-weight: 700; } .must { font-weight: 700; white-space: nowrap; }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; }
@media (max-width: 40rem) {
  table, tbody, tr, th, td, caption { display: block; } thead { position: absolute; left: -99rem; }
  tr { border-bottom: 1px solid var(--line); padding: .4rem 0; } th, td { border: 0; padding: .1rem 0; }
}
"""

_CODE = re.compile(r"`([^`\n]+)`")
_BETWEEN_PHRASES = re.compile(r"([:;,.()/·—“”\"]+)")
_VIETNAMESE = re.compile(r"[À-ÃÈ-ÊÌÍÒ-ÕÙÚÝà-ãè-êìíò-õùúýĂăĐđĨĩŨũƠơƯưẠ-ỹ]")


def page(title: str, body: str) -> str:
    """A whole page."""
    return (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Liên Thông</title><style>{_STYLE}</style></head><body>"
        f'<a class="skip" href="#main">{both("Tới nội dung", "Skip to content")}</a>'
        '<nav aria-label="Chính · Main"><a href="/">Liên Thông</a> · <a href="/docs">API</a></nav>'
        f'<main id="main"><h1>{prose(title)}</h1>{body}</main></body></html>'
    )


def both(vietnamese: str, english: str) -> str:
    """The same in both languages; the page is Vietnamese where nothing else is said."""
    return f'{escape(vietnamese)} · <span lang="en">{escape(english)}</span>'


def code(text: object) -> str:
    """What no one translates; a long dotted path may break after its dots."""
    return f'<code translate="no">{escape(str(text)).replace(".", ".<wbr>")}</code>'


def prose(text: str) -> str:
    """English as the documents have it, with Vietnamese terms in it: a screen reader is told which is which."""
    parts = _CODE.split(text)
    inside = "".join(code(part) if index % 2 else _spoken(part) for index, part in enumerate(parts))
    return f'<span lang="en">{inside}</span>' if inside else ""


def paragraphs(text: str) -> str:
    """The same where empty lines part it."""
    return "".join(f"<p>{prose(part)}</p>" for part in text.split("\n\n") if part.strip())


def block(text: str) -> str:
    """Text kept as it is: an example, a command."""
    return f'<pre translate="no"><code>{escape(text)}</code></pre>'


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML already, the first of each row its name. A column that is empty throughout is left out.

    The roles are said because a narrow screen shows the cells one below another, where browsers forget that it is a table.
    """
    kept = list(rows)
    if not kept:
        return ""
    shown = [column for column in range(len(heads)) if column == 0 or any(row[column] for row in kept)]
    head = "".join(f'<th role="columnheader" scope="col">{heads[column]}</th>' for column in shown)
    body = "".join(
        '<tr role="row">'
        + "".join(
            f'<td role="cell">{row[column]}</td>' if column else f'<th role="rowheader" scope="row">{row[0]}</th>'
            for column in shown
        )
        + "</tr>"
        for row in kept
    )
    return (
        f'<table role="table"><caption>{caption}</caption><thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{body}</tbody></table>'
    )


def folded(caption: str, inside: str, size: int, *, most: int, unit: str = "") -> str:
    """What is longer than `most` is folded away, and can be opened; what is short is simply there."""
    if size <= most:
        return inside
    return f"<details><summary>{caption} ({size}{f' {unit}' if unit else ''})</summary>{inside}</details>"


def _spoken(text: str) -> str:
    parts = _BETWEEN_PHRASES.split(text)
    return "".join(
        f'<span lang="vi">{escape(part)}</span>' if not index % 2 and _is_vietnamese(part) else escape(part)
        for index, part in enumerate(parts)
    )


def _is_vietnamese(phrase: str) -> bool:
    """By its letters: half of the words, or the first and a third ("Giấy khai sinh"), have one that English has not."""
    words = phrase.split()
    marked = [bool(_VIETNAMESE.search(word)) for word in words]
    return bool(words) and (2 * sum(marked) >= len(words) or (marked[0] and 3 * sum(marked) >= len(words)))
