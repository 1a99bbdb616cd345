# SPDX-License-Identifier: Apache-2.0
"""MQTT 3.1.1 on a bare socket, for what a well-behaved client cannot do: wrong bytes, half packets,
acknowledgements left out, packets counted one by one."""

import dataclasses
import socket
import struct

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = range(1, 8)
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT = range(8, 15)


@dataclasses.dataclass(frozen=True)
class Packet:
    type: int
    flags: int
    body: bytes

    @property
    def packet_id(self):
        """Of PUBACK, SUBACK, ...; of a PUBLISH with QoS 1 or 2."""
        at = 0
        if self.type == PUBLISH:
            at = 2 + struct.unpack_from("!H", self.body)[0]
        return struct.unpack_from("!H", self.body, at)[0]

    @property
    def qos(self):
        return self.flags >> 1 & 3

    @property
    def topic(self):
        length = struct.unpack_from("!H", self.body)[0]
        return self.body[2 : 2 + length].decode()

    @property
    def payload(self):
        """Of a PUBLISH."""
        start = 2 + struct.unpack_from("!H", self.body)[0] + (2 if self.qos else 0)
        return self.body[start:]


def text(value):
    data = value if isinstance(value, bytes) else value.encode()
    return struct.pack("!H", len(data)) + data


def packet(packet_type, flags, body):
    length = b""
    rest = len(body)
    while True:
        rest, digit = divmod(rest, 128)
        length += bytes([digit | (0x80 if rest else 0)])
        if not rest:
            return bytes([packet_type << 4 | flags]) + length + body


def connect_packet(client_id="raw", *, clean=True, keep_alive=60, name="MQTT", level=4):
    head = text(name) + bytes([level, 0x02 if clean else 0]) + struct.pack("!H", keep_alive)
    return packet(CONNECT, 0, head + text(client_id))


def publish_packet(topic, payload, *, qos=0, packet_id=1, dup=False, retain=False):
    if isinstance(payload, str):
        payload = payload.encode()
    head = text(topic) + (struct.pack("!H", packet_id) if qos else b"")
    return packet(PUBLISH, dup << 3 | qos << 1 | retain, head + payload)


def subscribe_packet(topic_filter, *, qos=0, packet_id=1):
    return packet(SUBSCRIBE, 2, struct.pack("!H", packet_id) + text(topic_filter) + bytes([qos]))


class RawMqtt:
    def __init__(self, service, timeout=60.0):
        self.socket = socket.create_connection(("127.0.0.1", service.port), timeout)
        self._timeout = timeout
        self._buffer = b""

    def send(self, data):
        self.socket.sendall(data)

    def connect(self, client_id="raw", **options):
        """CONNECT and CONNACK; returns (session present, return code)."""
        self.send(connect_packet(client_id, **options))
        answer = self.expect(CONNACK)
        return bool(answer.body[0] & 1), answer.body[1]

    def publish(self, topic, payload, **options):
        self.send(publish_packet(topic, payload, **options))

    def receive(self, timeout=None):
        """The next packet, None when the server closed the connection; socket.timeout else."""
        self.socket.settimeout(timeout or self._timeout)
        while True:
            whole = self._take()
            if whole:
                return whole
            try:
                chunk = self.socket.recv(65536)
            except ConnectionResetError:
                return None
            if not chunk:
                return None
            self._buffer += chunk

    def expect(self, packet_type):
        answer = self.receive()
        assert answer and answer.type == packet_type, f"expected type {packet_type}: {answer}"
        return answer

    def expect_closed(self):
        """Reads on until the server has closed the connection."""
        while self.receive():
            pass

    def _take(self):
        length, at = 0, 1
        while True:
            if len(self._buffer) <= at:
                return None
            digit = self._buffer[at]
            length |= (digit & 0x7F) << 7 * (at - 1)
            at += 1
            if digit < 0x80:
                break
        if len(self._buffer) < at + length:
            return None
        first, body = self._buffer[0], self._buffer[at : at + length]
        self._buffer = self._buffer[at + length :]
        return Packet(first >> 4, first & 15, body)

    def close(self):
        self.socket.close()

    def abort(self):
        """Ends the connection with a reset, as a device does that loses power behind a router."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
