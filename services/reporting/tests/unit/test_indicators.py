"""The formulas of indicators 4.1 to 4.5, and what they say where there is nothing to take a share of."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reporting.domain.indicators import DigitisationTally, RepeatTally, digitisation, progress
from reporting.domain.report import Tally
from reporting.domain.share import Share

TALLY = DigitisationTally(
    received=20,
    identity_verified=13,
    components=40,
    components_reused=10,
    components_from_store=3,
    resolved=9,
    without_result=3,
    electronic_result=4,
    digitised=2,
)
NOTHING = replace(TALLY, received=0, components=0, resolved=0, without_result=0)


def test_the_indicators_of_digitisation_are_those_of_the_decision() -> None:
    """R-202."""
    found = {
        one.id: (one.share.numerator, one.share.denominator, one.share.precise_percent) for one in digitisation(TALLY)
    }
    assert found == {
        "4.1": (4, 6, "66.67"),
        "4.2": (2, 9, "22.22"),
        "4.3": (10, 40, "25.00"),
        "4.4": (3, 40, "7.50"),
        "4.5": (13, 20, "65.00"),
    }
    assert {one.reason for one in digitisation(TALLY)} == {None}


def test_where_there_is_nothing_to_take_a_share_of_there_is_no_value_but_a_reason() -> None:
    for one in (*digitisation(NOTHING), progress(Tally(*[0] * 10), RepeatTally(0, 0, 0, 0))):
        assert one.share.precise_percent is None
        assert one.reason


def test_dossiers_without_a_result_alone_leave_4_1_without_a_value_and_4_2_with_one() -> None:
    electronic, digitised, *_ = digitisation(replace(TALLY, resolved=3, electronic_result=0, digitised=0))
    assert (electronic.share.precise_percent, digitised.share.precise_percent) == (None, "0.00")
    assert electronic.reason == "Không có hồ sơ nào có kết quả trong kỳ / No dossier had a result in the period"


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_percents_are_rounded_half_up_to_their_places(numerator: int, denominator: int) -> None:
    share = Share(numerator, denominator)
    for places, shown in ((1, share.percent), (2, share.precise_percent)):
        assert shown is not None
        whole, _, part = shown.partition(".")
        assert len(part) == places
        # Twice the distance to the exact value is at most a step, and half a step goes up.
        off = 2 * (int(whole + part) * denominator - 100 * 10**places * numerator)
        assert -denominator < off <= denominator
