# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 on a bare socket: wrong bytes, half requests, one byte at a time."""

import select
import socket


class RawHttp:
    """A device that sends bytes. `port`: another listener than the service's first; `trust`: over
    TLS, with this context."""

    def __init__(self, service, *, port=None, trust=None):
        self._socket = socket.create_connection(("127.0.0.1", port or service.port), 60)
        if trust:
            self._socket = trust.wrap_socket(self._socket, server_hostname="localhost")
        self._stream = self._socket.makefile("rb")

    def send(self, data):
        self._socket.sendall(data)

    def send_slowly(self, data):
        """Byte after byte, until the server says or ends something; how many it took."""
        for count, byte in enumerate(data):
            try:
                self.send(bytes([byte]))
            except OSError:
                return count
            if self.speaks_within(0.04):
                return count
        return len(data)

    def read_all(self):
        """Until the server closes."""
        return self._stream.read()

    def read_head(self):
        """Status and header fields of the next answer."""
        status = int(self._stream.readline().split()[1])
        fields = {}
        while (line := self._stream.readline().strip()) != b"":
            name, _, value = line.decode().partition(": ")
            fields[name.lower()] = value
        return status, fields

    def read_answer(self):
        """(status, body)"""
        status, fields = self.read_head()
        return status, self._stream.read(int(fields["content-length"]))

    def speaks_within(self, seconds):
        """Whether the server sends something, or closes, in so much time."""
        return bool(select.select([self._socket], [], [], seconds)[0])

    def at_end(self):
        """Waits for the server to close; False when it sends something instead."""
        return self._stream.read(1) == b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stream.close()
        self._socket.close()
