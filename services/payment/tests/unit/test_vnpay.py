"""VNPAY 2.1.0 as DOMAIN §8 gives it: signing, reading, and the address a payer is sent to."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.codes import PaymentMethod
from payment.domain.lifecycle import Outcome
from payment.domain.provider import BadSignature, Checkout
from payment.domain.vnpay import Vnpay, order_info, outcome_of, signature, signed_text, verified, whole_dong, wire_time

SECRET = "test_secret"
VECTOR = (
    "vnp_Amount=1000000&vnp_BankCode=NCB&vnp_BankTranNo=VNP14422574&vnp_CardType=ATM"
    "&vnp_OrderInfo=Thanh+toan+don+hang+2024-05-21T02%3A17%3A31.249Z&vnp_PayDate=20240521091806&vnp_ResponseCode=00"
    "&vnp_TmnCode=TEST_TMN_CODE&vnp_TransactionNo=14422574&vnp_TransactionStatus=00&vnp_TxnRef=1716257871703"
)
HASH = (
    "649982421beb422556a1374713c74e58e716ecbd05007c0c0e1f7effdfaf361d"
    "bf146889ca446139afe11b9954c4d5c486e99e3b86fcfab6957f29eb0be72895"
)
VNPAY = Vnpay("TEST_TMN_CODE", SECRET, "https://pay.example/vpcpay.html", "other")
VALUES = parse_qsl(VECTOR)
SIGNED = [*VALUES, ("vnp_SecureHash", HASH)]

CHECKOUT = Checkout(
    reference="01927f5e0000700080000000000000ab",
    amount=5000,
    dossier_code="H26-20261012-0000042",
    created_at=datetime(2026, 10, 12, 17, 30, 5, tzinfo=UTC),
    expires_at=datetime(2026, 10, 12, 17, 45, 5, tzinfo=UTC),
    payer_address="203.0.113.9",
    return_url="https://dichvucong.example/api/payment/v1/vnpay/return",
)


def test_the_published_vector_is_signed_as_published() -> None:
    assert signed_text(VALUES) == VECTOR
    assert signature(VALUES, SECRET) == HASH


def test_the_published_vector_is_read_as_a_payment() -> None:
    notice = VNPAY.read_notice(SIGNED)
    assert (notice.reference, notice.amount, notice.outcome) == ("1716257871703", 10_000, Outcome.SUCCESS)
    assert (notice.codes, notice.provider_transaction) == ("00/00", "14422574")


def test_the_hash_and_its_type_are_not_signed_and_empty_values_are_dropped() -> None:
    more = [*SIGNED, ("vnp_SecureHashType", "HMACSHA512"), ("vnp_Bill_Email", "")]
    assert signature(more, SECRET) == HASH
    assert verified(more, SECRET)["vnp_TxnRef"] == "1716257871703"


def test_a_hash_in_capitals_is_the_same_hash() -> None:
    assert verified([*VALUES, ("vnp_SecureHash", HASH.upper())], SECRET)


def test_parameters_that_are_not_vnpays_are_neither_signed_nor_believed() -> None:
    assert "utm" not in verified([*SIGNED, ("utm", "x")], SECRET)


@pytest.mark.parametrize(
    "parameters",
    [
        [],
        VALUES,
        [*VALUES, ("vnp_SecureHash", "")],
        [*VALUES, ("vnp_SecureHash", "ệ" * 128)],
        [*VALUES, ("vnp_SecureHash", HASH[:-1] + "0")],
        [*SIGNED, ("vnp_Amount", "1000000")],
        [*SIGNED, ("vnp_TransactionStatus", "")],
        [*SIGNED, ("vnp_BankTranId", "1")],
    ],
    ids=["nothing", "no hash", "empty hash", "no hex", "wrong hash", "a key twice", "a key again, empty", "one more"],
)
def test_what_is_not_signed_whole_is_refused(parameters: list[tuple[str, str]]) -> None:
    with pytest.raises(BadSignature):
        VNPAY.read_notice(parameters)


def test_another_secret_does_not_verify() -> None:
    with pytest.raises(BadSignature):
        verified(SIGNED, "another")


def test_a_notice_for_another_terminal_is_about_no_payment_of_ours() -> None:
    other = Vnpay("OTHER", SECRET, "https://pay.example", "other")
    assert other.read_notice(SIGNED).reference == ""


@pytest.mark.parametrize(
    ("response", "status", "outcome"),
    [
        ("00", "00", Outcome.SUCCESS),
        ("00", "01", Outcome.FAILURE),
        ("00", "04", Outcome.FAILURE),
        ("24", "02", Outcome.FAILURE),
        ("24", "00", Outcome.FAILURE),
        ("", "", Outcome.FAILURE),
        ("00", "", Outcome.FAILURE),
        ("07", "00", Outcome.SUSPICION),
        ("00", "07", Outcome.SUSPICION),
        ("07", "07", Outcome.SUSPICION),
    ],
)
def test_paid_needs_both_codes_and_07_is_never_paid(response: str, status: str, outcome: Outcome) -> None:
    """R-050"""
    assert outcome_of(response, status) is outcome


@pytest.mark.parametrize(
    ("wire", "dong"),
    [
        ("500000", 5000), ("100", 1), ("500050", None), ("00", None), ("", None), ("-500000", None), ("5e5", None),
        ("500000.00", None), ("٥٠٠٠00", None), ("9" * 5000 + "00", None),
    ],
)  # fmt: skip
def test_an_amount_is_whole_dong_or_none(wire: str, dong: int | None) -> None:
    assert whole_dong(wire) == dong


def test_times_are_in_gmt_plus_7() -> None:
    assert wire_time(CHECKOUT.created_at) == "20261013003005"


def test_order_info_keeps_only_what_it_may_hold() -> None:
    assert order_info("Lệ phí: hồ sơ 000.17.22.H56-210531-0001 (a&b=c)\n") == "L ph: h s 000.17.22.H56-210531-0001 abc"


def test_the_payer_is_sent_to_a_signed_address_that_says_everything_needed() -> None:
    url = VNPAY.checkout_url(CHECKOUT)
    values = dict(parse_qsl(urlsplit(url).query))
    assert url.startswith("https://pay.example/vpcpay.html?vnp_Amount=500000&")
    assert signature(values.items(), SECRET) == values.pop("vnp_SecureHash")
    assert values == {
        "vnp_Version": "2.1.0",
        "vnp_Command": "pay",
        "vnp_TmnCode": "TEST_TMN_CODE",
        "vnp_Amount": "500000",
        "vnp_CreateDate": "20261013003005",
        "vnp_ExpireDate": "20261013004505",
        "vnp_CurrCode": "VND",
        "vnp_IpAddr": "203.0.113.9",
        "vnp_Locale": "vn",
        "vnp_OrderInfo": "Thanh toan le phi ho so H26-20261012-0000042",
        "vnp_OrderType": "other",
        "vnp_ReturnUrl": "https://dichvucong.example/api/payment/v1/vnpay/return",
        "vnp_TxnRef": "01927f5e0000700080000000000000ab",
    }


def test_the_secret_is_not_shown_with_the_provider() -> None:
    assert SECRET not in repr(VNPAY)


def test_paying_through_vnpay_counts_as_a_local_gateway() -> None:
    assert VNPAY.method is PaymentMethod.LOCAL_GATEWAY


KEYS = st.from_regex(r"vnp_[A-Za-z]{1,12}", fullmatch=True).filter(lambda key: not key.startswith("vnp_SecureHash"))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(values=st.dictionaries(KEYS, TEXTS, max_size=8), secret=st.text("abc123", min_size=1))
def test_what_is_signed_travels_through_a_query_string_and_verifies(values: dict[str, str], secret: str) -> None:
    sent = f"{signed_text(values.items())}&vnp_SecureHash={signature(values.items(), secret)}"
    arrived = parse_qsl(sent, keep_blank_values=True)
    kept = {key: value for key, value in values.items() if value}
    assert {key: value for key, value in verified(arrived, secret).items() if key != "vnp_SecureHash"} == kept


@given(
    values=st.dictionaries(KEYS, TEXTS.filter(bool), min_size=1, max_size=6), where=st.integers(0, 5), what=st.text("xyz", min_size=1)
)  # fmt: skip
def test_any_changed_value_breaks_the_signature(values: dict[str, str], where: int, what: str) -> None:
    given_hash = signature(values.items(), SECRET)
    changed = list(values.items())
    key, value = changed[where % len(changed)]
    changed[where % len(changed)] = (key, value + what)
    with pytest.raises(BadSignature):
        verified([*changed, ("vnp_SecureHash", given_hash)], SECRET)
