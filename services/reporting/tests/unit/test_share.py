from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.domain.share import ByChannel, Share, total_of


@pytest.mark.parametrize(
    ("numerator", "denominator", "percent"),
    [
        (842, 1439, "58.5"),
        (177, 397, "44.6"),
        (1019, 1836, "55.5"),
        (0, 7, "0.0"),
        (7, 7, "100.0"),
        (1, 2000, "0.1"),  # 0.05 exactly
        (1, 16, "6.3"),  # 6.25 exactly, where rounding half to even says 6.2
        (999, 2000, "50.0"),  # 49.95 exactly
    ],
)
def test_percent_has_one_decimal_and_rounds_half_up(numerator: int, denominator: int, percent: str) -> None:
    """R-090"""
    assert Share(numerator, denominator).percent == percent


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_percent_is_what_decimal_arithmetic_gives(numerator: int, denominator: int) -> None:
    exact = Decimal(100 * numerator) / Decimal(denominator)
    assert Share(numerator, denominator).percent == str(exact.quantize(Decimal("0.1"), ROUND_HALF_UP))


def test_a_share_of_nothing_is_not_applicable() -> None:
    """R-091"""
    assert Share(0, 0).percent is None


def test_the_total_is_the_sum_of_the_groups() -> None:
    groups = [ByChannel("birth", "Khai sinh", 842, 597, 0), ByChannel(None, None, 1, 2, 3)]
    assert total_of(groups) == ByChannel(None, None, 843, 599, 3)
    assert total_of([]).online_share.percent is None
