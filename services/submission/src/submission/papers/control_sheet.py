"""Paper 06: phiếu kiểm soát, which goes along with a dossier: each hand-over from one to the next, and when. Officers read it."""

from itertools import pairwise

from chassis.clock import HANOI
from chassis.documents import Column, Fields, Paper, Table
from submission.domain.dossier import STATUS_NAMES, Actor, ActorKind
from submission.papers.issue import Issue, about, spoken, written

_KINDS = {
    ActorKind.CITIZEN: "Người nộp hồ sơ",
    ActorKind.OFFICER: "Cán bộ",
    ActorKind.AGENCY: "Cơ quan",
    ActorKind.SERVICE: "Hệ thống",
}
_COLUMNS = (
    Column("TT", 0.6, "center"),
    Column("Thời điểm", 1.6, "center"),
    Column("Bên giao", 2.2),
    Column("Bên nhận", 2.2),
    Column("Trạng thái", 2),
    Column("Ghi chú", 2.6),
)


def control_sheet(issue: Issue) -> Paper:
    """A line for each step. Who acted before hands over, who acts takes over."""
    first, *_ = issue.steps
    pairs = [(None, first), *((before.by, step) for before, step in pairwise(issue.steps))]
    rows = tuple(
        (
            str(place),
            f"{step.at.astimezone(HANOI):%H:%M %d/%m/%Y}",
            _named(giver) if giver else "–",
            _named(step.by),
            STATUS_NAMES[step.status],
            step.reason or "",
        )
        for place, (giver, step) in enumerate(pairs, start=1)
    )
    promised = Fields((("Thời gian hẹn trả kết quả", spoken(issue.due_at)),))
    return written(issue, (about(issue), promised, Table(_COLUMNS, rows, heading="Quá trình giải quyết")))


def _named(actor: Actor) -> str:
    # A citizen's identity is her personal ID: the kind says enough.
    kind = _KINDS[actor.kind]
    return kind if actor.kind is ActorKind.CITIZEN else f"{kind} {actor.subject}"
