import pytest

from reporting.service_groups import SERVICE_GROUPS, groups_of


def test_the_seven_services_of_2016_are_four_births_and_three_deaths() -> None:
    of_2016 = {
        key: [code for code in group.codes if code.startswith("hn2016-")] for key, group in SERVICE_GROUPS.items()
    }
    assert {key: len(codes) for key, codes in of_2016.items()} == {"birth": 4, "death": 3}


def test_a_procedure_in_two_groups_is_refused() -> None:
    row = {"name": "x", "procedures": [{"source": "x", "codes": ["1.001193"]}]}
    with pytest.raises(ValueError, match="two service groups"):
        groups_of({"groups": [{"key": "a", **row}, {"key": "b", **row}]})
