"""All simulators together, under /sandbox/<name>. The only module here that knows more than one of them by wiring."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from random import Random

from fastapi import FastAPI

from sandbox.simulators import (
    documents,
    emc,
    identity,
    mail,
    moj,
    national_payment,
    population,
    portal,
    residence,
    sms,
    social_insurance,
    vnpay,
    witness,
)
from sandbox.simulators.case_register import Register
from sandbox.simulators.documents import DocumentExchange
from sandbox.simulators.emc import Evaluation
from sandbox.simulators.hanoi import Now
from sandbox.simulators.identity import Identity, IssuerSettings
from sandbox.simulators.mail import MailServer
from sandbox.simulators.moj import CivilStatusSoftware, Pace
from sandbox.simulators.national_payment import Partner, PaymentPlatform
from sandbox.simulators.people import CITIZENS, Citizen
from sandbox.simulators.population import PopulationDatabase
from sandbox.simulators.portal import NationalPortal
from sandbox.simulators.sms import SmsProvider
from sandbox.simulators.vnpay import Merchant, Vnpay
from sandbox.simulators.witness import Witness


@dataclass(frozen=True)
class WorldSettings:
    """What the world is told. The secrets are the sandbox's own and worth nothing elsewhere."""

    origin: str
    audience: str = "lienthong"
    moj_token: str = field(default="sandbox-moj-token", repr=False)
    moj_pace: Pace = field(default_factory=Pace)
    tmn_code: str = "LIENTHNG"
    vnpay_secret: str = field(default="sandbox-vnpay-secret", repr=False)
    ipn_url: str = ""
    ipn_retry_delay: float = 0.2
    sms_token: str = field(default="sandbox-sms-token", repr=False)
    residence_token: str = field(default="sandbox-residence-token", repr=False)
    health_card_token: str = field(default="sandbox-health-card-token", repr=False)
    portal_dstcode: str = "sandbox-portal"
    emc_token: str = field(default="sandbox-emc-token", repr=False)
    documents_token: str = field(default="sandbox-documents-token", repr=False)
    national_payment_partner: str = "H26"
    national_payment_secret: str = field(default="sandbox-national-payment-secret", repr=False)
    national_payment_confirm_url: str = ""


@dataclass(frozen=True)
class Simulators:
    """The state of the world: each simulator, to be looked at or mounted."""

    population: PopulationDatabase
    moj: CivilStatusSoftware
    vnpay: Vnpay
    identity: Identity
    mail: MailServer
    sms: SmsProvider
    residence: Register
    social_insurance: Register
    portal: NationalPortal
    emc: Evaluation
    documents: DocumentExchange
    national_payment: PaymentPlatform
    witness: Witness
    settings: WorldSettings

    def apps(self) -> Mapping[str, FastAPI]:
        """Each simulator's app, by the name it is mounted under."""
        return {
            "population": population.create_app(self.population),
            "moj": moj.create_app(self.moj),
            "vnpay": vnpay.create_app(self.vnpay, retry_delay=self.settings.ipn_retry_delay),
            "identity": identity.create_app(self.identity),
            "mail": mail.create_app(self.mail),
            "sms": sms.create_app(self.sms),
            "residence": residence.create_app(self.residence),
            "social-insurance": social_insurance.create_app(self.social_insurance),
            "portal": portal.create_app(self.portal),
            "emc": emc.create_app(self.emc),
            "documents": documents.create_app(self.documents),
            "national-payment": national_payment.create_app(
                self.national_payment, retry_delay=self.settings.ipn_retry_delay
            ),
            "witness": witness.create_app(self.witness),
        }


def build(settings: WorldSettings, *, now: Now, random: Random, token_now: Now | None = None) -> Simulators:
    """The simulators, with the ready citizens enrolled.

    `token_now` is for worlds whose `now` is not the machine's: a token's life counts by the machine's time.
    """
    people = PopulationDatabase(now=now, random=random)
    for citizen in CITIZENS:
        people.enrol(citizen.personal_id, _birth(citizen))
    return Simulators(
        population=people,
        moj=CivilStatusSoftware(people, now=now, token=settings.moj_token, pace=settings.moj_pace),
        vnpay=Vnpay([Merchant(settings.tmn_code, settings.vnpay_secret, settings.ipn_url)], now=now, random=random),
        identity=Identity(
            IssuerSettings(f"{settings.origin}/sandbox/identity", settings.audience),
            now=token_now or now,
            random=random,
        ),
        mail=MailServer(now=now),
        sms=SmsProvider(now=now, token=settings.sms_token),
        residence=residence.residence(now=now, token=settings.residence_token),
        social_insurance=social_insurance.social_insurance(now=now, token=settings.health_card_token),
        portal=NationalPortal(now=now, random=random, dstcode=settings.portal_dstcode),
        emc=Evaluation(now=now, token=settings.emc_token),
        documents=DocumentExchange(now=now, token=settings.documents_token),
        national_payment=PaymentPlatform(
            Partner(
                settings.national_payment_partner,
                settings.national_payment_secret,
                settings.national_payment_confirm_url,
            ),
            now=now,
            origin=f"{settings.origin}/sandbox/national-payment",
        ),
        witness=Witness(now=token_now or now, random=random),
        settings=settings,
    )


def create_app(simulators: Simulators) -> FastAPI:
    """One app with every simulator under /sandbox/<name>."""
    app = FastAPI(title="Mô phỏng: những gì ở ngoài thành phố", version="1")
    for name, simulator in simulators.apps().items():
        app.mount(f"/sandbox/{name}", simulator)
    return app


def _birth(citizen: Citizen) -> population.Birth:
    """A birth that fits the citizen's ID; the day, which an ID does not tell, is 1 January."""
    century_and_sex = int(citizen.personal_id[3])
    year = 100 * (population.FIRST_CENTURY + century_and_sex // 2) + int(citizen.personal_id[4:6])
    return population.Birth(
        full_name=citizen.full_name,
        date_of_birth=date(year, 1, 1),
        sex=population.FEMALE if century_and_sex % 2 else population.MALE,
        province_of_registration=citizen.personal_id[:3],
        nationality="Việt Nam",
    )
