# SPDX-License-Identifier: Apache-2.0
"""A real PostgreSQL 15 cluster, its own, with one database per stack."""

import contextlib
import itertools
import os
import pwd
import secrets
import shutil
import signal
import subprocess
from urllib.parse import quote

import psycopg2

from support.child import Child, clean_environment
from support.paths import POSTGRES_BIN, ROOT
from support.ports import free_port
from support.small_disk import SmallDisk
from support.wait import wait_until

ROLES = ("registry", "epts", "query")


class Postgres(Child):
    """Listens on a socket in its folder, and on TCP (with a password) for faulty links between.

    The superuser is `postgres`, over the socket only. Refuses to run as root, so then it runs as
    the package's user. `disk`: the size of a small disk for its data directory.
    """

    def __init__(self, folder, disk=None):
        self.folder = folder
        self.port = free_port()
        self.password = secrets.token_urlsafe(12)
        self._user = "postgres" if os.geteuid() == 0 else None
        self._databases = itertools.count(1)
        self._make_cluster()
        self.disk = SmallDisk(folder / "data", disk) if disk else None
        super().__init__(
            "postgres",
            [POSTGRES_BIN / "postgres", "-D", folder / "data"],
            folder / "postgres.log",
            user=self._user,
            stop_signal=signal.SIGINT,  # fast: ends sessions instead of waiting for them
            env=clean_environment(),
            inside=self.disk.inside if self.disk else (),
        )

    def _own_folder(self):
        if self._user:
            account = pwd.getpwnam(self._user)
            os.chown(self.folder, account.pw_uid, account.pw_gid)

    def _make_cluster(self):
        data = self.folder / "data"
        self._own_folder()
        self._run(
            POSTGRES_BIN / "initdb",
            *("-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync"),
            *("--auth-local=trust", "--auth-host=scram-sha-256"),
        )
        shutil.copyfile(ROOT / "deploy/postgres/postgresql.conf", data / "postgresql.conf")
        with open(data / "postgresql.conf", "a", encoding="utf-8") as conf:
            conf.write(
                self._addresses() + "max_connections = 200\nshared_buffers = 128MB\n"
                # Tests kill processes, not the machine: what was written stays written.
                "fsync = off\n"
            )

    def _addresses(self):
        return (
            f"\nlisten_addresses = '127.0.0.1'\nport = {self.port}\n"
            f"unix_socket_directories = '{self.folder}'\n"
        )

    def _run(self, *argv):
        done = subprocess.run(
            [str(word) for word in argv],
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user else None,
            cwd=self.folder,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{argv[0]} failed: {done.stderr}"

    def start(self, wait=True):
        super().start()
        if wait:
            wait_until(self._answers, "PostgreSQL answers")

    def _answers(self):
        assert self.running, f"PostgreSQL ended with status {self.status}: {self.log_tail(5)}"
        self.connect("postgres").close()
        return True

    def kill(self):
        """kill -9 of the postmaster; waits until its backends have gone, as a restart needs."""
        status = super().kill()
        wait_until(lambda: not self._backends(), "PostgreSQL's processes have gone")
        return status

    @contextlib.contextmanager
    def frozen(self):
        """Within it every process of the cluster stands still (SIGSTOP), its sockets open."""
        os.kill(self.pid, signal.SIGSTOP)  # first: it makes no further ones
        try:
            for pid in self._backends():
                os.kill(int(pid), signal.SIGSTOP)
            yield
        finally:
            for pid in self._backends():
                os.kill(int(pid), signal.SIGCONT)

    def has_unread_requests(self):
        """Whether somebody waits for it: a session whose request it has not begun to read."""
        socket = f"{self.folder}/.s.PGSQL.{self.port}"
        listed = subprocess.run(
            ["ss", "-Hxn", "src", socket], capture_output=True, text=True, check=True
        )
        sessions = [line.split() for line in listed.stdout.splitlines()]
        return any(state == "ESTAB" and int(unread) for _, state, unread, *_ in sessions)

    def _backends(self):
        """Processes of the cluster, the postmaster's too: they live in its data directory."""
        left = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.readlink(f"/proc/{pid}/cwd") == str(self.folder / "data"):
                    left.append(pid)
            except OSError:
                continue
        return left

    def create_database(self):
        """A new database with the roles' rights in it; returns its name."""
        name = f"millrace_{next(self._databases)}"
        done = subprocess.run(
            [
                *(POSTGRES_BIN / "psql", "-X", "-q", "-h", self.folder, "-p", str(self.port)),
                *("-U", "postgres", "-d", "postgres", "-v", f"database={name}"),
                *("-f", ROOT / "deploy/postgres/roles.sql"),
            ],
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"roles.sql failed: {done.stderr}"
        with self.connect(name) as session, session.cursor() as cursor:
            for role in ROLES:
                cursor.execute(f"ALTER ROLE {role} PASSWORD %s", (self.password,))
        session.close()
        return name

    def drop_database(self, name):
        session = self.connect("postgres")
        session.autocommit = True
        with session.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        session.close()

    def url(self, database, role="postgres"):
        """Over the socket, without a password."""
        host = quote(str(self.folder), "")
        return f"postgresql://{role}@/{database}?host={host}&port={self.port}"

    def tcp_url(self, database, role, port=None):
        """Over TCP; `port`: of a link in between."""
        return f"postgresql://{role}:{self.password}@127.0.0.1:{port or self.port}/{database}"

    def connect(self, database, role="postgres"):
        """A psycopg2 connection."""
        return psycopg2.connect(self.url(database, role), connect_timeout=10)


class Standby(Postgres):
    """A read replica of `primary`, which runs: it streams what is written there."""

    def __init__(self, folder, primary):
        self._primary = primary
        super().__init__(folder)
        self.password = primary.password

    def _make_cluster(self):
        self._own_folder()
        self._run(
            POSTGRES_BIN / "pg_basebackup",
            *("-h", self._primary.folder, "-p", self._primary.port, "-U", "postgres"),
            *("-D", self.folder / "data", "--write-recovery-conf", "--checkpoint=fast", "--no-sync"),
        )
        with open(self.folder / "data" / "postgresql.conf", "a", encoding="utf-8") as conf:
            conf.write(self._addresses() + "hot_standby_feedback = off\n")
