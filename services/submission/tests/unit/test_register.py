"""A line of the register as text: notes, times of Hanoi, and cells that no spreadsheet takes for a formula."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.codes import Channel, DossierStatus
from submission.domain.register import COLUMNS, Line, guarded

LINE = Line(
    code="H26-20261012-0000042",
    owner="001190000001",
    procedure="1.001193",
    procedure_name="Thủ tục đăng ký khai sinh",
    applicant="TRẦN THỊ VÍ DỤ",
    received_at=datetime(2026, 10, 12, 3, tzinfo=UTC),
    due_at=datetime(2026, 10, 12, 18, tzinfo=UTC),
    status=DossierStatus.RETURNED,
    finished_at=None,
    returned_at=None,
    channel=Channel.ONLINE,
    waits=0,
    waiting_since=None,
    extended_at=None,
    reason=None,
)


def test_a_line_has_a_cell_for_each_column_and_shows_no_identity() -> None:
    cells = LINE.cells(7)
    assert len(cells) == len(COLUMNS)
    assert cells[0] == "7"
    assert cells[5:8] == ("12/10/2026 10:00", "13/10/2026 01:00", "10 đã trả kết quả")
    assert LINE.owner not in cells


def test_notes_say_waits_extension_and_why() -> None:
    at = datetime(2026, 10, 12, 3, tzinfo=UTC)
    assert LINE.notes == ""
    noted = replace(LINE, waits=2, waiting_since=at, extended_at=at, reason="Thiếu")
    assert noted.notes == (
        "Yêu cầu bổ sung 2 lần; Tạm dừng tính thời hạn từ 12/10/2026 10:00; Gia hạn ngày 12/10/2026 10:00; Lý do: Thiếu"
    )


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=cmd|"/C calc"!A0'])
def test_a_formula_is_made_text(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("A;=1+1", "A;'=1+1"),
        ("A;  =1+1;;@x", "A;  '=1+1;;'@x"),
        ("Lý do\n=1+1", "Lý do\n'=1+1"),
        ("-1;-2", "'-1;'-2"),
        ("A; B = C", "A; B = C"),
    ],
)
def test_nor_is_what_a_vietnamese_excel_makes_of_a_cell_when_it_cuts_at_semicolons(cell: str, kept: str) -> None:
    assert guarded(cell) == kept


@given(st.text())
def test_whatever_a_cell_holds_it_does_not_begin_like_a_formula_and_loses_nothing(cell: str) -> None:
    assert not guarded(cell).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert guarded(cell).replace("'", "") == cell.replace("'", "")
