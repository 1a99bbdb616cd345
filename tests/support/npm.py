# SPDX-License-Identifier: Apache-2.0
"""Programs for Node.js among the tests: copied to the build folder with the packages of their lock
file beside them, so that the source tree stays as git has it."""

import fcntl
import hashlib
import shutil
import subprocess

from support.paths import BUILD


def prepared(source, name):
    """The folder `name` of the build: programs and packages of `source`, made where something has
    changed. Several processes may ask at once."""
    place = BUILD / name
    place.mkdir(parents=True, exist_ok=True)
    with open(place / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for path in source.iterdir():
            if path.suffix in (".mjs", ".json"):
                shutil.copy(path, place)
        wanted = hashlib.sha256((source / "package-lock.json").read_bytes()).hexdigest()
        stamp = place / "installed"
        if not stamp.exists() or stamp.read_text("utf-8") != wanted:
            done = subprocess.run(
                ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                cwd=place,
                capture_output=True,
                text=True,
                timeout=240,
                check=False,
            )
            assert done.returncode == 0, f"npm ci ended with {done.returncode}: {done.stderr}"
            stamp.write_text(wanted, "utf-8")
    return place
