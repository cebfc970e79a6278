"""The books (sổ kế toán) of money taken: which accounts a payment moves. Pure; entries are only ever added.

An entry's amount is signed: a debit is positive, a credit negative, and the entries of one payment sum to zero.
"""

from dataclasses import dataclass

from payment.domain.obligation import CASH

CASH_DESK = "cash-desk"
FEES_PAYABLE = "fees-payable"  # collected for the budget, to be handed over
REFUNDS_PAYABLE = "refunds-payable"  # taken although nothing was owed any more, to be given back


@dataclass(frozen=True)
class Entry:
    """One side of a movement, in whole đồng."""

    account: str
    amount: int


def entries(provider: str, amount: int, *, overpaid: bool) -> tuple[Entry, Entry]:
    """The two entries of a payment: debit where the money lies, credit what it is owed to."""
    lies_at = CASH_DESK if provider == CASH else f"{provider}-clearing"
    owed_to = REFUNDS_PAYABLE if overpaid else FEES_PAYABLE
    return Entry(lies_at, amount), Entry(owed_to, -amount)
