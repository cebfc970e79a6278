from chassis.auth import Kind, Principal
from civil_registry.domain.rights import View, view_of

PEOPLE = ["001190000001", "001088000002"]


def seen(caller: Principal) -> View | None:
    return view_of(caller, unit="00004", people=PEOPLE)


def test_the_people_concerned_see_all_and_others_nothing() -> None:
    assert seen(Principal(Kind.CITIZEN, "001190000001")) is View.FULL
    assert seen(Principal(Kind.CITIZEN, "001190000009")) is None


def test_an_officer_sees_the_units_served() -> None:
    assert seen(Principal(Kind.OFFICER, "o", units=frozenset({"00004"}))) is View.FULL
    assert seen(Principal(Kind.OFFICER, "o", units=None)) is View.FULL
    assert seen(Principal(Kind.OFFICER, "o", units=frozenset({"00008"}))) is None


def test_an_agency_sees_the_status_even_if_its_client_id_looks_like_a_person() -> None:
    assert seen(Principal(Kind.AGENCY, "001190000001")) is View.STATUS
