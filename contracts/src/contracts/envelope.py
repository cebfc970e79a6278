"""The CloudEvents 1.0 envelope (structured mode, JSON) every event travels in. It knows no event by name."""

from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

CONTENT_TYPE = "application/cloudevents+json"


class CloudEvent(BaseModel):
    """One event on the wire.

    `sequence` (CloudEvents extension of that name) is the version its aggregate reached, zero-padded so that it also
    sorts as text. `traceparent` (extension "distributed tracing") is W3C trace context of the step that caused it.
    `time` is when the fact became true by the producer's clock.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str = Field(pattern=r"^/[a-z-]+$", description="`/` and the producing service, e.g. `/submission`")
    type: str = Field(max_length=200)
    subject: str = Field(min_length=1, max_length=200)
    time: AwareDatetime
    sequence: str = Field(pattern=r"^\d{10}$")
    datacontenttype: Literal["application/json"] = "application/json"
    traceparent: str | None = Field(default=None, pattern=r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")
    data: dict[str, Any]

    @property
    def producer(self) -> str:
        """The service that says it produced this event; the router holds it against who really sent it."""
        return self.source.removeprefix("/")

    @property
    def version(self) -> int:
        """The version of the aggregate, as a number."""
        return int(self.sequence)


def sequence_of(version: int) -> str:
    """The wire form of an aggregate's version."""
    return f"{version:010d}"


__all__ = ["CONTENT_TYPE", "CloudEvent", "sequence_of"]
