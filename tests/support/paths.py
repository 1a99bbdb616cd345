# SPDX-License-Identifier: Apache-2.0
"""Where things are."""

import os
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# The build under test; tests/run sets it.
BUILD = ROOT / os.environ.get("MILLRACE_BUILD_DIR", "build/dev")
BIN = BUILD / "bin"

POSTGRES_BIN = Path("/usr/lib/postgresql/15/bin")


def is_sanitized():
    """Whether the build has a sanitizer in it.

    Its allocator keeps what is freed, to find who uses it: memory then tells nothing.
    """
    cache = (BUILD / "CMakeCache.txt").read_text(encoding="utf-8")
    return re.search(r"^MILLRACE_SANITIZE:\w+=.+$", cache, re.MULTILINE) is not None
