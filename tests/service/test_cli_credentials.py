# SPDX-License-Identifier: Apache-2.0
"""`millrace client-credentials` and `client-authentication`."""

import itertools
import subprocess

import pytest

from support.certificates import Certificate
from support.cli import Cli

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def cli(shared_stack):
    return Cli(shared_stack)


@pytest.fixture
def name():
    """A new name."""
    return f"cli-credentials-{next(_numbers)}"


# pylint: disable=redefined-outer-name


def test_client_credentials(cli, name, tmp_path):
    (made,) = cli.table("client-credentials", "create", name)
    number = made["CREDENTIALS ID"]
    assert (made["USER NAME"], len(made["PASSWORD"])) == (name, 24)
    given = cli.json(
        "client-credentials", "create", f"{name}-2", "--password-file", "-", stdin="my password\n"
    )
    assert given["password"] == "my password"
    rows = cli.csv("client-credentials", "list", "--search", name)
    assert [(row["user_name"], row["state"]) for row in rows] == [
        (name, "inactive"),
        (f"{name}-2", "inactive"),
    ]
    assert made["PASSWORD"] not in cli("client-credentials", "list")
    for verb, state in (("suspend", "suspended"), ("activate", "active"), ("revoke", "revoked")):
        assert cli.csv("client-credentials", verb, number)[0]["state"] == state
    (row,) = cli.csv("client-credentials", "list", "--search", name, "--state", "revoked")
    assert row["credentials_id"] == number
    assert "for ever" in cli.fails("client-credentials", "activate", number)
    assert "which credentials" in cli.fails("client-credentials", "create", status=2)
    empty = tmp_path / "empty"
    empty.write_text("\n")
    assert str(empty) in cli.fails("client-credentials", "create", name, "--password-file", empty)


def test_client_credentials_of_a_certificate(cli, name, tmp_path):
    certificate = Certificate(tmp_path, name)
    made = cli.json("client-credentials", "create", "--certificate-file", certificate.path)
    shown = subprocess.run(
        ["openssl", "x509", "-noout", "-serial", "-in", certificate.path],
        check=True,
        capture_output=True,
    ).stdout.decode()
    number = str(int(shown.strip().removeprefix("serial="), 16))
    assert made["metadata"]["certificate"] == {"issuer": f"CN={name}", "serialNumber": number}
    (row,) = cli.csv("client-credentials", "list", "--search", number)
    assert (row["issuer"], row["serial_number"], row["user_name"]) == (f"CN={name}", number, "")
    create = ("client-credentials", "create", "--issuer")
    assert cli.csv(*create, f"CN={name},C=DE", "--serial-number", "7")[0]["serial_number"] == "7"
    assert "RFC2253" in cli.fails(*create, "C = DE", "--serial-number", "7")
    assert "--serial-number" in cli.fails(*create, "CN=a", status=2)
    assert "/nowhere" in cli.fails("client-credentials", "create", "--certificate-file", "/nowhere")


def test_client_authentication(cli):
    def required():
        rows = cli.csv("client-authentication", "show")
        return {row["transport"]: (row["password"], row["certificate"]) for row in rows}

    off = ("off", "off")
    assert set(required().values()) == {off}
    try:
        cli("client-authentication", "set", "websocket", "tls", "--password", "required")
        cli("client-authentication", "set", "tls", "--certificate", "required")
        assert required() == {
            "tcp": off,
            "tls": ("required", "required"),
            "websocket": ("required", "off"),
            "secure-websocket": off,
        }
        refused = cli.fails("client-authentication", "set", "tcp", "--certificate", "required")
        assert "CLIENT_TRANSPORT_TCP" in refused
        assert "version" in cli.fails(
            *("client-authentication", "set", "tls", "--password", "off"), "--expect-version", 1
        )
        assert "--password" in cli.fails("client-authentication", "set", "tcp", status=2)
        assert "radio" in cli.fails(
            "client-authentication", "set", "radio", "--password", "off", status=2
        )
    finally:
        cli("client-authentication", "set", "websocket", "tls", "--password", "off")
        cli("client-authentication", "set", "tls", "--certificate", "off")
