"""docs/rules.md and the tests hold each other: every rule is cited by its tests, every citation is a rule."""

import ast
import re
from dataclasses import dataclass
from functools import cache

import pytest

from tests.docs.pages import ROOT

RULES = ROOT / "docs" / "rules.md"
_ROW = re.compile(r'^\| <a id="r-(\d{3})"></a>R-(\d{3}) \|(.*)\|$', re.MULTILINE)
_NUMBER = re.compile(r"\bR-(\d{3})\b")
_NAME = re.compile(r"`(\w+)`")


@dataclass(frozen=True)
class Rule:
    """A row of the page."""

    number: str
    source: str
    tests: tuple[str, ...]


def _rules() -> list[Rule]:
    found = []
    for anchor, number, row in _ROW.findall(RULES.read_text(encoding="utf-8")):
        assert anchor == number
        _, source, _, _, tests = row.split("|")
        found.append(Rule(number, source.strip(), tuple(_NAME.findall(tests))))
    return found


@cache
def _cited() -> dict[str, set[str]]:
    """Number of a rule → the tests, by name, whose docstring cites it."""
    cited: dict[str, set[str]] = {}
    for folder in ("chassis", "contracts", "deploy", "gateway", "services", "tests"):
        for file in (ROOT / folder).rglob("test_*.py"):
            if ROOT / "tests" / "docs" in file.parents or not _NUMBER.search(text := file.read_text(encoding="utf-8")):
                continue
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    for number in _NUMBER.findall(ast.get_docstring(node) or ""):
                        cited.setdefault(number, set()).add(node.name)
    return cited


def test_no_number_is_given_twice() -> None:
    numbers = [rule.number for rule in _rules()]
    assert len(numbers) > 60
    assert sorted(set(numbers)) == sorted(numbers)


@pytest.mark.parametrize("rule", _rules(), ids=lambda rule: f"R-{rule.number}")
def test_a_rule_has_a_source_and_is_cited_by_the_tests_it_names_and_by_no_other(rule: Rule) -> None:
    assert rule.source
    assert set(rule.tests) == _cited().get(rule.number, set())


def test_every_rule_that_a_test_cites_is_written_down() -> None:
    assert _cited().keys() - {rule.number for rule in _rules()} == set()
