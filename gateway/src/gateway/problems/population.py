"""What goes wrong with the population database. No answer of these holds anything of a person."""

from chassis.problems import Forbidden, InvalidPayload, NotFound, Text, Unavailable


class PopulationOutOfReach(Unavailable):
    """503: the population database gave no answer that can be relied on; the same call may be sent again."""

    slug = "population-out-of-reach"
    title = Text("Chưa kết nối được cơ sở dữ liệu quốc gia về dân cư", "The population database is out of reach")
    headers = {"Retry-After": "5"}  # noqa: RUF012 - declared a read-only Mapping by Problem


class RegisteredPersonNotFound(NotFound):
    """404: nobody has this personal ID."""

    slug = "registered-person-not-found"
    title = Text("Không có người mang số định danh này", "Nobody has this personal ID")


class PopulationFieldNotGranted(Forbidden):
    """403: the right to verify does not reach to these fields. Context carries `fields`."""

    slug = "population-field-not-granted"
    title = Text("Không được phép đối chiếu trường thông tin này", "The right does not reach to these fields")


class PersonalIdNotGiven(InvalidPayload):
    """422: no ID can be given for this birth; `errors` say which field, or context `words` what the register says."""

    slug = "personal-id-not-given"
    title = Text("Không cấp được số định danh cá nhân", "No personal ID was given")
