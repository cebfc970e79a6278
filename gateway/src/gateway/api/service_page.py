"""HTML of one service's page: each operation with what one sends and gets, as its OpenAPI document says. It adds no facts."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from html import escape
from http import HTTPStatus
from itertools import groupby
from typing import Any

from gateway.api.curl import curl
from gateway.api.explained import problems_of
from gateway.api.fields import Field, Schema, example, example_of_parameter, field, fields, kind
from gateway.api.markup import block, both, code, folded, page, paragraphs, prose, table
from gateway.openapi_documents import Document, Operation, operations

_PROBLEM = "application/problem+json"
_SAYS_NOTHING = "Successful Response"  # what FastAPI puts where nobody described an answer

_HEADS = (both("Trường", "Field"), both("Kiểu", "Type"), both("Ý nghĩa", "Meaning"))
_NAMED_HEADS = (both("Tên", "Name"), *_HEADS[1:])
_PLACES = {
    "path": both("trong đường dẫn", "in the path"),
    "query": both("sau dấu ?", "in the query"),
    "header": both("tiêu đề HTTP", "HTTP header"),
    "cookie": "cookie",
}
_CONSTRAINTS = {
    "length": ("độ dài", "length"),
    "items": ("số phần tử", "items"),
    "value": ("giá trị", "value"),
    "pattern": ("mẫu", "pattern"),
    "each": ("mỗi phần tử", "each"),
    "default": ("mặc định", "default"),
}
# What is worth a word is the rule in one direction and the exception in the other.
_SENT = {True: f'<span class="must">{both("bắt buộc", "required")}</span>', False: ""}
_GOT = {True: "", False: both("có thể vắng", "may be absent")}
_ALWAYS = {True: "", False: ""}
_FEW_ROWS, _FEW_LINES = 14, 30


def service(name: str, document: Document, public_url: str) -> str:
    """One service whole, grouped as its document groups it."""
    info = document["info"]
    groups = list(_groups(name, document))
    parts = [
        paragraphs(info.get("description", "")),
        (
            f"<p>{both('Phiên bản', 'Version')} {escape(info.get('version', ''))} · "
            f'<a href="/openapi/{escape(name)}.json">OpenAPI 3.1</a> · '
            f'<a href="/docs/gateway#issue-token">{both("Lấy TOKEN", "Get a TOKEN")}</a></p>'
        ),
        _contents(groups),
    ]
    for tag, about, members in groups:
        parts.append(f'<section><h2 id="{_tag_anchor(tag)}">{prose(tag)}</h2>{paragraphs(about)}')
        parts += [_operation(operation, document, public_url) for operation in members]
        parts.append("</section>")
    return page(info["title"], "".join(parts))


def anchor(operation: Operation) -> str:
    """Where on the page of its service an operation is."""
    return escape(operation.about.get("operationId", operation.name))


def _groups(name: str, document: Document) -> Iterator[tuple[str, str, list[Operation]]]:
    """Tag, its description, its operations: in the order of the document's tags, those it does not list after them."""
    described = {tag["name"]: tag.get("description", "") for tag in document.get("tags", ())}
    order = {tag: place for place, tag in enumerate(described)}

    def tag_of(operation: Operation) -> str:
        return str(next(iter(operation.about.get("tags", ())), "—"))

    def place_of(operation: Operation) -> tuple[int, str]:
        tag = tag_of(operation)
        return order.get(tag, len(order)), tag

    for tag, members in groupby(sorted(operations(name, document), key=place_of), key=tag_of):
        yield tag, described.get(tag, ""), list(members)


def _tag_anchor(tag: str) -> str:
    return escape(f"tag-{tag}".replace(" ", "-"))


def _contents(groups: Iterable[tuple[str, str, list[Operation]]]) -> str:
    listed = "".join(
        f'<p><a href="#{_tag_anchor(tag)}">{prose(tag)}</a></p><ul>'
        + "".join(
            f'<li><a href="#{anchor(operation)}"><span class="method">{operation.method}</span> '
            f"{code(operation.path)}</a> {prose(operation.about.get('summary', ''))}</li>"
            for operation in members
        )
        + "</ul>"
        for tag, _, members in groups
    )
    return (
        f'<nav id="contents" aria-label="Thao tác · Operations"><h2>{both("Thao tác", "Operations")}</h2>{listed}</nav>'
    )


def _operation(operation: Operation, document: Document, public_url: str) -> str:
    about, name = operation.about, anchor(operation)
    parts = [
        (
            f'<section class="operation" id="{name}" aria-labelledby="{name}-title">'
            f'<h3 id="{name}-title"><span class="method">{operation.method}</span> '
            f'<a href="#{name}">{code(operation.path)}</a></h3>'
            f"<p><strong>{prose(about.get('summary', ''))}</strong></p>{paragraphs(about.get('description', ''))}"
        ),
        _callers(about),
        _curl(operation, document, public_url),
        _parameters(about.get("parameters", ()), document),
        _sent(about.get("requestBody", {}).get("content", {}), document),
    ]
    for status, response in about.get("responses", {}).items():
        if _PROBLEM not in response.get("content", {}):
            parts.append(_answer(status, response, document))
    parts.append(_problems(operation))
    parts.append(f'<p><a href="#contents">{both("Về danh sách", "Back to the list")}</a></p></section>')
    return "".join(parts)


def _callers(about: Mapping[str, Any]) -> str:
    """Who may call, as the guards of the route say of themselves."""
    who = []
    for guard in about.get("x-allows", ()):
        who += [both("công dân", "citizens")] if guard["citizen"] else []
        who += [f"{both('vai trò', 'role')} {code(role)}" for role in guard["roles"]]
        who += [f"{both('cơ quan có phạm vi', 'agencies with scope')} {code(guard['scope'])}"] if guard["scope"] else []
    listed = "; ".join(who) or both("ai cũng được, không cần TOKEN", "anyone, without a TOKEN")
    return f"<p>{both('Ai được gọi', 'Who may call')}: {listed}</p>"


def _curl(operation: Operation, document: Document, public_url: str) -> str:
    command = curl(operation, document, public_url)
    variables = ", ".join(code(name) for name in command.variables)
    before = f"<p>{both('Đặt trước các biến', 'Set these variables first')}: {variables}</p>" if variables else ""
    return f"<h4>{both('Gọi thử', 'Try it')}</h4>{before}{block(command.text)}"


def _parameters(parameters: Iterable[Mapping[str, Any]], document: Document) -> str:
    rows = []
    for parameter in parameters:
        name, kinds, meaning = _row(_named(parameter["name"], parameter, document), _SENT)
        given = example_of_parameter(parameter)
        shown = f"<p>{both('ví dụ', 'example')}: {code(given)}</p>" if given is not None else ""
        rows.append((name, f"{kinds}<p>{_PLACES[parameter['in']]}</p>", meaning + shown))
    caption = both("Tham số", "Parameters")
    return folded(caption, table(caption, _NAMED_HEADS, rows), len(rows), most=_FEW_ROWS)


def _named(name: str, about: Mapping[str, Any], document: Document) -> Field:
    """A parameter or header: null, as a type, only says that it may be left out."""
    schema = {**about.get("schema", {}), **({"description": about["description"]} if about.get("description") else {})}
    known = field(name, schema, document, required=about.get("required", False))
    return replace(known, kind=known.kind.removesuffix(" | null"))


def _answer(status: str, response: Mapping[str, Any], document: Document) -> str:
    phrase = HTTPStatus(int(status)).phrase if status.isdigit() else ""
    said = response.get("description", "")
    headers = [_row(_named(name, about, document), _ALWAYS) for name, about in response.get("headers", {}).items()]
    return (
        f'<h4>{both("Trả lời", "Answer")} {escape(status)} <span lang="en">{escape(phrase)}</span></h4>'
        + (paragraphs(said) if said != _SAYS_NOTHING else "")
        + table(both("Tiêu đề HTTP", "Headers"), _NAMED_HEADS, headers)
        + _bodies(response.get("content", {}), document, _GOT)
    )


def _sent(content: Mapping[str, Any], document: Document) -> str:
    return f"<h4>{both('Gửi', 'Request body')}</h4>{_bodies(content, document, _SENT)}" if content else ""


def _bodies(content: Mapping[str, Any], document: Document, presence: Mapping[bool, str]) -> str:
    parts = []
    for media_type, body in content.items():
        schema: Schema = body.get("schema", {})
        what = kind(schema, document)
        parts.append(f"<p>{code(media_type)}{f', {escape(what)}' if what else ''}</p>")
        rows = [_row(one, presence) for one in fields(schema, document)]
        listed = both("Các trường", "Fields")
        parts.append(folded(listed, table(listed, _HEADS, rows), len(rows), most=_FEW_ROWS))
        parts.append(_example(example(body, document)))
    return "".join(parts)


def _example(given: Any) -> str:
    if given is None:
        return ""
    text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False, indent=2)
    caption, lines = both("Ví dụ", "Example"), text.count("\n") + 1
    return folded(caption, f"<p>{caption}</p>{block(text)}", lines, most=_FEW_LINES, unit=both("dòng", "lines"))


def _row(known: Field, presence: Mapping[bool, str]) -> tuple[str, str, str]:
    """What it is called and whether it is there; what it may be; what it means."""
    kinds = [escape(known.kind)] if known.kind else []
    kinds += [f"{both(*_CONSTRAINTS[constraint.name])} {code(constraint.text)}" for constraint in known.constraints]
    if known.choices:
        words = both("một trong", "one of") if len(known.choices) > 1 else both("luôn là", "always")
        kinds.append(f"{words}: {', '.join(code(_as_json(choice)) for choice in known.choices)}")
    return (
        f"{code(known.path)} {presence[known.required]}".strip(),
        "".join(f"<p>{one}</p>" for one in kinds),
        paragraphs(known.description),
    )


def _as_json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _problems(operation: Operation) -> str:
    rows = [
        (escape(str(status)), f'<a href="/problems/{escape(slug)}">{code(slug)}</a>')
        for status, slug in sorted(problems_of(operation))
    ]
    caption = both("Lỗi", "Problems")
    return folded(caption, table(caption, ("HTTP", both("Loại", "Kind")), rows), len(rows), most=_FEW_ROWS)
