"""What the broker is told about users and rights; no broker here (tests/servers proves that it obeys)."""

import base64
import hashlib
import json
import re

import pytest

from gateway.broker_definitions import SERVICES, USERS, broker_definitions

PASSWORDS = {user: f"secret of {user}" for user in USERS}


def permissions(user: str) -> dict[str, str]:
    (found,) = [entry for entry in broker_definitions(PASSWORDS, ["v"])["permissions"] if entry["user"] == user]
    return {right: found[right] for right in ("configure", "write", "read")}


def test_a_service_writes_to_the_ingress_and_reads_its_own_queue_and_nothing_else() -> None:
    assert permissions("civil-registry") == {
        "configure": "^$",
        "write": r"^lgsp\.ingress$",
        "read": r"^civil-registry\.events$",
    }


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_reads_what_is_anothers(service: str) -> None:
    pattern = re.compile(permissions(service)["read"])
    readable = [name for name in (*(f"{other}.events" for other in SERVICES), "lgsp.ingress") if pattern.search(name)]
    assert readable == [f"{service}.events"]


def test_the_gateway_may_do_all_on_the_bus_but_does_not_administer_the_broker() -> None:
    assert set(permissions("gateway").values()) == {".*"}
    tags = {user["name"]: user["tags"] for user in broker_definitions(PASSWORDS, ["v"])["users"]}
    assert tags["gateway"] == []
    assert tags["admin"] == ["administrator"]


def test_every_user_has_rights_on_every_virtual_host() -> None:
    granted = {(entry["vhost"], entry["user"]) for entry in broker_definitions(PASSWORDS, ["a", "b"])["permissions"]}
    assert granted == {(vhost, user) for vhost in ("a", "b") for user in USERS}


def test_no_password_stands_in_the_document_and_its_hash_can_be_checked() -> None:
    definitions = broker_definitions(PASSWORDS, ["v"])
    text = json.dumps(definitions)
    for user in definitions["users"]:
        password = PASSWORDS[user["name"]]
        raw = base64.b64decode(user["password_hash"])
        assert raw[4:] == hashlib.sha256(raw[:4] + password.encode()).digest()
        assert password not in text


def test_users_with_the_same_password_do_not_show_it() -> None:
    hashes = {user["password_hash"] for user in broker_definitions(dict.fromkeys(USERS, "same"), ["v"])["users"]}
    assert len(hashes) == len(USERS)


def test_the_same_passwords_make_the_same_document() -> None:
    assert broker_definitions(PASSWORDS, ["v"]) == broker_definitions(PASSWORDS, ["v"])


@pytest.mark.parametrize(
    "passwords",
    [
        {user: password for user, password in PASSWORDS.items() if user != "payment"},
        {**PASSWORDS, "payment": ""},
        {**PASSWORDS, "paiment": "x"},
    ],
    ids=["missing", "empty", "unknown user"],
)
def test_a_missing_an_empty_and_a_strange_password_are_refused(passwords: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"pa[yi]ment"):
        broker_definitions(passwords, ["v"])
