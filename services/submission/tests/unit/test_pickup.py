"""Which papers hold a result back: the last word on each component counts."""

from submission.domain.pickup import PaperKind, Shown, unresolved


def paper(component: str, *, matches: bool) -> Shown:
    return Shown(component, PaperKind.ORIGINAL, matches)


def test_a_paper_that_does_not_match_holds_the_result_back() -> None:
    assert unresolved([[paper("b", matches=False), paper("a", matches=False), paper("c", matches=True)]]) == ("a", "b")


def test_a_paper_that_matches_later_sets_it_free() -> None:
    assert unresolved([[paper("a", matches=False)], [paper("a", matches=True)]]) == ()


def test_a_paper_that_matched_once_may_fail_later() -> None:
    assert unresolved([[paper("a", matches=True)], [paper("a", matches=False)]]) == ("a",)


def test_where_nothing_was_shown_nothing_is_in_the_way() -> None:
    assert unresolved([]) == ()
