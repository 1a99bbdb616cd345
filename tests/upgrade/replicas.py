# SPDX-License-Identifier: Apache-2.0
"""Two of each service from one version's programs, replaced one by one by another's."""

import contextlib
import dataclasses
import itertools
import os
import threading
import time

import grpc

from support.api import QueryApi, RegistryApi
from support.stack import running_stack
from support.wait import wait_until

# Who is asked before who asks, and who reads a message before who writes it: docs/operations.md.
ORDER = ("registry", "epts", "http-receiver", "mqtt-receiver", "query")
REPLICAS = (1, 2)
# How a call ends whose connection is moved: it found nobody, or was cut off with the connection.
MOVED = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)


class Door:
    """Both replicas of a receiver: each new connection of a device goes to the next one."""

    def __init__(self, services):
        self._services = itertools.cycle(services)

    @property
    def port(self):
        return next(self._services).port


@dataclasses.dataclass(frozen=True)
class Replacement:
    name: str
    begin: float  # of time.monotonic()
    stopped: float
    end: float  # it is ready again

    def __str__(self):
        return (
            f"{self.name:16} ended within {self.stopped - self.begin:.2f} s,"
            f" ready again after {self.end - self.begin:.2f} s"
        )


class Replicas:
    """What compose/load.py asks of a deployment, and the verbs of an upgrade."""

    def __init__(self, stack):
        self.stack = stack
        self._made = []  # APIs, for their channels
        for kind in ORDER:
            for number in REPLICAS:
                stack.start(kind, name=f"{kind}-{number}", wait=False)
        for service in stack.services.values():
            service.wait_ready()
        self.first_migrations = self.migrations()
        self.http = Door(self.of("http-receiver"))
        self.mqtt = Door(self.of("mqtt-receiver"))

    def of(self, kind):
        return [self.stack[f"{kind}-{number}"] for number in REPLICAS]

    def _api(self, make, kind):
        self._made.append(make(self.of(kind)[0].address, self.stack.admin_key))
        return self._made[-1]

    def registry_api(self):
        return self._api(RegistryApi, "registry")

    def query_api(self):
        return self._api(QueryApi, "query")

    def replace(self, service, programs):
        """SIGTERM, and the other program with the same ports and settings."""
        begin = time.monotonic()
        assert service.stop() == 0, service.log_tail(20)
        stopped = time.monotonic()
        service.programs = programs
        service.start()
        self.check_program(service)
        return Replacement(service.name, begin, stopped, time.monotonic())

    @staticmethod
    def check_program(service):
        running = os.path.dirname(os.readlink(f"/proc/{service.pid}/exe"))
        assert running == os.path.realpath(service.programs), running

    def migrations(self):
        rows = self.stack.sql("SELECT number FROM time_series.migration ORDER BY number")
        return [number for (number,) in rows]

    def close(self):
        for api in self._made:
            api.channel.close()


@contextlib.contextmanager
def started(postgres, programs):
    with running_stack(postgres, programs=programs) as stack:
        replicas = Replicas(stack)
        yield replicas
        replicas.close()


class Reader(threading.Thread):
    """Asks one replica of query again and again, and remembers when it got no answer."""

    PAUSE = 0.02

    def __init__(self, service, key, identity):
        super().__init__(daemon=True)
        self.name = service.name
        self.answered = 0
        self.failures = []  # (begin, end, code)
        self._service = service
        self._key = key
        self._identity = identity
        self._may_end = threading.Event()

    def run(self):
        while not self._may_end.is_set():
            # A failed call's connection is left: a new one does not wait to be tried again.
            api = QueryApi(self._service.address, self._key, patient=False)
            try:
                self._ask(api)
            finally:
                api.channel.close()
            self._may_end.wait(self.PAUSE)

    def _ask(self, api):
        while not self._may_end.wait(self.PAUSE):
            begin = time.monotonic()
            try:
                found = api.last(self._identity.application, [self._identity.endpoint_id])
            except grpc.RpcError as error:
                self.failures.append((begin, time.monotonic(), error.code()))
                return
            if found:
                self.answered += 1
            else:
                self.failures.append((begin, time.monotonic(), "a point that was there is gone"))

    def end(self):
        self._may_end.set()
        self.join(60)
        assert not self.is_alive(), "a call has not ended"

    def faults(self, replacements):
        """Failures that no replacement of its own replica explains."""
        own = [one for one in replacements if one.name == self.name]

        def explained(begin, end, code):
            return code in MOVED and any(begin <= one.end and end >= one.begin for one in own)

        return [failure for failure in self.failures if not explained(*failure)]


@contextlib.contextmanager
def reading(replicas, identity):
    """A reader of each replica of query, which have answered at least once."""
    key = replicas.stack.admin_key
    readers = [Reader(service, key, identity) for service in replicas.of("query")]
    for reader in readers:
        reader.start()
    try:
        wait_until(lambda: all(reader.answered for reader in readers), "both have answered")
        yield readers
    finally:
        for reader in readers:
            reader.end()
