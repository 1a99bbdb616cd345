# SPDX-License-Identifier: Apache-2.0
"""Where things are."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# The build under test; tests/run sets it.
BUILD = ROOT / os.environ.get("MILLRACE_BUILD_DIR", "build/dev")
BIN = BUILD / "bin"

POSTGRES_BIN = Path("/usr/lib/postgresql/15/bin")
