"""What the console computes without a server: percentiles, the drawing, how numbers and times are written."""

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2.runtime import Context

from gateway.console import words
from gateway.console.drawing import drawing_of
from gateway.console.latency import percentile
from gateway.console.web import number_in, path_of
from gateway.domain.exchange_record import BUCKETS, bucket_of
from gateway.queries.console import Traffic

VI, EN = cast("Context", {"lang": "vi"}), cast("Context", {"lang": "en"})


def traffic(who: str, whom: str, exchanges: int = 10, errors: int = 0, denied: int = 0) -> Traffic:
    return Traffic(who, whom, exchanges, errors, denied, 0, 0.0, [])


@given(st.lists(st.floats(0, 4_999), min_size=1, max_size=200), st.sampled_from([0.5, 0.95]))
def test_a_percentile_lies_in_the_bucket_of_the_true_one(durations: list[float], part: float) -> None:
    buckets = [0] * (len(BUCKETS) + 1)
    for duration in durations:
        buckets[bucket_of(duration)] += 1
    found = percentile(buckets, part)
    rank = next(number for number in range(1, len(durations) + 1) if number >= part * len(durations))
    true = sorted(durations)[rank - 1]
    assert found is not None
    assert bucket_of(found) == bucket_of(true) or found == BUCKETS[bucket_of(true) - 1]


def test_nothing_has_no_percentile_and_what_took_longer_is_the_last_bound() -> None:
    assert percentile([0] * 13, 0.5) is None
    assert percentile([], 0.5) is None
    assert percentile([0] * 12 + [3], 0.95) == BUCKETS[-1]


def test_a_flow_is_red_by_failures_and_yellow_by_denials() -> None:
    flows = [traffic("a", "x"), traffic("b", "x", errors=1), traffic("c", "x", errors=10, denied=10)]
    assert [arrow.kind for arrow in drawing_of(flows).arrows] == ["well", "bad", "denied"]


def test_the_drawing_names_each_side_once_and_leaves_out_the_smallest() -> None:
    drawing = drawing_of(
        [traffic(f"client-{number % 7}", f"service-{number % 5}", 100 - number) for number in range(30)]
    )
    assert (len(drawing.clients), len(drawing.services), drawing.left_out) == (7, 5, 6)
    assert drawing_of([]).arrows == []


@pytest.mark.parametrize(
    ("seconds", "vi", "en"),
    [(0, "0 giây", "0 s"), (59.9, "59 giây", "59 s"), (3600, "1 giờ", "1 h"), (93784, "1 ngày 2 giờ", "1 d 2 h")],
)
def test_durations_have_two_units_at_most(seconds: float, vi: str, en: str) -> None:
    assert (words.span(VI, seconds), words.span(EN, seconds)) == (vi, en)


def test_times_are_hanoi_times_and_numbers_are_grouped_as_the_language_does() -> None:
    now = datetime(2026, 12, 31, 18, 0, tzinfo=UTC)
    assert words.when(now) == "01/01/2027 01:00:00"
    assert words.ago(VI, now - timedelta(minutes=5), now) == "5 phút trước"
    assert words.ago(EN, now + timedelta(hours=2), now) == "in 2 h"
    assert (words.count(VI, 1234567), words.count(EN, 1234567)) == ("1.234.567", "1,234,567")
    assert (words.share(VI, 1, 3), words.share(EN, 1, 100_000), words.share(EN, 0, 0)) == ("33,3 %", "<0.1 %", "–")
    assert (words.size(VI, 1536), words.millis(EN, 2500)) == ("1,5 kB", "2.5 s")


def test_addresses_are_quoted_segment_by_segment() -> None:
    assert (
        path_of("/console/partners", "VN", "a/b", "<x>", before=None, q="&")
        == "/console/partners/VN/a%2Fb/%3Cx%3E?q=%26"
    )


@pytest.mark.parametrize("given_number", [None, "", "-1", "1.5", "9" * 20, "٣", "x", str(2**63)])
def test_what_is_no_position_is_none(given_number: str | None) -> None:
    assert number_in(given_number) is None


def test_a_body_is_laid_out_whatever_it_is() -> None:
    assert words.laid_out(b'{"a":1}') == '{\n  "a": 1\n}'
    assert words.laid_out(b"\xff<b>") == "\ufffd<b>"
    assert words.laid_out("[" * 100_000).startswith("[[")
