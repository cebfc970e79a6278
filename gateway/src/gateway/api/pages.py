"""HTML of the pages that explain: plain, accessible, nothing fetched from elsewhere. Every text that comes in is escaped."""

import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from gateway.api.explained import problems_of
from gateway.api.models import ProblemView
from gateway.documents import Document, Operation, operations

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem 1rem 4rem; }
a { color: LinkText; } h1 { line-height: 1.2; } code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre { overflow-x: auto; background: var(--soft); padding: .7rem; border-radius: .3rem; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; font-weight: 600; padding: .4rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); }
section.operation { border-top: 1px solid var(--line); padding-top: .6rem; margin-top: 1.6rem; }
.method { display: inline-block; min-width: 4.2rem; font-weight: 700; }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; }
"""

_NOT_CALLED = "—"


def landing(services: Iterable[str], public_url: str) -> str:
    """The first page: what this is, in both languages, and where to go on."""
    links = "".join(
        f'<li><a href="/docs/{name}">{name}</a> · <a href="/openapi/{name}.json">OpenAPI</a></li>' for name in services
    )
    return _page(
        "Liên Thông",
        f"""<p lang="vi"><strong>Một cửa liên thông.</strong> Nộp một lần; hồ sơ tự đến mọi cơ quan phải giải quyết, và ai cũng
thấy được, chứng minh được việc gì đã xảy ra. Đây là cổng của hệ thống: mọi dịch vụ đi qua địa chỉ này.</p>
<p lang="en"><strong>One door, interlinked.</strong> A citizen files once; the dossier finds its own way to every agency that
must act on it, and everyone can see, and prove, what happened. This is the gateway: every service is behind this address.</p>
<h2>Giao diện lập trình · APIs</h2><ul>{links}</ul>
<p><a href="/docs">Tất cả trên một trang · All on one page</a></p>
<h2>Sổ cái sự kiện · Event ledger</h2><ul>
<li><a href="/lgsp/v1/ledger/checkpoint">Điểm kiểm tra đã ký · Signed checkpoint</a></li>
<li><a href="/lgsp/v1/ledger/entries">Các mục · Entries</a></li>
<li><a href="/lgsp/v1/ledger/key">Khóa công khai · Public key</a></li></ul>
<h2>Cơ quan kết nối · Agencies</h2>
<p>OAuth 2.0 client credentials: <code>POST {escape(public_url)}/oauth2/token</code>,
<a href="/.well-known/oauth-authorization-server">metadata</a>, <a href="/.well-known/jwks.json">JWKS</a>.</p>""",
    )


def overview(documents: Mapping[str, Document | None]) -> str:
    """Every service with its operations."""
    parts = []
    for name, document in documents.items():
        if document is None:
            parts.append(
                f"<h2>{escape(name)}</h2><p>Chưa kết nối được dịch vụ này. · This service cannot be reached now.</p>"
            )
            continue
        rows = "".join(
            f'<tr><td><span class="method">{operation.method}</span></td>'
            f'<td><a href="/docs/{escape(name)}#{_anchor(operation)}"><code>{escape(operation.path)}</code></a></td>'
            f"<td>{escape(operation.about.get('summary', ''))}</td></tr>"
            for operation in operations(name, document)
        )
        info = document["info"]
        parts.append(
            f'<h2><a href="/docs/{escape(name)}">{escape(info["title"])}</a></h2><p>{escape(info.get("description", ""))}</p>'
            f"<table><caption>Thao tác · Operations</caption><thead><tr><th scope=col>Method</th><th scope=col>Path</th>"
            f"<th scope=col>Summary</th></tr></thead><tbody>{rows}</tbody></table>"
        )
    return _page("APIs", "".join(parts))


def service(name: str, document: Document) -> str:
    """One service whole."""
    info = document["info"]
    body = f'<p>{escape(info.get("description", ""))} <a href="/openapi/{escape(name)}.json">OpenAPI 3.1</a></p>'
    return _page(
        info["title"], body + "".join(_operation(operation, document) for operation in operations(name, document))
    )


def problem(view: ProblemView) -> str:
    """One kind of problem."""
    title = view.title or {"vi": view.slug, "en": view.slug}
    listed = "".join(f"<li><code>{escape(name)}</code></li>" for name in view.answered_by) or f"<li>{_NOT_CALLED}</li>"
    return _page(
        view.slug,
        f'<p lang="vi"><strong>{escape(title["vi"])}</strong></p><p lang="en"><strong>{escape(title["en"])}</strong></p>'
        f"<p>HTTP {', '.join(map(str, view.status))}</p><p lang=en>{escape(view.meaning or '')}</p>"
        f"<h2>Nơi trả về · Answered by</h2><ul>{listed}</ul>",
    )


def _operation(operation: Operation, document: Document) -> str:
    about = operation.about
    head = (
        f'<section class=operation id="{_anchor(operation)}"><h2><span class=method>{operation.method}</span>'
        f"<code>{escape(operation.path)}</code></h2><p><strong>{escape(about.get('summary', ''))}</strong></p>"
        f"<p>{escape(about.get('description', ''))}</p>"
    )
    parts = [
        head,
        _callers(about),
        _parameters(about.get("parameters", ()), document),
        _examples("Gửi · Request", about.get("requestBody", {}).get("content", {}), document),
    ]
    for status, response in about.get("responses", {}).items():
        if status.startswith("2"):
            parts.append(_examples(f"Trả lời · Answer {status}", response.get("content", {}), document))
    rows = "".join(
        f'<tr><td>{status}</td><td><a href="/problems/{slug}"><code>{slug}</code></a></td></tr>'
        for status, slug in problems_of(operation)
    )
    if rows:
        parts.append(f"<table><caption>Lỗi · Problems</caption><tbody>{rows}</tbody></table>")
    return "".join(parts) + "</section>"


def _callers(about: Mapping[str, Any]) -> str:
    """Who may call, as the guards of the route say of themselves."""
    who = []
    for guard in about.get("x-allows", ()):
        who += ["công dân · citizens"] if guard["citizen"] else []
        who += [f"vai trò · role {role}" for role in guard["roles"]]
        who += [f"cơ quan · agencies with scope {guard['scope']}"] if guard["scope"] else []
    return f"<p>Ai được gọi · Who may call: {escape('; '.join(who) or 'ai cũng được · anyone')}</p>"


def _parameters(parameters: Iterable[Mapping[str, Any]], document: Document) -> str:
    rows = "".join(
        f"<tr><th scope=row><code>{escape(parameter['name'])}</code></th><td>{escape(parameter['in'])}"
        f"{', bắt buộc · required' if parameter.get('required') else ''}</td>"
        f"<td>{escape(_kind(parameter.get('schema', {}), document))}</td><td>{escape(parameter.get('description', ''))}</td></tr>"
        for parameter in parameters
    )
    return f"<table><caption>Tham số · Parameters</caption><tbody>{rows}</tbody></table>" if rows else ""


def _kind(schema: Mapping[str, Any], document: Document) -> str:
    """A schema in a word or two."""
    schema = _resolved(schema, document)
    options = [_kind(option, document) for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    if options:
        return " | ".join(options)
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    return str(schema.get("format") or schema.get("type", ""))


def _examples(caption: str, content: Mapping[str, Any], document: Document) -> str:
    parts = []
    for media_type, body in content.items():
        example = _example(body, document)
        if example is not None:
            text = example if isinstance(example, str) else json.dumps(example, ensure_ascii=False, indent=2)
            parts.append(f"<h3>{caption} <code>{escape(media_type)}</code></h3><pre>{escape(text)}</pre>")
    return "".join(parts)


def _example(body: Mapping[str, Any], document: Document) -> Any:
    """The example of a body, or the one its schema carries."""
    if "example" in body:
        return body["example"]
    for named in body.get("examples", {}).values():
        return named.get("value")
    schema = _resolved(body.get("schema", {}), document)
    return next(iter(schema.get("examples", ())), None)


def _resolved(schema: Mapping[str, Any], document: Document) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Mapping[str, Any] = document.get("components", {}).get("schemas", {}).get(reference.rsplit("/", 1)[-1], {})
    return found


def _anchor(operation: Operation) -> str:
    return escape(operation.about.get("operationId", operation.name))


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Liên Thông</title><style>{_STYLE}</style></head><body>"
        '<a class="skip" href="#main">Tới nội dung · Skip to content</a>'
        '<nav aria-label="Chính · Main"><a href="/">Liên Thông</a> · <a href="/docs">API</a></nav>'
        f'<main id="main"><h1>{escape(title)}</h1>{body}</main></body></html>'
    )
