# SPDX-License-Identifier: Apache-2.0
"""What services do with their settings before anything runs."""

import re
import subprocess

import pytest

from support.paths import BIN, ROOT
from support.service import PROGRAMS, service_environment

WITH_DATABASE = [kind for kind, program in PROGRAMS.items() if program.database_role]


def run(kind, *flags, **variables):
    return subprocess.run(
        [BIN / PROGRAMS[kind].binary, *flags],
        env={**service_environment(), **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("kind", WITH_DATABASE)
def test_a_database_url_that_cannot_be_read_is_refused_without_showing_its_password(kind):
    for url in ("postgresql://epts:100%hunter2@h/db", "postgresql://epts:hunter2/x@h/db"):
        for action in ("--check-config", "--log-level=info"):
            done = run(kind, action, MILLRACE_DATABASE_URL=url)
            assert done.returncode == 2
            assert 'MILLRACE_DATABASE_URL "***": not a libpq URL' in done.stderr
            assert "hunter2" not in done.stderr + done.stdout
    assert run(kind, "--check-config", "--database-url=postgresql://e:100%25@h/db").returncode == 0


@pytest.mark.parametrize("kind", PROGRAMS)
def test_settings_are_printed_without_credentials(kind):
    url = "nats://hunter2@a:4222,nats://me:hunter2@b"
    done = run(kind, "--print-settings", MILLRACE_NATS_URL=url)
    assert "nats-url = nats://***@a:4222,nats://***@b" in done.stdout
    assert "hunter2" not in done.stdout


@pytest.mark.parametrize("kind", PROGRAMS)
def test_the_readme_has_the_settings_as_the_program_prints_them(kind):
    readme = (ROOT / f"services/{kind}/README.md").read_text(encoding="utf-8")
    assert run(kind, "--print-settings=markdown").stdout in readme


# Of all services, so in bus.env.
SHARED = {
    "nats-url": "nats://TOKEN@127.0.0.1:4222",
    "log-level": "info",
    "stream-max-size": "8GiB",
    "stream-replicas": "1",
    "stream-duplicate-window": "2m",
}
# Where the files of deploy/systemd show something else than the default, or nothing.
SHOWN = {
    "database-url": "postgresql://{kind}:PASSWORD@127.0.0.1:5432/millrace",
    "admin-key-file": "/var/lib/millrace/admin.key",
    "data-points-transmitters": "",
    "tls-certificate": "",
    "tls-key": "",
    "tls-client-authorities": "",
    "tls-ca": "",
    "allowed-origins": "",
    "allowed-hosts": "",
    "device-http-url": "",
    "device-mqtt-url": "",
    "reset-admin-key": None,
}


def in_environment_file(name):
    text = (ROOT / f"deploy/systemd/{name}.env").read_text(encoding="utf-8")
    return dict(re.findall(r"^#(MILLRACE_\w+)=(.*)$", text, re.MULTILINE))


def variables(settings):
    names = {name: f"MILLRACE_{name.upper().replace('-', '_')}" for name in settings}
    return {names[name]: value for name, value in settings.items() if value is not None}


@pytest.mark.parametrize("kind", PROGRAMS)
def test_the_units_environment_files_have_every_setting_with_its_default(kind):
    printed = run(kind, "--print-settings").stdout
    defaults = dict(re.findall(r"^(\S+) = .*?  # default (.*?); ", printed, re.MULTILINE))
    assert defaults["nats-url"] == "nats://127.0.0.1:4222"
    defaults["nats-url"] = SHARED["nats-url"]
    shared = variables(SHARED)
    assert in_environment_file("bus") == shared
    assert {name: SHARED[name] for name in SHARED if name in defaults}.items() <= defaults.items()
    own = {name: SHOWN.get(name, default) for name, default in defaults.items() if name not in SHARED}
    own = {name: value and value.format(kind=kind) for name, value in own.items()}
    assert in_environment_file(kind) == variables(own)
