"""VNPAY's two signatures, written from the specification alone. Shares nothing with the city's payment service."""

import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha512
from urllib.parse import quote_plus

NOT_HASHED = frozenset({"vnp_SecureHash", "vnp_SecureHashType"})


def signed_text(params: Mapping[str, str]) -> str:
    """The text that is signed: parameters that are not empty, sorted by name, values form-encoded."""
    kept = sorted((key, value) for key, value in params.items() if value and key not in NOT_HASHED)
    return "&".join(f"{key}={quote_plus(value)}" for key, value in kept)


def sign(params: Mapping[str, str], secret: str) -> str:
    """HMAC-SHA512 of a request's or an answer's parameters, in lower-case hex."""
    return _hmac(signed_text(params), secret)


def sign_fields(fields: Sequence[str], secret: str) -> str:
    """HMAC-SHA512 of fields joined by pipes: the merchant API's signature. An empty field keeps its place."""
    return _hmac("|".join(fields), secret)


def same(given: str, expected: str) -> bool:
    """Whether two hex signatures are equal, whatever their letter case, in constant time."""
    return hmac.compare_digest(given.lower().encode(), expected.encode())


def signed_query(params: Mapping[str, str], secret: str) -> str:
    """Parameters as a query string with their signature at the end."""
    return f"{signed_text(params)}&vnp_SecureHash={sign(params, secret)}"


def _hmac(text: str, secret: str) -> str:
    return hmac.new(secret.encode(), text.encode(), sha512).hexdigest()
