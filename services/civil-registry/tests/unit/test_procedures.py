from datetime import date

import pytest

from civil_registry.procedures import birth_procedures, registers_birth


@pytest.mark.parametrize(
    ("procedure", "day", "is_birth"),
    [
        ("1.001193", date(2026, 10, 12), True),
        ("hn2016-birth-surrogacy", date(2016, 8, 10), True),
        ("hn2016-birth-surrogacy", date(2016, 8, 9), False),
        ("hn2016-death-on-time", date(2016, 8, 10), False),
        ("1.000656", date(2026, 10, 12), False),
        ("1.0011930", date(2026, 10, 12), False),
    ],
)
def test_the_data_file_says_which_procedures_register_births(procedure: str, day: date, *, is_birth: bool) -> None:
    assert registers_birth(procedure, day, birth_procedures()) is is_birth
