"""Filing in all its ways: for whom, by whom, in which case, under which code; and what bad input gets."""

import asyncio
import io
import json
import unicodedata
from datetime import UTC, date, datetime
from typing import Any

import pypdf
import pytest

from contracts.catalog import (
    AgenciesPublished,
    Agency,
    Case,
    FeeRule,
    FeeTier,
    Offering,
    ProcedurePublished,
    ProcedureWithdrawn,
    TimeLimit,
)
from contracts.codes import ApplicantClass, Channel, ServiceLevel, TimeLimitUnit
from services.submission.tests.conftest import BA_DINH, BIRTH, CAU_GIAY, Desk, birth
from services.submission.tests.integration.test_intake import APPLICANT, FILING, FORM, ONE_STOP, PATH, rows
from submission.copies import Copies
from submission.domain.codes import CodePattern, Numbering
from tests.support.identities import agency, citizen, officer

CORRECTION, CERTIFIED = "1.004859", "2.000815"
ADULT = {"dateOfBirth": "1990-05-01"}
CHILD = {"fullName": "TRẦN VĂN CON"}
BUSINESS = {"kind": 2, "fullName": "CÔNG TY MẪU", "organisationId": "0101234567"}
MOTHER = {"fullName": "TRẦN THỊ VÍ DỤ", "basis": "mẹ"}


def errors(answer: Any) -> list[tuple[str, str]]:
    return [(error["pointer"], error["rule"]) for error in answer.json().get("errors", ())]


def correction() -> ProcedurePublished:
    """Correction: two cases with parts of their own, the fee by age, three and six working days, by all channels."""
    return birth().model_copy(
        update={
            "code": CORRECTION,
            "handled_by": "desk",
            "occurrence_pointer": None,
            "age_pointer": "/person/dateOfBirth",
            "cases": (
                Case(code="thay-doi", name="Thay đổi hộ tịch", form_parts=("change",)),
                Case(code="cai-chinh", name="Cải chính hộ tịch", form_parts=("correction",)),
            ),
            "form_schema": {"type": "object", "required": ["person"]},
            "time_limits": (
                TimeLimit(channel=Channel.COUNTER, unit=TimeLimitUnit.WORKING_DAYS, amount=3),
                TimeLimit(channel=Channel.COUNTER, case="cai-chinh", unit=TimeLimitUnit.WORKING_DAYS, amount=6),
            ),
            "fees": (
                FeeRule(id="adult", amount=25000, min_age=14, valid_from=date(2025, 7, 1), legal_source="published"),
            ),
            "offerings": (
                Offering(
                    channels=(Channel.COUNTER, Channel.ONLINE, Channel.POST),
                    service_level=ServiceLevel.FULL,
                    valid_from=date(2025, 7, 1),
                    legal_source="NĐ 42/2022/NĐ-CP",
                ),
            ),
        }
    )


# For whom, and whose it is


async def test_a_citizen_files_for_a_child_and_the_dossier_is_hers(desk: Desk) -> None:
    filing = FILING | {"applicant": CHILD, "representative": MOTHER}
    answer = await desk.post(PATH, citizen(), filing)
    assert answer.status_code == 201
    (told,) = await desk.told()
    assert told["owner"] == "001190000001"
    assert told["applicant"] == {"kind": 1, "personalId": None, "fullName": "TRẦN VĂN CON"}
    assert told["concerns"] == ["001190000001"]
    person = (await desk.get(f"{PATH}/{answer.json()['code']}", citizen())).json()["person"]
    assert person["applicant"] == {"kind": 1, "fullName": "TRẦN VĂN CON"}
    assert person["representative"] == MOTHER | {"personalId": "001190000001"}


async def test_a_citizen_files_for_the_business_she_represents(desk: Desk) -> None:
    filing = FILING | {"applicant": BUSINESS, "representative": MOTHER | {"basis": "người đại diện theo pháp luật"}}
    answer = await desk.post(PATH, citizen(), filing)
    assert answer.status_code == 201
    (told,) = await desk.told()
    assert (told["owner"], told["applicantKind"]) == ("001190000001", 2)
    person = (await desk.get(f"{PATH}/{answer.json()['code']}", citizen())).json()["person"]
    assert person["applicant"] == BUSINESS


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        ({"applicant": BUSINESS}, "representative-missing"),
        ({"representative": MOTHER}, "applicant-missing"),
        ({"applicant": CHILD, "representative": MOTHER | {"personalId": "001190000002"}}, "representative-not-you"),
        ({"applicant": CHILD | {"personalId": "001090000002"}}, "applicant-not-you"),
        ({"applicant": CHILD, "representative": {"fullName": "TRẦN THỊ VÍ DỤ"}}, "invalid-payload"),  # by what right?
    ],
)
async def test_a_citizen_acts_for_others_only_as_their_representative(
    desk: Desk, change: dict[str, Any], slug: str
) -> None:
    answer = await desk.post(PATH, citizen(), FILING | change)
    assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{slug}")
    assert not await desk.told()


@pytest.mark.parametrize("channel", [1, 3])
async def test_what_is_typed_at_the_desk_belongs_to_who_acts_for_the_applicant(desk: Desk, channel: int) -> None:
    await desk.hear(correction())
    filing = {
        "procedure": CORRECTION,
        "unit": BA_DINH,
        "channel": channel,
        "case": "thay-doi",
        "applicant": CHILD,
        "representative": MOTHER | {"personalId": "001190000001"},
        "form": {"person": ADULT, "change": {}},
    }
    answer = await desk.post(PATH, ONE_STOP, filing)
    assert answer.status_code == 201, answer.text
    seen = (await desk.get(f"{PATH}/{answer.json()['code']}", citizen())).json()
    assert (seen["channel"], seen["assisted"], seen["person"]["owner"]) == (channel, True, "001190000001")
    assert (await rows(desk, "SELECT typed_by FROM dossiers"))[0] == ("officer-1",)


async def test_contact_and_delivery_are_kept_as_they_will_be_used(desk: Desk) -> None:
    extra = {
        "contact": {"email": "vidu@example.vn", "phone": "+84 912.345-678", "language": "en"},
        "delivery": {"by": "post", "address": "1 Phố Mẫu, Ba Đình, Hà Nội"},
    }
    code = (await desk.post(PATH, citizen(), FILING | extra)).json()["code"]
    person = (await desk.get(f"{PATH}/{code}", citizen())).json()["person"]
    assert person["contact"] == {"email": "vidu@example.vn", "phone": "+84912345678", "language": "en"}
    assert person["delivery"] == extra["delivery"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"contact": {"email": "a@b"}}, "/contact/email"),
        ({"contact": {"email": "a@b.vn\nBcc: c@d.vn"}}, "/contact/email"),
        ({"contact": {"email": "a" * 250 + "@b.vn"}}, "/contact/email"),
        ({"contact": {"phone": "012345"}}, "/contact/phone"),
        ({"contact": {"phone": "٠٩١٢٣٤٥٦٧٨"}}, "/contact/phone"),
        ({"contact": {"language": "fr"}}, "/contact/language"),
        ({"delivery": {"by": "pigeon"}}, "/delivery/by"),
        ({"delivery": {"by": "post"}}, "/delivery/address"),
        ({"pages": 0}, "/pages"),
        ({"attachments": [{"component": "giay-chung-sinh"}]}, "/attachments/0"),
        ({"applicant": APPLICANT | {"organisationId": "0101234567"}}, "/applicant/organisationId"),
    ],
)
async def test_what_is_wrong_around_the_form_is_told_at_its_pointer(
    desk: Desk, change: dict[str, Any], pointer: str
) -> None:
    answer = await desk.post(PATH, citizen(), FILING | change)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_faults_around_the_form_and_in_it_are_told_together(desk: Desk) -> None:
    change = {"delivery": {"by": "post"}, "form": FORM | {"copies": -1}}
    assert errors(await desk.post(PATH, citizen(), FILING | change)) == [
        ("/delivery/address", "required"),
        ("/form/copies", "minimum"),
    ]


# In which case, at what fee


async def test_a_case_decides_on_the_parts_of_the_form_and_on_the_time_limit(desk: Desk) -> None:
    """R-120."""
    await desk.hear(correction())
    filing = {"procedure": CORRECTION, "unit": BA_DINH, "form": {"person": ADULT, "correction": {}}}
    missing = await desk.post(PATH, citizen(), filing)
    assert (missing.status_code, missing.json()["type"]) == (422, "/problems/case-required")
    assert [case["code"] for case in missing.json()["cases"]] == ["thay-doi", "cai-chinh"]
    unknown = await desk.post(PATH, citizen(), filing | {"case": "bo-sung"})
    assert unknown.json()["type"] == "/problems/unknown-case"
    other = await desk.post(PATH, citizen(), filing | {"case": "thay-doi"})
    assert errors(other) == [("/form/change", "case-required"), ("/form/correction", "case-other")]
    filed = await desk.post(PATH, citizen(), filing | {"case": "cai-chinh"})
    assert filed.json()["dueAt"] == "2026-10-20T10:00:00Z"  # six working days from Monday 12 October
    (told,) = await desk.told()
    assert told["case"] == "cai-chinh"


async def test_a_procedure_without_cases_has_none_to_pick(desk: Desk) -> None:
    answer = await desk.post(PATH, citizen(), FILING | {"case": "thay-doi"})
    assert answer.json()["type"] == "/problems/unknown-case"


async def test_age_and_pages_go_to_the_fee_and_nothing_more_personal(desk: Desk) -> None:
    await desk.hear(correction())
    form = {"person": {"dateOfBirth": "2012-10-13", "fullName": "TRẦN VĂN CON"}, "change": {}}
    filing = {"procedure": CORRECTION, "unit": BA_DINH, "case": "thay-doi", "pages": 3, "form": form}
    assert (await desk.post(PATH, citizen(), filing)).status_code == 201
    (told,) = await desk.told()
    assert (told["feeFacts"]["age"], told["feeFacts"]["pages"]) == (13, 3)
    assert "TRẦN VĂN CON" not in json.dumps(told, ensure_ascii=False)


@pytest.mark.parametrize(
    ("person", "rule"),
    [({}, "required-for-fee"), ({"dateOfBirth": None}, "required-for-fee"), ({"dateOfBirth": "sớm"}, "date")],
)
async def test_a_filing_whose_fee_would_depend_on_an_unknown_age_is_refused_at_its_place(
    desk: Desk, person: dict[str, Any], rule: str
) -> None:
    """R-130."""
    await desk.hear(correction())
    filing = {"procedure": CORRECTION, "unit": BA_DINH, "case": "thay-doi", "form": {"person": person, "change": {}}}
    answer = await desk.post(PATH, citizen(), filing)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/form-invalid")
    assert errors(answer) == [("/form/person/dateOfBirth", rule)]
    assert all(error["vi"] and error["en"] for error in answer.json()["errors"])
    assert not await desk.told()


async def test_pages_are_asked_for_where_the_fee_is_by_the_page_and_the_filer_is_not_exempt(desk: Desk) -> None:
    """R-130."""
    since: dict[str, Any] = {"valid_from": date(2025, 7, 1), "legal_source": "published"}
    exempt = FeeRule(id="exempt", amount=0, applicant_classes=(ApplicantClass.DISABILITY,), exemption=True, **since)
    by_pages = FeeRule(
        id="copy", amount=0, tiers=(FeeTier(up_to=2, amount=2000), FeeTier(amount=1000)), per_item=True, **since
    )
    certified = correction().model_copy(
        update={"code": CERTIFIED, "cases": (), "age_pointer": None, "form_schema": {"type": "object"}}
    )
    await desk.hear(certified.model_copy(update={"fees": (exempt, by_pages)}))
    filing = {"procedure": CERTIFIED, "unit": BA_DINH, "form": {}}
    answer = await desk.post(PATH, citizen(), filing)
    assert (answer.status_code, errors(answer)) == (422, [("/pages", "required-for-fee")])
    assert (await desk.post(PATH, citizen(), filing | {"pages": 5})).status_code == 201
    assert (await desk.post(PATH, citizen(), filing | {"applicantClass": "disability"})).status_code == 201
    draft = (await desk.post("/v1/drafts", citizen(), {"filing": filing})).json()["id"]
    found = (await desk.post(f"/v1/drafts/{draft}/validation", citizen())).json()
    assert [error["pointer"] for error in found["errors"]] == ["/pages"]


async def test_what_is_unknown_for_the_fee_is_told_beside_everything_else(desk: Desk) -> None:
    """The day of birth is missing by the schema too: it is told once."""
    answer = await desk.post(PATH, citizen(), FILING | {"form": FORM | {"child": {"fullName": "N"}}})
    assert sorted(errors(answer)) == [("/form/child/dateOfBirth", "required"), ("/form/child/fullName", "minLength")]


async def test_nothing_is_filed_by_a_procedure_after_its_last_day(desk: Desk) -> None:
    withdrawn = ProcedureWithdrawn(
        version=2, code=BIRTH, number=1, valid_to=date(2026, 10, 11), legal_source="Thay bằng bản khác"
    )
    await desk.hear(withdrawn)
    answer = await desk.post(PATH, citizen(), FILING)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/procedure-withdrawn")
    assert answer.json()["lastDay"] == "2026-10-11"
    assert "from" not in answer.json()
    await desk.hear(birth(3).model_copy(update={"valid_from": date(2026, 10, 20)}))
    assert (await desk.post(PATH, citizen(), FILING)).json()["from"] == "2026-10-20"
    desk.clock.set(datetime(2026, 10, 20, 3, 0, tzinfo=UTC))
    assert (await desk.post(PATH, citizen(), FILING)).status_code == 201


async def test_on_its_last_day_a_procedure_can_still_be_filed_by(desk: Desk) -> None:
    await desk.hear(
        ProcedureWithdrawn(version=2, code=BIRTH, number=1, valid_to=date(2026, 10, 12), legal_source="Bãi bỏ")
    )
    assert (await desk.post(PATH, citizen(), FILING)).status_code == 201


async def test_a_procedure_that_has_not_begun_says_when_it_will(desk: Desk) -> None:
    await desk.hear(birth().model_copy(update={"code": "9.000001", "valid_from": date(2027, 3, 1)}))
    body = (await desk.post(PATH, citizen(), FILING | {"procedure": "9.000001"})).json()
    assert (body["type"], body["from"]) == ("/problems/unknown-procedure", "2027-03-01")


# Children of one birth


async def test_twins_are_one_dossier(desk: Desk) -> None:
    schema = {"type": "object"}
    await desk.hear(birth(2).model_copy(update={"form_schema": schema}))
    twin = {"fullName": "NGUYỄN VĂN MẪU", "dateOfBirth": "2026-07-30", "sex": 1}
    assert (await desk.post(PATH, citizen(), FILING | {"form": FORM | {"siblings": [twin]}})).status_code == 201
    (told,) = await desk.told()
    assert told["feeFacts"]["daysSinceOccurrence"] == 75  # the first child's day
    later = twin | {"dateOfBirth": "2026-08-05", "fullName": "NGUYỄN THỊ MẪU"}
    answer = await desk.post(PATH, citizen(), FILING | {"form": FORM | {"siblings": [twin, later]}})
    assert errors(answer) == [
        ("/form/siblings/1/dateOfBirth", "not-same-birth"),
        ("/form/siblings/1/fullName", "same-name"),
    ]


# Codes and their numbers


async def test_a_unit_with_an_agency_of_its_own_has_it_in_the_code(desk: Desk) -> None:
    """R-024"""
    agencies = (
        Agency(
            code="H26.1.4", former_code="000.04.01.H26", name="UBND phường", unit=BA_DINH, valid_from=date(2025, 7, 1)
        ),
        Agency(code="H26", former_code="000.00.00.H26", name="UBND thành phố", unit="01", valid_from=date(2020, 7, 22)),
    )
    await desk.hear(AgenciesPublished(version=1, province="01", agencies=agencies))
    assert (await desk.post(PATH, citizen(), FILING)).json()["code"].startswith("H26.1.4-20261012-")
    elsewhere = await desk.post(PATH, citizen(), FILING | {"unit": CAU_GIAY})
    assert elsewhere.json()["code"].startswith("H26-20261012-")


async def file_at_once(desk: Desk, many: int) -> list[str]:
    answers = await asyncio.gather(*(desk.post(PATH, citizen(), FILING) for _ in range(many)))
    assert {answer.status_code for answer in answers} == {201}
    return sorted(answer.json()["code"] for answer in answers)


async def test_counted_by_agency_and_day_fifty_at_once_get_fifty_numbers_without_a_gap(
    desk: Desk,
) -> None:
    """R-125."""
    row = CodePattern("{agency}-{day:%Y%m%d}-{number:07d}", "H26", numbering=Numbering.AGENCY_DAY)
    desk.runtime.extras["copies"] = Copies((row,))
    assert await file_at_once(desk, 50) == [f"H26-20261012-{number:07d}" for number in range(1, 51)]
    desk.clock.set(datetime(2026, 10, 13, 3, 0, tzinfo=UTC))
    assert await file_at_once(desk, 2) == ["H26-20261013-0000001", "H26-20261013-0000002"]


async def test_a_refused_filing_draws_no_number(desk: Desk) -> None:
    """R-125."""
    (first,) = await file_at_once(desk, 1)
    refused: tuple[dict[str, Any], ...] = (
        {"form": {}},
        {"unit": "99999"},
        {"procedure": "9.999999"},
        {"delivery": {"by": "post"}},
    )
    for wrong in refused:
        assert (await desk.post(PATH, citizen(), FILING | wrong)).status_code == 422
    (second,) = await file_at_once(desk, 1)
    assert int(second.split("-")[-1]) == int(first.split("-")[-1]) + 1


# Bad input


async def test_markup_and_sql_in_a_name_are_stored_and_printed_as_they_are(desk: Desk) -> None:
    name = "<b>Bobby</b> '); DROP TABLE dossiers;--"
    form = FORM | {"requester": {"fullName": name}}
    answer = await desk.post(PATH, ONE_STOP, FILING | {"applicant": {"fullName": name}, "form": form})
    assert answer.status_code == 201
    code = answer.json()["code"]
    person = (await desk.get(f"{PATH}/{code}", ONE_STOP)).json()["person"]
    assert person["applicant"]["fullName"] == person["form"]["requester"]["fullName"] == name
    paper = await desk.get(f"{PATH}/{code}/receipt", ONE_STOP)
    printed = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(paper.content)).pages)
    assert "<b>Bobby</b>" in printed


async def test_a_name_in_nfd_is_kept_in_nfc(desk: Desk) -> None:
    name = unicodedata.normalize("NFD", "TRẦN THỊ VÍ DỤ")
    code = (await desk.post(PATH, citizen(), FILING | {"applicant": {"fullName": name}})).json()["code"]
    person = (await desk.get(f"{PATH}/{code}", citizen())).json()["person"]
    assert person["applicant"]["fullName"] == "TRẦN THỊ VÍ DỤ"


async def test_names_and_numbers_that_deceive_are_told_at_their_pointers(desk: Desk) -> None:
    await desk.hear(birth(2).model_copy(update={"form_schema": {"type": "object"}}))
    form = {
        "child": {"fullName": "NGUYỄN THỊ \u041cẪU", "dateOfBirth": "1890-01-01"},  # a Cyrillic letter
        "mother": {"fullName": "TRẦN THỊ VÍ DỤ", "dateOfBirth": "1991-05-01", "personalId": "001090000001"},
    }
    answer = await desk.post(PATH, citizen(), FILING | {"applicant": {"fullName": "Tr\u0430n"}, "form": form})
    assert set(errors(answer)) == {
        ("/applicant/fullName", "name-letters"),
        ("/form/child/fullName", "name-letters"),
        ("/form/child/dateOfBirth", "too-early"),
        ("/form/mother/personalId", "contradicts-sex"),
        ("/form/mother/personalId", "contradicts-birth-year"),
    }
    assert all(error["vi"] and error["en"] for error in answer.json()["errors"])


@pytest.mark.parametrize("name", ["TRẦN\u200bTHỊ", "TRẦN\u202eIHT", "TRẦN\u0000"])
async def test_characters_nobody_sees_are_refused_in_a_name(desk: Desk, name: str) -> None:
    answer = await desk.post(PATH, citizen(), FILING | {"applicant": {"fullName": name}})
    assert answer.status_code == 422
    assert [pointer for pointer, _ in errors(answer)] == ["/applicant/fullName"]


async def test_json_ten_thousand_levels_deep_is_refused(desk: Desk) -> None:
    deep = json.dumps(FILING | {"form": "X"}).replace('"X"', '{"a":' * 10_000 + "1" + "}" * 10_000)
    headers = citizen() | desk.key() | {"Content-Type": "application/json"}
    answer = await desk.client.post(PATH, headers=headers, content=deep)
    assert answer.status_code in {400, 422}


async def test_an_agency_files_by_every_channel_for_businesses_and_agencies(desk: Desk) -> None:
    await desk.hear(correction())
    for channel, kind in ((1, 2), (2, 3), (3, 4)):
        filing = {"procedure": CORRECTION, "unit": BA_DINH, "channel": channel, "case": "thay-doi"}
        filing |= {"applicant": BUSINESS | {"kind": kind}, "form": {"person": ADULT, "change": {}}}
        assert (await desk.post(PATH, agency("submission:write"), filing)).status_code == 201
    assert [told["channel"] for told in await desk.told()] == [1, 2, 3]
    assert (await desk.post(PATH, officer("cashier"), FILING)).status_code == 403


async def test_attachments_that_cannot_be_used_are_told_and_nothing_is_filed(desk: Desk) -> None:
    papers = [{"component": "no-such-paper", "upload": "01927f5e-0000-7000-8000-000000000001"}]
    answer = await desk.post(PATH, citizen(), FILING | {"attachments": papers})
    assert answer.status_code == 422
    assert all(pointer.startswith("/attachments/0") for pointer, _ in errors(answer))
    assert not await desk.told()
    assert (await rows(desk, "SELECT count(*) FROM dossiers"))[0][0] == 0
