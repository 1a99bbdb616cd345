# SPDX-License-Identifier: Apache-2.0
"""MQTT 3.1.1 on a bare socket, for what a well-behaved client cannot do: wrong bytes, half packets,
acknowledgements left out, packets counted one by one. support/raw_mqtt5.py does the same in MQTT 5."""

import dataclasses
import socket
import struct

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = range(1, 8)
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT, AUTH = range(8, 16)

# The flags that a packet's first byte must have; PUBLISH has flags of its own.
FLAGS = {PUBREL: 2, SUBSCRIBE: 2, UNSUBSCRIBE: 2}


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
    def dup(self):
        return bool(self.flags >> 3)

    @property
    def topic(self):
        length = struct.unpack_from("!H", self.body)[0]
        return self.body[2 : 2 + length].decode()

    @property
    def payload(self):
        """Of a PUBLISH."""
        start = 2 + struct.unpack_from("!H", self.body)[0] + (2 if self.qos else 0)
        return self.body[start:]

    @property
    def reason_codes(self):
        """Of a SUBACK: one a filter."""
        return list(self.body[2:])


def text(value):
    data = value if isinstance(value, bytes) else value.encode()
    return struct.pack("!H", len(data)) + data


def variable_integer(value):
    """As MQTT writes lengths: seven bits a byte, the low ones first."""
    written = b""
    while True:
        value, digit = divmod(value, 128)
        written += bytes([digit | (0x80 if value else 0)])
        if not value:
            return written


def packet(packet_type, flags, body):
    return bytes([packet_type << 4 | flags]) + variable_integer(len(body)) + body


@dataclasses.dataclass(frozen=True)
class Will:
    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    properties: bytes = b"\0"  # MQTT 5 only, with their length


def connect_flags(clean, will, user_name, password):
    flags = 0x02 if clean else 0
    if will:
        flags |= 0x04 | will.qos << 3 | will.retain << 5
    return flags | (user_name is not None) << 7 | (password is not None) << 6


def connect_packet(
    client_id="raw",
    *,
    clean=True,
    keep_alive=60,
    name="MQTT",
    level=4,
    will=None,
    user_name=None,
    password=None,
    flags=None,
    properties=b"",
    rest=b"",
):
    """`flags` in the place of those that follow from the rest; `rest`: bytes after the last field."""
    if flags is None:
        flags = connect_flags(clean, will, user_name, password)
    body = text(name) + bytes([level, flags]) + struct.pack("!H", keep_alive) + properties
    body += text(client_id)
    if will:
        body += (will.properties if level == 5 else b"") + text(will.topic) + text(will.payload)
    for field in (user_name, password):
        body += text(field) if field is not None else b""
    return packet(CONNECT, 0, body + rest)


def publish_packet(topic, payload, *, qos=0, packet_id=1, dup=False, retain=False, properties=b""):
    if isinstance(payload, str):
        payload = payload.encode()
    head = text(topic) + (struct.pack("!H", packet_id) if qos else b"") + properties
    return packet(PUBLISH, dup << 3 | qos << 1 | retain, head + payload)


def ack_packet(packet_type, packet_id):
    """PUBACK, PUBREC, PUBREL or PUBCOMP."""
    return packet(packet_type, FLAGS.get(packet_type, 0), struct.pack("!H", packet_id))


def subscribe_packet(topic_filter, *, qos=0, packet_id=1):
    return subscriptions_packet([(topic_filter, qos)], packet_id=packet_id)


def subscriptions_packet(subscriptions, *, packet_id=1, properties=b""):
    """`subscriptions`: (filter, options); in 3.1.1 the options are the QoS."""
    body = b"".join(text(its_filter) + bytes([options]) for its_filter, options in subscriptions)
    return packet(SUBSCRIBE, 2, struct.pack("!H", packet_id) + properties + body)


def unsubscribe_packet(filters, *, packet_id=1, properties=b""):
    body = b"".join(text(one) for one in filters)
    return packet(UNSUBSCRIBE, 2, struct.pack("!H", packet_id) + properties + body)


class RawMqtt:
    LEVEL = 4
    PACKET = Packet

    def __init__(self, service, timeout=60.0, stream=None):
        """`stream`: what stands in the place of a TCP connection to `service`."""
        self.socket = stream or socket.create_connection(("127.0.0.1", service.port), timeout)
        self._timeout = timeout
        self._buffer = b""

    def send(self, data):
        self.socket.sendall(data)

    def connect(self, client_id="raw", **options):
        """CONNECT and CONNACK; returns (session present, return code)."""
        self.send(connect_packet(client_id, **options))
        answer = self.expect(CONNACK)
        return bool(answer.body[0] & 1), answer.body[1]

    def accepted(self, client_id="raw", **options):
        """self, after a CONNECT that is accepted."""
        assert self.connect(client_id, **options) == (False, 0)
        return self

    def publish(self, topic, payload, **options):
        self.send(publish_packet(topic, payload, **options))

    def acknowledge(self, packet_type, packet_id):
        """PUBACK, PUBREC, PUBREL or PUBCOMP."""
        self.send(ack_packet(packet_type, packet_id))

    def subscribe(self, *subscriptions, packet_id=1):
        """(filter, QoS)s; the codes of the SUBACK."""
        self.send(subscriptions_packet(subscriptions, packet_id=packet_id))
        return self._codes(SUBACK, packet_id)

    def unsubscribe(self, *filters, packet_id=1):
        """The codes of the UNSUBACK; MQTT 3.1.1 has none."""
        self.send(unsubscribe_packet(filters, packet_id=packet_id))
        return self._codes(UNSUBACK, packet_id)

    def _codes(self, packet_type, packet_id):
        answer = self.expect(packet_type)
        assert answer.packet_id == packet_id
        return answer.reason_codes

    def ping(self):
        """Everything before it has been read."""
        self.send(packet(PINGREQ, 0, b""))
        self.expect(PINGRESP)

    def receive(self, timeout=None):
        """The next packet, None when the server closed the connection; socket.timeout else."""
        self.socket.settimeout(timeout or self._timeout)
        while True:
            whole = self._take()
            if whole:
                return whole
            try:
                chunk = self.socket.recv(65536)
            except (ConnectionResetError, BrokenPipeError):
                return None
            if not chunk:
                return None
            self._buffer += chunk

    def expect(self, packet_type, packet_id=None):
        answer = self.receive()
        assert answer and answer.type == packet_type, f"expected type {packet_type}: {answer}"
        if packet_id is not None:
            assert answer.packet_id == packet_id, f"expected packet id {packet_id}: {answer}"
        return answer

    def expect_closed(self):
        """Reads on until the server has closed the connection."""
        while self.receive():
            pass

    def expect_end(self, *_codes):
        """The connection is closed with no further packet: 3.1.1 has no way to say why."""
        answer = self.receive()
        assert answer is None, f"expected the end: {answer}"

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
        return self.PACKET(first >> 4, first & 15, body)

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
