"""The base of every event model. It says what an event is; it may not know how one travels."""

from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

EVENT_PREFIX = "vn.gov.hanoi"


class Part(BaseModel):
    """A piece of an event: immutable, camelCase on the wire, unknown fields ignored (additions are not breaking)."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")


class Event(Part):
    """A fact, named in the past tense, that one service states and others may act on.

    A subclass names itself by class arguments and gives the wire type and the subject from them::

        class FeeAssessed(Event, producer="payment", name="fee-assessed", subject="dossier_code"): ...

    `subject` names the field that identifies the aggregate: events of one subject keep their order on the bus, and
    each carries `version`, the number its aggregate reached by it (from 1, rising; gaps allowed).
    """

    type: ClassVar[str]
    producer: ClassVar[str]
    event_name: ClassVar[str]
    subject_field: ClassVar[str]
    example: ClassVar[dict[str, Any]]

    version: int

    def __init_subclass__(
        cls, *, producer: str | None = None, name: str | None = None, subject: str | None = None, major: int = 1
    ) -> None:
        super().__init_subclass__()
        if producer is not None:
            cls.producer = producer
        if subject is not None:
            cls.subject_field = subject
        if name is not None:
            cls.event_name = name
            cls.type = f"{EVENT_PREFIX}.{cls.producer}.{name}.v{major}"

    @property
    def subject(self) -> str:
        """The identity of the aggregate this event is about, e.g. the dossier code."""
        return str(getattr(self, self.subject_field))

    @classmethod
    def from_example(cls) -> Self:
        """The committed example as an event: what documentation shows and contract tests feed to consumers."""
        return cls.model_validate(cls.example)
