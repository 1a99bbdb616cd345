# SPDX-License-Identifier: Apache-2.0
"""A link to PostgreSQL that breaks at COMMIT: before PostgreSQL has it, or before it has answered."""

import contextlib
import select
import socket
import threading

COMMIT = b"COMMIT"


class SeveredLink:
    """Forwards TCP from its port to PostgreSQL's. Each call of cut() is good for one COMMIT."""

    def __init__(self, port):
        self._to = port
        self._cuts = []  # "lost": PostgreSQL never gets it; "unanswered": it does, nobody hears
        self.severed = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, kind):
        self._cuts.append(kind)

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._forward, args=(client,), daemon=True).start()

    def _forward(self, client):
        with contextlib.suppress(OSError), client:
            with socket.create_connection(("127.0.0.1", self._to)) as server:
                while self._forward_some(client, server):
                    pass

    def _forward_some(self, client, server):
        readable, _, _ = select.select([client, server], [], [])
        if client in readable:
            data = client.recv(1 << 16)
            if COMMIT in data and self._cuts:
                return self._sever(server, data)
            server.sendall(data)
            return bool(data)
        data = server.recv(1 << 16)
        client.sendall(data)
        return bool(data)

    def _sever(self, server, data):
        kind = self._cuts.pop(0)
        if kind == "unanswered":
            server.sendall(data)
            server.recv(1 << 16)  # it has committed
        self.severed.append(kind)
        return False
