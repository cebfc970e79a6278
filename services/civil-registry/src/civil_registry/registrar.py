"""What a running civil registry stands on: its seal, its books, the names of its offices, the procedures that are births."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chassis.service import Runtime
from civil_registry.domain.numbering import Books
from civil_registry.procedures import BirthProcedure, birth_procedures
from civil_registry.sealing import Seal, read_seal
from civil_registry.settings import CivilRegistrySettings


@dataclass(frozen=True)
class Registrar:
    """Made once per process from the settings. `offices`: names by unit code that replace the usual one."""

    seal: Seal
    books: Books
    offices: Mapping[str, str]
    births: tuple[BirthProcedure, ...]


async def started(runtime: Runtime) -> Mapping[str, Any]:
    """Read key and data before anything is served; raises UnusableKey."""
    settings = runtime.settings
    if not isinstance(settings, CivilRegistrySettings):
        raise TypeError("the civil registry runs on CivilRegistrySettings")
    key = settings.record_signing_key
    seal = read_seal(
        key.get_secret_value() if key else None, settings.record_signing_key_file, settings.retired_record_keys
    )
    books = Books(settings.number_starts, settings.volume_size)
    return {"registrar": Registrar(seal, books, settings.issuing_offices, birth_procedures())}


def registrar_of(runtime: Runtime) -> Registrar:
    """What `started` prepared."""
    registrar: Registrar = runtime.extras["registrar"]
    return registrar
