"""Mã định danh cơ quan in both notations: rules DOMAIN.md §5 (QĐ 20/2020, QĐ 09/2025)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.agency_codes import MOST_CHARACTERS, NotAnAgencyCode, canonical, former, notations

TOP = st.builds("{}{:02d}".format, st.sampled_from("ABCDEGHKLMN"), st.integers(0, 99))
LEVELS = st.lists(st.integers(1, 99).map("{:02d}".format), max_size=3)
CODES = st.builds(lambda top, levels: ".".join([top, *levels]), TOP, LEVELS)


@pytest.mark.parametrize(
    ("old", "new"),
    [("000.17.22.H56", "H56.22.17"), ("000.00.00.H26", "H26"), ("000.00.20.G09", "G09.20"), ("005.17.22.H56", "H56.22.17.005")],
)  # fmt: skip
def test_the_old_notation_is_the_new_one_backwards_without_zeros(old: str, new: str) -> None:
    """R-220."""
    assert canonical(old) == canonical(new) == new
    assert notations(new) == {old, new}


@given(CODES)
def test_every_notation_of_a_code_leads_back_to_it(code: str) -> None:
    """R-220."""
    old = former(code)
    assert old is not None
    assert canonical(old) == canonical(code) == canonical(code.lower()) == code
    assert len(old.split(".")) == 4
    assert notations(old) == notations(code)


@given(CODES, CODES)
def test_two_codes_never_share_a_notation(one: str, other: str) -> None:
    assert (one == other) == bool(notations(one) & notations(other))


@given(st.text(max_size=60))
def test_anything_else_is_refused_and_nothing_breaks(text: str) -> None:
    try:
        kept = canonical(text)
    except NotAnAgencyCode:
        return
    assert canonical(kept) == kept
    assert len(kept) <= MOST_CHARACTERS


@pytest.mark.parametrize(
    "wrong", ["", "26", "H2", "H26.", "H26..01", "000.17.22", "H26/01", "H26.A1", "H" * 36, "H26" + ".01" * 11]
)
def test_what_is_no_code_is_refused(wrong: str) -> None:
    with pytest.raises(NotAnAgencyCode):
        canonical(wrong)


def test_a_code_too_deep_for_the_old_notation_has_the_new_one_only() -> None:
    assert notations("H26.01.02.003.04") == {"H26.01.02.003.04"}
