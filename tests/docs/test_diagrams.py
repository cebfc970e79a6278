"""What docs/architecture.md draws is what the code does: lifecycles from their tables, arrows from the registry of events."""

import re

import pytest

from contracts.registry import EVENTS, SUBSCRIPTIONS
from tests.docs.diagrams import ARCHITECTURE, DIAGRAMS, remade, shown

PAGE = ARCHITECTURE.read_text(encoding="utf-8")
_SEQUENCE = re.search(r"```mermaid\nsequenceDiagram\n(.*?)```", PAGE, re.DOTALL)
_PARTICIPANT = re.compile(r"^\s*participant (\w+) as ([\w-]+)", re.MULTILINE)
_EVENT = re.compile(r"^\s*(\w+)-\)(\w+): ([a-z-]+)$", re.MULTILINE)


@pytest.mark.parametrize("name", DIAGRAMS)
def test_a_lifecycle_is_drawn_as_its_table_has_it(name: str) -> None:
    assert shown(PAGE).get(name) == DIAGRAMS[name](), "remake it: .venv/bin/python -m tests.docs.diagrams"


def test_the_page_draws_every_lifecycle_and_nothing_else() -> None:
    assert shown(PAGE).keys() == DIAGRAMS.keys()


def test_an_edge_that_the_table_does_not_have_would_be_found() -> None:
    altered = PAGE.replace("    PUSHED --> ANSWERED", "    PUSHED --> DECLINED", 1)
    assert shown(altered) != shown(PAGE)
    assert remade(altered) == PAGE


def test_every_event_of_the_way_is_drawn_from_who_states_it_to_who_hears_it() -> None:
    assert _SEQUENCE is not None
    names = dict(_PARTICIPANT.findall(_SEQUENCE.group(1)))
    drawn = [(names[sender], names[hearer], event) for sender, hearer, event in _EVENT.findall(_SEQUENCE.group(1))]
    allowed = {
        (event.producer, hearer, event.type.split(".")[-2])
        for hearer, events in SUBSCRIPTIONS.items()
        for event in events
    }
    assert len(drawn) >= 8
    assert [arrow for arrow in drawn if arrow not in allowed] == []


def test_every_event_a_page_names_in_full_exists() -> None:
    assert set(re.findall(r"vn\.gov\.hanoi\.[a-z-]+\.[a-z-]+\.v\d+", PAGE)) <= set(EVENTS)
