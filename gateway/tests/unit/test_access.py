"""Deny by default: which grant covers which call, and globs held against a naive oracle."""

import time
from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.access import BadGlob, checked_glob, checked_method, grant_for, path_matches
from gateway.domain.partners import Grant, Registry, ServiceId, Subsystem, SubsystemId

PROVIDER = SubsystemId("VN", "GOV", "H26", "lienthong")
SERVICE = ServiceId(PROVIDER, "procedures")
CLIENT = Subsystem(SubsystemId("VN", "GOV", "G15", "ho-tich"), "Hộ tịch", "g15", groups=frozenset({"ministries"}))
TODAY = date(2026, 10, 12)

SEGMENTS = st.lists(st.sampled_from(["a", "b", "ab", ""]), max_size=6)
GLOBS = st.lists(st.sampled_from(["a", "b", "ab", "*", "**"]), max_size=5)


def grant(
    *,
    grant_id: UUID | None = None,
    subsystem: SubsystemId | None = CLIENT.id,
    group: str | None = None,
    since: date = TODAY,
    until: date | None = None,
    method: str | None = None,
    path: str | None = None,
    fields: frozenset[str] | None = None,
) -> Grant:
    return Grant(
        grant_id or uuid4(), SERVICE, subsystem, group, since, until, "luật", method=method, path=path, fields=fields
    )


def registry(*grants: Grant) -> Registry:
    return Registry(grants={SERVICE: grants})


def naive(glob: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """The definition, word by word."""
    if not glob:
        return not path
    if glob[0] == "**":
        return any(naive(glob[1:], path[taken:]) for taken in range(len(path) + 1))
    if not path:
        return False
    return (glob[0] == path[0] or (glob[0] == "*" and path[0] != "")) and naive(glob[1:], path[1:])


@given(GLOBS, SEGMENTS)
def test_a_glob_covers_what_its_definition_says(glob: list[str], segments: list[str]) -> None:
    """R-223."""
    path = "/".join(segments)
    given_segments = tuple(path.split("/")) if path else ()
    assert path_matches("/".join(glob), path) == naive(tuple(glob), given_segments)


@pytest.mark.parametrize(
    ("glob", "path", "covered"),
    [
        ("*", "1.001193", True), ("*", "", False), ("*", "1/fees", False), ("*", "1/", False), ("**", "", True),
        ("**", "1/fees", True), ("1/**", "1", True), ("1/**", "2", False), ("*/fees", "1/fees", True), ("", "", True),
        ("", "1", False), ("**/fees/*", "a/b/fees/c", True), ("a.c", "abc", False), ("A", "a", False),
    ],
)  # fmt: skip
def test_one_star_is_one_segment_and_two_are_any_number(glob: str, path: str, covered: bool) -> None:
    assert path_matches(glob, path) is covered


def test_no_glob_makes_a_call_wait() -> None:
    glob = checked_glob("/".join(["**", "a"] * 100))
    begun = time.perf_counter()
    assert not path_matches(glob, "/".join(["a"] * 5000) + "/b")
    assert time.perf_counter() - begun < 2


@pytest.mark.parametrize(
    "glob", ["a//b", "./a", "a/..", "a*", "***", "a/**b", "%2e", "a\\b", "a?x=1", "\x00", "\ud800", "x" * 501]
)
def test_a_glob_that_means_nothing_is_refused_in_both_languages(glob: str) -> None:
    with pytest.raises(BadGlob) as refused:
        checked_glob(glob)
    assert refused.value.vi
    assert refused.value.en


def test_what_is_kept_of_a_glob_and_a_method() -> None:
    assert checked_glob("/a/*/**/") == "a/*/**"
    assert (checked_method("get"), checked_method("GET "), checked_method("BREW")) == ("GET", None, None)


def test_nothing_is_covered_without_a_grant() -> None:
    """R-223."""
    assert grant_for(Registry(), CLIENT, SERVICE, "GET", "", TODAY) is None
    other = SubsystemId("VN", "GOV", "G15", "khac")
    strangers = (grant(subsystem=other), grant(subsystem=None, group="others"), grant(method="POST"), grant(path="x"))
    assert grant_for(registry(*strangers), CLIENT, SERVICE, "GET", "1", TODAY) is None


def test_a_method_is_compared_as_it_came() -> None:
    held = registry(grant(method="GET"))
    assert grant_for(held, CLIENT, SERVICE, "GET", "", TODAY) is not None
    assert grant_for(held, CLIENT, SERVICE, "get", "", TODAY) is None


def test_a_grant_counts_from_its_first_to_its_last_day() -> None:
    held = registry(grant(since=date(2026, 10, 12), until=date(2026, 10, 13)))
    covered = [grant_for(held, CLIENT, SERVICE, "GET", "", date(2026, 10, day)) is not None for day in (11, 12, 13, 14)]
    assert covered == [False, True, True, False]


def test_of_several_grants_the_one_that_shows_most_counts() -> None:
    narrow, wide = (
        grant(fields=frozenset({"a"})),
        grant(fields=frozenset({"a", "b"}), subsystem=None, group="ministries"),
    )
    assert grant_for(registry(narrow, wide), CLIENT, SERVICE, "GET", "", TODAY) is wide
    everything = grant()
    assert grant_for(registry(narrow, everything, wide), CLIENT, SERVICE, "GET", "", TODAY) is everything
