"""What the routes of replays take and answer. Shapes only."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from contracts.registry import SUBSCRIPTIONS
from gateway.api.models.shape import Model
from gateway.queries.replays import Replay

ServiceName = Literal["catalog", "submission", "civil-registry", "payment", "reporting", "gateway"]


class NewReplay(Model):
    """Who is to be told again, and from where: a position of the ledger, or an instant (RFC 3339)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"service": "reporting", "position": 0}]}, extra="forbid")

    service: ServiceName
    position: int | None = Field(default=None, ge=0, le=2**63 - 1)
    since: AwareDatetime | None = Field(default=None, description="What was recorded at or after this instant")

    @model_validator(mode="after")
    def _one_beginning(self) -> Self:
        if (self.position is None) == (self.since is None):
            raise ValueError("give either position or since")
        if not SUBSCRIPTIONS.get(self.service):
            raise ValueError("this service subscribes to nothing")
        return self

    @property
    def beginning(self) -> int | datetime:
        """Where to begin, as it was given."""
        if self.position is not None:
            return self.position
        if self.since is None:
            raise ValueError("no beginning")
        return self.since


class ReplayView(Model):
    """A replay. `position` is the next entry to be told; at `until` it is over."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "01927f5e-0000-7000-8000-0000000000aa",
                    "service": "reporting",
                    "since": 0,
                    "until": 12000,
                    "position": 500,
                    "askedBy": "officer:operator",
                    "askedAt": "2026-10-12T03:00:00Z",
                }
            ]
        }
    )

    id: UUID
    service: str
    since: int
    until: int
    position: int
    asked_by: str
    asked_at: datetime
    ended_at: datetime | None = None

    @classmethod
    def of(cls, replay: Replay) -> Self:
        """The view of a row."""
        return cls(
            id=replay.id, service=replay.service, since=replay.since, until=replay.until, position=replay.position,
            asked_by=replay.asked_by, asked_at=replay.asked_at, ended_at=replay.ended_at,
        )  # fmt: skip
