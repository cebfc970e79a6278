"""What a fee would come to for facts that someone supposes. Pure; the amount itself is decided in contracts.fee_rules."""

from dataclasses import dataclass
from datetime import date

from catalog.content import ProcedureContent
from contracts.codes import Channel
from contracts.fee_rules import fee_lines, total, unknown_facts
from contracts.payment import FeeLine
from contracts.submission import FeeFacts


@dataclass(frozen=True)
class Quote:
    """A fee for the facts given. `total` is None where a fee is published that the rules cannot compute.

    `unknown`: facts that decide the fee of an item and were not given, so that nothing could be said of that item.
    """

    lines: tuple[FeeLine, ...]
    total: int | None
    unknown: tuple[str, ...]


def quote(content: ProcedureContent, facts: FeeFacts, *, channel: Channel, on: date, case: str | None) -> Quote:
    """The fee of the procedure on a day for these facts."""
    if not content.fees and content.fee_text is not None:
        return Quote((), None, ())
    lines = fee_lines(content.fees, facts, channel=channel, received_on=on, case=case)
    unknown = unknown_facts(content.fees, facts, channel=channel, received_on=on, case=case)
    return Quote(lines, None if unknown else total(lines), unknown)
