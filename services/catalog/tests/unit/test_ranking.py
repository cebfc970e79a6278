"""What people type finds the procedure they mean, and the answer says why. Over the data files, as of one day."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from catalog.search.index import Index, Kind, Offered, Procedure
from catalog.search.ranking import Hit, search
from catalog.search.vocabulary import How
from catalog.sources.habits import habits
from catalog.sources.life_events import life_events
from catalog.sources.procedures import SeedProcedure, procedures

DAY = date(2026, 11, 20)
QUERIES: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_name("queries.yaml").read_text("utf-8"))
EXPECTED = [(kind, typed, code) for kind, of_one in QUERIES.items() for typed, code in of_one.items()]


def indexed(seed: SeedProcedure) -> Procedure:
    content = seed.content
    return Procedure(
        code=seed.code,
        version=1,
        valid_from=seed.valid_from,
        valid_to=seed.valid_to,
        name=content.name,
        field_code=content.field.code,
        field_name=content.field.name,
        keywords=content.keywords,
        life_events=content.life_events,
        offerings=tuple(
            Offered(
                None if offering.units is None else frozenset(offering.units),
                frozenset(offering.channels),
                offering.valid_from,
                offering.valid_to,
            )
            for offering in content.offerings
        ),
    )


INDEX = Index([indexed(seed) for seed in procedures()], life_events(), habits())


def found(typed: str, limit: int = 10) -> list[Hit]:
    return search(INDEX, typed, lambda procedure: procedure.in_force(DAY), limit)


def test_there_are_at_least_sixty_ways_to_ask() -> None:
    assert len(EXPECTED) >= 60


@pytest.mark.parametrize(("kind", "typed", "code"), EXPECTED, ids=[typed for _, typed, _ in EXPECTED])
def test_what_is_typed_finds_the_procedure_that_is_meant(kind: str, typed: str, code: str) -> None:
    """R-107."""
    hits = found(typed)
    assert (hits[0].procedure.code if hits else "none") == code, [(hit.procedure.code, hit.score) for hit in hits]


def test_a_slip_is_said_to_be_one_and_shown_where_it_stands() -> None:
    reason = next(reason for reason in found("kahi sinh")[0].reasons if reason.kind is Kind.NAME)
    assert reason.written == "Thủ tục đăng ký khai sinh"
    assert [(met.typed, met.word, met.how) for met in reason.met] == [
        ("kahi", "khai", How.TYPO),
        ("sinh", "sinh", How.EXACT),
    ]
    assert [reason.written[start:end] for start, end in reason.highlights] == ["khai", "sinh"]


def test_what_people_call_it_is_said_to_be_why() -> None:
    best = found("giấy độc thân")[0].reasons[0]
    assert (best.kind, best.written) == (Kind.EVERYDAY_NAME, "giấy độc thân")


def test_a_synonym_is_said_to_be_one() -> None:
    met = {met.typed: met.how for reason in found("ĐKKS")[0].reasons for met in reason.met}
    assert met == {"ĐKKS": How.SYNONYM}


def test_a_life_event_finds_what_it_calls_for() -> None:
    codes = [hit.procedure.code for hit in found("đám tang", limit=20)]
    assert {"1.000656", "2.002913"} <= set(codes)
    assert {reason.kind for reason in found("đám tang")[0].reasons} >= {Kind.LIFE_EVENT}


def test_only_the_wanted_are_found_and_no_more_than_asked_for() -> None:
    assert [hit.procedure.code for hit in found("khai sinh", limit=1)] == ["1.001193"]
    pilot = search(INDEX, "khai sinh", lambda procedure: procedure.in_force(date(2016, 8, 15)), 10)
    assert {hit.procedure.code for hit in pilot} == {
        "hn2016-birth-ordinary",
        "hn2016-birth-abandoned",
        "hn2016-birth-parent-undetermined",
        "hn2016-birth-surrogacy",
    }


def test_scores_fall_and_stay_within_one() -> None:
    scores = [hit.score for hit in found("đăng ký khai sinh", limit=50)]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)


@pytest.mark.parametrize("typed", ["", " ", "khai sinh " * 60, "a" * 200, "1.0", "đ", "\u0301", "'; DROP TABLE --"])
def test_anything_may_be_typed(typed: str) -> None:
    assert len(found(typed)) <= 10


def test_an_empty_catalogue_finds_nothing() -> None:
    assert search(Index([]), "khai sinh", lambda _: True, 10) == []


def test_an_offering_counts_for_its_units_and_days() -> None:
    there = Offered(frozenset({"00004"}), frozenset(), date(2026, 1, 1), date(2026, 12, 31))
    assert there.stands(DAY, "00004")
    assert there.stands(DAY, None)
    assert not there.stands(DAY, "00008")
    assert not there.stands(date(2027, 1, 1), "00004")
