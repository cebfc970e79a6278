"""Reads the terms of answers from the package's data. Holds no rule of its own; what is wrong in the file stops the start."""

from datetime import date, time
from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from gateway.domain.access_request import AnswerTerm, Kind


class _Row(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")

    kind: Kind
    working_days: int
    valid_from: date | None
    valid_to: date | None
    source: str


class _File(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")

    terms: tuple[_Row, ...]
    day_ends: time


@cache
def _file() -> _File:
    content = files("gateway").joinpath("data/answer_terms.yaml").read_text(encoding="utf-8")
    return _File.model_validate(yaml.safe_load(content))


def answer_terms() -> tuple[AnswerTerm, ...]:
    """Every term, past and to come."""
    return tuple(AnswerTerm(**row.model_dump()) for row in _file().terms)


def day_ends() -> time:
    """When business ends on a working day."""
    return _file().day_ends
