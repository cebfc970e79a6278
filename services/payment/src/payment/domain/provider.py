"""The port to whoever takes money online (trung gian thanh toán), named by its role. It may not know any of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from contracts.codes import PaymentMethod
from payment.domain.obligation import Notice


@dataclass(frozen=True)
class Checkout:
    """A payment about to be made: what the payer's browser is sent away with. `amount` in whole đồng."""

    reference: str
    amount: int
    dossier_code: str
    created_at: datetime
    expires_at: datetime
    payer_address: str
    return_url: str


class BadSignature(Exception):
    """The parameters were not signed by the provider, or were changed on the way."""


class PaymentProvider(Protocol):
    """Takes a payer's money by redirect and says later, signed, what became of it."""

    @property
    def name(self) -> str:
        """How the provider is called in data and addresses."""
        ...

    @property
    def method(self) -> PaymentMethod:
        """What paying through it counts as in the national statistics."""
        ...

    def checkout_url(self, checkout: Checkout) -> str:
        """The signed address the payer is redirected to."""
        ...

    def read_notice(self, parameters: Sequence[tuple[str, str]]) -> Notice:
        """The provider's word, verified; raises BadSignature."""
        ...
