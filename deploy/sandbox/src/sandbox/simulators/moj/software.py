"""What the Ministry of Justice's software does with a dossier: takes it once, works at it, registers it, refuses it, asks for more.

It asks the population database for the personal ID as its own next step, by a direct call. No HTTP here.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import IntEnum

from sandbox.simulators import population
from sandbox.simulators.faults import Desk, Operation, Request
from sandbox.simulators.hanoi import DAY, Now, hanoi_day
from sandbox.simulators.moj.messages import Birth, Declared, Envelope, Poll
from sandbox.simulators.population import PopulationDatabase

PAGES_PER_VOLUME = 200  # the simulator's choice
WANTED = "Cần bổ sung giấy tờ theo kịch bản mô phỏng."
SUPPLEMENT_DAYS = 7  # the law counts working days; this software counts days


class State(IntEnum):
    """Trạng thái of a dossier at the ministry."""

    WAITING = 1
    SUPPLEMENT = 2
    PROCESSING = 3
    RESULT = 4
    REFUSED = 6


@dataclass(frozen=True)
class Pace:
    """How fast the ministry works: so many polls answered "waiting", then "processing"; or, if given, by time passed.

    With `takes`, the first half of it is waiting and the second processing, whatever the number of polls.
    """

    waiting_polls: int = 1
    processing_polls: int = 1
    takes: timedelta | None = None

    def state(self, polls: int, age: timedelta) -> State:
        """How far a dossier is at its `polls`-th poll, `age` after it was taken."""
        if self.takes is None:
            begun = polls > self.waiting_polls
            done = polls > self.waiting_polls + self.processing_polls
        else:
            begun, done = age >= self.takes / 2, age >= self.takes
        if done:
            return State.RESULT
        return State.PROCESSING if begun else State.WAITING


@dataclass(frozen=True)
class Record:
    """The entry made in the office's book (sổ đăng ký), and the ID that a child got."""

    personal_id: str | None
    number: str
    volume: str
    page: str
    day: str


@dataclass
class Dossier:
    """A dossier as the ministry keeps it."""

    envelope: Envelope
    declared: Declared
    taken_at: datetime
    polls: int = 0
    supplement_by: date | None = None
    wants_supplement: bool = False
    record: Record | None = None
    errors: list[str] = field(default_factory=list)


class CivilStatusSoftware:
    """The ministry's dossiers and books."""

    def __init__(
        self,
        population: PopulationDatabase,
        *,
        now: Now,
        token: str,
        pace: Pace | None = None,
        province: str = "01",
    ) -> None:
        self.token = token
        self.province = province
        self.desk = Desk(_OPERATIONS, now=now, business_modes=_MODES)
        self._population = population
        self._now = now
        self._pace = pace or Pace()
        self._dossiers: dict[str, Dossier] = {}
        self._entries: Counter[tuple[str, str, int]] = Counter()

    def today(self) -> date:
        """The day in Hanoi."""
        return hanoi_day(self._now())

    def take(self, envelope: Envelope, declared: Declared) -> str:
        """Take a dossier up, or the supplement it waits for; what was taken before changes nothing. Says what it did."""
        known = self._dossiers.get(envelope.maHoSoLT)
        if known is None:
            self._take_up(envelope, declared)
            return "Hồ sơ được tiếp nhận"
        changed = (envelope.data, envelope.fileDinhKem) != (known.envelope.data, known.envelope.fileDinhKem)
        if known.wants_supplement and changed:
            known.envelope, known.declared = envelope, declared
            known.wants_supplement, known.supplement_by = False, None
            self.desk.acted("supplement", envelope.maHoSoLT)
            return "Hồ sơ bổ sung được tiếp nhận"
        return "Hồ sơ đã được tiếp nhận"

    def papers_of(self, code: str) -> list[tuple[str, bool]]:
        """The papers a dossier came with, by id, and whether each is withdrawn."""
        return [(file.id, file.huyGiayTo) for file in self._dossiers[code].envelope.fileDinhKem]

    def _take_up(self, envelope: Envelope, declared: Declared) -> None:
        dossier = Dossier(envelope, declared, taken_at=self._now())
        if self.desk.take("push", "refuse"):
            dossier.errors.append("Hồ sơ bị từ chối theo kịch bản mô phỏng.")
        elif self.desk.take("push", "supplement"):
            dossier.wants_supplement = True
            dossier.supplement_by = self.today() + timedelta(days=SUPPLEMENT_DAYS)
        self._dossiers[envelope.maHoSoLT] = dossier
        self.desk.acted("push", envelope.maHoSoLT)

    def answer(self, poll: Poll) -> list[dict[str, object]]:
        """Where each dossier asked for stands; one the ministry does not know is left out."""
        known = [self._dossiers[code] for code in poll.maDinhDanhHoSo if code in self._dossiers]
        entries = [self._entry(dossier) for dossier in known if dossier.envelope.module == poll.module]
        if self.desk.take("poll", "wrong"):
            return [entry | {"trangThai": 4, "ketQuaXuLy": {"soDinhDanh": "?"}} for entry in entries]
        return entries * 2 if self.desk.take("poll", "duplicate") else entries

    def _entry(self, dossier: Dossier) -> dict[str, object]:
        dossier.polls += 1
        state = self._pace.state(dossier.polls, self._now() - dossier.taken_at)
        if state is State.RESULT and dossier.wants_supplement:
            state = self._wait_for_supplement(dossier)
        elif state is State.RESULT and dossier.record is None and not dossier.errors:
            self._register(dossier)
        if state is State.RESULT and dossier.errors:
            state = State.REFUSED
        return {
            "maHoSoLT": dossier.envelope.maHoSoLT,
            "maHoSoMCDT": dossier.envelope.maHoSoMCDT,
            "trangThai": int(state),
            "ketQuaXuLy": _result(dossier.record) if state is State.RESULT and dossier.record else None,
            "nguoiXuLy": "Cán bộ Mô Phỏng",
            "hanBoSungHoSo": dossier.supplement_by.strftime(DAY) if dossier.supplement_by else None,
            "errors": {State.REFUSED: dossier.errors, State.SUPPLEMENT: [WANTED]}.get(state, []),
        }

    def _wait_for_supplement(self, dossier: Dossier) -> State:
        if dossier.supplement_by is None or self.today() <= dossier.supplement_by:
            return State.SUPPLEMENT
        dossier.wants_supplement = False
        dossier.errors.append("Quá hạn bổ sung hồ sơ.")
        return State.RESULT

    def _register(self, dossier: Dossier) -> None:
        personal_id = None
        if isinstance(dossier.declared, Birth):
            personal_id = self._personal_id(dossier, dossier.declared)
            if personal_id is None:
                return
        today = self.today()
        book = (dossier.envelope.maDonVi, dossier.envelope.module, today.year)
        self._entries[book] += 1
        number = self._entries[book]
        dossier.record = Record(
            personal_id=personal_id,
            number=f"{number:02d}/{today.year}",
            volume=f"{(number - 1) // PAGES_PER_VOLUME + 1:02d}/{today.year}",
            page=f"{(number - 1) % PAGES_PER_VOLUME + 1:02d}",
            day=today.strftime(DAY),
        )
        self.desk.acted("register", dossier.envelope.maHoSoLT)

    def _personal_id(self, dossier: Dossier, birth: Birth) -> str | None:
        """The child's ID; None, and an error of the dossier, where the population database gives none."""
        try:
            return self._population.give_id(dossier.envelope.maHoSoLT, self._population_birth(birth)).personal_id
        except (population.Refused, ValueError) as refused:
            reason = refused.reason if isinstance(refused, population.Refused) else "Không đủ thông tin để cấp số."
            dossier.errors.append(reason)
            return None

    def _population_birth(self, birth: Birth) -> population.Birth:
        """What goes on to the population database. Raises ValueError where that takes no such birth (sex unknown)."""
        parents = ((birth.meHoTen, birth.meQuocTich), (birth.chaHoTen, birth.chaQuocTich))
        return population.Birth(
            full_name=birth.nksHoTen,
            date_of_birth=birth.born,
            sex=birth.nksGioiTinh,
            province_of_registration=self.province,
            native_place=birth.nksQueQuan if isinstance(birth.nksQueQuan, str) else birth.nksQueQuan.dcChiTiet,
            ethnicity=birth.nksDanToc,
            nationality=birth.nksQuocTich,
            parents=tuple(
                population.Parent(full_name=name, nationality=nationality) for name, nationality in parents if name
            ),
        )


def _result(record: Record) -> dict[str, object]:
    return {
        "soDinhDanh": record.personal_id,
        "soDangKy": record.number,
        "quyenSo": record.volume,
        "trangSo": record.page,
        "giayKhaiSinh": None,  # the paper itself: its form in the real answer is not public
        "ngayDangKy": record.day,
    }


def _pushed(request: Request) -> list[str]:
    body = request.json()
    return [str(body.get("maHoSoLT", ""))] if isinstance(body, dict) else [""]


def _polled(request: Request) -> list[str]:
    body = request.json()
    codes = body.get("maDinhDanhHoSo") if isinstance(body, dict) else None
    return [str(code) for code in codes] if isinstance(codes, list) else [""]


_MODES = frozenset({"refuse", "duplicate", "supplement", "wrong"})
"""refuse, supplement: what is to become of the next dossier pushed. duplicate, wrong: how the next poll is answered."""

_OPERATIONS = (Operation("push", "POST", "/push", _pushed), Operation("poll", "POST", "/poll", _polled))
