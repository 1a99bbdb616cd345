# SPDX-License-Identifier: Apache-2.0
"""A link between two processes of this machine that can be cut and mended."""

import contextlib
import select
import socket
import threading

_PIECE = 1 << 16


class Link:
    """Forwards TCP from its port to another one."""

    def __init__(self, port):
        self._to = port
        self._passing = threading.Event()
        self._passing.set()
        self._refusing = False
        self._open = set()  # both ends of each connection
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        """Every connection breaks, and new ones do so at once."""
        self._refusing = True
        with self._lock:
            for end in self._open:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def silence(self):
        """As if a cable were pulled: connections stay, and nothing passes. Returns at once; what is being
        passed on may still arrive."""
        self._passing.clear()

    def mend(self):
        self._refusing = False
        self._passing.set()

    def close(self):
        self.cut()
        self._passing.set()
        self._listener.close()

    def from_client(self, server, data):
        """Passes it on; False ends the connection."""
        server.sendall(data)
        return bool(data)

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._forward, args=(client,), daemon=True).start()

    def _forward(self, client):
        self._passing.wait()
        with contextlib.suppress(OSError), client:
            with socket.create_connection(("127.0.0.1", self._to)) as server:
                with self._lock:
                    if self._refusing:
                        return
                    self._open |= {client, server}
                try:
                    while self._forward_some(client, server):
                        self._passing.wait()
                finally:
                    with self._lock:
                        self._open -= {client, server}

    def _forward_some(self, client, server):
        readable, _, _ = select.select([client, server], [], [])
        if not self._passing.is_set():
            return True
        if client in readable:
            return self.from_client(server, client.recv(_PIECE))
        data = server.recv(_PIECE)
        client.sendall(data)
        return bool(data)
