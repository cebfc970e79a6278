"""The ports by which notices leave, by role: what is handed over, and what came of it. No provider is known here."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Outcome(StrEnum):
    """What came of handing a message over.

    `taken`: the provider has it. `refused`: it will never take it. `later`: it did not take it now and has not got it.
    `unknown`: it may have it, and asking again might send it twice.
    """

    TAKEN = "taken"
    REFUSED = "refused"
    LATER = "later"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Handed:
    """The outcome and, where it went wrong, in a few words without address or text why (`SMTP 550`)."""

    outcome: Outcome
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One notice to one address. `reference` is the same at every attempt."""

    reference: str
    to: str
    subject: str
    body: str
    language: str


class Courier(Protocol):
    """Whoever carries messages of one medium."""

    @property
    def repeatable(self) -> bool:
        """Whether the same reference twice arrives once: then an attempt whose end is not known may be repeated."""
        ...

    async def hand_over(self, message: Message) -> Handed:
        """Hand one message over. Raises nothing: what can go wrong is an outcome."""
        ...
