# SPDX-License-Identifier: Apache-2.0
"""Runs the tests of a *.test.mjs in Debian's Chromium against a stack, one at a time.

runner.mjs, in a Node.js process, drives the browser; here is what starts it, what it asks of the
stack, and what makes one test of pytest of each of its tests.
"""

import contextlib
import json
import os
import re
import select
import shutil
import subprocess
from pathlib import Path

import pytest

from support import npm
from support.child import clean_environment
from support.paths import BUILD
from support.stack import ALL, running_stack

HERE = Path(__file__).resolve().parent
SCREENSHOTS = BUILD / "test-results" / "screenshots"
# A test is bounded by runner.mjs; this is for a runner that hangs.
PATIENCE_SECONDS = 150


def names_in(file):
    """Names of the tests of a file, in order, without running it."""
    text = (HERE / file).read_text("utf-8")
    names = re.findall(r'^test\(\s*"((?:[^"\\]|\\.)*)"', text, re.MULTILINE)
    assert len(names) == len(re.findall(r"^test\(", text, re.MULTILINE)), f"{file}: a name is no text"
    return names


def prepared():
    """The folder with programs and packages."""
    return npm.prepared(HERE, "browser-tests")


class Runner:
    """One Node.js with one Chromium. Not for several threads."""

    def __init__(self, file, scene, verbs):
        """`scene`: what tests find at visit.scene. `verbs`: what they may ask of us, by name."""
        self._verbs = verbs
        self._unread = b""
        scene = {"screenshots": str(SCREENSHOTS), "chromium": chromium(), **scene}
        Path(scene["screenshots"]).mkdir(parents=True, exist_ok=True)
        folder = prepared()
        # Ends with the thread that started it; Chromium ends with the pipe to it.
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", "node", "runner.mjs", str(folder / file)],
            cwd=folder,
            env={**clean_environment(), "MILLRACE_BROWSER_SCENE": json.dumps(scene)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None,
        )
        self.names = self._hear()["ready"]

    def run(self, name):
        """Fails pytest's test with what the browser's test reports."""
        report = self.report_of(name)
        if report:
            pytest.fail(report, pytrace=False)

    def report_of(self, name):
        """What is wrong; None when the test has passed."""
        self._say({"run": name})
        while "ask" in (heard := self._hear()):
            self._say(self._answer(*heard["ask"]))
        return None if heard["passed"] else heard["report"]

    def _answer(self, verb, *words):
        """{"answer": …}, or {"fault": why not}."""
        try:
            return {"answer": self._verbs[verb](*words)}
        except Exception as error:  # pylint: disable=broad-except
            return {"fault": f"{type(error).__name__}: {error}"}

    def _say(self, message):
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        self._process.stdin.flush()

    def _hear(self):
        while b"\n" not in self._unread:
            ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE_SECONDS)
            assert ready, f"runner.mjs says nothing for {PATIENCE_SECONDS} s"
            more = os.read(self._process.stdout.fileno(), 1 << 16)
            assert more, f"runner.mjs has ended with status {self._process.wait()}"
            self._unread += more
        line, _, self._unread = self._unread.partition(b"\n")
        return json.loads(line)

    def close(self):
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def make_endpoints(stack, app_version, count):
    """many-0000 and so on, without tokens: one by one through the API would take as long as the test."""
    stack.sql(
        "INSERT INTO registry.endpoint (application_key, app_version_key, endpoint_id)"
        " SELECT application_key, app_version_key, 'many-' || lpad(number::text, 4, '0')"
        " FROM registry.app_version, generate_series(0, %s - 1) AS number WHERE name = %s",
        (count, app_version),
    )
    return count


def browser_tests(file):
    """The fixture `runner` and the test that a module of pytest is made of, for the tests of `file`."""

    @pytest.fixture(name="runner", scope="module")
    def fixture_runner(postgres):
        with running(postgres, file) as runner:
            yield runner

    @pytest.mark.parametrize("name", names_in(file))
    def test_in_browser(runner, name):
        runner.run(name)

    return fixture_runner, test_in_browser


def chromium():
    """Debian's; tests bring no browser of their own."""
    program = shutil.which("chromium")
    assert program, "there is no chromium: deploy/install-packages test"
    return program


@contextlib.contextmanager
def running(cluster, file):
    """A Runner for the tests of `file`, with a stack of its own."""
    with running_stack(cluster, *ALL) as stack:
        stack.start("gateway", device_http_url=f"http://{stack['http-receiver'].address}")
        scene = {
            "origin": f"http://{stack['gateway'].address}",
            "deviceUrl": f"http://{stack['http-receiver'].address}",
            "mqttPort": stack["mqtt-receiver"].port,
            "adminKey": stack.admin_key,
        }
        verbs = {
            "stop": lambda name: bool(stack[name].stop() or True),
            "start": lambda name: bool(stack[name].start() or True),
            "makeEndpoints": lambda version, count: make_endpoints(stack, version, count),
        }
        with contextlib.closing(Runner(file, scene, verbs)) as runner:
            yield runner
