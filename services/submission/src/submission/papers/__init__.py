"""The papers (giấy tờ, TT 03/2025/TT-VPCP annex I) 01 to 06: what each says of a step. Not how it is set, kept or shown.

The annex's own wording is not among our sources, its list of papers is: titles and sentences here are the house's.
"""

from chassis.documents import Paper
from submission.papers.control_sheet import control_sheet
from submission.papers.decisions import apology, refusal, stop_notice, supplement_request
from submission.papers.issue import Issue, Kind
from submission.papers.receipt import receipt

_WRITERS = {
    Kind.RECEIPT: receipt,
    Kind.SUPPLEMENT: supplement_request,
    Kind.REFUSAL: refusal,
    Kind.APOLOGY: apology,
    Kind.STOP: stop_notice,
    Kind.CONTROL_SHEET: control_sheet,
}


def paper_of(issue: Issue) -> Paper:
    """What stands on the paper of this issue: made of what the step left, so later steps do not change it."""
    return _WRITERS[issue.kind](issue)


__all__ = ["Issue", "Kind", "paper_of"]
