"""What becomes of forms that are filled in to deceive or to break something."""

import io
import json
import unicodedata
from typing import Any

import pypdf
import pytest

from tests.e2e.callers import DOSSIERS, Caller, Json, accept, birth

RECORDS = "/api/civil-registry/v1/records"


def with_(path: str, value: Any) -> Json:
    """A good filing with one value changed."""
    body = birth(late=False)
    *way, last = path.split("/")
    part = body
    for name in way:
        part = part[name]
    part[last] = value
    return body


@pytest.mark.parametrize("path", ["applicant/fullName", "form/child/fullName", "form/child/placeOfBirth"])
@pytest.mark.parametrize(
    "hidden",
    ["\u200b", "\u2060", "\ufeff", "\u00ad", "\u200d", "\u202e", "\u2066", "\u200f", "\u2028", "\U000e0041", "\uffff",
     "\ue000", "\u034f", "\u3164", "\x00", "\x07", "\x85"],
)  # fmt: skip
async def test_a_name_with_a_character_that_nobody_sees_is_refused(mother: Caller, path: str, hidden: str) -> None:
    """With one in it the same child would be registered twice, under names that look alike."""
    answer = await mother.post(DOSSIERS, with_(path, f"TRẦN LẶ{hidden}P"))
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{path}"]


async def test_a_name_is_kept_in_one_normal_form_however_it_was_typed(mother: Caller) -> None:
    typed = "NGUYỄN THỊ ẤẾỘ"
    filed = await mother.done(DOSSIERS, with_("form/child/fullName", unicodedata.normalize("NFD", typed)))
    seen = await mother.found(f"{DOSSIERS}/{filed['code']}")
    assert seen["person"]["form"]["child"]["fullName"] == typed


@pytest.mark.parametrize("parent", ["mother", "father"])
@pytest.mark.parametrize("born", ["9999-12-31", "2027-01-01"])
async def test_nobody_is_registered_as_the_child_of_someone_who_is_not_born(
    mother: Caller, parent: str, born: str
) -> None:
    answer = await mother.post(DOSSIERS, with_(f"form/{parent}/dateOfBirth", born))
    assert answer.status_code == 422
    assert f"/form/{parent}/dateOfBirth" in {error["pointer"] for error in answer.json()["errors"]}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("quantity", "1"), ("quantity", True), ("quantity", 0), ("quantity", 10**30), ("form/copies", "1"),
        ("form/copies", 10**30), ("form/birthType", True), ("form/birthType", "1"), ("form/child/dateOfBirth", "2026-02-30"),
        ("form/child/dateOfBirth", "9999-12-31"), ("form/child/dateOfBirth", "٢٠٢٦-٠١-٠١"), ("form/extra", 1), ("extra", 1),
        ("form/child/fullName", "A" * 10_000), ("owner", "001301000003"), ("applicant/personalId", "001301000003"),
        ("form", []), ("unit", "' OR 1=1"), ("procedure", "1.001193\x00"),
    ],
)  # fmt: skip
async def test_a_value_of_the_wrong_kind_is_refused_at_its_place(mother: Caller, path: str, value: Any) -> None:
    answer = await mother.post(DOSSIERS, with_(path, value))
    assert answer.status_code == 422
    assert f"/{path}" in {error["pointer"] for error in answer.json()["errors"]}


@pytest.mark.parametrize(
    "body",
    [
        '{"form":' + '{"a":' * 10_000 + "1" + "}" * 10_000 + "}",
        "[" * 500_000,
        '{"quantity":' + "1" * 5000 + "}",
        "not json",
        b'{"a":"\xff"}',
    ],
    ids=["deep", "unclosed", "long number", "no json", "no utf-8"],
)
async def test_a_body_that_is_no_reasonable_json_is_a_bad_request(mother: Caller, body: str | bytes) -> None:
    headers = mother._headers | {"Idempotency-Key": "k", "Content-Type": "application/json"}
    answer = await mother._http.post(DOSSIERS, content=body, headers=headers)
    assert answer.status_code == 400, answer.text


async def test_what_looks_like_code_is_printed_letter_by_letter(mother: Caller, officer: Caller) -> None:
    body = birth(late=False)
    name = body["form"]["child"]["fullName"] + " {0} %S"
    body["form"]["child"] |= {
        "fullName": name,
        "placeOfBirth": "<script>alert(1)</script> (x) \\ Tj'); DROP TABLE dossiers;--",
    }
    code = (await mother.done(DOSSIERS, body))["code"]
    await accept(officer, code)
    record = (await mother.reaches(code, 9))["resultReference"]
    certificate = await mother.get(f"{RECORDS}/{record}/certificate")
    printed = " ".join(pypdf.PdfReader(io.BytesIO(certificate.content)).pages[0].extract_text().split())
    assert name in printed
    assert "<script>alert(1)</script> (x) \\ Tj'); DROP TABLE dossiers;--" in printed


async def test_of_two_values_under_one_name_the_one_that_is_checked_is_the_one_that_is_kept(mother: Caller) -> None:
    body = json.dumps(birth(late=False))[:-1] + ', "procedure": "9.999999"}'
    headers = mother._headers | {"Idempotency-Key": "twice", "Content-Type": "application/json"}
    answer = await mother._http.post(DOSSIERS, content=body, headers=headers)
    assert answer.json()["type"].endswith("/unknown-procedure")
