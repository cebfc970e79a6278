"""Codes of agencies: one agency, two notations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.domain.agency_code import LONGEST, AgencyCode, NotAnAgencyCode, agency_code
from catalog.sources.agencies import agencies

roots = st.from_regex(r"[A-Z][0-9]{2}", fullmatch=True)
used = st.from_regex(r"[0-9]{2,3}", fullmatch=True).filter(lambda level: bool(level.strip("0")))
any_level = st.from_regex(r"[0-9]{2,3}", fullmatch=True)
levels = st.one_of(
    st.just(()), st.builds(lambda above, last: (*above, last), st.lists(any_level, max_size=4).map(tuple), used)
)


@pytest.mark.parametrize(
    ("code", "former"),
    [
        ("H26", "000.00.00.H26"),
        ("G09.20", "000.00.20.G09"),
        ("H56.22.17", "000.17.22.H56"),
        ("H56.14", "000.00.14.H56"),
        ("H26.01.02.003", "003.02.01.H26"),
    ],
)
def test_either_notation_says_the_same_agency(code: str, former: str) -> None:
    """R-102."""
    assert agency_code(code) == agency_code(former)
    assert (agency_code(former).code, agency_code(code).former) == (code, former)


@given(roots, levels)
def test_a_code_comes_back_from_either_notation(root: str, below: tuple[str, ...]) -> None:
    """R-102."""
    made = AgencyCode(root, below)
    assert agency_code(made.code) == made
    assert agency_code(made.former) == made


@given(st.text(alphabet="GH0123.", max_size=40))
def test_a_text_is_a_code_that_comes_back_or_is_refused(text: str) -> None:
    try:
        found = agency_code(text)
    except NotAnAgencyCode:
        return
    assert agency_code(found.code) == agency_code(found.former) == found
    assert max(len(found.code), len(found.former)) <= LONGEST


@pytest.mark.parametrize(
    "text",
    ["", "H", "h26", "H26.", ".H26", "H26.1", "H26.0001", "H26.00", "17.22.H56", "000.17.22", "H26.01.H27", "H26 ", "H２6",
     "H26.01.02.03.04.05.06.07.08.09.10.11"],
)  # fmt: skip
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(NotAnAgencyCode):
        agency_code(text)


def test_the_ministries_and_the_province_are_there_by_their_codes() -> None:
    found = {agency.code: agency for agency in agencies()}
    assert len(found) == 24
    assert (found["G15"].name, found["H26"].former_code) == ("Bộ Tư pháp", "000.00.00.H26")
    assert found["H26"].unit == "01"
    assert {code for code in found if code.startswith("H")} == {"H26"}, "sub-codes of Hà Nội are not known"
