# SPDX-License-Identifier: Apache-2.0
"""What services do with their settings before anything runs."""

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
