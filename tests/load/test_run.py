# SPDX-License-Identifier: Apache-2.0
"""tests/load/run says what is missing before it starts anything."""

import shutil
import subprocess
import sys

from support.child import clean_environment
from support.paths import ROOT


def run(path, *words):
    (path / "protoc").unlink(missing_ok=True)
    (path / "protoc").symlink_to(shutil.which("protoc"))  # all it needs to begin
    return subprocess.run(
        [sys.executable, ROOT / "tests/load/run", *words],
        env={**clean_environment(), "PATH": str(path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_wrk_it_says_what_to_do(tmp_path):
    (tmp_path / "wrk").touch(mode=0o644)  # a file that is no program does not count
    for words in ((), ("--only", "epts,http")):
        done = run(tmp_path, *words)
        assert done.returncode == 1
        assert "wrk is not installed; run deploy/install-packages" in done.stderr


def test_a_measurement_that_does_not_exist_is_named(tmp_path):
    done = run(tmp_path, "--only", "epts,nonsense")
    assert done.returncode == 1
    assert "cannot measure 'nonsense': --only takes some of epts,mqtt,http" in done.stderr


def test_the_price_of_durability_needs_a_nats_server_that_knows_the_setting(tmp_path):
    server = tmp_path / "nats-server"
    server.write_text("#!/bin/sh\necho nats-server: v2.9.10\n", encoding="ascii")
    server.chmod(0o755)
    done = run(tmp_path, "--only", "durability")
    assert done.returncode == 1
    assert "nats-server: v2.9.10 has no sync_interval; name a nats-server of 2.10" in done.stderr
