"""Which services the city's figures are told by (birth, death), read from the data file. It knows no other grouping."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import yaml


@dataclass(frozen=True)
class ServiceGroup:
    """Nhóm dịch vụ: procedures that one figure is told of."""

    key: str
    name: str
    codes: tuple[str, ...]


def groups_of(document: Mapping[str, Any]) -> Mapping[str, ServiceGroup]:
    """The groups of a document like data/service_groups.yaml, by key. Raises ValueError if a code is in two of them."""
    groups = {
        row["key"]: ServiceGroup(
            row["key"], row["name"], tuple(code for part in row["procedures"] for code in part["codes"])
        )
        for row in document["groups"]
    }
    codes = [code for group in groups.values() for code in group.codes]
    if len(codes) != len(set(codes)):
        raise ValueError("a procedure is in two service groups: it would be counted twice")
    return groups


SERVICE_GROUPS = groups_of(
    yaml.safe_load((resources.files("reporting") / "data" / "service_groups.yaml").read_text(encoding="utf-8"))
)
