# SPDX-License-Identifier: Apache-2.0
"""A compose deployment under a project name of its own, on free ports of 127.0.0.1."""

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import time
from pathlib import Path

from support.api import QueryApi, RegistryApi
from support.child import clean_environment
from support.paths import ROOT
from support.ports import free_port
from support.wait import wait_until

SERVICES = ("registry", "http-receiver", "mqtt-receiver", "epts", "query", "gateway")
ADMIN_PORTS = {
    "http-receiver": 9101,
    "mqtt-receiver": 9102,
    "epts": 9103,
    "registry": 9104,
    "query": 9105,
    "gateway": 9106,
}
_IMAGES = ("MILLRACE_IMAGE", "MILLRACE_PROXY_IMAGE", "MILLRACE_NATS_IMAGE", "MILLRACE_POSTGRES_IMAGE")


@dataclasses.dataclass(frozen=True)
class Door:
    """Where devices connect: what support/device.py and fault/fleet.py ask of a service."""

    port: int

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"


def run(*words, check=True, env=None, within=600, text_input=None):
    """Output of a command; its errors are shown when it fails."""
    done = subprocess.run(
        words, capture_output=True, text=True, env=env, timeout=within, cwd=ROOT, check=False, input=text_input
    )
    if check:
        assert done.returncode == 0, f"{' '.join(words)} ended with {done.returncode}: {done.stderr}"
    return done


class Deployment:
    """Not for several threads. `image`: other than that of the environment."""

    def __init__(self, suffix, *overlays, image=None):
        self.project = f"{os.environ.get('MILLRACE_TEST_PROJECT', f'millrace-test-{os.getpid()}')}-{suffix}"
        self.ports = {
            name: free_port()
            for name in ("HTTP", "MQTT", "QUERY", "REGISTRY", "GATEWAY", "PROMETHEUS")
        }
        self._files = ("compose.yaml", *overlays)
        # Added to the environment of each docker compose from then on.
        self.variables = {}
        self._env = {
            **clean_environment(),
            **{name: os.environ[name] for name in _IMAGES if name in os.environ},
            **{f"MILLRACE_{name}_PORT": str(port) for name, port in self.ports.items()},
        }
        if image:
            self.use_image(image)

    def use_image(self, image):
        """At the next up() containers of another one are made anew."""
        self._env["MILLRACE_IMAGE"] = image

    @property
    def http(self):
        return Door(self.ports["HTTP"])

    @property
    def mqtt(self):
        return Door(self.ports["MQTT"])

    def compose(self, *words, check=True, profiles=(), within=600):
        files = [word for file in self._files for word in ("-f", file)]
        chosen = [word for profile in profiles for word in ("--profile", profile)]
        return run(
            # The defaults, whatever .env of the person who runs this says.
            *("docker", "compose", "--env-file", "/dev/null", "-p", self.project),
            *(*files, *chosen, *words),
            check=check,
            env={**self._env, **self.variables},
            within=within,
        )

    def up(self, *services, profiles=()):
        """Seconds until everything was healthy."""
        begin = time.monotonic()
        done = self.compose(
            *("up", "-d", "--wait", "--no-build", "--quiet-pull", *services), check=False, profiles=profiles
        )
        assert done.returncode == 0, f"up ended with {done.returncode}: {done.stderr}\n{self.tails()}"
        return time.monotonic() - begin

    def down(self, *words):
        self.compose("--profile", "*", "down", "--timeout", "30", *words)

    def tails(self, lines=15):
        return self.compose("logs", "--no-color", "--tail", str(lines), check=False).stdout[-20000:]

    # --- containers ---

    def containers(self, service=None):
        """Ids of those that run."""
        words = ("ps", "-q", "--status", "running", *((service,) if service else ()))
        return self.compose(*words).stdout.split()

    def kill(self, container):
        """kill -9 of its first process. Not `docker kill`: that counts as stopped by the user, and
        the restart policy does not apply."""
        pid = inspect(container)["State"]["Pid"]
        try:
            os.kill(pid, signal.SIGKILL)
        except PermissionError:
            # Not root here; the engine is.
            run(
                *("docker", "run", "--rm", "--pid", "host", "--user", "0", "--network", "none"),
                *("--entrypoint", "bash", self._env["MILLRACE_IMAGE"], "-c", f"kill -9 {pid}"),
            )

    def wait_back(self, container, restarts):
        """Until it was restarted so often and is healthy."""

        def healthy():
            state = inspect(container)
            return (
                state["RestartCount"] >= restarts
                and state["State"]["Running"]
                and state["State"]["Health"]["Status"] == "healthy"
            )

        name = inspect(container)["Name"]
        wait_until(healthy, f"{name} is back and healthy", 120, every=0.1)

    def file(self, service, path):
        return self.compose("exec", "-T", service, "cat", path).stdout.strip()

    def admin(self, container, port, path):
        """Body of an answer of the admin port, which is not published. The image has no curl."""
        script = (
            f"exec 3<>/dev/tcp/127.0.0.1/{port};"
            f" printf 'GET {path} HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"
        )
        answer = run("docker", "exec", container, "bash", "-c", script).stdout
        return answer.partition("\r\n\r\n")[2] or answer.partition("\n\n")[2]

    def metric(self, container, port, name):
        """Sum over all labels."""
        lines = self.admin(container, port, "/metrics").splitlines()
        return sum(
            float(line.split()[-1])
            for line in lines
            if line.startswith((f"{name} ", f"{name}{{"))
        )

    # --- clients ---

    def cli(self, *words, check=True):
        """The command `millrace`, as the README runs it."""
        return self.compose("run", "--rm", "-T", "millrace", *words, check=check).stdout

    def admin_key(self):
        return self.file("registry", "/var/lib/millrace/secrets/admin/admin.key")

    def web(self, path, *words):
        """What the gateway answers, as a browser or a script on this machine gets it."""
        url = f"http://127.0.0.1:{self.ports['GATEWAY']}{path}"
        return run("curl", "-fsS", "--max-time", "10", *words, url, env=clean_environment()).stdout

    def applications_over_http(self, key=None):
        """What a page shows first: through the gateway, from the registry.

        `key`: for when the container that keeps the key may stand still.
        """
        return self.web(
            "/millrace.registry.v1.Registry/ListApplications",
            *("-H", f"Authorization: Bearer {key or self.admin_key()}"),
            *("-H", "Content-Type: application/json", "--data-raw", "{}"),
        )

    def registry_api(self):
        return RegistryApi(f"127.0.0.1:{self.ports['REGISTRY']}", self.admin_key())

    def query_api(self):
        return QueryApi(f"127.0.0.1:{self.ports['QUERY']}", self.admin_key())


def inspect(container):
    return json.loads(run("docker", "inspect", container).stdout)[0]


def memory_by_service(project):
    """[(service, replica, memory as docker stats says it)]"""
    ids = run("docker", "ps", "-q", "--filter", f"label=com.docker.compose.project={project}").stdout.split()
    lines = run(
        "docker", "stats", "--no-stream", "--format", "{{.Name}}\t{{.MemUsage}}\t{{.CPUPerc}}", *ids
    ).stdout.splitlines()
    return sorted(tuple(line.removeprefix(f"{project}-").split("\t")) for line in lines)


def note_figure(text):
    """For the end of tests/compose/run."""
    folder = os.environ.get("MILLRACE_TEST_RESULTS")
    if folder:
        with open(Path(folder) / "figures.txt", "a", encoding="utf-8") as file:
            file.write(text + "\n")


def services_of(image):
    """Those whose programs it has."""
    programs = run("docker", "run", "--rm", "--network", "none", "--entrypoint", "ls", image, "/usr/local/bin")
    there = programs.stdout.split()
    return tuple(service for service in SERVICES if f"millrace-{service}" in there)


@contextlib.contextmanager
def deployed(suffix, *overlays, image=None):
    """Removes all it made, also its volumes. An earlier `image` has no later service."""
    deployment = Deployment(suffix, *overlays, image=image)
    try:
        deployment.first_start = deployment.up(*(services_of(image) if image else ()))
        yield deployment
    finally:
        deployment.down("--volumes")
