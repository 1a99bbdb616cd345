# SPDX-License-Identifier: Apache-2.0
"""deploy/local: one command from a clone to points that can be read."""

import csv
import io
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest

from support.bus import Bus
from support.child import clean_environment
from support.paths import BUILD, ROOT
from support.ports import free_port
from support.wait import wait_until

LOCAL = ROOT / "deploy/local"
PORTS = [
    *("HTTP", "MQTT", "QUERY", "REGISTRY", "GATEWAY", "NATS"),
    *("HTTP_RECEIVER_ADMIN", "MQTT_RECEIVER_ADMIN", "EPTS_ADMIN", "REGISTRY_ADMIN", "QUERY_ADMIN"),
    "GATEWAY_ADMIN",
]

pytestmark = [
    pytest.mark.skipif(
        BUILD.parent != ROOT / "build", reason="`up` builds presets, and this is another build"
    ),
    pytest.mark.timeout(600),
]


class Deployment:
    """The commands, called from another directory, with a blank in the state folder's name."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="millrace-local-"))
        os.chmod(self.folder, 0o711)
        self.state = self.folder / "a folder" / ".local"
        self.state.parent.mkdir()
        self.environment = {
            **clean_environment(),
            # A user's on Debian: without the folders of root's programs.
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "MILLRACE_LOCAL_DIR": str(self.state),
            "MILLRACE_LOCAL_PRESET": BUILD.name,
            **{f"MILLRACE_LOCAL_{name}_PORT": str(free_port()) for name in PORTS},
        }

    def port(self, name):
        return int(self.environment[f"MILLRACE_LOCAL_{name}_PORT"])

    def command(self, name, *words):
        return subprocess.run(
            [LOCAL / name, *words],
            cwd="/",
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def run(self, name, *words):
        """stdout of a command that must succeed."""
        done = self.command(name, *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def temperatures(self):
        """All values there are, as the command line tool gives them."""
        where = ("--app", "demo", "--endpoint", "demo-device")
        text = self.run("millrace", "query", *where, "--format", "csv")
        rows = csv.DictReader(io.StringIO(text))
        return [row["value"] for row in rows if row["series"] == "auto~temperature"]

    def recorded_pid(self, part):
        return int((self.state / "run" / f"{part}.pid").read_text().split()[0])

    def bus_token(self):
        return (self.state / "nats.token").read_text().strip()

    def bus(self, token):
        return Bus(SimpleNamespace(port=self.port("NATS"), token=token))


@pytest.fixture(name="deployment")
def _deployment():
    one = Deployment()
    yield one
    one.command("down", "--clean")
    shutil.rmtree(one.folder)


def test_up_shows_the_demo_devices_points_and_state_survives_down_and_up(
    deployment, record_property
):
    shown = deployment.run("up", "--detach")
    assert "auto~temperature" in shown and "auto~humidity" in shown
    assert f":{deployment.port('HTTP')}/kp1/" in shown
    dashboard = f"http://127.0.0.1:{deployment.port('GATEWAY')}"
    assert dashboard in shown
    with urllib.request.urlopen(dashboard, timeout=30) as page:
        assert b"<script" in page.read()
    token_file = deployment.state / "demo.token"
    assert token_file.stat().st_mode & 0o777 == 0o600
    assert len(deployment.temperatures()) == 4  # one by HTTP, three by MQTT

    again = deployment.command("up", "--detach")
    assert again.returncode == 0
    assert "already running" in again.stderr
    assert len(deployment.temperatures()) == 4

    token = token_file.read_text()
    bus_token = deployment.bus_token()
    deployment.run("down")
    assert nobody_listens(deployment)
    before = time.monotonic()
    again = deployment.command("up", "--detach")
    assert again.returncode == 0, again.stdout + again.stderr
    # Under 15 s, since nothing is built. The seconds themselves are those of whatever else the
    # machine does: they are recorded, not asserted.
    record_property("seconds of the second start", round(time.monotonic() - before, 1))
    assert "ninja: no work to do." in again.stderr, again.stderr
    assert token_file.read_text() == token
    assert deployment.bus_token() == bus_token
    assert len(deployment.temperatures()) == 8

    deployment.run("down", "--clean")
    assert not deployment.state.exists()


def test_nobody_gets_onto_the_bus_without_its_token(deployment):
    deployment.run("up", "--detach")
    for wrong in ("", "guess"):
        with pytest.raises(RuntimeError, match="Authorization Violation"):
            deployment.bus(wrong)
    with deployment.bus(deployment.bus_token()) as bus:
        assert "state" in bus.jetstream("STREAM.INFO.DATA_SAMPLES")


def test_the_token_of_the_bus_is_shown_to_its_owner_only(deployment):
    deployment.run("up", "--detach")
    assert (deployment.state / "nats.token").stat().st_mode & 0o777 == 0o600
    assert str(deployment.port("NATS")) in command_lines(), "nats-server's is among them"
    assert deployment.bus_token() not in command_lines()
    logs = "".join(log.read_text() for log in (deployment.state / "log").iterdir())
    assert deployment.bus_token() not in logs


def command_lines():
    """Those of all processes, which every user may read."""
    lines = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(line.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:  # it has ended
            continue
    return "\n".join(lines)


def test_an_occupied_port_is_named_with_its_setting_before_anything_is_started(deployment):
    with socket.create_server(("127.0.0.1", deployment.port("MQTT"))):
        done = deployment.command("up", "--detach")
    assert done.returncode == 1
    assert f"port {deployment.port('MQTT')} is occupied" in done.stderr
    assert "MILLRACE_LOCAL_MQTT_PORT" in done.stderr
    assert not list((deployment.state / "run").glob("*.pid"))


def test_a_part_that_is_killed_is_reported_and_started_again(deployment):
    deployment.run("up", "--detach")
    killed = {part: deployment.recorded_pid(part) for part in ("epts", "nats-server", "postgres")}
    for pid in killed.values():
        os.kill(pid, signal.SIGKILL)
    for part, pid in killed.items():
        wait_until(
            lambda: deployment.recorded_pid(part) != pid,  # pylint: disable=W0640
            f"{part} is started again",
        )
        assert f"{part} has ended with signal KILL" in (deployment.state / "log/up.log").read_text()
    wait_until(lambda: len(deployment.temperatures()) == 4, "the points are readable again")


def test_ctrl_c_stops_everything(deployment):
    with subprocess.Popen(
        [LOCAL / "up"],
        env=deployment.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Whoever runs the tests in the background has SIGINT ignored, and bash cannot undo that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as up:
        shown = []
        for line in up.stdout:
            shown.append(line)
            if line.startswith("Ctrl-C"):
                break
        os.killpg(up.pid, signal.SIGINT)  # as a terminal does: to all of the foreground group
        _, errors = up.communicate(timeout=120)
    assert up.returncode == 0, "".join(shown) + errors
    assert "killed" not in errors
    assert nobody_listens(deployment)


def nobody_listens(deployment):
    for name in PORTS:
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", deployment.port(name))) != 0, name
    return True


def test_wrong_usage_ends_with_status_2(deployment):
    for command in ("up", "down"):
        done = deployment.command(command, "--nonsense")
        assert done.returncode == 2
        assert "--nonsense" in done.stderr
