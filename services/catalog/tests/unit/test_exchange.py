"""Records and sheets: what goes out and comes back changes nothing, and what is changed is just that."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.content import ProcedureContent, Steps
from catalog.exchange.merging import Origin, merged
from catalog.exchange.national import UNITS, record_of
from catalog.exchange.record import NationalRecord
from catalog.exchange.sheet import BOM, COLUMNS, Dated, edited, sheet_of, unguarded
from catalog.exchange.upload import MOST_LINES, records_in, rows_in
from catalog.sources.procedures import procedures
from chassis.problems import BadRequest
from contracts.catalog import Case, Component, FeeRule, LegalSource, Offering, ProcedureField, ResultDocument, TimeLimit
from contracts.codes import ApplicantClass, Channel, ServiceLevel, TimeLimitUnit

SEEDS = {seed.code: seed for seed in procedures()}
ORIGIN = Origin(date(2027, 1, 1), "Quyết định 1/QĐ-UBND")

_text = st.text("aăâbcdđeêghiklmnoôơpqrstuưvxy áàảãạ;=+'\"-", min_size=1, max_size=30).map(lambda t: t.strip() or "x")
_code = st.from_regex(r"[a-z]{1,8}(-[a-z]{1,8}){0,2}", fullmatch=True)
_cases = st.lists(st.builds(Case, code=_code, name=_text), max_size=3, unique_by=(lambda c: c.code, lambda c: c.name))
_channels = st.lists(st.sampled_from(Channel), min_size=1, max_size=3, unique=True).map(tuple)


@st.composite
def contents(draw: st.DrawFn) -> ProcedureContent:
    """Any content an editor could have published."""
    cases = draw(_cases)
    some = st.none() | st.lists(st.sampled_from([case.code for case in cases] or ["x"]), min_size=1, unique=True).map(
        tuple
    )
    of_some = some if cases else st.none()
    limits = st.builds(
        TimeLimit,
        channel=st.sampled_from(Channel),
        case=st.sampled_from([None, *(case.code for case in cases)]),
        unit=st.sampled_from(TimeLimitUnit),
        amount=st.integers(0, 90),
        text=_text | st.just(""),
    )
    rules = st.builds(
        FeeRule,
        id=_code,
        amount=st.integers(0, 10**7),
        channels=st.none() | _channels,
        cases=of_some,
        applicant_classes=st.none() | st.just((ApplicantClass.POOR_HOUSEHOLD,)),
        max_age=st.none() | st.integers(1, 99),
        per_item=st.booleans(),
        valid_from=st.just(date(2025, 7, 1)),
        legal_source=_text,
        text=_text | st.just(""),
    )
    papers = st.builds(
        Component,
        code=_code,
        name=_text,
        originals=st.integers(0, 3),
        cases=of_some,
        template_name=st.none() | _text,
        template_url=st.none() | st.just("https://example.org/mau.docx"),
    )
    return ProcedureContent(
        name=draw(_text),
        field=ProcedureField(code=draw(_code), name=draw(_text)),
        keywords=draw(st.lists(_text, max_size=3).map(tuple)),
        legal_sources=draw(st.lists(st.builds(LegalSource, number=_code, title=_text), max_size=3).map(tuple)),
        time_limits=draw(st.lists(limits, max_size=4, unique_by=lambda limit: (limit.channel, limit.case)).map(tuple)),
        fees=draw(st.lists(rules, max_size=4, unique_by=lambda rule: rule.id).map(tuple)),
        fee_text=draw(st.none() | _text),
        components=draw(st.lists(papers, max_size=4, unique_by=lambda paper: paper.code).map(tuple)),
        cases=tuple(cases),
        steps=draw(st.lists(st.builds(Steps, steps=st.lists(_text, max_size=3).map(tuple)), max_size=1).map(tuple)),
        applicants=draw(st.lists(_text, max_size=2).map(tuple)),
        conditions=draw(st.none() | _text),
        results=draw(st.lists(st.builds(ResultDocument, code=_code, name=_text), max_size=2).map(tuple)),
        agencies=draw(st.lists(st.sampled_from(["H26", "G01", "G15"]), max_size=2, unique=True).map(tuple)),
        life_events=draw(st.lists(st.sampled_from(["sinh-con", "ket-hon"]), max_size=2, unique=True).map(tuple)),
        offerings=(
            Offering(
                channels=draw(_channels),
                service_level=ServiceLevel.PARTIAL,
                valid_from=date(2025, 7, 1),
                legal_source="x",
            ),
        ),
        form_schema={"type": "object"},
        notes=draw(st.lists(_text, max_size=2).map(tuple)),
        supplement_working_days=draw(st.none() | st.integers(1, 30)),
        source=draw(_text),
    )


def sent(record: NationalRecord) -> bytes:
    return json.dumps([record.model_dump(mode="json", by_alias=True, exclude_none=True)]).encode()


@settings(max_examples=25, deadline=None)
@given(contents())
def test_a_record_that_comes_back_changes_nothing(content: ProcedureContent) -> None:
    (line,) = records_in(sent(record_of("1.000001", content, {"H26": "Ủy ban nhân dân thành phố Hà Nội"})))
    assert line.record is not None, line.faults
    assert merged(line.record, content, ORIGIN) == (content, [])


@settings(max_examples=25, deadline=None)
@given(contents(), st.none() | st.just(date(2030, 1, 1)))
def test_a_row_that_comes_back_changes_nothing(content: ProcedureContent, last: date | None) -> None:
    version = Dated(content, date(2025, 7, 1), last)
    (row,) = rows_in(sheet_of([("1.000001", 3, version)]).encode())
    assert (row.code, row.version, row.faults) == ("1.000001", 3, ())
    assert edited(row.cells, version) == (version, [])


@pytest.mark.parametrize("code", SEEDS)
def test_every_procedure_of_the_data_files_goes_out_and_back(code: str) -> None:
    content = SEEDS[code].content
    (line,) = records_in(sent(record_of(code, content)))
    assert line.record is not None, line.faults
    assert merged(line.record, content, ORIGIN) == (content, [])


@settings(max_examples=15, deadline=None)
@given(contents(), contents())
def test_taken_in_twice_a_record_of_anything_else_changes_nothing_more(
    content: ProcedureContent, other: ProcedureContent
) -> None:
    (line,) = records_in(sent(record_of("1.000001", other)))
    assert line.record is not None
    once, _ = merged(line.record, content, ORIGIN)
    assert merged(line.record, once, ORIGIN)[0] == once


def test_the_record_is_spelt_as_the_national_services_spell_it() -> None:
    told = record_of("1.000894", SEEDS["1.000894"].content, {"H26": "UBND thành phố Hà Nội"}).model_dump(
        mode="json", by_alias=True
    )
    assert list(told) == [
        *("MATTHC", "TENTTHC", "LINHVUCTHUCHIEN", "TRINHTUTHUCHIEN", "CACHTHUCTHUCHIEN", "THANHPHANHOSO", "YEUCAU"),
        *("MOTADOITUONGTHUCHIEN", "KETQUATHUCHIEN", "CANCUPHAPLY", "COQUANTHUCHIEN"),
    ]
    assert told["CACHTHUCTHUCHIEN"][0] == {
        "KENH": 1,
        "THOIGIAN": [
            {
                "THOIGIANGIAIQUYET": 0,
                "DONVITINH": "Trong ngày",
                "MOTA": "Trong ngày; cần xác minh thì không quá 5 ngày làm việc",
                "PHILEPHI": [{"SOTIEN": 0, "DONVI": "đồng", "MOTA": "Kết hôn giữa công dân Việt Nam: 0 đồng"}],
            }
        ],
    }
    assert told["COQUANTHUCHIEN"] == [{"MADONVI": "H26", "TENDONVI": "UBND thành phố Hà Nội"}]


def changed(code: str, **sections: Any) -> tuple[ProcedureContent, list[str]]:
    content = SEEDS[code].content
    told = record_of(code, content).model_dump(mode="json", by_alias=True) | sections
    content, faults = merged(NationalRecord.model_validate(told), content, ORIGIN)
    return content, [f"{fault.pointer} {fault.rule}" for fault in faults]


def test_what_a_record_cannot_say_outlives_a_change_beside_it() -> None:
    before = SEEDS["1.000656"].content
    ways = record_of("1.000656", before).model_dump(mode="json", by_alias=True)["CACHTHUCTHUCHIEN"]
    ways[1]["THOIGIAN"][0]["MOTA"] = "Trong ngày làm việc"
    after, faults = changed("1.000656", CACHTHUCTHUCHIEN=ways)
    assert faults == []
    counter, online = after.time_limits
    assert counter == before.time_limits[0], "the cut-off of the channel that was left alone"
    assert (online.channel, online.text, online.cutoff) == (Channel.ONLINE, "Trong ngày làm việc", None)
    assert after.fees == before.fees, "with their conditions"
    assert after.source == "Quyết định 1/QĐ-UBND"
    assert (after.form_schema, after.keywords, after.offerings) == (
        before.form_schema,
        before.keywords,
        before.offerings,
    )


def test_a_new_fee_becomes_a_rule_of_its_channels_from_the_first_day() -> None:
    ways = [
        {
            "KENH": channel,
            "THOIGIAN": [
                {
                    "THOIGIANGIAIQUYET": "3",
                    "DONVITINH": "ngày làm việc",
                    "PHILEPHI": [{"SOTIEN": amount, "MOTA": f"{amount} đồng"}],
                }
            ],
        }
        for channel, amount in (("1", 8000), (2, "4000"))
    ]
    after, faults = changed("1.004873", CACHTHUCTHUCHIEN=ways)
    assert faults == []
    assert [(rule.id, rule.amount, rule.channels, rule.valid_from) for rule in after.fees] == [
        ("import-1", 8000, (Channel.COUNTER,), date(2027, 1, 1)),
        ("import-2", 4000, (Channel.ONLINE,), date(2027, 1, 1)),
    ]
    assert {(limit.channel, limit.unit, limit.amount) for limit in after.time_limits} == {
        (Channel.COUNTER, TimeLimitUnit.WORKING_DAYS, 3),
        (Channel.ONLINE, TimeLimitUnit.WORKING_DAYS, 3),
    }


def test_a_case_the_procedure_does_not_have_becomes_one() -> None:
    papers = [{"TRUONGHOP": "Trẻ bị bỏ rơi", "GIAYTO": [{"MAGIAYTO": "bien-ban", "TENMAUDON": "Biên bản"}]}]
    after, faults = changed("1.001193", THANHPHANHOSO=papers)
    assert faults == []
    assert [(case.code, case.name) for case in after.cases] == [("tre-bi-bo-roi", "Trẻ bị bỏ rơi")]
    assert [(paper.code, paper.name, paper.cases) for paper in after.components] == [
        ("bien-ban", "Biên bản", ("tre-bi-bo-roi",))
    ]


@pytest.mark.parametrize(
    ("section", "value", "fault"),
    [
        ("LINHVUCTHUCHIEN", [], "/LINHVUCTHUCHIEN one-field"),
        (
            "CACHTHUCTHUCHIEN",
            [{"KENH": 1, "THOIGIAN": [{"THOIGIANGIAIQUYET": 3, "DONVITINH": "tuần trăng"}]}],
            "/CACHTHUCTHUCHIEN/0/THOIGIAN/0/DONVITINH unit",
        ),
        (
            "CACHTHUCTHUCHIEN",
            [{"KENH": 1, "THOIGIAN": [{"PHILEPHI": [{"SOTIEN": 3, "DONVI": "USD"}]}]}],
            "/CACHTHUCTHUCHIEN/0/THOIGIAN/0/PHILEPHI/0/DONVI currency",
        ),
    ],
)
def test_what_cannot_be_taken_is_said_where_it_stands(section: str, value: Any, fault: str) -> None:
    assert changed("1.004873", **{section: value})[1] == [fault]


def test_every_unit_of_time_has_a_wording() -> None:
    assert set(UNITS) == set(TimeLimitUnit)
    assert len({wording.lower() for wording in UNITS.values()}) == len(UNITS)


@pytest.mark.parametrize(
    ("record", "faults"),
    [
        ({"MATTHC": "1.000001"}, ["/TENTTHC missing"]),
        ({"MATTHC": "one", "TENTTHC": "x"}, ["/MATTHC string_pattern_mismatch"]),
        ({"MATTHC": "1.000001", "TENTTHC": "x", "TENTHC": "y"}, ["/TENTHC extra_forbidden"]),
        ({"MATTHC": "1.000001", "TENTTHC": "x\u202e"}, ["/TENTTHC value_error"]),
        ({"MATTHC": "1.000001", "TENTTHC": "x", "CACHTHUCTHUCHIEN": [{"KENH": 9}]}, ["/CACHTHUCTHUCHIEN/0/KENH enum"]),
        ({"MATTHC": "1.000001", "TENTTHC": "x", "\0": 1}, ["/\ufffd extra_forbidden"]),
        ({"MATTHC": "1.000001", "TENTTHC": "\ud800"}, ["/TENTTHC value_error"]),
        (
            {
                "MATTHC": "1.000001",
                "TENTTHC": "x",
                "CACHTHUCTHUCHIEN": [{"KENH": 1, "THOIGIAN": [{"THOIGIANGIAIQUYET": "9" * 5000}]}],
            },
            ["/CACHTHUCTHUCHIEN/0/THOIGIAN/0/THOIGIANGIAIQUYET value_error"],
        ),
        ("text", ["/ model_type"]),
        (None, ["/ model_type"]),
    ],
)
def test_a_record_that_is_none_says_why(record: Any, faults: list[str]) -> None:
    (line,) = records_in(json.dumps(record).encode())
    assert line.record is None
    assert [f"{fault.pointer or '/'} {fault.rule}" for fault in line.faults] == faults
    assert all(fault.message.vi and fault.message.en for fault in line.faults)


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"", "json"),
        (b"{", "json"),
        (b"[" * 10_000 + b"]" * 10_000, "json"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "json"),
        (b'{"MATTHC": "1.000001", "MATTHC": "1.000002"}', "json"),
        (b'{"MATTHC": NaN}', "json"),
        ('{"TENTTHC": "khai sinh đôi"}'.encode("utf-16"), "utf-8"),
        ('{"TENTTHC": "khai sinh é"}'.encode("latin-1"), "utf-8"),
        (json.dumps([{}] * (MOST_LINES + 1)).encode(), "too-many"),
    ],
)
def test_a_file_that_holds_no_records_is_refused(body: bytes, rule: str) -> None:
    with pytest.raises(BadRequest) as refused:
        records_in(body)
    assert [error.rule for error in refused.value.errors] == [rule]


def test_a_page_of_the_export_and_a_single_record_are_taken_too() -> None:
    record = {"MATTHC": "1.000001", "TENTTHC": "x"}
    for body in (record, [record], {"items": [record], "nextCursor": None}):
        assert [line.code for line in records_in(json.dumps(body).encode())] == ["1.000001"]


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        (b"", ["missing-column", "missing-column"]),
        (b"code,name\r\n", ["missing-column"]),
        (b"code,version,price\r\n", ["unknown-column"]),
        (b"code,version,name,name\r\n", ["column-twice"]),
        ("code,version\r\nmã,1".encode("utf-16"), ["utf-8"]),
        (b'code,version\r\n"1.000001,1\r\n', ["csv"]),
        (b"code,version\r\n" + b"1.000001,1\r\n" * (MOST_LINES + 1), ["too-many"]),
    ],
)
def test_a_file_that_is_no_sheet_is_refused(body: bytes, rules: list[str]) -> None:
    with pytest.raises(BadRequest) as refused:
        rows_in(body)
    assert [error.rule for error in refused.value.errors] == rules


@pytest.mark.parametrize("code", ["", "x\0y", "1.000001\n", "khai sinh", "9" * 61])
def test_a_row_of_no_procedure_says_so(code: str) -> None:
    (row,) = rows_in(f'code,version\r\n"{code}",1\r\n'.encode())
    assert (row.code, [fault.rule for fault in row.faults]) == (
        ("1.000001", []) if code.strip() == "1.000001" else (None, ["code"])
    )


def test_rows_are_parted_by_semicolons_where_excel_writes_them_so() -> None:
    (row,) = rows_in("\ufeffcode;version;name\r\n1.000001;2;Khai sinh, khai tử\r\n\r\n".encode())
    assert (row.line, row.code, row.version, row.cells["name"]) == (2, "1.000001", 2, "Khai sinh, khai tử")


def test_a_row_with_a_cell_too_few_or_no_version_says_so_by_its_line() -> None:
    rows = rows_in(b'code,version,name\r\n1.000001,1\r\n1.000002,x,"y\r\nz"\r\n1.000003,1,x\r\n')
    assert [(row.line, [fault.rule for fault in row.faults]) for row in rows] == [
        (2, ["cells"]),
        (3, ["whole"]),
        (5, []),
    ]


@pytest.mark.parametrize("cell", ["=1+1", "+84", "-5", "@SUM(A1)", "'=x", "'", "\tx", "plain", ""])
def test_no_cell_is_a_formula_and_each_is_itself_again(cell: str) -> None:
    content = SEEDS["1.004873"].content.model_copy(update={"name": cell})
    written = sheet_of([("1.004873", 1, Dated(content, date(2025, 7, 1), None))])
    assert written.startswith(BOM + "code,version,validFrom")
    (row,) = rows_in(written.encode())
    assert row.cells["name"] == cell
    if cell[:1] in "=+-@\t" and cell:
        assert f",{cell}" not in written
        assert unguarded(f"'{cell}") == cell


def test_cells_change_what_they_say_and_nothing_else() -> None:
    base = Dated(SEEDS["1.004873"].content, date(2025, 7, 1), None)
    (row,) = rows_in(
        "code,version,keywords,fieldName,supplementWorkingDays,validFrom,conditions\r\n"
        '1.004873,1,"giấy độc thân\nchưa vợ",Hộ tịch cấp xã,5,2027-03-01,\r\n'.encode()
    )
    after, faults = edited(row.cells, base)
    assert faults == []
    assert after.valid_from == date(2027, 3, 1)
    assert after.content == base.content.model_copy(
        update={
            "keywords": ("giấy độc thân", "chưa vợ"),
            "field": ProcedureField(code="ho-tich", name="Hộ tịch cấp xã"),
            "supplement_working_days": 5,
        }
    )


@pytest.mark.parametrize(
    ("column", "cell", "rule"),
    [
        ("name", " ", "missing"),
        ("name", "x" * 501, "string_too_long"),
        ("source", "", "missing"),
        ("name", "x\u202e", "text"),
        ("validFrom", "01/03/2027", "day"),
        ("validFrom", "20270301", "day"),
        ("validFrom", "", "missing"),
        ("validTo", "2024-01-01", "order"),
        ("supplementWorkingDays", "0", "whole"),
        ("supplementWorkingDays", "soon", "whole"),
        ("supplementWorkingDays", "9" * 5000, "whole"),
    ],
)
def test_a_cell_that_cannot_be_taken_names_its_column(column: str, cell: str, rule: str) -> None:
    base = Dated(SEEDS["1.004873"].content, date(2025, 7, 1), None)
    after, faults = edited({column: cell}, base)
    assert [(fault.pointer, fault.rule) for fault in faults] == [(column, rule)]
    assert after == base


def test_the_sheet_has_a_column_for_each_flat_field() -> None:
    assert COLUMNS[:4] == ("code", "version", "validFrom", "validTo")
    assert len(set(COLUMNS)) == len(COLUMNS)
