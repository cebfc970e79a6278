"""What the API of subscriptions takes and gives. Shapes only; a secret is in no view but the one that first tells it."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, model_validator

from chassis.text import CleanText
from gateway.api.models.shape import Model
from gateway.delivery.store import DeliveryRow
from gateway.domain.subscription import Filter, Mode, State
from gateway.queries.subscriptions import Overview, SubscriptionRow

_ID = "01927f5e-0000-7000-8000-0000000000aa"
_TYPE = "vn.gov.hanoi.submission.dossier-finished.v1"
_SUBSCRIPTION: dict[str, Any] = {
    "id": _ID, "clientId": "so-y-te", "name": "Hồ sơ đã có kết quả", "mode": "push", "types": [_TYPE],
    "units": ["00004"], "url": "https://soyte.example/events", "state": "active", "position": 41, "version": 1,
    "createdAt": "2026-10-12T03:05:00Z", "changedAt": "2026-10-12T03:05:00Z",
}  # fmt: skip
_LAG: dict[str, Any] = {"events": 3, "seconds": 1.5, "waiting": 3, "failed": 0, "behind": 0, "failuresInARow": 0}
_DELIVERY: dict[str, Any] = {
    "position": 41, "eventId": _ID, "type": _TYPE, "subject": "H26-20261012-0000042", "state": "waiting", "blocked": False,
    "attempts": 2, "nextAttemptAt": "2026-10-12T03:05:30Z", "lastStatus": 503, "lastError": "http-503",
    "recordedAt": "2026-10-12T03:05:00Z",
}  # fmt: skip


def _in_this_age(at: datetime) -> datetime:
    # By `at.year`: near year 1 or 9999 an offset leads out of what a datetime can be.
    if not 2000 <= at.year <= 2200:
        raise ValueError("must lie between the years 2000 and 2200")
    return at


Code = Annotated[str, Field(pattern=r"^[0-9A-Za-z.-]{1,20}$")]
EventType = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,199}$")]
FieldPath = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$", max_length=200)]
Url = Annotated[str, Field(min_length=1, max_length=2000, description="https address that is called for each event")]
Instant = Annotated[AwareDatetime, AfterValidator(_in_this_age)]


class Wire(Model):
    """What is sent to us holds nothing that is not named."""

    model_config = ConfigDict(extra="forbid")


class Start(Wire):
    """Where to begin: at a position of the ledger, or at the first event recorded at or after an instant. One of them."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"position": 0}, {"time": "2026-10-12T00:00:00Z"}]})

    position: Annotated[int, Field(ge=0, lt=2**63, strict=True)] | None = None
    time: Instant | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.position is None) == (self.time is None):
            raise ValueError("give position or time")
        return self

    @property
    def start(self) -> int | datetime:
        """The one that was given."""
        if self.position is not None:
            return self.position
        if self.time is None:
            raise ValueError("neither position nor time")
        return self.time


class SubscriptionRequest(Wire):
    """A subscription to ask for. `units` and `procedures` narrow it: absent, every one. Without `from`: from now on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Hồ sơ đã có kết quả", "mode": "push", "types": [_TYPE], "units": ["00004"],
                    "url": "https://soyte.example/events", "from": {"position": 0},
                }
            ]
        }
    )  # fmt: skip

    name: Annotated[CleanText, Field(min_length=1, max_length=200)]
    mode: Mode
    types: Annotated[list[EventType], Field(min_length=1, max_length=100)]
    units: Annotated[list[Code], Field(min_length=1, max_length=500)] | None = None
    procedures: Annotated[list[Code], Field(min_length=1, max_length=500)] | None = None
    url: Url | None = None
    start: Annotated[Start | None, Field(alias="from")] = None

    @model_validator(mode="after")
    def _url_for_push(self) -> Self:
        if (self.mode is Mode.PUSH) != (self.url is not None):
            raise ValueError("url is for push, and push needs it")
        return self

    @property
    def filter(self) -> Filter:
        """What it wants."""
        return Filter(
            frozenset(self.types),
            frozenset(self.units) if self.units is not None else None,
            frozenset(self.procedures) if self.procedures is not None else None,
        )


class Approval(Wire):
    """An operator's yes: on which legal basis, which fields of the data (absent: those that are not personal), until when."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"legalBasis": "NĐ 194/2025/NĐ-CP", "fields": ["dossierCode", "finishedAt"]}]}
    )

    legal_basis: Annotated[CleanText, Field(min_length=1, max_length=500)]
    fields: Annotated[list[FieldPath], Field(min_length=1, max_length=200)] | None = None
    until: date | None = Field(default=None, description="Last day")


class Refusal(Wire):
    """An operator's no, in writing."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "Không thuộc chức năng", "legalBasis": "NĐ 194/2025/NĐ-CP"}]}
    )

    reason: Annotated[CleanText, Field(min_length=1, max_length=1000)]
    legal_basis: Annotated[CleanText, Field(min_length=1, max_length=500)]


class Suspension(Wire):
    """Why an operator stops a subscription."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Rà soát quyền truy cập"}]})

    reason: Annotated[CleanText, Field(min_length=1, max_length=1000)]


class Replay(Wire):
    """From where to tell again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"from": {"time": "2026-10-12T00:00:00Z"}}]})

    start: Annotated[Start, Field(alias="from")]


class NewUrl(Wire):
    """Another address."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"url": "https://soyte.example/v2/events"}]})

    url: Url


class Ack(Wire):
    """The `cursor` of a page of which everything has arrived."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"cursor": "WzQyXQ"}]})

    cursor: Annotated[str, Field(min_length=1, max_length=100)]


class LagView(Model):
    """How far behind a subscription is."""

    model_config = ConfigDict(json_schema_extra={"examples": [_LAG]})

    events: int = Field(description="Events still to come (pull: at most so many)")
    seconds: float = Field(description="How long the oldest of them has waited")
    waiting: int = Field(description="Deliveries that wait; counted to 10000")
    failed: int = Field(description="Deliveries given up, to be retried or skipped; later ones of their subject wait")
    behind: int = Field(description="Entries of the ledger not looked at yet (push) or not acknowledged (pull)")
    failures_in_a_row: int = Field(description="Calls that failed since one last succeeded")
    last_delivered_at: datetime | None = None
    last_status: int | None = Field(default=None, description="HTTP status of the last call")
    last_error: str | None = None

    @classmethod
    def of(cls, overview: Overview, now: datetime) -> Self:
        """From an overview; `now` by the machine."""
        row = overview.row
        return cls(
            events=overview.lag_events, seconds=round(overview.lag_seconds(now), 3), waiting=overview.waiting,
            failed=overview.failed, behind=overview.behind, failures_in_a_row=row.failures,
            last_delivered_at=row.last_delivered_at, last_status=row.last_status, last_error=row.last_error,
        )  # fmt: skip


class SubscriptionView(Model):
    """A subscription. `position`: the next ledger position to be looked at (push), or not acknowledged (pull)."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SUBSCRIPTION]})

    id: UUID
    client_id: str
    name: str
    mode: Mode
    types: list[str]
    units: list[str] | None = None
    procedures: list[str] | None = None
    url: str | None = None
    state: State
    reason: str | None = None
    legal_basis: str | None = None
    approved_fields: list[str] | None = None
    approved_until: date | None = None
    position: int
    version: int
    created_at: datetime
    changed_at: datetime
    lag: LagView | None = Field(default=None, description="In lists")

    @classmethod
    def of(cls, row: SubscriptionRow, lag: LagView | None = None) -> Self:
        """Without its secrets."""
        return cls(
            id=row.id, client_id=row.client_id, name=row.name, mode=row.mode, types=list(row.types),
            units=list(row.units) if row.units is not None else None,
            procedures=list(row.procedures) if row.procedures is not None else None,
            url=row.url, state=row.state, reason=row.reason, legal_basis=row.legal_basis,
            approved_fields=list(row.approved_fields) if row.approved_fields is not None else None,
            approved_until=row.approved_until,
            position=row.position, version=row.version, created_at=row.created_at, changed_at=row.changed_at, lag=lag,
        )  # fmt: skip


class SubscriptionWithSecret(SubscriptionView):
    """A subscription with the secret that signs its webhooks: told now, and never again."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [_SUBSCRIPTION | {"secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}]}
    )

    secret: str | None = Field(default=None, description="`whsec_…` (Standard Webhooks); push only")


class DeliveryView(Model):
    """One event on its way to one subscriber."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DELIVERY]})

    position: int = Field(description="Of the event in the ledger")
    event_id: UUID = Field(description="`webhook-id` of every attempt")
    type: str
    subject: str
    state: str = Field(description="waiting, delivered, failed (given up for now) or skipped")
    blocked: bool = Field(description="Waits for an earlier event of the same subject")
    attempts: int
    next_attempt_at: datetime | None = None
    last_status: int | None = None
    last_error: str | None = None
    settled_at: datetime | None = None
    recorded_at: datetime

    @classmethod
    def of(cls, row: DeliveryRow) -> Self:
        """As kept."""
        waits = row.state == "waiting"
        return cls(
            position=row.position, event_id=row.event_id, type=row.type, subject=row.subject, state=row.state,
            blocked=waits and not row.first, attempts=row.attempts,
            next_attempt_at=row.next_attempt_at if waits and row.first else None, last_status=row.last_status,
            last_error=row.last_error, settled_at=row.settled_at, recorded_at=row.recorded_at,
        )  # fmt: skip


class EventsView(Model):
    """A page of events. Acknowledge `cursor` once all have arrived; ask with it for the next page."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"events": [], "cursor": "WzQyXQ", "more": False, "lag": 0}]}
    )

    events: list[dict[str, Any]] = Field(description="CloudEvents 1.0, `data` with the fields the agency may see")
    cursor: str
    more: bool = Field(description="Whether to ask again at once")
    lag: int = Field(description="Entries of the ledger after this page")
