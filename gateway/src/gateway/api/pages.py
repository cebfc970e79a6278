"""HTML of the pages that explain: first page, all APIs, one problem. Plain, nothing fetched from elsewhere."""

from collections.abc import Iterable, Mapping
from html import escape

from gateway.api.markup import both, code, page, paragraphs, prose, table
from gateway.api.models.problems import ProblemView
from gateway.api.service_page import anchor
from gateway.openapi_documents import Document, operations

_NOT_CALLED = "—"


def landing(services: Iterable[str], public_url: str) -> str:
    """The first page: what this is, in both languages, and where to go on."""
    links = "".join(
        f'<li><a href="/docs/{name}">{name}</a> · <a href="/openapi/{name}.json">OpenAPI</a></li>' for name in services
    )
    return page(
        "Liên Thông",
        f"""<p lang="vi"><strong>Một cửa liên thông.</strong> Nộp một lần; hồ sơ tự đến mọi cơ quan phải giải quyết, và ai cũng
thấy được, chứng minh được việc gì đã xảy ra. Đây là cổng của hệ thống: mọi dịch vụ đi qua địa chỉ này.</p>
<p lang="en"><strong>One door, interlinked.</strong> A citizen files once; the dossier finds its own way to every agency that
must act on it, and everyone can see, and prove, what happened. This is the gateway: every service is behind this address.</p>
<h2>{both("Giao diện lập trình", "APIs")}</h2><ul>{links}</ul>
<p><a href="/docs">{both("Tất cả trên một trang", "All on one page")}</a></p>
<h2>{both("Sổ cái sự kiện", "Event ledger")}</h2><ul>
<li><a href="/lgsp/v1/ledger/checkpoint">{both("Điểm kiểm tra đã ký", "Signed checkpoint")}</a></li>
<li><a href="/lgsp/v1/ledger/entries">{both("Các mục", "Entries")}</a></li>
<li><a href="/lgsp/v1/ledger/key">{both("Khóa công khai", "Public key")}</a></li></ul>
<h2>{both("Cơ quan kết nối", "Agencies")}</h2>
<p>OAuth 2.0 client credentials: <code>POST {escape(public_url)}/oauth2/token</code>,
<a href="/.well-known/oauth-authorization-server">metadata</a>, <a href="/.well-known/jwks.json">JWKS</a>.</p>""",
    )


def overview(documents: Mapping[str, Document | None]) -> str:
    """Every service with its operations."""
    parts = []
    for name, document in documents.items():
        if document is None:
            away = both("Chưa kết nối được dịch vụ này.", "This service cannot be reached now.")
            parts.append(f"<h2>{escape(name)}</h2><p>{away}</p>")
            continue
        rows = [
            (
                (
                    f'<span class="method">{operation.method}</span> '
                    f'<a href="/docs/{escape(name)}#{anchor(operation)}">{code(operation.path)}</a>'
                ),
                prose(operation.about.get("summary", "")),
            )
            for operation in operations(name, document)
        ]
        info = document["info"]
        heads = (both("Địa chỉ", "Address"), both("Tóm tắt", "Summary"))
        parts.append(
            f'<h2><a href="/docs/{escape(name)}">{prose(info["title"])}</a></h2>{paragraphs(info.get("description", ""))}'
            + table(both("Thao tác", "Operations"), heads, rows)
        )
    return page("APIs", "".join(parts))


def problem(view: ProblemView) -> str:
    """One kind of problem."""
    title = view.title or {"vi": view.slug, "en": view.slug}
    listed = "".join(f"<li>{code(name)}</li>" for name in view.answered_by) or f"<li>{_NOT_CALLED}</li>"
    return page(
        view.slug,
        f'<p lang="vi"><strong>{escape(title["vi"])}</strong></p><p lang="en"><strong>{escape(title["en"])}</strong></p>'
        f"<p>HTTP {', '.join(map(str, view.status))}</p>{paragraphs(view.meaning or '')}"
        f"<h2>{both('Nơi trả về', 'Answered by')}</h2><ul>{listed}</ul>",
    )
