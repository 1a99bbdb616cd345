# SPDX-License-Identifier: Apache-2.0
"""Rings that tests/run leaves out still fit what they use of the others."""

import subprocess
import sys

from support.child import clean_environment
from support.paths import ROOT


def test_tests_that_are_run_alone_can_be_collected():
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
        + ["compose", "upgrade"],
        cwd=ROOT / "tests",
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for test in ("compose/test_upgrade.py::", "upgrade/test_rolling.py::"):
        assert test in done.stdout
