# SPDX-License-Identifier: Apache-2.0
"""The *_itest programs: libraries against a real NATS and a real PostgreSQL."""

import subprocess

import pytest

from support.paths import BUILD
from support.service import service_environment

PROGRAMS = sorted(path for path in BUILD.glob("services/**/*_itest") if path.is_file())


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.name)
def test_library_works_with_real_servers(program, make_stack):
    stack = make_stack()
    done = subprocess.run(
        [program, f"--database-url={stack.database_url()}", f"--nats-url={stack.nats.url}"],
        env=service_environment(),
        cwd=stack.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=280,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, f"{program.name} ended with {done.returncode}"
