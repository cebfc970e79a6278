"""Code lists of the field, as the national systems number them. Values are facts with a source, never invented here."""

from enum import IntEnum, StrEnum


class Channel(IntEnum):
    """Kênh thực hiện: how a dossier reaches the agency (national portal, KenhThucHien)."""

    COUNTER = 1
    ONLINE = 2
    POST = 3


class DossierStatus(IntEnum):
    """Trạng thái hồ sơ: the national portal's ten statuses (TrangThaiHoSo)."""

    NEW = 1
    ACCEPTED = 2
    REFUSED = 3
    PROCESSING = 4
    SUPPLEMENT_AWAITED = 5
    PAYMENT_AWAITED = 6
    WITHDRAWN = 7
    STOPPED = 8
    FINISHED = 9
    RETURNED = 10


class ApplicantClass(StrEnum):
    """Đối tượng: the classes that fee rules and exemptions speak of."""

    GENERAL = "general"
    PERSON_OF_MERIT = "person-of-merit"  # người có công
    POOR_HOUSEHOLD = "poor-household"  # hộ nghèo
    DISABILITY = "disability"  # người khuyết tật


class ApplicantKind(IntEnum):
    """Loại đối tượng nộp hồ sơ (national portal, LoaiDoiTuong)."""

    CITIZEN = 1
    BUSINESS = 2
    STATE_AGENCY = 3
    OTHER = 4


class Sex(IntEnum):
    """Giới tính (Ministry of Justice interchange)."""

    MALE = 1
    FEMALE = 2
    UNKNOWN = 3


class BirthRegistrationKind(IntEnum):
    """Loại đăng ký khai sinh (Ministry of Justice, loaiDangKy)."""

    ON_TIME = 1
    AGAIN = 2
    FOREIGN_ENTRY = 3
    LATE = 4


class BirthType(IntEnum):
    """Loại khai sinh (Ministry of Justice, LoaiKhaiSinh)."""

    BOTH_PARENTS = 1
    MOTHER_UNDETERMINED = 2
    FATHER_UNDETERMINED = 3
    NEITHER_PARENT = 4
    ABANDONED = 5


class ServiceLevel(StrEnum):
    """Mức độ dịch vụ công: levels 1-4 (NĐ 43/2011) and, since 15/8/2022, the two classes of NĐ 42/2022."""

    LEVEL_1 = "1"
    LEVEL_2 = "2"
    LEVEL_3 = "3"
    LEVEL_4 = "4"
    INFORMATION = "information"  # cung cấp thông tin
    PARTIAL = "partial"  # một phần
    FULL = "full"  # toàn trình


class TimeLimitUnit(StrEnum):
    """How a procedure's time limit (thời hạn giải quyết) is counted."""

    SAME_DAY = "same-day"
    WORKING_DAYS = "working-days"
    WORKING_HOURS = "working-hours"
    HOURS = "hours"


class UnitKind(StrEnum):
    """Kinds of administrative unit. Districts exist only before 1/7/2025."""

    PROVINCE = "province"
    DISTRICT = "district"  # quận, huyện, thị xã
    WARD = "ward"  # phường
    COMMUNE = "commune"  # xã
    TOWNSHIP = "township"  # thị trấn


class PaymentMethod(IntEnum):
    """How a fee was paid (national portal, DuocThanhToanTrucTuyen)."""

    NATIONAL_GATEWAY = 1
    LOCAL_GATEWAY = 2
    NOT_ONLINE = 3
