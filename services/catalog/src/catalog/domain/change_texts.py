"""What a change of a procedure is called, as a sentence in Vietnamese and English. Words only: domain/diffs.py finds them."""

import json
from typing import Any

from catalog.domain.diffs import Change
from chassis.problems import Text

_PARTS = {
    "validFrom": Text("Ngày có hiệu lực", "First day in force"),
    "validTo": Text("Ngày hết hiệu lực", "Last day in force"),
    "name": Text("Tên thủ tục", "Name"),
    "field": Text("Lĩnh vực", "Field"),
    "keywords": Text("Từ khóa", "Keyword"),
    "legalSources": Text("Căn cứ pháp lý", "Legal source"),
    "timeLimits": Text("Thời hạn giải quyết", "Time limit"),
    "fees": Text("Phí, lệ phí", "Fee"),
    "feeText": Text("Mức thu như đã công bố", "Published fee"),
    "components": Text("Thành phần hồ sơ", "Component"),
    "cases": Text("Trường hợp", "Case"),
    "steps": Text("Trình tự thực hiện", "Steps"),
    "applicants": Text("Đối tượng thực hiện", "Applicant"),
    "conditions": Text("Yêu cầu, điều kiện", "Conditions"),
    "results": Text("Kết quả thực hiện", "Result"),
    "agencies": Text("Cơ quan thực hiện", "Agency"),
    "lifeEvents": Text("Sự kiện trong đời", "Life event"),
    "offerings": Text("Nơi và cách tiếp nhận", "Offering"),
    "formSchema": Text("Mẫu đơn, tờ khai", "Form"),
    "formUi": Text("Cách trình bày biểu mẫu", "Form hints"),
    "occurrencePointer": Text("Ngày xảy ra sự kiện trong biểu mẫu", "Day of the event in the form"),
    "agePointer": Text("Ngày sinh trong biểu mẫu", "Date of birth in the form"),
    "supplementWorkingDays": Text("Thời hạn bổ sung hồ sơ", "Time to supplement"),
    "handledBy": Text("Nơi xử lý", "Handled by"),
    "omissions": Text("Điều chưa tính được", "Omission"),
    "notes": Text("Ghi chú", "Note"),
    "source": Text("Nguồn", "Source"),
}
_DETAILS = {
    "amount": Text("mức", "amount"),
    "text": Text("lời văn", "wording"),
    "name": Text("tên", "name"),
    "title": Text("tên", "title"),
    "unit": Text("đơn vị tính", "unit"),
    "cutoff": Text("giờ chốt trong ngày", "cut-off"),
    "verification": Text("thời hạn khi phải xác minh", "limit with verification"),
    "validFrom": Text("ngày bắt đầu", "first day"),
    "validTo": Text("ngày cuối", "last day"),
    "legalSource": Text("căn cứ", "legal source"),
    "required": Text("bắt buộc", "required"),
    "originals": Text("số bản chính", "originals"),
    "copies": Text("số bản sao", "copies"),
    "cases": Text("trường hợp áp dụng", "cases"),
    "channels": Text("kênh", "channels"),
    "units": Text("đơn vị", "communes"),
    "serviceLevel": Text("mức độ dịch vụ", "class of service"),
    "formerLevel": Text("mức độ cũ", "former level"),
    "tiers": Text("bậc", "steps of pages"),
    "cap": Text("mức trần", "cap"),
    "minAge": Text("tuổi từ", "age from"),
    "maxAge": Text("tuổi đến", "age to"),
    "formParts": Text("phần của biểu mẫu", "parts of the form"),
}
_DONE = {
    "add": Text("thêm", "added"),
    "remove": Text("bỏ", "taken out"),
    "replace": Text("đổi", "changed"),
    "move": Text("đổi thứ tự", "put in another order"),
}
_LONGEST = 120


def sentence(change: Change) -> Text:
    """The change in words."""
    part, *rest = change.pointer.split("/")[1:]
    known = _PARTS.get(part, Text(part, part))
    head_vi, head_en = known.vi, known.en
    if part == "formSchema":
        place = "/" + "/".join(rest)
        head_vi, head_en = f"{head_vi}, {place}", f"{head_en}, {place}"
    else:
        if change.names:
            named = " / ".join(change.names)
            head_vi, head_en = f"{head_vi} “{_short(named)}”", f"{head_en} “{_short(named)}”"
        if rest and not rest[-1].isdecimal():
            detail = _DETAILS.get(rest[-1], Text(rest[-1], rest[-1]))
            head_vi, head_en = f"{head_vi}, {detail.vi}", f"{head_en}, {detail.en}"
    done = _DONE[change.op]
    before, after = _said(change.before), _said(change.after)
    if change.op == "replace" and before and after:
        return Text(f"{head_vi}: đổi từ {before} thành {after}.", f"{head_en}: changed from {before} to {after}.")
    value = after if change.op == "add" else before
    if change.op in {"add", "remove"} and value and not (change.names and change.names[-1] == value):
        return Text(f"{head_vi}: {done.vi} ({value}).", f"{head_en}: {done.en} ({value}).")
    return Text(f"{head_vi}: {done.vi}.", f"{head_en}: {done.en}.")


def _said(value: Any) -> str:
    """A plain value as it is read in a sentence; of a whole row its name or wording, else nothing: the change holds it all."""
    if isinstance(value, dict):
        value = next((value[key] for key in ("text", "name", "title") if value.get(key)), None)
    if value is None or isinstance(value, (dict, list)):
        return ""
    if isinstance(value, (bool, float)):
        return json.dumps(value)
    return _short(str(value))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
