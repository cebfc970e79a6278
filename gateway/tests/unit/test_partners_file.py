"""partners.yaml: what it may hold, and how what is wrong is told, with its line."""

from pathlib import Path

import pytest

from gateway.partners_file import FileError, parse_partners, read_partners

WRONG = b"""members:
  - id: VN/GOV/H26
    name: H
    aliases: [not-a-code]
  - id: VN/GOV/G15
    name: J
    name: K
subsystems:
  - id: VN/GOV/H26
    name: L
    clientId: lien thong
    keys: [{kind: rsa, value: x}]
grants:
  - service: VN/GOV/H26/lienthong/procedures
    to: VN/GOV/G15/ho-tich
    path: a*b
    validFrom: yesterday
    legalBasis: law
  - service: VN/GOV/H26/lienthong/procedures
    validFrom: 2026-01-01
    legalBasis: law
surprise: 1
"""


def faults_of(content: bytes) -> list[str]:
    with pytest.raises(FileError) as refused:
        parse_partners(content, "partners.yaml")
    return list(refused.value.faults)


def test_every_fault_is_told_with_its_line_and_its_field() -> None:
    assert faults_of(WRONG) == ["partners.yaml:7: members[1].name: given twice"]
    told = [fault.split(": ", 2)[:2] for fault in faults_of(WRONG.replace(b"    name: K\n", b""))]
    assert [[place.removeprefix("partners.yaml:"), field] for place, field in told] == [
        ["2", "members[0]"],
        ["8", "subsystems[0].id"],
        ["10", "subsystems[0].clientId"],
        ["11", "subsystems[0].keys[0].kind"],
        ["15", "grants[0].path"],
        ["16", "grants[0].validFrom"],
        ["18", "grants[1]"],
        ["21", "surprise"],
    ]


def test_the_same_thing_declared_twice_is_told() -> None:
    twice = b"members:\n  - {id: VN/GOV/H56.22.17, name: A}\n  - {id: VN/GOV/000.17.22.H56, name: B}\n"
    assert faults_of(twice) == ["partners.yaml:3: members[1]: the same as members[0]"]


@pytest.mark.parametrize(
    "broken", [b"members: [", b"\xff", b"- 1", b"a: !!python/object:os.system {}", b"[" * 3000, b"members: {a: 1}"]
)
def test_what_is_not_such_a_file_is_told_and_nothing_is_run(broken: bytes) -> None:
    assert all(fault.startswith("partners.yaml:") for fault in faults_of(broken))


def test_an_empty_file_declares_nothing() -> None:
    assert parse_partners(b"# nothing\n", "partners.yaml").members == []


def test_a_file_may_be_given_with_keys_of_every_kind() -> None:
    declared = parse_partners(
        b"""subsystems:
  - id: VN/GOV/H26/lienthong
    name: L
    clientId: lienthong
    keys:
      - {kind: jwk, value: {kty: OKP, crv: Ed25519, x: abc}, validFrom: 2026-01-01T00:00:00Z}
      - {kind: secret, name: s, value: "scrypt$1"}
""",
        "partners.yaml",
    )
    kinds = [key.declared().kind.value for key in declared.subsystems[0].keys]
    assert kinds == ["jwk", "secret"]


def test_the_file_of_the_sandbox_is_one() -> None:
    path = Path(__file__).parents[3] / "deploy/sandbox/src/sandbox/data/partners.yaml"
    declared = parse_partners(path.read_bytes(), path.name)
    assert "VN/GOV/G15/sandbox-agency" in {row.id for row in declared.subsystems}
    assert not {row.id for row in declared.services} & {row.id for row in read_partners().services}


def test_what_the_city_offers_is_known_without_a_file_and_a_file_may_say_otherwise(tmp_path: Path) -> None:
    city = read_partners()
    events, dossiers = "VN/GOV/H26/lienthong/events", "VN/GOV/H26/lienthong/dossiers"
    assert {events, dossiers} <= {row.id for row in city.services}
    file = tmp_path / "partners.yaml"
    file.write_text(f"services: [{{id: {dossiers}, title: X, upstream: city, address: submission/v1/dossiers}}]")
    declared = read_partners(file)
    assert sorted(row.id for row in declared.services) == sorted(row.id for row in city.services)
    assert [row.title for row in declared.services if row.id == dossiers] == ["X"]
    assert declared.members == city.members
