"""Which versions of one procedure may stand beside each other."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from catalog.domain.versions import (
    TRANSITIONS,
    Outdated,
    Overlap,
    Publication,
    Status,
    Version,
    last_days,
    next_number,
    publication,
)

FIRST = date(2025, 7, 1)
LATER = date(2027, 3, 1)


def draft(number: int, valid_from: date, valid_to: date | None = None) -> Version:
    return Version(number, Status.DRAFT, valid_from, valid_to)


def out(number: int, valid_from: date, valid_to: date | None = None) -> Version:
    return Version(number, Status.PUBLISHED, valid_from, valid_to)


def test_the_first_version_stands_alone() -> None:
    assert publication(draft(1, FIRST), [draft(1, FIRST)]) == Publication()


def test_a_later_version_ends_the_open_one_the_day_before() -> None:
    """R-002"""
    assert publication(draft(2, LATER), [out(1, FIRST)]) == Publication(ended=(1, date(2027, 2, 28)))


def test_a_version_of_the_same_days_corrects_the_one_there() -> None:
    assert publication(draft(2, FIRST), [out(1, FIRST)]) == Publication(corrected=(1,))


def test_a_version_that_ends_before_the_other_begins_touches_nothing() -> None:
    assert publication(draft(2, FIRST, LATER - timedelta(days=1)), [out(1, LATER)]) == Publication()


def test_a_version_may_not_reach_into_one_with_a_last_day() -> None:
    there = out(1, FIRST, LATER)
    assert publication(draft(2, LATER), [there]) == Overlap(there)


def test_a_correction_may_not_leave_days_of_the_old_version_uncovered() -> None:
    there = out(1, FIRST)
    assert publication(draft(2, FIRST, LATER), [there]) == Overlap(there)


def test_a_version_may_not_begin_before_an_open_one() -> None:
    there = out(1, LATER)
    assert publication(draft(2, FIRST), [there]) == Overlap(there)


def test_a_draft_older_than_what_is_out_stays_a_draft() -> None:
    newer = out(2, LATER)
    assert publication(draft(1, FIRST, FIRST), [newer]) == Outdated(newer)


def test_drafts_and_corrected_versions_hinder_no_one() -> None:
    others = [draft(1, FIRST), Version(2, Status.CORRECTED, FIRST, None)]
    assert publication(draft(3, FIRST), others) == Publication()


def test_a_withdrawn_version_keeps_its_days_and_one_after_them_is_welcome() -> None:
    gone = Version(1, Status.WITHDRAWN, FIRST, LATER, withdrawal=2)
    assert publication(draft(3, LATER), [gone]) == Overlap(gone)
    assert publication(draft(3, LATER + timedelta(days=1)), [gone]) == Publication()
    assert publication(draft(3, FIRST), [gone]) == Publication(corrected=(1,)), "a withdrawal by mistake is corrected"


def test_a_draft_older_than_the_news_of_a_withdrawal_stays_a_draft() -> None:
    gone = Version(1, Status.WITHDRAWN, FIRST, LATER, withdrawal=3)
    assert publication(draft(2, LATER + timedelta(days=1)), [gone]) == Outdated(gone)
    assert next_number([gone, draft(2, FIRST)]) == 4


def test_the_last_day_of_a_withdrawal_is_not_gone_by_and_within_the_validity() -> None:
    """R-101."""
    today = date(2026, 11, 20)
    assert last_days(out(1, FIRST), today) == (today, None)
    assert last_days(out(1, FIRST, LATER), today) == (today, LATER)
    assert last_days(out(1, LATER), today) == (LATER, None)


def test_every_state_is_reached() -> None:
    assert set(TRANSITIONS.values()) | {Status.DRAFT} == set(Status)


days = st.dates(date(2025, 1, 1), date(2025, 3, 1))


@given(st.lists(st.tuples(days, st.none() | st.integers(0, 30)), max_size=8))
def test_whatever_is_published_in_turn_no_two_versions_overlap(drafts: list[tuple[date, int | None]]) -> None:
    """R-002"""
    versions: dict[int, Version] = {}
    for number, (first, length) in enumerate(drafts, start=1):
        candidate = draft(number, first, None if length is None else first + timedelta(days=length))
        effect = publication(candidate, versions.values())
        if not isinstance(effect, Publication):
            continue
        for corrected in effect.corrected:
            versions.pop(corrected)
        if effect.ended:
            ended, last_day = effect.ended
            versions[ended] = out(ended, versions[ended].valid_from, last_day)
            assert versions[ended].valid_from <= last_day
        versions[number] = out(number, candidate.valid_from, candidate.valid_to)
    standing = list(versions.values())
    for index, version in enumerate(standing):
        assert not any(version.overlaps(other) for other in standing[index + 1 :])


@given(st.lists(st.tuples(st.booleans(), days, st.none() | st.integers(0, 30)), max_size=10))
def test_with_withdrawals_between_no_two_versions_overlap_and_news_only_rises(
    steps: list[tuple[bool, date, int | None]],
) -> None:
    standing: dict[int, Version] = {}
    every: list[Version] = []
    stated: list[int] = []
    for withdraws, day, length in steps:
        number = next_number([*every, *standing.values()])
        published = [version for version in standing.values() if version.status is Status.PUBLISHED]
        if withdraws and published:
            chosen = published[-1]
            first, last = last_days(chosen, day)
            if last is not None and last < first:
                continue
            standing[chosen.number] = Version(chosen.number, Status.WITHDRAWN, chosen.valid_from, first, number)
            stated.append(number)
            continue
        candidate = draft(number, day, None if length is None else day + timedelta(days=length))
        every.append(candidate)
        effect = publication(candidate, standing.values())
        if not isinstance(effect, Publication):
            continue
        for corrected in effect.corrected:
            gone = standing.pop(corrected)
            every.append(gone)
        if effect.ended:
            ended, last_day = effect.ended
            standing[ended] = out(ended, standing[ended].valid_from, last_day)
        standing[number] = out(number, candidate.valid_from, candidate.valid_to)
        stated.append(number)
    assert stated == sorted(set(stated))
    there = list(standing.values())
    for index, version in enumerate(there):
        assert not any(version.overlaps(other) for other in there[index + 1 :])
