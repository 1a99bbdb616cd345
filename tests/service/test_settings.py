# SPDX-License-Identifier: Apache-2.0
"""What services do with their settings before anything runs."""

import subprocess

import pytest

from support.paths import BIN
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
