"""How words are searched."""

import pytest

from catalog.domain.search import document, prefix_query, words


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("Khai sinh", "'khai':* & 'sinh':*"),
        ("ĐĂNG KÝ", "'dang':* & 'ky':*"),
        ("1.001193", "'1.001193':*"),
        ("hn2016-birth", "'hn2016':* & 'birth':*"),
        ("trích lục' | x:* & !y", "'trich':* & 'luc':* & 'x':* & 'y':*"),
        ("  ", None),
        ("!!!", None),
    ],
)
def test_what_is_typed_becomes_words_to_begin_with(typed: str, query: str | None) -> None:
    assert prefix_query(typed) == query


def test_a_decomposed_letter_is_the_same_letter() -> None:
    assert words("khai tử") == words("khai tử") == ["khai", "tu"]


def test_a_document_is_one_line_of_words() -> None:
    assert document("Thủ tục đăng ký khai sinh", "1.001193") == "thu tuc dang ky khai sinh 1.001193"
