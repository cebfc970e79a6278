"""Settings of submission beside those every service shares. Dated rules are not settings: they are in data/ and events."""

from pydantic import Field

from chassis.settings import Settings


class SubmissionSettings(Settings):
    """What an operator may set."""

    fee_wait_stops_clock: bool = Field(
        default=True, description="Whether the deadline's clock stands still while a fee is awaited (status 6)"
    )
