"""What the containers of a deployment are given: each its own secrets and no other's, the operator's word last."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import typer
import yaml
from typer.testing import CliRunner

from contracts.registry import SERVICES
from sandbox.deployment import APPLICATION, PARTNERS, SERVER, STORE, database_script, deployment_secrets
from sandbox.secrets_on_disk import SecretsOnDisk

COMPOSE = Path(__file__).parents[2] / "compose" / "compose.yaml"
WORLD = ("--world-public", "http://127.0.0.1:8090")

COMMAND = typer.Typer()
COMMAND.command()(deployment_secrets)


def make(directory: Path, *options: str) -> None:
    result = CliRunner().invoke(COMMAND, [*options, str(directory)])
    assert result.exit_code == 0, result.output


def told(directory: Path, service: str, name: str) -> str:
    """What a container's shell makes of its settings."""
    script = f'set -au; . "$1"; printf %s "${{{name}-}}"'
    return subprocess.run(
        ["sh", "-c", script, "sh", str(directory / service / "service.env")], check=True, capture_output=True, text=True
    ).stdout


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_is_given_no_password_of_another(tmp_path: Path, service: str) -> None:
    make(tmp_path, *WORLD)
    given = "".join(file.read_text() for file in (tmp_path / service).iterdir())
    words = {file.stem: file.read_text() for file in (tmp_path / "kept").glob("*.txt")}
    seen = {name for name, word in words.items() if word in given}
    assert {f"postgres-{service}", f"rabbitmq-{service}"} <= seen
    assert not {name for name in seen if name.startswith(("postgres", "rabbitmq")) and not name.endswith(f"-{service}")}


def test_only_its_reader_may_read_a_secret(tmp_path: Path) -> None:
    make(tmp_path, *WORLD)
    assert {oct(file.stat().st_mode & 0o777) for file in tmp_path.glob("[!k]*/*")} == {"0o400"}


def test_a_second_run_keeps_every_secret(tmp_path: Path) -> None:
    make(tmp_path)
    first = {file: file.read_text() for file in sorted(tmp_path.glob("*/*"))}
    make(tmp_path)
    assert {file: file.read_text() for file in sorted(tmp_path.glob("*/*"))} == first


def test_a_key_comes_through_the_shell_as_it_is(tmp_path: Path) -> None:
    make(tmp_path)
    assert told(tmp_path, "gateway", "LIENTHONG_LEDGER_KEY") == (tmp_path / "kept" / "ledger.pem").read_text()


def test_the_operator_has_the_last_word_and_each_service_its_own(tmp_path: Path) -> None:
    settings = tmp_path / "settings"
    (settings / "civil-registry").mkdir(parents=True)
    (settings / "all.env").write_text("LIENTHONG_LOG_LEVEL=WARNING\nLIENTHONG_PUBLIC_URL=https://dvc.example")
    (settings / "payment.env").write_text("LIENTHONG_LOG_LEVEL=DEBUG")
    (settings / "civil-registry" / "retired.pem").write_text("a public key")
    made = tmp_path / "made"
    make(made, "--settings", str(settings))
    assert told(made, "payment", "LIENTHONG_LOG_LEVEL") == "DEBUG"
    assert told(made, "catalog", "LIENTHONG_LOG_LEVEL") == "WARNING"
    assert told(made, "catalog", "LIENTHONG_PUBLIC_URL") == "https://dvc.example"
    assert (made / "civil-registry" / "retired.pem").read_text() == "a public key"
    assert not (made / "payment" / "retired.pem").exists()


def test_a_sandbox_brings_its_partners_the_operator_his_own_and_neither_stays_when_it_is_taken_away(
    tmp_path: Path,
) -> None:
    given = tmp_path / "gateway" / PARTNERS.name
    make(tmp_path, *WORLD)
    assert given.read_text() == PARTNERS.read_text()
    settings = tmp_path / "settings"
    (settings / "gateway").mkdir(parents=True)
    (settings / "gateway" / PARTNERS.name).write_text("members: []")
    make(tmp_path, *WORLD, "--settings", str(settings))
    assert given.read_text() == "members: []"
    make(tmp_path)
    assert [file.name for file in given.parent.iterdir()] == ["service.env"]


def test_archives_go_to_the_volume_of_the_gateways_worker(tmp_path: Path, compose: dict[str, Any]) -> None:
    make(tmp_path)
    folder = Path(told(tmp_path, "gateway", "LIENTHONG_ARCHIVE_FOLDER"))
    assert f"archive:{folder.parent}" in compose["services"]["gateway-worker"]["volumes"]
    dockerfile = (COMPOSE.parents[1] / "Dockerfile").read_text(encoding="utf-8")
    assert f"--mode 0700 {folder.parent}\n" in dockerfile  # a new volume takes over its owner
    assert f"gateway-worker tar -C {folder.parent} -c" in COMPOSE.with_name("backup").read_text(encoding="utf-8")


def test_the_store_of_files_knows_the_one_account_that_submission_has(tmp_path: Path) -> None:
    make(tmp_path)
    for service, access, secret in (
        ("submission", "LIENTHONG_S3_ACCESS_KEY", "LIENTHONG_S3_SECRET_KEY"),
        (STORE, "ROOT_ACCESS_KEY", "ROOT_SECRET_KEY"),
    ):
        assert told(tmp_path, service, access) == STORE
        assert told(tmp_path, service, secret) == (tmp_path / "kept" / "s3.txt").read_text()
    everywhere = {file.parent.name for file in tmp_path.glob("*/service.env") if "LINK_KEY" in file.read_text()}
    assert everywhere == {"submission"}


def test_submission_is_told_of_the_store_and_the_scanner_that_run_beside_it(
    tmp_path: Path, compose: dict[str, Any]
) -> None:
    make(tmp_path)
    store = urlsplit(told(tmp_path, "submission", "LIENTHONG_S3_ENDPOINT"))
    scanner, _, port = told(tmp_path, "submission", "LIENTHONG_CLAMD").partition(":")
    assert {store.hostname, scanner} <= set(compose["services"])
    assert f":{store.port} " in " ".join(compose["services"][str(store.hostname)]["entrypoint"])
    assert port == "3310"  # the image's own


def test_the_store_is_asked_how_it_is_where_it_answers(compose: dict[str, Any]) -> None:
    store = compose["services"][STORE]
    asked = urlsplit(store["healthcheck"]["test"][-1])
    assert f"--port :{asked.port} --health {asked.path} posix" in store["entrypoint"][-1]


def test_no_image_changes_by_itself(compose: dict[str, Any]) -> None:
    images = {service["image"] for service in compose["services"].values()}
    assert not [image for image in images if not re.search(r":(\w*\d[\w.]*|local)\}$", image)]


STAND_IN_FOR_DOCKER = """#!/bin/sh
case "$*" in
*"exec -T files tar"*) printf archive; printf "$SAID" >&2; exit 1 ;;
*rabbitmqctl*) echo "lgsp.ingress 0" ;;
*) echo something ;;
esac
"""


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        ("tar: ./parts/1: No such file or directory\ntar: error exit delayed from previous errors\n", True),
        ("tar: ./parts/1: No such file or directory\ntar: ./contents/2: I/O error\n", False),
        ("tar: write error: Broken pipe\n", False),
        ("", False),
    ],
)
def test_a_part_that_goes_while_the_backup_reads_is_no_fault_and_all_else_is(
    tmp_path: Path, said: str, *, holds: bool
) -> None:
    docker = tmp_path / "docker"
    docker.write_text(STAND_IN_FOR_DOCKER)
    docker.chmod(0o700)
    made = tmp_path / "made"
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "SAID": said}
    done = subprocess.run(
        [COMPOSE.with_name("backup"), made], check=False, capture_output=True, text=True, env=environment
    )
    assert (done.returncode == 0) is holds
    assert (made / "files.tar").read_text() == "archive"
    assert (made / "kept.tar").exists() is holds
    assert said in done.stderr or holds


def test_without_simulators_nobody_is_told_of_any(tmp_path: Path) -> None:
    make(tmp_path)
    everything = "".join(file.read_text() for file in tmp_path.glob("*/service.env"))
    assert "sandbox" not in everything
    assert "VNPAY" not in everything


def test_every_service_has_a_role_and_a_database_closed_to_others(tmp_path: Path) -> None:
    script = database_script(SecretsOnDisk(tmp_path))
    for service in SERVICES:
        assert f'CREATE DATABASE "{service}" OWNER "{service}"' in script
        assert f'REVOKE ALL ON DATABASE "{service}" FROM PUBLIC;' in script


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return document


def test_every_container_is_read_only_and_without_capabilities(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_the_servers_run_as_the_users_their_secrets_are_given_to(compose: dict[str, Any]) -> None:
    for server in ("postgres", "rabbitmq", STORE):
        assert compose["services"][server]["user"] == f"{SERVER}:{SERVER}"
    dockerfile = (COMPOSE.parents[1] / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(rf"^USER {APPLICATION}:{APPLICATION}$", dockerfile, re.MULTILINE)


def test_a_container_sees_its_own_secrets_only(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        if name == "secrets":
            continue
        mounted = [volume for volume in service.get("volumes", ()) if "secrets" in volume]
        if name == "scanner":  # anyone on the network may have a file scanned
            assert mounted == []
            continue
        assert mounted == [f"secrets-{name.removesuffix('-worker')}:/secrets:ro"], name


def test_only_the_gateway_and_the_simulators_are_published_and_to_this_machine_only(compose: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert published == {
        "gateway": ["${LIENTHONG_LISTEN:-127.0.0.1:8080}:8000"],
        "simulators": ["127.0.0.1:8090:8000"],
    }
    assert compose["services"]["simulators"]["profiles"] == ["sandbox"]


def test_no_secret_stands_in_the_compose_file(compose: dict[str, Any]) -> None:
    names = {name for service in compose["services"].values() for name in service.get("environment", ())}
    assert not [name for name in names if re.search("PASSWORD|SECRET|TOKEN|KEY", name) and not name.endswith("_FILE")]


def test_every_service_runs_as_api_and_worker_with_a_health_check(compose: dict[str, Any]) -> None:
    for service in SERVICES:
        for container in (service, f"{service}-worker"):
            assert compose["services"][container]["healthcheck"]["test"][1] == "probe"
            assert compose["services"][container]["environment"]["LIENTHONG_SERVICE"] == service
