"""People of the population database as they are asked for at /r1 and shown. Shapes only."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from chassis.text import CleanText
from contracts.codes import Sex
from gateway.api.models.shape import Model
from gateway.case_declarations import Day, Line
from gateway.domain.population import Birth, GivenData, Match, Parent, RegisteredPerson

Perhaps = Annotated[CleanText, StringConstraints(max_length=255)]
_BIRTH: dict[str, Any] = {
    "fullName": "NGUYỄN THỊ MẪU NHI",
    "dateOfBirth": "2026-10-01",
    "sex": 2,
    "provinceOfRegistration": "01",
    "nativePlace": "Hà Nội",
    "ethnicity": "Kinh",
    "nationality": "Việt Nam",
    "parents": [{"fullName": "NGUYỄN THỊ MẪU", "nationality": "Việt Nam"}],
}


class ParentBody(Model):
    """Cha, mẹ hoặc người đại diện."""

    model_config = ConfigDict(extra="forbid")

    full_name: Line
    nationality: Perhaps = ""


class BirthBody(Model):
    """What the population database is told of a newborn, and no more."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_BIRTH]})

    full_name: Line = Field(description="Name at birth, as on the certificate")
    date_of_birth: Day
    sex: Sex = Field(description="1 nam, 2 nữ: there is no ID for an unknown sex")
    province_of_registration: Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$")] = Field(
        description="Province that registers the birth; 01 is Hà Nội"
    )
    native_place: Perhaps = Field(default="", description="Quê quán")
    ethnicity: Perhaps = ""
    nationality: Perhaps = ""
    parents: Annotated[tuple[ParentBody, ...], Field(max_length=4)] = ()

    def birth(self) -> Birth:
        """As the domain has it."""
        parents = tuple(Parent(parent.full_name, parent.nationality) for parent in self.parents)
        return Birth(
            **{name: getattr(self, name) for name in type(self).model_fields if name != "parents"}, parents=parents
        )


class AskedId(Model):
    """A request for a personal ID. The same `caseId` again gives the same ID; twins are two cases."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"caseId": "01927f5e-0000-7000-8000-0000000000c1", "birth": _BIRTH}]},
    )

    case_id: UUID
    birth: BirthBody


class IssuedId(Model):
    """The ID that was given for a case."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"caseId": "01927f5e-0000-7000-8000-0000000000c1", "personalId": "001326000123"}]
        }
    )

    case_id: UUID
    personal_id: str = Field(repr=False)


class Verification(Model):
    """Data to be held against the register; only what is given is compared."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"fullName": "NGUYỄN THỊ MẪU", "dateOfBirth": "1995-01-01", "ethnicity": "Kinh"}]
        },
    )

    full_name: Line | None = None
    date_of_birth: Day | None = None
    sex: Sex | None = None
    native_place: Line | None = None
    ethnicity: Line | None = None
    nationality: Line | None = None

    @property
    def asked(self) -> frozenset[str]:
        """The fields that are to be compared, by their names on the wire."""
        return frozenset(self.model_dump(by_alias=True, exclude_none=True))

    def given(self) -> GivenData:
        """As the domain has it."""
        return GivenData(**{name: getattr(self, name) for name in type(self).model_fields})


class Verified(Model):
    """Of each field that was given: `match`, `mismatch`, or `unknown` where the register has none. Nothing else is shown."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"matches": {"fullName": "match", "dateOfBirth": "mismatch", "ethnicity": "unknown"}}]
        }
    )

    matches: Mapping[str, Match]

    @classmethod
    def of(cls, matches: Mapping[str, Match]) -> Self:
        """With the names of the wire."""
        fields = Verification.model_fields
        return cls(matches={str(fields[name].alias or name): match for name, match in matches.items()})


class PersonView(Model):
    """A person, as far as the right of the caller lets it be seen."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"personalId": "001326000123", **_BIRTH}]})

    personal_id: str | None = Field(default=None, repr=False)
    full_name: str | None = Field(default=None, repr=False)
    date_of_birth: date | None = Field(default=None, repr=False)
    sex: Sex | None = None
    province_of_registration: str | None = None
    native_place: str | None = Field(default=None, repr=False)
    ethnicity: str | None = Field(default=None, repr=False)
    nationality: str | None = None
    parents: list[ParentBody] | None = Field(default=None, repr=False)

    @classmethod
    def of(cls, person: RegisteredPerson, allowed: frozenset[str] | None) -> Self:
        """With the fields that are allowed; None allows all. What the register has not, is not there."""
        birth = person.birth
        whole: dict[str, Any] = {name: getattr(birth, name) or None for name in vars(birth) if name != "parents"}
        whole["personal_id"] = person.personal_id
        whole["parents"] = [ParentBody(**vars(parent)) for parent in birth.parents] or None
        fields = cls.model_fields
        return cls(
            **{name: value for name, value in whole.items() if allowed is None or str(fields[name].alias) in allowed}
        )
