"""What is sent to file a dossier (nộp hồ sơ). Outer form only: what depends on the day or the procedure, intake decides."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from chassis.text import CleanText
from contracts.codes import ApplicantClass, ApplicantKind, Channel
from submission.api.models.wire import Wire
from submission.domain.addresses import email_address, phone_number
from submission.domain.dossier import Applicant, Contact, Delivery, Representative, ResultDelivery
from submission.domain.personal_id import personal_id

APPLICANT_EXAMPLE: dict[str, Any] = {"kind": 1, "personalId": "001190000001", "fullName": "TRẦN THỊ VÍ DỤ"}
FORM_EXAMPLE: dict[str, Any] = {
    "birthType": 1,
    "child": {
        "fullName": "NGUYỄN THỊ MẪU", "sex": 2, "dateOfBirth": "2026-07-29", "placeOfBirth": "Bệnh viện Mẫu, Hà Nội",
        "nativePlace": "Hà Nội", "ethnicity": "Kinh", "nationality": "Việt Nam",
    },
    "mother": {"fullName": "TRẦN THỊ VÍ DỤ", "dateOfBirth": "1990-05-01", "personalId": "001190000001"},
    "father": {"fullName": "NGUYỄN VĂN VÍ DỤ", "dateOfBirth": "1988-02-03", "personalId": "001088000002"},
    "requester": {"fullName": "TRẦN THỊ VÍ DỤ", "relationship": "mẹ", "personalId": "001190000001"},
    "copies": 1,
}  # fmt: skip
FILING_EXAMPLE: dict[str, Any] = {
    "procedure": "1.001193",
    "unit": "00004",
    "applicant": APPLICANT_EXAMPLE,
    "applicantClass": "general",
    "form": FORM_EXAMPLE,
    "quantity": 1,
    "contact": {"email": "vidu@example.vn", "phone": "0912345678", "language": "vi"},
    "delivery": {"by": "online"},
}

Email = Annotated[CleanText, Field(max_length=254), AfterValidator(email_address)]
Phone = Annotated[CleanText, Field(max_length=30), AfterValidator(phone_number)]
PersonalIdText = Annotated[str, AfterValidator(personal_id)]
Name = Annotated[CleanText, Field(min_length=1, max_length=200)]


class ApplicantBody(Wire):
    """Chủ hồ sơ: in whose name the dossier is filed. `personalId` may be absent where the person has none yet.

    `kind`: 1 citizen, 2 business, 3 state agency, 4 other. All but citizens may have an `organisationId` (tax or
    registration number, agency code), kept as it is given: its format is theirs.
    """

    kind: ApplicantKind = ApplicantKind.CITIZEN
    personal_id: PersonalIdText | None = None
    full_name: Name
    organisation_id: Annotated[CleanText, Field(min_length=1, max_length=50)] | None = None

    def read(self) -> Applicant:
        return Applicant(self.kind, self.full_name, self.personal_id, self.organisation_id)

    @classmethod
    def of(cls, applicant: Applicant) -> Self:
        """As it was given."""
        return cls.model_construct(
            kind=applicant.kind,
            personal_id=applicant.personal_id,
            full_name=applicant.full_name,
            organisation_id=applicant.organisation_id,
        )


class RepresentativeBody(Wire):
    """Người đại diện, người được ủy quyền: who acts for the applicant, and by what right (`basis`)."""

    full_name: Name
    personal_id: PersonalIdText | None = None
    basis: Annotated[
        CleanText,
        Field(min_length=1, max_length=300, description="The relationship, or the paper: “mẹ”, “giấy ủy quyền số …”"),
    ]

    def read(self) -> Representative:
        return Representative(self.full_name, self.personal_id, self.basis)


class ContactBody(Wire):
    """Where the applicant is reached, and in which language. Spaces and dots in a phone number are taken out."""

    email: Email | None = None
    phone: Phone | None = None
    language: Literal["vi", "en"] = "vi"

    def read(self) -> Contact:
        return Contact(self.email, self.phone, self.language)


class DeliveryBody(Wire):
    """Hình thức trả kết quả: at the counter, online, or by post to an address."""

    by: Delivery = Delivery.COUNTER
    address: Annotated[CleanText, Field(min_length=5, max_length=300)] | None = None

    def read(self) -> ResultDelivery:
        return ResultDelivery(self.by, self.address)


class AttachmentBody(Wire):
    """A paper for a component (thành phần hồ sơ): a complete upload, or a document of the owner's store. One of the two."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"component": "giay-chung-sinh", "upload": "01927f5e-0000-7000-8000-000000000001"}
        }
    )

    component: Annotated[CleanText, Field(min_length=1, max_length=60, description="Code of the component")]
    upload: UUID | None = None
    document: UUID | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.upload is None) == (self.document is None):
            raise ValueError("give `upload` or `document`, not both / chỉ ghi một trong hai: `upload` hoặc `document`")
        return self


class FileRequest(Wire):
    """A dossier to file. `form` is held against the form schema of the procedure, as the catalogue shows it."""

    model_config = ConfigDict(json_schema_extra={"example": FILING_EXAMPLE})

    procedure: Annotated[CleanText, Field(min_length=1, max_length=60, description="Code of the procedure (mã TTHC)")]
    unit: Annotated[CleanText, Field(min_length=1, max_length=35, description="Code of the commune-level unit")]
    case: Annotated[CleanText, Field(min_length=1, max_length=60)] | None = Field(
        default=None, description="Trường hợp: which way the procedure applies, where the catalogue names several"
    )
    channel: Channel | None = Field(
        default=None,
        description="Citizens: 2 online. Officers: 1 counter (default) or 3 post. Agencies: any, default 2",
    )
    applicant: ApplicantBody | None = Field(
        default=None, description="A citizen who files for herself may leave it out: it is she"
    )
    representative: RepresentativeBody | None = Field(
        default=None, description="Who acts for the applicant. A citizen who files for another names herself here"
    )
    applicant_class: ApplicantClass = ApplicantClass.GENERAL
    form: dict[str, Any] = Field(
        description="As the procedure's schema wants it: GET /api/catalog/v1/procedures/{code}/form"
    )
    quantity: Annotated[
        int, Field(ge=1, le=10_000, strict=True, description="How many, where the fee is per item (copies)")
    ] = 1
    pages: Annotated[int, Field(ge=1, le=10_000, strict=True)] | None = Field(
        default=None, description="Pages of each copy, where the fee is by the page"
    )
    contact: ContactBody = ContactBody()
    delivery: DeliveryBody = DeliveryBody()
    attachments: Annotated[list[AttachmentBody], Field(max_length=100)] = Field(default_factory=list)
