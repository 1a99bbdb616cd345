# SPDX-License-Identifier: Apache-2.0
"""One built service as a process: its settings, ports, health, metrics and log."""

import dataclasses
import http.client
import json
import os
import re

from support.child import Child, clean_environment
from support.paths import BIN
from support.ports import free_port
from support.wait import wait_until


@dataclasses.dataclass(frozen=True)
class Program:
    binary: str
    listens: tuple = ()  # what for: the settings <what>-listen, beside admin-listen
    database_role: str = ""  # empty: needs no database


PROGRAMS = {
    "registry": Program("millrace-registry", ("grpc",), "registry"),
    "http-receiver": Program("millrace-http-receiver", ("http",)),
    "mqtt-receiver": Program("millrace-mqtt-receiver", ("mqtt",)),
    "epts": Program("millrace-epts", (), "epts"),
    "query": Program("millrace-query", ("grpc",), "query"),
    "gateway": Program("millrace-gateway", ("http",)),
}

_SAMPLE = re.compile(r"^(?P<name>[A-Za-z_:][\w:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Service(Child):
    """Its ports stay the same over kill() and start().

    `programs`: the folder its binary is taken from, at each start.
    """

    def __init__(self, kind, folder, *, name, settings, programs=BIN):
        program = PROGRAMS[kind]
        self.kind = kind
        self.programs = programs
        self.ports = {what: free_port() for what in ("admin", *program.listens)}
        listens = {f"{what}-listen": f"127.0.0.1:{port}" for what, port in self.ports.items()}
        self.settings = {**listens, **settings}
        super().__init__(
            name, [programs / program.binary], folder / f"{name}.log", env=service_environment()
        )

    @property
    def address(self):
        """host:port of its gRPC, HTTP or MQTT listener."""
        what = next(what for what in self.ports if what != "admin")
        return f"127.0.0.1:{self.ports[what]}"

    @property
    def port(self):
        return int(self.address.rpartition(":")[2])

    def start(self, wait=True):
        flags = [f"--{name}={_text(value)}" for name, value in self.settings.items()]
        self.argv = [str(self.programs / PROGRAMS[self.kind].binary), *flags]
        super().start()
        if wait:
            self.wait_ready()

    def restart(self, wait=True):
        """kill -9 and start again."""
        self.kill()
        self.start(wait)

    def wait_ready(self):
        wait_until(self.ready, f"{self.name} is ready")

    def ready(self):
        assert self.running, f"{self.name} ended with status {self.status}: {self.log_tail(5)}"
        status, body = self.admin("/readyz")
        assert status == 200, body
        return True

    def admin(self, path):
        """(status, text) of a GET at the admin port."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["admin"], timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def metrics(self):
        """{(name, frozenset of (label, value))}: value}"""
        status, text = self.admin("/metrics")
        assert status == 200, text
        samples = {}
        for line in text.splitlines():
            sample = _SAMPLE.match(line)
            if sample:
                labels = frozenset(_LABEL.findall(sample["labels"] or ""))
                samples[sample["name"], labels] = float(sample["value"])
        return samples

    def metric(self, name, **labels):
        """Sum over all samples of the metric that have these labels; 0 when there is none."""
        wanted = set(labels.items())
        return sum(
            value
            for (its_name, its_labels), value in self.metrics().items()
            if its_name == name and wanted <= its_labels
        )

    def log(self):
        """Its log lines so far, decoded, without those that are no JSON (sanitizer reports)."""
        lines = []
        for line in self.log_text().splitlines():
            try:
                lines.append(json.loads(line))
            except ValueError:
                continue
        return lines

    def logged(self, event):
        """Lines of this event so far."""
        return [line for line in self.log() if line.get("event") == event]


def _text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def service_environment():
    environment = clean_environment()
    # A sanitizer's finding ends the process, which fails the test that looks at exit statuses.
    environment.setdefault("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1")
    environment.setdefault("TSAN_OPTIONS", "halt_on_error=1:second_deadlock_stack=1")
    environment.setdefault("ASAN_OPTIONS", "detect_stack_use_after_return=0")
    environment["TZ"] = os.environ.get("TZ", "UTC")
    return environment
