"""The words of docs/glossary.md are the words of the code: each name in its third column is used somewhere."""

import re

from tests.docs.pages import ROOT

_ROW = re.compile(r"^\| [^|]+ \| [^|]+ \| ([^|]+) \|", re.MULTILINE)


def test_every_name_the_glossary_gives_for_code_is_in_the_code() -> None:
    page = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    names = {name for cell in _ROW.findall(page) for name in re.findall(r"`([^`]+)`", cell)}
    assert len(names) > 60
    folders = ("contracts/src", "chassis/src", "services", "gateway/src")
    code = "\n".join(
        file.read_text(encoding="utf-8")
        for folder in folders
        for file in (ROOT / folder).rglob("*.py")
        if "tests" not in file.parts
    )
    # A path in code (`payment.domain.ledger`) and a command (`lienthong parked`) are held by other tests, or plain.
    words = {name for name in names if re.fullmatch(r"\w+", name)}
    assert {word for word in words if not re.search(rf"\b{word}\b", code)} == set()


def test_no_term_is_explained_twice() -> None:
    page = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    terms = [row.split("|")[2].strip() for row in page.splitlines() if row.startswith("| ") and "---" not in row]
    terms = [term for term in terms if term != "English"]
    assert sorted(set(terms)) == sorted(terms)
