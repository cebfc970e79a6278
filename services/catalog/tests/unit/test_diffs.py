"""What changed between two versions: found part by part, matched by what names a row, and told in words."""

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from catalog.domain.change_texts import sentence
from catalog.domain.diffs import Change, changes

FEE = {"id": "late", "amount": 5000, "validFrom": "2025-07-01", "legalSource": "A"}
BEFORE: dict[str, Any] = {
    "validFrom": "2025-07-01",
    "name": "Đăng ký khai sinh",
    "keywords": ["giấy khai sinh", "trẻ mới sinh"],
    "timeLimits": [{"channel": 1, "amount": 3}, {"channel": 2, "amount": 3}, {"channel": 2, "case": "a", "amount": 5}],
    "fees": [{"id": "free", "amount": 0}, FEE],
    "steps": [{"steps": ["Nộp", "Nhận"]}],
    "offerings": [{"channels": [1], "validFrom": "2025-07-01", "serviceLevel": "partial"}],
    "formSchema": {"type": "object", "properties": {"child": {"type": "object", "required": ["name"]}}},
}


def after(**parts: Any) -> dict[str, Any]:
    return {**copy.deepcopy(BEFORE), **parts}


def test_a_version_does_not_differ_from_itself() -> None:
    assert changes(BEFORE, copy.deepcopy(BEFORE)) == ()


def test_a_row_is_matched_by_what_names_it_wherever_it_stands() -> None:
    limits = [*BEFORE["timeLimits"][:0:-1], {"channel": 1, "amount": 4}]
    assert changes(BEFORE, after(timeLimits=limits)) == (Change("replace", "/timeLimits/0/amount", 3, 4, ("1",)),)


def test_the_limit_of_a_case_is_not_that_of_the_channel() -> None:
    found = changes(BEFORE, after(timeLimits=BEFORE["timeLimits"][:2]))
    assert found == (Change("remove", "/timeLimits/2", before=BEFORE["timeLimits"][2], names=("2, a",)),)


def test_words_of_a_list_come_and_go_without_the_others_changing() -> None:
    assert changes(BEFORE, after(keywords=["mới đẻ", "trẻ mới sinh"])) == (
        Change("remove", "/keywords/0", before="giấy khai sinh", names=("giấy khai sinh",)),
        Change("add", "/keywords/0", after="mới đẻ", names=("mới đẻ",)),
    )


def test_the_order_of_fee_rules_and_steps_is_told_because_it_counts() -> None:
    assert changes(BEFORE, after(fees=BEFORE["fees"][::-1])) == (
        Change("move", "/fees", ["free", "late"], ["late", "free"]),
    )
    (moved,) = changes(BEFORE, after(steps=[{"steps": ["Nhận", "Nộp"]}]))
    assert (moved.op, moved.pointer) == ("move", "/steps/0/steps")


def test_a_part_within_the_form_is_pointed_at() -> None:
    form = copy.deepcopy(BEFORE["formSchema"])
    form["properties"]["child"]["required"].append("sex")
    form["properties"]["a/b~c"] = {"type": "string"}
    found = changes(BEFORE, after(formSchema=form))
    assert [change.pointer for change in found] == [
        "/formSchema/properties/child/required/1",
        "/formSchema/properties/a~1b~0c",
    ]


def test_a_number_that_became_a_truth_value_is_a_change() -> None:
    assert changes({"x": 1}, {"x": True}) == (Change("replace", "/x", before=1, after=True),)


def test_a_form_may_have_a_property_that_is_called_like_a_part_of_ours() -> None:
    assert [change.op for change in changes({"fees": [1, {"a": 2}]}, {"fees": [{"a": 3}, 1]})] == ["remove", "add"]


def test_two_rows_that_are_named_alike_are_both_kept_apart() -> None:
    assert changes({"keywords": ["a", "a"]}, {"keywords": ["a"]}) == (
        Change("remove", "/keywords/1", before="a", names=('"a" #2',)),
    )


def test_every_change_is_a_sentence_in_both_languages() -> None:
    fee = changes(BEFORE, after(fees=[BEFORE["fees"][0], {**FEE, "amount": 8000}]))[0]
    assert sentence(fee).vi == "Phí, lệ phí “late”, mức: đổi từ 5000 thành 8000."
    assert sentence(fee).en == "Fee “late”, amount: changed from 5000 to 8000."
    (named,) = changes(BEFORE, after(name="Đăng ký lại"))
    assert sentence(named).vi == "Tên thủ tục: đổi từ Đăng ký khai sinh thành Đăng ký lại."
    (gone,) = changes(BEFORE, after(keywords=["giấy khai sinh"]))
    assert sentence(gone).en == "Keyword “trẻ mới sinh”: taken out."


codes = st.sampled_from("abcdef")
scalars = st.none() | st.booleans() | st.integers(0, 3) | st.text("xy", max_size=2)
documents = st.fixed_dictionaries(
    {},
    optional={
        "name": scalars,
        "keywords": st.lists(st.text("xyz", min_size=1, max_size=2), max_size=4),
        "fees": st.lists(
            st.fixed_dictionaries({"id": codes, "amount": st.integers(0, 2)}),
            unique_by=lambda row: row["id"],
            max_size=5,
        ),
        "formSchema": st.recursive(
            scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(codes, inner, max_size=3), max_leaves=8
        ),
    },
)


@given(documents, documents)
def test_there_are_no_changes_only_where_two_versions_say_the_same(old: dict[str, Any], new: dict[str, Any]) -> None:
    found = changes(old, new)
    assert (found == ()) == (_plain(old) == _plain(new))
    for change in found:
        said = sentence(change)
        assert said.vi
        assert said.en
        if change.op in {"remove", "replace"}:
            assert _at(old, change.pointer) == change.before
        if change.op == "add":
            assert _at(new, change.pointer) == change.after


def _at(document: Any, pointer: str) -> Any:
    for name in pointer.split("/")[1:]:
        document = document[int(name) if isinstance(document, list) else name]
    return document


def _plain(value: Any, name: str = "") -> Any:
    """A document in which the order of lists that have none does not count."""
    if isinstance(value, dict):
        return {key: _plain(item, key) for key, item in value.items()}
    if isinstance(value, list):
        rows = [_plain(item) for item in value]
        return rows if name == "fees" else sorted(map(repr, rows))
    return (type(value), value)
