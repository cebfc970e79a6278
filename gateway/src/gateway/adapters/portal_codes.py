"""The national portal's code lists that no other part of the house has. Values are the portal's; nothing is decided here."""

from enum import IntEnum


class FiledAt(IntEnum):
    """Nơi nộp hồ sơ (NoiNopHoSo)."""

    NATIONAL = 1
    LOCAL = 2


class IdentityNumber(IntEnum):
    """Loại định danh (LoaiDinhDanh)."""

    TWELVE_DIGITS = 1
    NINE_DIGITS = 2


class FeeCollected(IntEnum):
    """Hình thức thu (HinhThucThu): at which step a fee is collected."""

    RECEPTION = 1
    SUPPLEMENT = 2
    RESULT = 4


IDENTITY_BY_LENGTH = {12: IdentityNumber.TWELVE_DIGITS, 9: IdentityNumber.NINE_DIGITS}
