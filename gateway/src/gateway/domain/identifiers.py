"""How members, subsystems, services and groups are named: which words an X-Road identifier may hold, and reading one. Pure."""

import re

from gateway.domain import agency_codes
from gateway.domain.partners import MemberId, ServiceId, SubsystemId

AGENCIES = "GOV"
"""The member class of agencies (cơ quan nhà nước): their codes follow the agency code list."""
PART = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
"""No slash, colon, percent or leading dot: what X-Road forbids in identifiers, and what addresses would bend."""
CLIENT_ID = re.compile(r"[A-Za-z0-9._~-]{1,100}")
SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}")
_FORMS = {3: "VN/GOV/H26", 4: "VN/GOV/H26/lienthong", 5: "VN/GOV/H26/lienthong/procedures"}


class NotAnIdentifier(ValueError):
    """Cannot name anything here. The message is for whoever wrote it, and repeats nothing of it."""


def member_code(member_class: str, code: str) -> str:
    """A member's code as it is kept: an agency's in its canonical notation. Raises NotAnIdentifier."""
    if member_class != AGENCIES:
        return part(code)
    try:
        return agency_codes.canonical(code)
    except agency_codes.NotAnAgencyCode as error:
        raise NotAnIdentifier(str(error)) from None


def part(word: str) -> str:
    """One segment of an identifier, if it is one. Raises NotAnIdentifier."""
    if not PART.fullmatch(word):
        raise NotAnIdentifier(
            "A part of an identifier is 1 to 100 letters, digits, '.', '_' or '-', no mark at either end."
        )
    return word


def member_id(name: str) -> MemberId:
    """`VN/GOV/H26`, the code in either notation. Raises NotAnIdentifier."""
    instance, member_class, code = _parts(name, 3)
    return MemberId(part(instance), part(member_class), member_code(member_class, code))


def subsystem_id(name: str) -> SubsystemId:
    """`VN/GOV/H26/lienthong`. Raises NotAnIdentifier."""
    *owner, subsystem = _parts(name, 4)
    member = member_id("/".join(owner))
    return SubsystemId(member.instance, member.member_class, member.code, part(subsystem))


def service_id(name: str) -> ServiceId:
    """`VN/GOV/H26/lienthong/procedures`. Raises NotAnIdentifier."""
    *provider, code = _parts(name, 5)
    return ServiceId(subsystem_id("/".join(provider)), part(code))


def _parts(name: str, count: int) -> list[str]:
    parts = name.split("/")
    if len(parts) != count:
        raise NotAnIdentifier(f"An identifier of this kind reads like {_FORMS[count]}.")
    return parts
