"""`lienthong gateway apply`: shown, applied once, applied again without effect, all or nothing."""

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from gateway.app import commands
from gateway.tests.conftest import Gateway
from tests.support import identities

OPERATOR = identities.officer("operator")
FILE = """
members:
  - {id: VN/GOV/H26, name: Thành phố Hà Nội}
  - {id: VN/GOV/G15, name: Bộ Tư pháp}
groups: [{name: ministries, description: Bộ và cơ quan ngang bộ}]
subsystems:
  - {id: VN/GOV/H26/lienthong, name: Liên thông, clientId: lienthong}
  - id: VN/GOV/G15/ho-tich
    name: Hệ thống thông tin đăng ký và quản lý hộ tịch điện tử dùng chung
    clientId: g15-ho-tich
    groups: [ministries]
    scopes: [gateway:read, submission:read, reporting:read, civil-registry:read, payment:read]
    keys: [{kind: jwk, value: {kty: OKP, crv: Ed25519, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo}}]
services:
  - {id: VN/GOV/H26/lienthong/procedures, title: Thủ tục, upstream: city, address: catalog/v1/procedures}
grants:
  - {service: VN/GOV/H26/lienthong/procedures, group: ministries, validFrom: 2026-01-01, legalBasis: NĐ 194/2025}
"""


@pytest.fixture
def apply(gateway: Gateway, database_url: SecretStr, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Apply":
    """Applies a text as the command does, in a process of its own mind: its own settings, loop and connection."""
    monkeypatch.setenv("LIENTHONG_DATABASE_URL", database_url.get_secret_value())
    return Apply(tmp_path / "partners.yaml")


class Apply:
    """The command on one file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    async def __call__(self, content: str, *options: str) -> Result:
        self._file.write_text(content, encoding="utf-8")
        # The command starts a loop of its own, which a thread may have.
        return await asyncio.to_thread(CliRunner().invoke, commands, ["apply", str(self._file), *options])


async def test_a_file_is_shown_applied_and_applied_again_without_effect(gateway: Gateway, apply: Apply) -> None:
    shown = await apply(FILE, "--dry-run")
    assert (shown.exit_code, shown.output.splitlines()[-1]) == (0, "14 changes (dry run: nothing was written).")
    assert await gateway.rows("SELECT 1 FROM member") == []
    applied = await apply(FILE)
    assert applied.output.splitlines()[:-1] == shown.output.splitlines()[:-1]
    assert max(map(len, applied.output.splitlines())) <= 80
    history = await gateway.rows("SELECT by, what FROM registry_change ORDER BY revision")
    assert {row.by for row in history} == {"file:partners.yaml"}
    again = await apply(FILE)
    assert (again.exit_code, again.output) == (0, "No change: the registry says all of this already.\n")
    assert await gateway.rows("SELECT by, what FROM registry_change ORDER BY revision") == history


async def test_what_differs_is_shown_before_and_after(apply: Apply) -> None:
    await apply(FILE)
    changed = await apply(FILE.replace("title: Thủ tục", "title: Danh mục thủ tục, personal: true"))
    assert changed.output.splitlines() == [
        "~ service     VN/GOV/H26/lienthong/procedures",
        "              title: Thủ tục → Danh mục thủ tục",
        "              personal: no → yes",
        "1 change applied.",
    ]


async def test_a_right_that_reads_otherwise_is_replaced_and_one_declared_closed_is_taken_back(
    gateway: Gateway, apply: Apply
) -> None:
    await apply(FILE)
    until = FILE.replace("validFrom: 2026-01-01,", "validFrom: 2026-01-01, validTo: 2027-12-31,")
    assert [line[:7] for line in (await apply(until)).output.splitlines() if line[0] in "+-~"] == ["- grant", "+ grant"]
    assert (await apply(until)).output.startswith("No change")
    closed = until.replace("legalBasis", "state: closed, legalBasis")
    assert (await apply(closed)).output.startswith("- grant")
    assert (await apply(closed)).output.startswith("No change")
    live = (await gateway.get("/lgsp/v1/partners/grants", OPERATOR)).json()["items"]
    assert live == []


async def test_what_a_file_leaves_out_stays(gateway: Gateway, apply: Apply) -> None:
    await apply(FILE)
    without = await apply("members: []")  # the city describes itself again; partners and their rights are as they were
    assert {line[0] for line in without.output.splitlines()[:-1]} == {"~", " "}
    assert (await apply("members: []")).output.startswith("No change")
    assert len((await gateway.get("/lgsp/v1/partners/grants", OPERATOR)).json()["items"]) == 1


async def test_a_file_is_applied_whole_or_not_at_all(gateway: Gateway, apply: Apply) -> None:
    refused = await apply(
        FILE + "  - {service: VN/GOV/H26/lienthong/none, group: ministries, validFrom: 2026-01-01, legalBasis: L}\n"
    )
    assert refused.exit_code == 1
    assert "VN/GOV/H26/lienthong/none is not registered" in refused.output
    assert await gateway.rows("SELECT 1 FROM member") == []
    assert (await apply("members: [{id: x, name: y}]")).exit_code == 1


async def test_what_was_suspended_or_closed_otherwise_stays_so_unless_the_file_says_a_state(
    gateway: Gateway, apply: Apply
) -> None:
    await apply(FILE)
    await gateway.execute("UPDATE subsystem SET state = 'suspended' WHERE code = 'ho-tich'")
    await gateway.execute("UPDATE service SET state = 'closed' WHERE code = 'procedures'")
    assert (await apply(FILE)).output.startswith("No change")
    resumed = await apply(FILE.replace("clientId: g15-ho-tich", "clientId: g15-ho-tich\n    state: approved"))
    assert resumed.output.splitlines()[1].strip() == "state: suspended → approved"


async def test_what_the_city_offers_needs_no_file(gateway: Gateway, apply: Apply) -> None:
    del apply
    first = await asyncio.to_thread(CliRunner().invoke, commands, ["apply"])
    assert first.exit_code == 0
    offered = await gateway.rows("SELECT code FROM service ORDER BY code")
    assert {row.code for row in offered} >= {"certificate-checks", "civil-records", "dossiers", "events", "procedures"}
    again = await asyncio.to_thread(CliRunner().invoke, commands, ["apply"])
    assert again.output.startswith("No change")


async def test_a_state_that_cannot_be_reached_is_told(apply: Apply) -> None:
    await apply(FILE)
    closed = FILE.replace("name: Bộ Tư pháp", "name: Bộ Tư pháp, state: closed")
    assert (await apply(closed)).exit_code == 0
    refused = await apply(closed.replace("state: closed", "state: approved"))
    assert refused.exit_code == 1
    assert "state: closed, allowed: requested" in refused.output
