"""E-mail addresses and telephone numbers: what could be one, and how a number is kept. Whether it exists, only sending shows."""

import re

_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]"
)
_MOST_EMAIL = 254
_PHONE = re.compile(r"\+?[0-9]{8,15}")
_IN_A_NUMBER = re.compile(r"[ .()-]")


def is_email(address: str) -> bool:
    """Whether this could be an address: plain ASCII, one @, no display name."""
    return len(address) <= _MOST_EMAIL and _EMAIL.fullmatch(address) is not None


def email_address(text: str) -> str:
    """The address as it was typed. Raises ValueError for what could be none."""
    if not is_email(text):
        raise ValueError("not an e-mail address / không phải địa chỉ thư điện tử")
    return text


def phone_number(text: str) -> str:
    """The number without what is put between its digits. Raises ValueError for what could be none."""
    number = _IN_A_NUMBER.sub("", text)
    if _PHONE.fullmatch(number) is None:
        raise ValueError("a phone number has 8 to 15 digits / số điện thoại gồm 8 đến 15 chữ số")
    return number
