"""The national portal (Cổng Dịch vụ công quốc gia) that dossiers are told to: sessions, look-up, dossiers, steps.

Known is what the city's rules say of the messages. The simulator's own choice, since nothing public says it: the
addresses, the body that asks for a session, the form of a look-up, every error code but "00", that a message is taken
whole or not at all, that an update replaces what was there, that a step told again is the same step, and that a session
is good for so many messages.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import Annotated, Any

from fastapi import Body, FastAPI, HTTPException
from fastapi import Request as HttpRequest

from sandbox.simulators.faults import Desk, Operation, Request, install
from sandbox.simulators.hanoi import Now, parse_compact

SESSION, LOOK_UP, SYNC, PROGRESS = "session", "TraCuuHoSo", "DongBoHoSoMC", "CapNhatTienDoHoSoMC"
SESSION_MESSAGES = 50

_LISTS = (
    "DinhDanhCHS", "DSKetNoiCSDL", "TaiLieuNop", "DanhSachLePhi", "DanhSachHoSoBoSung", "DanhSachGiayToKetQua",
)  # fmt: skip
_OBLIGATORY = ("MaHoSo", "MaTTHC", "KenhThucHien", "NgayNopHoSo", "TrangThaiHoSo")
_ONE_OF = {
    "TrangThaiHoSo": {str(code) for code in range(1, 11)},
    "KenhThucHien": {"1", "2", "3"},
    "LoaiDoiTuong": {"1", "2", "3", "4"},
    "NoiNopHoSo": {"1", "2"},
    "HoSoCoThanhPhanSoHoa": {"0", "1"},
    "TaiKhoanDuocXacThucVoiVNeID": {"0", "1"},
    "DuocThanhToanTrucTuyen": {"1", "2", "3"},
}
_TIMES = ("NgayNopHoSo", "NgayTiepNhan", "NgayHenTra", "NgayKetThucXuLy", "NgayTra", "NgayTuChoi")


class Refused(Exception):
    """A message that is not taken. `code` is the simulator's own; `fields` are named, never quoted."""

    def __init__(self, code: str, fields: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields


class NationalPortal:
    """Every dossier it was told, its steps, and the sessions it gave."""

    def __init__(self, *, now: Now, random: Random, dstcode: str, session_messages: int = SESSION_MESSAGES) -> None:
        self.dstcode = dstcode
        self.dossiers: dict[str, dict[str, Any]] = {}
        self.steps: dict[str, list[dict[str, Any]]] = {}
        self.desk = Desk(_OPERATIONS, now=now, business_modes=frozenset({"refuse", "forget", "end-session"}))
        self._random = random
        self._session_messages = session_messages
        self._left: Counter[str] = Counter()

    def open_session(self) -> str:
        """A new session."""
        session = f"{self._random.getrandbits(128):032x}"
        self._left[session] = self._session_messages
        return session

    def use(self, session: object, service: str) -> None:
        """Count one message of a session. Raises Refused where there is none, or it has ended."""
        if self.desk.take(service, "end-session"):
            self._left.clear()
        if not isinstance(session, str) or self._left[session] < 1:
            raise Refused("SESSION")
        self._left[session] -= 1

    def look_up(self, data: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """What is known of these; one that is not known is left out."""
        codes = [_code(entry) for entry in data]
        return [self.dossiers[code] for code in codes if code in self.dossiers]

    def take_dossiers(self, data: Sequence[Mapping[str, Any]], *, updating: bool) -> None:
        """New dossiers, or known ones as they are now: all of them or none. Raises Refused."""
        if self.desk.take(SYNC, "refuse"):
            raise Refused("SCRIPT")
        for entry in data:
            _check_dossier(entry)
            if (_code(entry) in self.dossiers) is not updating:
                raise Refused("UNKNOWN" if updating else "DUPLICATE", "MaHoSo")
        if self.desk.take(SYNC, "forget"):
            return
        for entry in data:
            if self.dossiers.get(_code(entry)) != dict(entry):
                self.dossiers[_code(entry)] = dict(entry)
                self.desk.acted(SYNC, _code(entry))

    def take_steps(self, data: Sequence[Mapping[str, Any]]) -> None:
        """Steps of known dossiers: all of them or none. Raises Refused."""
        if self.desk.take(PROGRESS, "refuse"):
            raise Refused("SCRIPT")
        for entry in data:
            _check_step(entry)
            if _code(entry) not in self.dossiers:
                raise Refused("UNKNOWN", "MaHoSo")
        for entry in data:
            steps = self.steps.setdefault(_code(entry), [])
            if dict(entry) not in steps:
                steps.append(dict(entry))
                self.desk.acted(PROGRESS, _code(entry))

    def forget(self, code: str) -> bool:
        """Lose a dossier, as a portal restored from an older state would."""
        self.steps.pop(code, None)
        return self.dossiers.pop(code, None) is not None


def create_app(portal: NationalPortal) -> FastAPI:  # noqa: C901 - its routes, one after the other
    """The portal as agencies' systems see it; and what it holds, to be looked at and meddled with."""
    app = FastAPI(title="Mô phỏng: Cổng Dịch vụ công quốc gia", version="1")

    def known(request: HttpRequest) -> None:
        if request.headers.get("dstcode", "") != portal.dstcode:
            raise HTTPException(401, "dstcode")

    @app.post("/session")
    async def open_session(request: HttpRequest) -> dict[str, Any]:
        """A session for who is known by the header dstcode."""
        known(request)
        return {"session": portal.open_session(), "error_code": 0}

    @app.post("/service/{service}")
    async def message(service: str, request: HttpRequest) -> dict[str, Any]:
        """One message: always 200, and how it went in error_code."""
        known(request)
        try:
            return {"error_code": "00", "message": "Thành công"} | _taken(portal, service, await _body(request))
        except Refused as refused:
            return {"error_code": refused.code, "message": f"Không thành công. {refused.fields}".strip()}

    @app.get("/dossiers", tags=["look"])
    async def dossiers(code: str | None = None) -> list[dict[str, Any]]:
        """Every dossier with its steps, oldest first; `code` only that one."""
        return [
            {"dossier": dossier, "steps": portal.steps.get(known_code, [])}
            for known_code, dossier in portal.dossiers.items()
            if code in (None, known_code)
        ]

    @app.delete("/dossiers/{code}", tags=["look"], status_code=204)
    async def lose(code: str) -> None:
        """Lose a dossier."""
        if not portal.forget(code):
            raise HTTPException(404)

    @app.patch("/dossiers/{code}", tags=["look"], status_code=204)
    async def spoil(code: str, fields: Annotated[dict[str, Any], Body()]) -> None:
        """Have other values than were told."""
        if code not in portal.dossiers:
            raise HTTPException(404)
        portal.dossiers[code] |= fields

    install(app, portal.desk)
    return app


def _taken(portal: NationalPortal, service: str, body: Mapping[str, Any]) -> dict[str, Any]:
    if body.get("service") != service or not body.get("madonvi"):
        raise Refused("ENVELOPE", "service, madonvi")
    portal.use(body.get("session"), service)
    data = body.get("data")
    if not isinstance(data, list) or not data or not all(isinstance(entry, dict) for entry in data):
        raise Refused("ENVELOPE", "data")
    if service == LOOK_UP:
        return {"result": portal.look_up(data)}
    if service == PROGRESS:
        portal.take_steps(data)
    elif service == SYNC and body.get("isUpdating") in ("True", "False"):
        portal.take_dossiers(data, updating=body["isUpdating"] == "True")
    else:
        raise Refused("ENVELOPE", "service, isUpdating")
    return {}


async def _body(request: HttpRequest) -> Mapping[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refused("NOT_JSON")
    return body


def _code(entry: Mapping[str, Any]) -> str:
    code = entry.get("MaHoSo")
    if not isinstance(code, str) or not code:
        raise Refused("FIELD", "MaHoSo")
    return code


def _check_dossier(entry: Mapping[str, Any]) -> None:
    wrong = [name for name in _OBLIGATORY if not entry.get(name)]
    wrong += [name for name, codes in _ONE_OF.items() if name in entry and entry[name] not in codes]
    wrong += [name for name in _TIMES if name in entry and not _is_time(entry[name])]
    wrong += [name for name in _LISTS if name in entry and not isinstance(entry[name], list)]
    if len(str(entry.get("TrichYeuHoSo", ""))) > 1000:
        wrong.append("TrichYeuHoSo")
    if wrong:
        raise Refused("FIELD", ", ".join(sorted(set(wrong))))


def _check_step(entry: Mapping[str, Any]) -> None:
    wrong = [name for name in ("ThoiDiemXuLy", "NgayKetThucTheoQuyDinh") if name in entry and not _is_time(entry[name])]
    if "ThoiDiemXuLy" not in entry:
        wrong.append("ThoiDiemXuLy")
    if entry.get("TrangThai") not in _ONE_OF["TrangThaiHoSo"]:
        wrong.append("TrangThai")
    if len(str(entry.get("NguoiXuLy", ""))) > 50:
        wrong.append("NguoiXuLy")
    if wrong:
        raise Refused("FIELD", ", ".join(sorted(set(wrong))))


def _is_time(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(parse_compact(value))
    except ValueError:
        return False


def _codes(request: Request) -> list[str]:
    body = request.json()
    data = body.get("data") if isinstance(body, dict) else None
    return [str(entry.get("MaHoSo", "")) for entry in data if isinstance(entry, dict)] if isinstance(data, list) else []


_OPERATIONS = (
    Operation(SESSION, "POST", "/session", lambda _: [""]),
    *(Operation(name, "POST", f"/service/{name}", _codes) for name in (LOOK_UP, SYNC, PROGRESS)),
)
