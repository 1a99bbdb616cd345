# SPDX-License-Identifier: Apache-2.0
"""A WebSocket (RFC 6455) on a bare socket, which can also do what clients do not: text frames, packets
over several frames, other subprotocols. What it sends and receives looks like a TCP socket's, so that
support/raw_mqtt.py runs over it:

    RawMqtt(service, stream=WebSocket(port).open())
"""

import base64
import hashlib
import os
import socket
import struct

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

# What RFC 6455 appends to the key before it is hashed.
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class WebSocket:
    def __init__(self, port, path="/ws", timeout=60.0, stream=None):
        """`stream`: what stands in the place of a TCP connection, such as a TLS socket."""
        self._socket = stream or socket.create_connection(("127.0.0.1", port), timeout)
        self._path = path
        self._unread = b""
        self._payload = b""
        self._key = base64.b64encode(os.urandom(16))
        self.status = None
        self.headers = {}
        # (code, reason) of the frame that closed it.
        self.closed_with = None
        self.pongs = []

    def open(self, protocols="mqtt"):
        """Asks for these subprotocols (None: for none) and expects to get in."""
        self.ask(protocols)
        assert self.status == 101, f"{self.status} {self.headers}"
        accepted = base64.b64encode(hashlib.sha1(self._key + _GUID).digest()).decode()
        assert self.headers["sec-websocket-accept"] == accepted
        return self

    def ask(self, protocols="mqtt", **headers):
        """The HTTP request; `status` and `headers` have the answer. Headers of None are left out."""
        asked = {
            "Host": "127.0.0.1",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": self._key.decode(),
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Protocol": protocols,
        }
        asked.update({name.replace("_", "-"): value for name, value in headers.items()})
        lines = [f"GET {self._path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in asked.items() if value is not None]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = self._read_head()
        first, *rest = head.decode().split("\r\n")
        self.status = int(first.split(" ")[1])
        self.headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in rest)
        }

    def _read_head(self):
        while b"\r\n\r\n" not in self._unread:
            more = self._socket.recv(4096)
            assert more, "the server closed without an answer"
            self._unread += more
        head, _, self._unread = self._unread.partition(b"\r\n\r\n")
        return head

    # --- frames ---

    def send_frame(self, opcode, payload=b"", *, final=True, masked=True):
        head = bytes([final << 7 | opcode])
        size = len(payload)
        if size < 126:
            head += bytes([masked << 7 | size])
        elif size < 1 << 16:
            head += bytes([masked << 7 | 126]) + struct.pack("!H", size)
        else:
            head += bytes([masked << 7 | 127]) + struct.pack("!Q", size)
        if masked:
            mask = os.urandom(4)
            head += mask
            pattern = (mask * (size // 4 + 1))[:size]
            payload = (
                int.from_bytes(payload, "big") ^ int.from_bytes(pattern, "big")
            ).to_bytes(size, "big")
        self._socket.sendall(head + payload)

    def receive_frame(self):
        """(opcode, payload); None when the server closed the connection."""
        head = self._read(2)
        if head is None:
            return None
        assert not head[1] & 0x80, "frames of a server are not masked"
        size = head[1] & 0x7F
        if size >= 126:
            size = int.from_bytes(self._read(2 if size == 126 else 8), "big")
        return head[0] & 0x0F, self._read(size)

    def _read(self, size):
        while len(self._unread) < size:
            try:
                more = self._socket.recv(65536)
            except ConnectionResetError:
                more = b""
            if not more:
                return None
            self._unread += more
        data, self._unread = self._unread[:size], self._unread[size:]
        return data

    # --- as a socket ---

    def sendall(self, data):
        self.send_frame(BINARY, data)

    def recv(self, size):
        """Payload of binary frames; b"" when the server closed, with a frame or without."""
        while not self._payload:
            frame = self.receive_frame()
            if frame is None:
                return b""
            self._take(*frame)
            if self.closed_with:
                return b""
        data, self._payload = self._payload[:size], self._payload[size:]
        return data

    def _take(self, opcode, payload):
        if opcode == CLOSE:
            code = struct.unpack("!H", payload[:2])[0] if payload else 1005
            self.closed_with = code, payload[2:].decode()
        elif opcode == PING:
            self.send_frame(PONG, payload)
        elif opcode == PONG:
            self.pongs.append(payload)
        else:
            assert opcode in (BINARY, CONTINUATION), f"a frame of kind {opcode}"
            self._payload += payload

    def settimeout(self, seconds):
        self._socket.settimeout(seconds)

    def setsockopt(self, *option):
        self._socket.setsockopt(*option)

    def close(self):
        self._socket.close()
