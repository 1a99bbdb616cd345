# SPDX-License-Identifier: Apache-2.0
"""A link to PostgreSQL that breaks at COMMIT: before PostgreSQL has it, or before it has answered."""

from fault.link import Link

COMMIT = b"COMMIT"


class SeveredLink(Link):
    """Each call of sever() is good for one COMMIT."""

    def __init__(self, port):
        self._cuts = []  # "lost": PostgreSQL never gets it; "unanswered": it does, nobody hears
        self.severed = []
        super().__init__(port)

    def sever(self, kind):
        self._cuts.append(kind)

    def from_client(self, server, data):
        if COMMIT not in data or not self._cuts:
            return super().from_client(server, data)
        kind = self._cuts.pop(0)
        if kind == "unanswered":
            server.sendall(data)
            server.recv(1 << 16)  # it has committed
        self.severed.append(kind)
        return False
