"""Writes a date in Vietnamese words, as the certificate wants the date of birth besides its digits. Nothing else."""

from datetime import date

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_MONTHS = (*_DIGITS[:4], "tư", *_DIGITS[5:], "mười", "mười một", "mười hai")


def date_in_words(day: date) -> str:
    """`Ngày hai mươi chín tháng bảy năm hai nghìn không trăm hai mươi sáu`."""
    return f"Ngày {_below_hundred(day.day)} tháng {_MONTHS[day.month]} năm {_year(day.year)}"


def _year(number: int) -> str:
    thousands, rest = divmod(number, 1000)
    words = f"{_DIGITS[thousands]} nghìn"
    if not rest:
        return words
    hundreds, rest = divmod(rest, 100)
    words += f" {_DIGITS[hundreds]} trăm"
    if not rest:
        return words
    return f"{words} linh {_DIGITS[rest]}" if rest < 10 else f"{words} {_below_hundred(rest)}"


def _below_hundred(number: int) -> str:
    tens, unit = divmod(number, 10)
    if tens == 0:
        return _DIGITS[unit]
    if tens == 1:
        ending = "" if unit == 0 else " lăm" if unit == 5 else f" {_DIGITS[unit]}"
        return f"mười{ending}"
    # After "mươi": một becomes mốt, bốn becomes tư, năm becomes lăm.
    ending = {0: "", 1: " mốt", 4: " tư", 5: " lăm"}.get(unit, f" {_DIGITS[unit]}")
    return f"{_DIGITS[tens]} mươi{ending}"
