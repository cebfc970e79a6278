"""Ids in addresses: what is none names nothing, so that it is answered as what does not exist. Looks nothing up."""

from uuid import UUID

from chassis.problems import NotFound


def id_in(address: str, missing: type[NotFound]) -> UUID:
    """The id that a part of an address is; raises `missing` for what is none."""
    try:
        return UUID(address)
    except ValueError:
        raise missing from None
