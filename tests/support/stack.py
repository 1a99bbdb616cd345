# SPDX-License-Identifier: Apache-2.0
"""The suite, or any part of it, as real processes on private ports.

Fixtures (tests/README.md has examples):
  postgres    the cluster: started once per session, one database per stack
  make_stack  make_stack("registry", "epts"): a Stack with these services, ready
  stack       a Stack with all five services
  shared_stack  the same, once for all tests of a file, which use endpoints of their own and kill
              nothing
"""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from support.api import QueryApi, RegistryApi
from support.nats_server import NatsServer
from support.paths import BIN
from support.postgres import Postgres, Standby
from support.service import PROGRAMS, Service

# Without the gateway, which few tests need: one.start("gateway").
ALL = ("registry", "http-receiver", "mqtt-receiver", "epts", "query")

# What logs are taken from when a test fails.
_open_stacks = []
_open_clusters = []


class Stack:
    """nats-server, a database and services. close() ends everything and says what ended badly.

    stack["epts"] is the service; kill(), start(), stop(), restart() act on that process, on the
    same ports and data. stack.nats and stack.postgres have the same verbs.
    """

    def __init__(self, postgres_cluster, nats_config=None, *, nats_disk=None, programs=BIN):
        self.folder = Path(tempfile.mkdtemp(prefix="millrace-stack-"))
        self.postgres = postgres_cluster
        self.database = postgres_cluster.create_database()
        self.programs = programs
        self.nats = NatsServer(self.folder, nats_config, nats_disk)
        self.services = {}
        self._apis = {}
        _open_stacks.append(self)

    def __getitem__(self, name):
        return self.services[name]

    def start(self, kind, *, name=None, wait=True, **settings):
        """Starts a service. Settings as keywords: max_upload_size=4096 is --max-upload-size=4096.

        `name` tells replicas of one kind apart (also its instance-name).
        """
        name = name or kind
        assert name not in self.services, f"{name} exists; start it with stack['{name}'].start()"
        given = {key.replace("_", "-"): value for key, value in settings.items()}
        service = Service(
            kind,
            self.folder,
            name=name,
            settings={**self._defaults(kind, name), **given},
            programs=self.programs,
        )
        self.services[name] = service
        service.start(wait)
        return service

    def _defaults(self, kind, name):
        settings = {"nats-url": self.nats.url}
        if name != kind:
            settings["instance-name"] = name
        role = PROGRAMS[kind].database_role
        if role:
            settings["database-url"] = self.database_url(role)
        if kind == "registry":
            settings["admin-key-file"] = self.admin_key_file
        if kind == "gateway":
            # Those that were started before it; the others it will find away.
            for asked in ("query", "registry"):
                if asked in self.services:
                    settings[f"{asked}-address"] = self[asked].address
        return settings

    @property
    def admin_key_file(self):
        return self.folder / "admin.key"

    @property
    def admin_key(self):
        return self.admin_key_file.read_text(encoding="utf-8").strip()

    def database_url(self, role="postgres"):
        return self.postgres.url(self.database, role)

    def sql(self, statement, parameters=None):
        """Runs it as superuser in the stack's database; the rows, if it gives any."""
        session = self.postgres.connect(self.database)
        try:
            with session, session.cursor() as cursor:
                cursor.execute(statement, parameters)
                return cursor.fetchall() if cursor.description else None
        finally:
            session.close()

    @property
    def registry(self):
        """RegistryApi with the admin key."""
        return self._api("registry", RegistryApi)

    @property
    def query(self):
        """QueryApi with the admin key."""
        return self._api("query", QueryApi)

    def _api(self, name, make):
        # A channel of its own for each process: on the old one, the first call after a kill -9 may
        # still go into the broken connection.
        key = name, self[name].pid
        if key not in self._apis:
            self._apis[key] = make(self[name].address, self.admin_key)
        return self._apis[key]

    def processes(self):
        return [*self.services.values(), self.nats]

    def close(self):
        """Ends everything; an AssertionError names services that crashed or did not end with 0."""
        _open_stacks.remove(self)
        faults = [fault for child in self.processes() if (fault := child.fault())]
        for api in self._apis.values():
            api.channel.close()
        faults += self._stop_services()
        if self.nats.running:
            self.nats.kill()
        self._remove()
        assert not faults, "; ".join(faults)

    def _stop_services(self):
        running = [service for service in self.services.values() if service.running]
        faults = []
        for service in running:
            service.ask_to_stop()
        for service in running:
            try:
                status = service.wait()
            except AssertionError as error:
                status = str(error)
                service.kill()
            if status != 0:
                faults.append(f"{service.name} ended with {status}:\n{service.log_tail(40)}")
        return faults

    def abandon(self):
        """Ends everything at once: the test has failed, its logs are in the report."""
        _open_stacks.remove(self)
        for child in self.processes():
            if child.running:
                child.kill()
        self._remove()

    def _remove(self):
        if self.nats.disk:
            self.nats.disk.close()
        if self.postgres.running:
            self.postgres.drop_database(self.database)
        shutil.rmtree(self.folder, ignore_errors=True)


def log_tails():
    """(title, text) of every log of every open stack."""
    for one in list(_open_stacks):
        for child in one.processes():
            yield f"log of {child.name}", child.log_tail()
    for cluster in _open_clusters:
        yield "log of PostgreSQL", cluster.log_tail(30)


@contextlib.contextmanager
def running_cluster(disk=None, primary=None):
    """A PostgreSQL of one's own, started; `disk`: the size of a small disk for its data.

    With `primary` a read replica of that one.
    """
    folder = Path(tempfile.mkdtemp(prefix="millrace-pg-"))
    os.chmod(folder, 0o711)
    cluster = Standby(folder, primary) if primary else Postgres(folder, disk)
    _open_clusters.append(cluster)
    try:
        cluster.start()
        yield cluster
    finally:
        _open_clusters.remove(cluster)
        if cluster.running:
            cluster.stop()
        if cluster.disk:
            cluster.disk.close()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres():
    with running_cluster() as cluster:
        yield cluster


@contextlib.contextmanager
def running_stack(cluster, *services, nats_config=None, programs=BIN):
    """A Stack with these services, ready. Where the block fails, everything is ended at once."""
    if not cluster.running:  # an earlier test left it dead
        cluster.start()
    one = Stack(cluster, nats_config, programs=programs)
    try:
        _start(one, services)
        yield one
    except BaseException:
        one.abandon()
        raise
    one.close()


def _start(one, services):
    one.nats.start()
    for kind in services:
        one.start(kind, wait=False)
    for kind in services:
        one[kind].wait_ready()


@pytest.fixture
def make_stack(postgres, request):  # pylint: disable=redefined-outer-name
    stacks = []

    def make(*services, nats_config=None, nats_disk=None, cluster=postgres):
        if not cluster.running:  # an earlier test left it dead
            cluster.start()
        one = Stack(cluster, nats_config, nats_disk=nats_disk)
        stacks.append(one)
        _start(one, services)
        return one

    yield make
    failed = getattr(request.node, "failed", False)
    with contextlib.ExitStack() as ending:  # one that cannot end does not keep the others
        for one in stacks:
            ending.callback(one.abandon if failed else one.close)


@pytest.fixture
def stack(make_stack):  # pylint: disable=redefined-outer-name
    return make_stack(*ALL)


@pytest.fixture(scope="module")
def shared_stack(postgres):  # pylint: disable=redefined-outer-name
    with running_stack(postgres, *ALL) as one:
        yield one
