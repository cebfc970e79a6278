"""Which rows let go of what on which day."""

from datetime import UTC, date, datetime
from importlib import import_module

import pytest

from contracts.codes import DossierStatus
from submission.domain.retention import CLOSED, ERASED, RetentionRule, due_on
from submission.rules import RETENTION

REFUSED, RETURNED = DossierStatus.REFUSED, DossierStatus.RETURNED


def row(name: str, months: int | None, procedure: str | None = None, since: date | None = None) -> RetentionRule:
    return RetentionRule(name, (REFUSED,), procedure, months, "test", since)


def test_a_row_lets_go_of_what_was_closed_before_its_day_in_hanoi() -> None:
    (due,) = due_on([row("a", 12)], date(2027, 10, 13))
    assert due.before == datetime(2026, 10, 12, 17, tzinfo=UTC)


def test_months_end_where_the_calendar_does() -> None:
    (due,) = due_on([row("a", 1)], date(2027, 3, 31))
    assert due.before == datetime(2027, 2, 27, 17, tzinfo=UTC)


def test_a_procedure_with_a_row_of_its_own_is_left_to_it() -> None:
    found = {due.rule.id: due for due in due_on([row("all", 12), row("own", 60, "1.000894")], date(2027, 1, 1))}
    assert found["all"].other_procedures == ("1.000894",)
    assert found["own"].other_procedures == ()


def test_a_row_without_months_keeps_what_another_would_let_go() -> None:
    (due,) = due_on([row("all", 12), row("kept", None, "1.000894")], date(2027, 1, 1))
    assert (due.rule.id, due.other_procedures) == ("all", ("1.000894",))


def test_a_newer_row_takes_the_place_of_an_older_one_from_its_day_on() -> None:
    rules = [row("old", 12), row("new", 24, since=date(2027, 3, 1))]
    assert [due.rule.id for due in due_on(rules, date(2027, 2, 28))] == ["old"]
    assert [due.rule.id for due in due_on(rules, date(2027, 3, 1))] == ["new"]


def test_no_row_may_name_an_open_dossier_or_erase_at_once() -> None:
    with pytest.raises(ValueError, match="not closed"):
        RetentionRule("a", (DossierStatus.FINISHED,), None, 12, "test")
    with pytest.raises(ValueError, match="at once"):
        row("a", 0)


def test_the_rows_that_ship_name_every_closed_status_and_keep_what_was_returned() -> None:
    """R-174."""
    assert {status for rule in RETENTION for status in rule.statuses} == set(CLOSED)
    assert RETURNED not in {due.status for due in due_on(RETENTION, date(2100, 1, 1))}
    assert all(rule.source.startswith("thiết lập của hệ thống") for rule in RETENTION)


def test_the_index_that_retention_looks_through_names_what_the_domain_does() -> None:
    whole = "\n".join(import_module("submission.migrations.versions.0007_desk").STATEMENTS)
    closed = ", ".join(str(status.value) for status in CLOSED)
    assert f"WHERE status IN ({closed}) AND owner <> '{ERASED}'" in whole
