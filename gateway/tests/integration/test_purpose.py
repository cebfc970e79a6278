"""A personal service is called for a live dossier that concerns the person, and the person can look it up."""

from datetime import date
from uuid import UUID

import pytest

from chassis.ids import new_id
from contracts.submission import DossierReturned, DossierSubmitted
from gateway.domain.partners import Grant, Service, ServiceId, SubsystemId, Upstream
from gateway.purpose import PurposeRefused, leave_trace, person_concerned
from gateway.tests.conftest import Gateway
from tests.support.counting import counted
from tests.support.events import inbox_of, wire
from tests.support.identities import agency, citizen, officer

CITY = SubsystemId("VN", "GOV", "H26", "lienthong")
RECORDS = Service(
    ServiceId(CITY, "civil-records"),
    "Trích lục",
    Upstream.CITY,
    "civil-registry/v1/people",
    personal=True,
    person_at="path:1",
)
MOTHER, CHILD, STRANGER = "001190000001", "001226000001", "001190000009"
DOSSIER = "H26-20261012-0000042"
GRANT = Grant(
    UUID("01927f5e-0000-7000-8000-0000000000aa"), RECORDS.id, None, "everyone", date(2026, 1, 1), None, "NĐ 278/2025",
    fields=frozenset({"fullName", "dateOfBirth"}),
)  # fmt: skip
ACCESSES = "/lgsp/v1/me/data-accesses"


@pytest.fixture
async def filed(gateway: Gateway) -> Gateway:
    submitted = DossierSubmitted.from_example().model_copy(update={"concerns": (MOTHER, CHILD)})
    await inbox_of(gateway.runtime).deliver([wire(submitted)])
    return gateway


async def concerned(
    gateway: Gateway, issue: str | None, path: str, service: Service = RECORDS, query: str = ""
) -> str | None:
    return await person_concerned(gateway.runtime, service, issue, path, query)


async def test_a_live_dossier_that_concerns_the_person_is_a_purpose(filed: Gateway) -> None:
    """R-211"""
    assert await concerned(filed, DOSSIER, MOTHER) == MOTHER
    with counted(filed.runtime.database) as statements:
        assert await concerned(filed, DOSSIER, f"{CHILD}/birth-records") == CHILD
    assert len(statements) == 1


@pytest.mark.parametrize(
    ("issue", "path"),
    [
        (None, MOTHER),
        ("", MOTHER),
        (DOSSIER, STRANGER),
        (DOSSIER, ""),
        ("H26-20261012-0000043", MOTHER),
        ("H26\0", MOTHER),
        (DOSSIER, "\0"),
        ("x" * 10_000, MOTHER),
    ],
)
async def test_without_such_a_dossier_nothing_is_read(filed: Gateway, issue: str | None, path: str) -> None:
    with pytest.raises(PurposeRefused) as refused:
        await concerned(filed, issue, path)
    assert MOTHER not in refused.value.reason
    assert STRANGER not in refused.value.reason


async def test_an_ended_dossier_is_a_purpose_no_more_and_nobody_is_kept_with_it(filed: Gateway) -> None:
    returned = DossierReturned.from_example().model_copy(update={"dossier_code": DOSSIER, "version": 9})
    await inbox_of(filed.runtime).deliver([wire(returned)])
    with pytest.raises(PurposeRefused):
        await concerned(filed, DOSSIER, MOTHER)
    assert [row.concerns for row in await filed.rows("SELECT concerns FROM dossier_copy")] == [[]]
    late = DossierSubmitted.from_example().model_copy(update={"concerns": (MOTHER,)})
    await inbox_of(filed.runtime).deliver([wire(late)])
    with pytest.raises(PurposeRefused):
        await concerned(filed, DOSSIER, MOTHER)


async def test_the_person_may_stand_in_the_query_once(filed: Gateway) -> None:
    service = Service(RECORDS.id, "", Upstream.HTTP, "https://x", personal=True, person_at="query:personalId")
    assert await concerned(filed, DOSSIER, "", service, f"personalId={MOTHER}&x=1") == MOTHER
    for query in ("", "personalId=", f"personalId={MOTHER}&personalId={STRANGER}", f"personalid={MOTHER}"):
        with pytest.raises(PurposeRefused):
            await concerned(filed, DOSSIER, "", service, query)


async def test_a_service_that_is_not_personal_needs_no_purpose(gateway: Gateway) -> None:
    procedures = Service(ServiceId(CITY, "procedures"), "", Upstream.CITY, "catalog/v1/procedures")
    assert await concerned(gateway, None, MOTHER, procedures) is None


async def test_the_person_sees_who_asked_when_why_and_for_which_fields(filed: Gateway) -> None:
    """R-212"""
    request_id = new_id()
    for who in (MOTHER, CHILD):
        await leave_trace(
            filed.runtime,
            who,
            GRANT,
            client="VN/GOV/G15/hotich",
            user_id="officer-7",
            dossier=DOSSIER,
            request_id=request_id,
        )
    with counted(filed.runtime.database) as statements:
        answer = await filed.get(ACCESSES, citizen(MOTHER))
    assert len(statements) == 1
    (seen,) = answer.json()["items"]
    assert seen.pop("at")
    assert seen == {
        "by": "VN/GOV/G15/hotich",
        "userId": "officer-7",
        "service": "VN/GOV/H26/lienthong/civil-records",
        "dossier": DOSSIER,
        "legalBasis": "NĐ 278/2025",
        "fields": ["dateOfBirth", "fullName"],
        "requestId": str(request_id),
    }
    assert (await filed.get(ACCESSES, citizen(STRANGER))).json()["items"] == []
    for other in (officer("operator"), agency("gateway:read")):
        assert (await filed.get(ACCESSES, other)).status_code == 403
    assert (await filed.get(ACCESSES)).status_code == 401


async def test_the_list_goes_on_page_by_page(filed: Gateway) -> None:
    for _ in range(5):
        await leave_trace(
            filed.runtime, MOTHER, GRANT, client="VN/GOV/G15/hotich", user_id=None, dossier=DOSSIER, request_id=new_id()
        )
    first = (await filed.get(ACCESSES, citizen(MOTHER), limit=3)).json()
    rest = (await filed.get(ACCESSES, citizen(MOTHER), limit=3, cursor=first["nextCursor"])).json()
    assert [len(first["items"]), len(rest["items"]), rest.get("nextCursor")] == [3, 2, None]
