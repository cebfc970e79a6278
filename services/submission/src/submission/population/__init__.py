"""The population database (CSDL quốc gia về dân cư) as this service needs it: a port. Adapters are named by their technology."""

from typing import Protocol

from submission.domain.prefill import Person


class PopulationUnavailable(Exception):
    """It did not answer, or not with sense, in the time it is given."""


class PopulationDatabase(Protocol):
    """Looks people up. Who may ask, and why, is decided and written down before."""

    async def look_up(self, personal_id: str) -> Person | None:
        """The person of a personal ID; None if there is none. Raises PopulationUnavailable."""
        ...


class NotConnected:
    """Stands where no population database is set up: forms are filled in by hand."""

    async def look_up(self, personal_id: str) -> Person | None:  # noqa: ARG002 - the port has it
        """Nobody answers."""
        raise PopulationUnavailable
