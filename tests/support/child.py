# SPDX-License-Identifier: Apache-2.0
"""A process that a test starts, kills and starts again, and that never outlives it."""

import os
import signal
import subprocess
from pathlib import Path

from support.wait import wait_until


class Child:
    """Owns one process at a time. Not for several threads.

    The kernel ends it when the thread that called start() goes away (setpriv --pdeathsig), so
    nothing stays behind when pytest itself is killed; start() belongs on the test's own thread.
    `inside` is a command that runs the rest somewhere else (support/small_disk.py), in its place.
    """

    def __init__(
        self, name, argv, log_path, *, user=None, stop_signal=signal.SIGTERM, env=None, inside=()
    ):
        self.name = name
        self.inside = inside
        self.argv = [str(word) for word in argv]
        self.log_path = Path(log_path)
        self._user = user
        self._stop_signal = stop_signal
        self._env = env
        self._process = None
        self._expected_end = False

    @property
    def pid(self):
        return self._process.pid

    @property
    def running(self):
        return self._process is not None and self._process.poll() is None

    @property
    def status(self):
        """Exit status of the last process (negative: the signal), None while it runs."""
        return self._process.poll() if self._process else None

    def start(self):
        assert not self.running, f"{self.name} is running already"
        prefix = [*self.inside, "setpriv", "--pdeathsig", "QUIT" if self._user else "KILL"]
        if self._user:
            prefix += [f"--reuid={self._user}", f"--regid={self._user}", "--clear-groups"]
        self._expected_end = False
        with open(self.log_path, "ab") as log:
            self._process = subprocess.Popen(
                [*prefix, "--", *self.argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.log_path.parent,
                env=self._env,
                start_new_session=True,
            )

    def kill(self):
        """kill -9, and waits for the end."""
        self._expected_end = True
        if self.running:
            self._process.kill()
        return self._process.wait()

    def signal(self, number):
        self._process.send_signal(number)

    def freeze(self):
        """SIGSTOP; returns when every thread stands still: until then one may still do something."""
        self.signal(signal.SIGSTOP)
        tasks = Path(f"/proc/{self.pid}/task")

        def stands_still():
            stats = [(task / "stat").read_text() for task in tasks.iterdir()]
            return all(stat.rpartition(")")[2].split()[0] == "T" for stat in stats)

        wait_until(stands_still, f"{self.name} stands still")

    def ask_to_stop(self):
        if self.running:
            self._expected_end = True
            self._process.send_signal(self._stop_signal)

    def wait(self, within=60.0):
        """The exit status."""
        self._expected_end = True
        try:
            return self._process.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} has not ended within {within:g} s") from None

    def stop(self, within=60.0):
        """SIGTERM (or the part's own stop signal); returns the exit status."""
        self.ask_to_stop()
        return self.wait(within)

    def fault(self):
        """What is wrong with how it ended, or None: nobody asked it to end, yet it did."""
        if self._process is None or self._expected_end or self.running:
            return None
        return f"{self.name} ended by itself with status {self.status}"

    def log_text(self):
        try:
            return self.log_path.read_text(errors="replace")
        except FileNotFoundError:
            return ""

    def log_tail(self, lines=60):
        return "\n".join(self.log_text().splitlines()[-lines:])


def clean_environment():
    """The environment for programs under test: none of the caller's own settings, and no proxy."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MILLRACE_", "PG")) and not name.lower().endswith("_proxy")
    }
    # Where Debian has nats-server, and where a user's PATH does not lead.
    return {**kept, "PATH": f"{kept.get('PATH', os.defpath)}:/usr/sbin"}
