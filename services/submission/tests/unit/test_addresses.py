"""E-mail addresses and telephone numbers: what is taken, in which form it is kept, what is refused."""

import pytest

from submission.domain.addresses import email_address, is_email, phone_number


@pytest.mark.parametrize("address", ["a@b.vn", "vi.du+x@mail.example.org", "vi.du@vidu.xn--p1ai"])
def test_what_is_an_address(address: str) -> None:
    assert email_address(address) == address


@pytest.mark.parametrize(
    "address", ["", "a", "a@b", "a b@c.vn", "a@b.vn\n", "a@b.vn, c@d.vn", "ă@b.vn", "a@-b.vn", "a@" + "b." * 130 + "vn"]
)
def test_what_is_no_address(address: str) -> None:
    assert not is_email(address)
    with pytest.raises(ValueError, match="không phải địa chỉ"):
        email_address(address)


@pytest.mark.parametrize("typed", ["0912345678", "0912 345 678", "0912.345.678", "(091) 234-5678"])
def test_a_number_is_kept_without_what_stands_between_its_digits(typed: str) -> None:
    assert phone_number(typed) == "0912345678"


@pytest.mark.parametrize(
    "typed", ["", "1234567", "0912345678901234", "++84912345678", "０９１２３４５６７８", "0912345678\n"]
)
def test_what_is_no_number(typed: str) -> None:
    with pytest.raises(ValueError, match="số điện thoại"):
        phone_number(typed)
