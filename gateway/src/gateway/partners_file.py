"""Reads partners.yaml: what an operator declares of members, subsystems, services, groups and grants. It writes nothing.

Whatever is wrong is told with the line it stands in and the field it is about, all of it at once.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from gateway.api.models.partners import (
    NewGrant,
    NewGroup,
    NewMember,
    NewService,
    NewSubsystem,
    Part,
    ServiceName,
    SubsystemName,
)
from gateway.api.models.shape import Model
from gateway.domain import identifiers
from gateway.domain.credentials import DeclaredKey, Kind
from gateway.domain.partners import Group, Member, Service, State, Subsystem

_DEEPEST = 20


class FileError(ValueError):
    """The file cannot be applied. `faults` are one line each, for the operator."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


def _strict() -> ConfigDict:
    return ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class KeyRow(Model):
    """A credential of a subsystem: a public key (JWK), a certificate (PEM or thumbprint), or the scrypt hash of a secret."""

    model_config = _strict()

    kind: Literal["jwk", "certificate", "secret"]
    name: Annotated[str, Field(max_length=200)] = ""
    value: str | dict[str, str]
    valid_from: AwareDatetime | None = None
    valid_to: AwareDatetime | None = None

    def declared(self) -> DeclaredKey:
        """As the credentials' use case takes it."""
        value = self.value if isinstance(self.value, str) else json.dumps(self.value)
        return DeclaredKey(Kind(self.kind), self.name, value, self.valid_from, self.valid_to)


class MemberRow(NewMember):
    """A member. `id` is instance/class/code."""

    model_config = _strict()

    id: Annotated[str, AfterValidator(lambda name: str(identifiers.member_id(name)))]

    @model_validator(mode="after")
    def _codes_of_its_class(self) -> Self:
        for alias in self.aliases:
            identifiers.member_code(identifiers.member_id(self.id).member_class, alias)
        return self

    def member(self) -> Member:
        """As the registry has it."""
        name = identifiers.member_id(self.id)
        codes = frozenset(identifiers.member_code(name.member_class, alias) for alias in self.aliases)
        return Member(name.instance, name.member_class, name.code, self.name, codes, self.state)


class SubsystemRow(NewSubsystem):
    """A subsystem with its credentials."""

    model_config = _strict()

    id: SubsystemName
    keys: list[KeyRow] = Field(default=[])

    def subsystem(self) -> Subsystem:
        """As the registry has it."""
        return Subsystem(
            identifiers.subsystem_id(self.id), self.name, self.client_id, frozenset(self.scopes),
            frozenset(self.groups), self.state,
        )  # fmt: skip


class ServiceRow(NewService):
    """A service."""

    model_config = _strict()

    id: ServiceName

    def service(self) -> Service:
        """As the registry has it."""
        facts = {field: getattr(self, field) for field in NewService.model_fields}
        return Service(identifiers.service_id(self.id), **facts)


class GroupRow(NewGroup):
    """A group."""

    model_config = _strict()

    name: Part

    def group(self) -> Group:
        """As the registry has it."""
        return Group(self.name, self.description)


class GrantRow(NewGrant):
    """A right. `state: closed` takes it back."""

    model_config = _strict()

    state: Literal[State.APPROVED, State.CLOSED] = State.APPROVED

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.to is None) == (self.group is None):
            raise ValueError("give one of `to` and `group`")
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("validTo is before validFrom")
        return self

    @property
    def identity(self) -> tuple[object, ...]:
        """What tells it from the other rights: whose, on what, from when."""
        return self.service, self.to, self.group, self.method, self.path, self.valid_from


class PartnersFile(Model):
    """All that the file declares."""

    model_config = _strict()

    members: list[MemberRow] = Field(default=[])
    groups: list[GroupRow] = Field(default=[])
    subsystems: list[SubsystemRow] = Field(default=[])
    services: list[ServiceRow] = Field(default=[])
    grants: list[GrantRow] = Field(default=[])


def read_partners(path: Path | None = None) -> PartnersFile:
    """What the city itself offers (data/hanoi.yaml), and over it what the file declares. Raises FileError, OSError."""
    offered = files("gateway").joinpath("data/hanoi.yaml")
    city = parse_partners(offered.read_bytes(), offered.name)
    return city if path is None else over(city, parse_partners(path.read_bytes(), path.name))


def over(city: PartnersFile, declared: PartnersFile) -> PartnersFile:
    """Both as one: what the second names takes the place of what the first says of it."""

    def both(section: str) -> list[Any]:
        named = {_identity(row) for row in getattr(declared, section)}
        return [*(row for row in getattr(city, section) if _identity(row) not in named), *getattr(declared, section)]

    return PartnersFile(**{section: both(section) for section in PartnersFile.model_fields})


def _identity(row: MemberRow | GroupRow | SubsystemRow | ServiceRow | GrantRow) -> object:
    match row:
        case GroupRow():
            return row.name
        case GrantRow():
            return row.identity
        case _:
            return row.id


def parse_partners(content: bytes, name: str) -> PartnersFile:
    """The declarations in the bytes of a file of that name. Raises FileError."""
    try:
        text = content.decode()
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        lines, faults = _lines(root, name)
        document = yaml.safe_load(text) if not faults else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise FileError([f"{name}:{line}: {error.problem or 'not YAML'}"]) from None
    except (yaml.YAMLError, ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        raise FileError([f"{name}:1: not YAML in UTF-8"]) from None
    if faults:
        raise FileError(faults)
    try:
        declared = PartnersFile.model_validate(document if document is not None else {})
    except ValidationError as error:
        found = sorted(_fault(dict(item), lines, name) for item in error.errors(include_url=False))
        raise FileError([told for _, told in found]) from None
    if twice := list(_named_twice(declared, lines, name)):
        raise FileError(twice)
    return declared


def _lines(root: yaml.Node | None, name: str) -> tuple[dict[tuple[str | int, ...], int], list[str]]:
    """The line of every value, by its path; and the keys that stand twice in one mapping, of which YAML keeps the last."""
    lines: dict[tuple[str | int, ...], int] = {}
    faults: list[str] = []
    waiting: list[tuple[yaml.Node, tuple[str | int, ...]]] = [(root, ())] if root is not None else []
    while waiting:
        node, path = waiting.pop()
        lines[path] = node.start_mark.line + 1
        if len(path) > _DEEPEST:
            faults.append(f"{name}:{lines[path]}: nested too deep")
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(one, (*path, number)) for number, one in enumerate(node.value)]
        elif isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                word = str(key.value)
                if word in seen:
                    faults.append(f"{name}:{key.start_mark.line + 1}: {_shown((*path, word))}: given twice")
                seen.add(word)
                waiting.append((value, (*path, word)))
    return lines, faults


def _fault(item: dict[str, Any], lines: dict[tuple[str | int, ...], int], name: str) -> tuple[int, str]:
    path = tuple(item["loc"])
    known = path
    while known not in lines and known:
        known = known[:-1]
    line = lines.get(known, 1)
    return line, f"{name}:{line}: {_shown(path)}: {item['msg'].removeprefix('Value error, ')}"


def _shown(path: Iterable[str | int]) -> str:
    shown = ""
    for part in path:
        shown += f"[{part}]" if isinstance(part, int) else f".{part}" if shown else part
    return shown or "the file"


def _named_twice(declared: PartnersFile, lines: dict[tuple[str | int, ...], int], name: str) -> Iterator[str]:
    for section in PartnersFile.model_fields:
        names = [_identity(row) for row in getattr(declared, section)]
        for number, one in enumerate(names):
            if (first := names.index(one)) < number:
                yield f"{name}:{lines[section, number]}: {section}[{number}]: the same as {section}[{first}]"
