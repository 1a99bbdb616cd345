# SPDX-License-Identifier: Apache-2.0
"""A real nats-server with JetStream on a private port, with a token as it is deployed.

The one on PATH, or the program that MILLRACE_TEST_NATS_SERVER names: another version, say.
"""

import os
import secrets
import socket

from support.child import Child, clean_environment
from support.paths import ROOT
from support.ports import free_port
from support.small_disk import SmallDisk
from support.wait import wait_until

PROGRAM = os.environ.get("MILLRACE_TEST_NATS_SERVER", "nats-server")


class NatsServer(Child):
    """`disk`: the size of a small disk for its store."""

    def __init__(self, folder, config=None, disk=None):
        self.port = free_port()
        self.token = f"nats_{secrets.token_hex(8)}"
        store = folder / "nats"
        store.mkdir()
        self.disk = SmallDisk(store, disk) if disk else None
        super().__init__(
            "nats-server",
            [
                *(PROGRAM, "-c", config or ROOT / "deploy/nats/nats.conf"),
                *("-a", "127.0.0.1", "-p", self.port, "-sd", store),
            ],
            folder / "nats-server.log",
            env={**clean_environment(), "MILLRACE_NATS_TOKEN": self.token},
            inside=self.disk.inside if self.disk else (),
        )

    @property
    def url(self):
        return f"nats://{self.token}@127.0.0.1:{self.port}"

    def start(self, wait=True):
        super().start()
        if wait:
            wait_until(self._greets, "nats-server greets", every=0.01)

    def _greets(self):
        assert self.running, f"nats-server ended with status {self.status}: {self.log_tail(5)}"
        with socket.create_connection(("127.0.0.1", self.port), 2) as connection:
            return connection.recv(5) == b"INFO "
