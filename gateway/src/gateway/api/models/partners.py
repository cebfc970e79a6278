"""What the registry's routes take and answer. Shapes only."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from chassis.text import CleanText
from gateway.api.models.shape import Model
from gateway.domain import access, identifiers
from gateway.domain.partners import Group, Member, MessageLogPolicy, Service, State, Subsystem, Upstream
from gateway.queries.partner_changes import ChangeRow
from gateway.queries.partners import GrantRow, Registered

Words = Annotated[CleanText, Field(min_length=1, max_length=500)]
Name = Annotated[CleanText, Field(min_length=1, max_length=200)]
Part = Annotated[str, Field(pattern=rf"^{identifiers.PART.pattern}$")]
ClientId = Annotated[str, Field(pattern=rf"^{identifiers.CLIENT_ID.pattern}$")]
Scope = Annotated[str, Field(pattern=r"^[a-z][a-z-]{0,40}:[a-z][a-z-]{0,40}$")]
FieldName = Annotated[CleanText, Field(min_length=1, max_length=200)]
SubsystemName = Annotated[str, Field(max_length=420), AfterValidator(lambda name: str(identifiers.subsystem_id(name)))]
ServiceName = Annotated[str, Field(max_length=520), AfterValidator(lambda name: str(identifiers.service_id(name)))]


def _glob(glob: str) -> str:
    try:
        return access.checked_glob(glob)
    except access.BadGlob as error:
        raise ValueError(f"{error.en} / {error.vi}") from None


def _method(method: str) -> str:
    checked = access.checked_method(method)
    if checked is None:
        raise ValueError("not an HTTP method / không phải phương thức HTTP")
    return checked


Glob = Annotated[str, Field(max_length=access.MOST_GLOB), AfterValidator(_glob)]
Method = Annotated[str, Field(max_length=10), AfterValidator(_method)]

_MEMBER: dict[str, Any] = {"name": "Bộ Tư pháp", "aliases": []}
_SUBSYSTEM: dict[str, Any] = {
    "name": "Hệ thống hộ tịch điện tử",
    "clientId": "g15-ho-tich",
    "scopes": ["gateway:read", "gateway:write"],
    "groups": ["ministries"],
    "contact": "Phòng Hạ tầng, Cục Công nghệ thông tin",
}
_SERVICE: dict[str, Any] = {
    "title": "Danh mục thủ tục hành chính",
    "upstream": "city",
    "address": "catalog/v1/procedures",
    "log": "metadata",
    "legalBasis": "NĐ 194/2025/NĐ-CP",
}
_GRANT: dict[str, Any] = {
    "service": "VN/GOV/H26/lienthong/procedures",
    "to": "VN/GOV/G15/sandbox-agency",
    "method": "GET",
    "path": "**",
    "validFrom": "2026-10-12",
    "legalBasis": "NĐ 194/2025/NĐ-CP",
}
_KEPT: dict[str, Any] = {"state": "approved", "version": 1, "changedAt": "2026-10-12T03:00:00Z"}


def _example(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example]}, extra="forbid")


class NewMember(Model):
    """A member (cơ quan) as it is to stand. `aliases`: codes that mean it too; both notations of each are known by themselves."""

    model_config = _example(_MEMBER)

    name: Name
    aliases: list[Annotated[str, Field(pattern=rf"^{identifiers.PART.pattern}$")]] = Field(default=[], max_length=50)
    state: State = State.APPROVED


class NewSubsystem(Model):
    """A subsystem (hệ thống thông tin) as it is to stand. `clientId` is what its credentials and tokens go by, for good."""

    model_config = _example(_SUBSYSTEM)

    name: Name
    client_id: ClientId
    scopes: list[Scope] = Field(default=[], max_length=50, description="What its tokens may say at /api")
    groups: list[Part] = Field(default=[], max_length=50)
    contact: Words | None = Field(default=None, description="Whom to speak with; left out: as it was")
    state: State = State.APPROVED


class NewService(Model):
    """A service as it is to stand: what stands behind it, how it is logged, whether it shows personal data."""

    model_config = _example(_SERVICE)

    title: Name
    upstream: Upstream = Field(
        description="http: the provider's server; city: a service of the city; adapter: of the gateway"
    )
    address: Annotated[CleanText, Field(min_length=1, max_length=1000)] = Field(
        description="http: its URL; city: e.g. catalog/v1/procedures; adapter: its name"
    )
    log: MessageLogPolicy = Field(default=MessageLogPolicy.METADATA, description="What the message log keeps")
    personal: bool = Field(default=False, description="Each call must name a live dossier (X-Road-Issue)")
    person_at: Annotated[str, Field(pattern=r"^(path:[1-9][0-9]?|query:[A-Za-z0-9_.-]{1,60})$")] | None = Field(
        default=None, description="Where the person stands in a call: path:1, query:personalId"
    )
    scope: Scope | None = Field(default=None, description="What the gateway's own token says to a city service")
    openapi: Annotated[CleanText, Field(max_length=1000)] | None = Field(
        default=None, description="Where its OpenAPI document is"
    )
    timeout_seconds: float | None = Field(default=None, gt=0, le=600)
    request_bytes: int | None = Field(default=None, ge=0, le=2**40)
    per_second: int | None = Field(default=None, ge=1, le=10**6, description="Calls of one client a second")
    per_day: int | None = Field(default=None, ge=1, le=10**9, description="Calls of one client a day")
    legal_basis: Words | None = None
    state: State = State.APPROVED


class NewGroup(Model):
    """A group: a name that rights may be given to."""

    model_config = _example({"description": "Bộ, ngành trung ương"})

    description: Words


class NewState(Model):
    """The state to bring a registration to."""

    model_config = _example({"state": "suspended"})

    state: State


class NewGrant(Model):
    """A right to give: to a subsystem (`to`) or a `group`, on a service or one method and path glob of it."""

    model_config = _example(_GRANT)

    service: ServiceName
    to: SubsystemName | None = None
    group: Part | None = None
    method: Method | None = Field(default=None, description="None: every method")
    path: Glob | None = Field(
        default=None, description="`*` one segment, `**` any number; none: every path; an event type for `events`"
    )
    fields: list[FieldName] | None = Field(default=None, max_length=200, description="What may be seen; none: all")
    valid_from: date
    valid_to: date | None = Field(default=None, description="The last day")
    legal_basis: Words


class Revocation(Model):
    """Why a right is taken back."""

    model_config = _example({"reason": "Hết thỏa thuận chia sẻ dữ liệu"})

    reason: Words


class _Kept(Model):
    id: str
    state: State
    version: int
    changed_at: datetime | None = None


class MemberView(_Kept):
    """A member. `codes`: everything that means it, in both notations."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"id": "VN/GOV/G15", "name": "Bộ Tư pháp", "codes": ["000.00.00.G15", "G15"], **_KEPT}]
        }
    )

    name: str
    codes: list[str]

    @classmethod
    def of(cls, row: Registered[Member]) -> Self:
        """From a row."""
        member = row.item
        return cls(
            id=str(member.id), name=member.name, codes=sorted(member.codes), state=member.state, version=row.version,
            changed_at=row.changed_at,
        )  # fmt: skip


class SubsystemView(_Kept):
    """A subsystem. `contact` for operators and for itself."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": "VN/GOV/G15/ho-tich", **_SUBSYSTEM, **_KEPT}]})

    name: str
    client_id: str
    scopes: list[str]
    groups: list[str]
    contact: str | None = None

    @classmethod
    def of(cls, row: Registered[Subsystem]) -> Self:
        """From a row."""
        subsystem = row.item
        return cls(
            id=str(subsystem.id), name=subsystem.name, client_id=subsystem.client_id, scopes=sorted(subsystem.scopes),
            groups=sorted(subsystem.groups), contact=row.contact, state=subsystem.state, version=row.version,
            changed_at=row.changed_at,
        )  # fmt: skip


class ServiceView(_Kept):
    """A service. `address` for operators and for its provider."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"id": "VN/GOV/H26/lienthong/procedures", **_SERVICE, "personal": False, **_KEPT}]
        }
    )

    title: str
    upstream: Upstream
    address: str
    log: MessageLogPolicy
    personal: bool
    person_at: str | None = None
    scope: str | None = None
    openapi: str | None = None
    timeout_seconds: float | None = None
    request_bytes: int | None = None
    per_second: int | None = None
    per_day: int | None = None
    legal_basis: str | None = None

    @classmethod
    def of(cls, row: Registered[Service]) -> Self:
        """From a row."""
        service = row.item
        return cls(
            id=str(service.id), title=service.title, upstream=service.upstream, address=service.address,
            log=service.log, personal=service.personal, person_at=service.person_at, scope=service.scope,
            openapi=service.openapi, timeout_seconds=service.timeout_seconds, request_bytes=service.request_bytes,
            per_second=service.per_second, per_day=service.per_day, legal_basis=service.legal_basis,
            state=service.state, version=row.version, changed_at=row.changed_at,
        )  # fmt: skip


class GroupView(Model):
    """A group."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "ministries", "description": "Bộ, ngành trung ương", "version": 1}]}
    )

    name: str
    description: str
    version: int

    @classmethod
    def of(cls, row: Registered[Group]) -> Self:
        """From a row."""
        return cls(name=row.item.name, description=row.item.description, version=row.version)


class GrantView(Model):
    """A right, with how it came and, once taken back, how it went."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "01927f5e-0000-7000-8000-0000000000a1",
                    **_GRANT,
                    "grantedAt": "2026-10-12T03:00:00Z",
                    "version": 1,
                }
            ]
        }
    )

    id: UUID
    service: str
    to: str | None = None
    group: str | None = None
    method: str | None = None
    path: str | None = None
    fields: list[str] | None = None
    valid_from: date
    valid_to: date | None = None
    legal_basis: str
    request_id: UUID | None = None
    granted_at: datetime
    granted_by: str | None = Field(default=None, description="For operators")
    revoked_at: datetime | None = None
    revoked_by: str | None = Field(default=None, description="For operators")
    revocation_reason: str | None = None
    version: int

    @classmethod
    def of(cls, row: GrantRow, *, whole: bool) -> Self:
        """From a row; `whole` for an operator, who sees which colleague did it."""
        grant = row.grant
        return cls(
            id=grant.id, service=str(grant.service), to=str(grant.subsystem) if grant.subsystem else None,
            group=grant.group, method=grant.method, path=grant.path,
            fields=sorted(grant.fields) if grant.fields is not None else None, valid_from=grant.valid_from,
            valid_to=grant.valid_to, legal_basis=grant.legal_basis, request_id=row.request_id,
            granted_at=row.granted_at, granted_by=row.granted_by if whole else None, revoked_at=row.revoked_at,
            revoked_by=row.revoked_by if whole else None, revocation_reason=row.revocation_reason, version=row.version,
        )  # fmt: skip


class ChangeView(Model):
    """One change: who, when, what, and the facts that differ. Without `before` it was new; without `after` taken back."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "revision": 12,
                    "at": "2026-10-12T03:00:00Z",
                    "by": "officer:operator-1",
                    "what": "service",
                    "object": "VN/GOV/H26/lienthong/procedures",
                    "before": {"state": "approved"},
                    "after": {"state": "suspended"},
                }
            ]
        }
    )

    revision: int
    at: datetime
    by: str
    what: str
    object: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None

    @classmethod
    def of(cls, row: ChangeRow) -> Self:
        """From a row."""
        return cls(
            revision=row.revision, at=row.at, by=row.by, what=row.what, object=row.object,
            before=dict(row.before) if row.before is not None else None,
            after=dict(row.after) if row.after is not None else None,
        )  # fmt: skip
