"""Members, subsystems, services, groups and grants as one picture, looked up in without I/O. It decides no right (see access).

The picture (`Registry`) is made from the database by `gateway.registry` and replaced as a whole when anything in it
changes, so that a request sees one state of it from beginning to end.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID


class State(StrEnum):
    """Where a member, a subsystem or a service stands. Only what is approved takes part."""

    REQUESTED = "requested"
    APPROVED = "approved"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class Step(StrEnum):
    """What an operator does to a registration."""

    APPROVE = "approve"
    SUSPEND = "suspend"
    RESUME = "resume"
    CLOSE = "close"
    REQUEST_ANEW = "request-anew"


TRANSITIONS: Mapping[tuple[State, Step], State] = {
    (State.REQUESTED, Step.APPROVE): State.APPROVED,
    (State.REQUESTED, Step.CLOSE): State.CLOSED,
    (State.APPROVED, Step.SUSPEND): State.SUSPENDED,
    (State.APPROVED, Step.CLOSE): State.CLOSED,
    (State.SUSPENDED, Step.RESUME): State.APPROVED,
    (State.SUSPENDED, Step.CLOSE): State.CLOSED,
    # Agencies are merged and parted again under codes that were used before.
    (State.CLOSED, Step.REQUEST_ANEW): State.REQUESTED,
}
"""The life of a member, a subsystem and a service."""


def next_states(state: State) -> Mapping[State, Step]:
    """Where a registration may go from here, and by which step."""
    return {target: step for (origin, step), target in TRANSITIONS.items() if origin is state}


class MessageLogPolicy(StrEnum):
    """What of an exchange is kept in the message log (nhật ký trao đổi)."""

    OFF = "off"
    METADATA = "metadata"  # who, when, what, how it ended, and the hashes of the bodies
    FULL = "full"  # and the bodies


@dataclass(frozen=True, slots=True, order=True)
class MemberId:
    """A member as X-Road names it: `VN/GOV/H26`, the agency's code in its canonical notation."""

    instance: str
    member_class: str
    code: str

    def __str__(self) -> str:
        return f"{self.instance}/{self.member_class}/{self.code}"


@dataclass(frozen=True, slots=True, order=True)
class SubsystemId:
    """A subsystem as X-Road names it: `VN/GOV/H26/lienthong`. `member` is the agency's code in its canonical notation."""

    instance: str
    member_class: str
    member: str
    subsystem: str

    def __str__(self) -> str:
        return f"{self.instance}/{self.member_class}/{self.member}/{self.subsystem}"

    @property
    def owner(self) -> MemberId:
        """The member it is of."""
        return MemberId(self.instance, self.member_class, self.member)


CITY = SubsystemId("VN", "GOV", "H26", "lienthong")
"""This installation's own subsystem: what the city provides and tells is its."""


@dataclass(frozen=True, slots=True, order=True)
class ServiceId:
    """A service of a subsystem: `VN/GOV/H26/lienthong/procedures`."""

    provider: SubsystemId
    code: str

    def __str__(self) -> str:
        return f"{self.provider}/{self.code}"


@dataclass(frozen=True, slots=True)
class Member:
    """A member: an agency (cơ quan, đơn vị). `codes` are all the codes that mean it, in either notation."""

    instance: str
    member_class: str
    code: str
    name: str
    codes: frozenset[str]
    state: State = State.APPROVED

    @property
    def id(self) -> MemberId:
        """Its identifier."""
        return MemberId(self.instance, self.member_class, self.code)


@dataclass(frozen=True, slots=True)
class Subsystem:
    """An information system of a member. `client_id` is the name its credentials and tokens go by.

    `scopes` are what its tokens may say at `/api` (e.g. `submission:read`); at `/r1` grants decide instead.
    """

    id: SubsystemId
    name: str
    client_id: str
    scopes: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    state: State = State.APPROVED


@dataclass(frozen=True, slots=True)
class Group:
    """A name that a right may be given to instead of one subsystem; subsystems say which groups they are in."""

    name: str
    description: str


class Upstream(StrEnum):
    """What stands behind a service of the exchange."""

    HTTP = "http"  # a provider's own server, at `Service.address`
    CITY = "city"  # one of the city's five services, named in `Service.address`: `submission/v1/dossiers`
    ADAPTER = "adapter"  # an adapter of the gateway, named in `Service.address`, that speaks a ministry's own protocol


@dataclass(frozen=True, slots=True)
class Service:
    """A service that a subsystem provides.

    `personal`: what it shows is personal data, so each call names its purpose, a live dossier (`X-Road-Issue`), and
    `person_at` says where in the request the person stands: `path:1` (the segment after the service, counted from 1),
    `query:personalId`, or None where the dossier itself is the object. `scope` is what the gateway's own token says to a
    city service. `request_bytes` and `timeout_seconds` None: the settings' defaults. `per_second` and `per_day` bound
    each client; None: the settings' defaults.
    """

    id: ServiceId
    title: str
    upstream: Upstream
    address: str = field(repr=False)
    log: MessageLogPolicy = MessageLogPolicy.METADATA
    personal: bool = False
    person_at: str | None = None
    scope: str | None = None
    openapi: str | None = None
    timeout_seconds: float | None = None
    request_bytes: int | None = None
    per_second: int | None = None
    per_day: int | None = None
    state: State = State.APPROVED
    legal_basis: str | None = None

    @property
    def openapi_url(self) -> str | None:
        """Where its description is to be had; None where `openapi` says something else, or nothing."""
        found = self.openapi is not None and self.openapi.startswith(("http://", "https://"))
        return self.openapi if found else None


@dataclass(frozen=True, slots=True)
class Grant:
    """A right: who (a subsystem or a group) may call what (a whole service, or method and path of it), from when to when.

    `path` is a glob below the service: `*` is one segment, `**` any number; None: every path. `method` None: every one.
    `fields` is for services that minimise their answers and for events: what may be seen; None: all.
    """

    id: UUID
    service: ServiceId
    subsystem: SubsystemId | None
    group: str | None
    valid_from: date
    valid_to: date | None
    legal_basis: str
    method: str | None = None
    path: str | None = None
    fields: frozenset[str] | None = None


@dataclass(frozen=True)
class Registry:
    """Everything that is registered, at one moment. `revision` rises with every change."""

    revision: int = 0
    members: Mapping[tuple[str, str, str], Member] = field(default_factory=dict)
    """By instance, class and any of the member's codes."""
    subsystems: Mapping[SubsystemId, Subsystem] = field(default_factory=dict)
    clients: Mapping[str, Subsystem] = field(default_factory=dict)
    """By client id."""
    services: Mapping[ServiceId, Service] = field(default_factory=dict)
    grants: Mapping[ServiceId, tuple[Grant, ...]] = field(default_factory=dict)

    def canonical(self, instance: str, member_class: str, member: str, subsystem: str) -> SubsystemId:
        """The identifier with the member's code in its canonical notation; as it was given where no such member is known."""
        known = self.members.get((instance, member_class, member))
        return SubsystemId(instance, member_class, known.code if known else member, subsystem)

    def active_subsystem(self, subsystem: SubsystemId) -> Subsystem | None:
        """The subsystem, if it and its member are approved."""
        found = self.subsystems.get(subsystem)
        member = self.members.get((subsystem.instance, subsystem.member_class, subsystem.member))
        approved = found is not None and found.state is State.APPROVED
        return found if approved and member is not None and member.state is State.APPROVED else None

    def active_client(self, client_id: str) -> Subsystem | None:
        """The same by the name that its tokens go by."""
        known = self.clients.get(client_id)
        return self.active_subsystem(known.id) if known is not None else None

    def agency_code(self, code: str) -> str:
        """An agency's code in its canonical notation; as it was given where no such member is known."""
        return self.canonical(CITY.instance, CITY.member_class, code, "").member
