# SPDX-License-Identifier: Apache-2.0
"""A small file system over one folder, for tests that fill it.

A tmpfs in a mount namespace of its own: only processes started with `inside` see it, and it goes
away with the process that holds the namespace. The test reaches its files through that process.
"""

import contextlib
import errno
import os
import subprocess
from pathlib import Path

import pytest

from support.child import Child, clean_environment
from support.wait import wait_until

# As root a mount namespace is enough; a user gets one by a user namespace in which he is root.
UNSHARE = ("unshare", "-m") if os.geteuid() == 0 else ("unshare", "-rm")

# By which a ballast grows: quickly, then to the last page.
_PIECES = (1 << 20, 1 << 12)

_MOUNT = 'mount -t tmpfs -o "size=$1,mode=0700" tmpfs "$2" && exec sleep infinity'


def require_namespaces():
    """Skips the test where nobody may mount anything."""
    tried = subprocess.run(
        [*UNSHARE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
        capture_output=True,
        text=True,
        check=False,
    )
    if tried.returncode != 0:
        reason = tried.stderr.strip() or f"status {tried.returncode}"
        pytest.skip(f"cannot mount a small file system ({' '.join(UNSHARE)}: {reason})")


def _grow(file, piece):
    """As long as there is room for another piece; others may be writing beside it."""
    end = os.fstat(file.fileno()).st_size
    try:
        while True:
            os.posix_fallocate(file.fileno(), end, piece)
            end += piece
    except OSError as full:
        if full.errno != errno.ENOSPC:
            raise


class SmallDisk:
    """Lies over `folder`, with what that holds, for children started with `inside`.

    `size` as mount takes it: 48m. close() only after those children have ended.
    """

    def __init__(self, folder, size):
        folder = Path(folder).resolve()
        self._holder = Child(
            "small disk",
            ["sh", "-c", _MOUNT, "sh", size, folder],
            folder.with_name(f"{folder.name}-disk.log"),
            env=clean_environment(),
            inside=UNSHARE,
        )
        self._holder.start()
        # The folder as those inside see it.
        self.folder = Path(f"/proc/{self._holder.pid}/root{folder}")
        self._ballast = self.folder / "ballast"
        wait_until(lambda: self._lies_over(folder), "the small disk is mounted")
        subprocess.run(["cp", "-a", "-T", folder, self.folder], check=True)

    def _lies_over(self, folder):
        assert self._holder.running, f"cannot mount it: {self._holder.log_tail(3)}"
        return os.stat(self.folder).st_dev != os.stat(folder).st_dev

    @property
    def inside(self):
        """What stands before a command that is to see this disk."""
        enter = ("nsenter", "-t", str(self._holder.pid), "-m")
        if os.geteuid() == 0:
            return enter
        # And himself again: PostgreSQL refuses to run as root, in a namespace too.
        himself = (f"--map-user={os.geteuid()}", f"--map-group={os.getegid()}")
        return (*enter, "-U", "--preserve-credentials", "--", "unshare", "-U", *himself)

    @contextlib.contextmanager
    def filled(self):
        """Within it a ballast file takes whatever is free at the beginning."""
        with open(self._ballast, "wb") as ballast:
            for piece in _PIECES:
                _grow(ballast, piece)
        try:
            yield
        finally:
            self._ballast.unlink()

    def close(self):
        self._holder.kill()
