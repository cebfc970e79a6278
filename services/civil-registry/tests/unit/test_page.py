import pytest

from chassis.public_page import prefers_html
from civil_registry.api.models import Verification
from civil_registry.api.page import page_of


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("text/html", True),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("application/json, text/html", False),
        ("application/json;q=0.5, text/html;q=0.9", True),
        ("text/html;q=0.5, application/*", False),
        ("text/html;q=x, */*;q=0.1", False),
        ("text/html;q=0", False),
    ],
)
def test_people_get_a_page_and_programs_json(accept: str, *, html: bool) -> None:
    assert prefers_html(accept) is html


def test_what_stands_on_the_page_is_escaped() -> None:
    page = bytes(page_of(Verification(genuine=True, office="<script>alert('x')</script> & {body}")).body).decode()
    assert "<script>" not in page
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp; {body}" in page
