# SPDX-License-Identifier: Apache-2.0
"""MQTT 5 on a bare socket: support/raw_mqtt.py with properties and reason codes.

    with RawMqtt5(service) as raw:
        connack = raw.connect("a", properties={"receive_maximum": 2})
        assert connack.reason_code == 0 and connack.properties["retain_available"] == 0
        raw.publish(topic, "1", qos=1, properties={"user_property": [("a", "b"), ("a", "c")]})
"""

import struct

from support import raw_mqtt
from support.raw_mqtt import (
    AUTH,
    CONNACK,
    DISCONNECT,
    FLAGS,
    PUBACK,
    PUBCOMP,
    PUBLISH,
    PUBREC,
    PUBREL,
    SUBACK,
    UNSUBACK,
    RawMqtt,
    packet,
    text,
    variable_integer,
)

BYTE, TWO_BYTES, FOUR_BYTES, VARIABLE, TEXT, BINARY, PAIR = range(7)

# Table 2-4 of the specification.
PROPERTIES = {
    "payload_format_indicator": (0x01, BYTE),
    "message_expiry_interval": (0x02, FOUR_BYTES),
    "content_type": (0x03, TEXT),
    "response_topic": (0x08, TEXT),
    "correlation_data": (0x09, BINARY),
    "subscription_identifier": (0x0B, VARIABLE),
    "session_expiry_interval": (0x11, FOUR_BYTES),
    "assigned_client_identifier": (0x12, TEXT),
    "server_keep_alive": (0x13, TWO_BYTES),
    "authentication_method": (0x15, TEXT),
    "authentication_data": (0x16, BINARY),
    "request_problem_information": (0x17, BYTE),
    "will_delay_interval": (0x18, FOUR_BYTES),
    "request_response_information": (0x19, BYTE),
    "response_information": (0x1A, TEXT),
    "server_reference": (0x1C, TEXT),
    "reason_string": (0x1F, TEXT),
    "receive_maximum": (0x21, TWO_BYTES),
    "topic_alias_maximum": (0x22, TWO_BYTES),
    "topic_alias": (0x23, TWO_BYTES),
    "maximum_qos": (0x24, BYTE),
    "retain_available": (0x25, BYTE),
    "user_property": (0x26, PAIR),
    "maximum_packet_size": (0x27, FOUR_BYTES),
    "wildcard_subscription_available": (0x28, BYTE),
    "subscription_identifier_available": (0x29, BYTE),
    "shared_subscription_available": (0x2A, BYTE),
}
_NAMES = {identifier: (name, kind) for name, (identifier, kind) in PROPERTIES.items()}
_FIXED = {BYTE: "!B", TWO_BYTES: "!H", FOUR_BYTES: "!I"}
_REPEATABLE = ("user_property", "subscription_identifier")


def _written(name, value):
    identifier, kind = PROPERTIES[name]
    if kind in _FIXED:
        body = struct.pack(_FIXED[kind], value)
    elif kind == VARIABLE:
        body = variable_integer(value)
    elif kind == PAIR:
        body = text(value[0]) + text(value[1])
    else:
        body = text(value)
    return bytes([identifier]) + body


def properties(values):
    """With their length. A list is a property that comes several times; bytes are taken as they are."""
    if isinstance(values, bytes):
        return values
    body = b""
    for name, value in (values or {}).items():
        for one in value if isinstance(value, list) else [value]:
            body += _written(name, one)
    return variable_integer(len(body)) + body


def _read_variable(data, at):
    value, shift = 0, 0
    while True:
        digit = data[at]
        value |= (digit & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if digit < 0x80:
            return value, at


def _read_text(data, at):
    (length,) = struct.unpack_from("!H", data, at)
    assert at + 2 + length <= len(data), "a text is longer than its packet"
    return data[at + 2 : at + 2 + length], at + 2 + length


def _read_value(kind, data, at):
    if kind in _FIXED:
        form = _FIXED[kind]
        return struct.unpack_from(form, data, at)[0], at + struct.calcsize(form)
    if kind == VARIABLE:
        return _read_variable(data, at)
    value, at = _read_text(data, at)
    if kind == PAIR:
        second, at = _read_text(data, at)
        return (value.decode(), second.decode()), at
    return (value if kind == BINARY else value.decode()), at


def read_properties(data, at=0):
    """({name: value}, where they end). What may come several times has a list."""
    length, at = _read_variable(data, at)
    end, found = at + length, {}
    assert end <= len(data), "properties are longer than their packet"
    while at < end:
        name, kind = _NAMES[data[at]]
        value, at = _read_value(kind, data, at + 1)
        if name in _REPEATABLE:
            found.setdefault(name, []).append(value)
        else:
            assert name not in found, f"{name} comes twice"
            found[name] = value
    assert at == end, "a property is longer than their length says"
    return found, end


class Packet5(raw_mqtt.Packet):
    # Where the reason code stands, and the properties after it; both may be left out at the end.
    _REASON_AT = {CONNACK: 1, PUBACK: 2, PUBREC: 2, PUBREL: 2, PUBCOMP: 2, DISCONNECT: 0, AUTH: 0}

    @property
    def size(self):
        """Of the whole packet on the wire."""
        return 1 + len(variable_integer(len(self.body))) + len(self.body)

    @property
    def session_present(self):
        return bool(self.body[0] & 1)

    @property
    def reason_code(self):
        at = self._REASON_AT[self.type]
        return self.body[at] if len(self.body) > at else 0

    def _properties(self):
        if self.type == PUBLISH:
            at = 2 + struct.unpack_from("!H", self.body)[0] + (2 if self.qos else 0)
        elif self.type in (SUBACK, UNSUBACK):
            at = 2
        else:
            at = self._REASON_AT[self.type] + 1
        return read_properties(self.body, at) if len(self.body) > at else ({}, at)

    @property
    def properties(self):
        return self._properties()[0]

    @property
    def payload(self):
        return self.body[self._properties()[1] :]

    @property
    def reason_codes(self):
        """Of SUBACK and UNSUBACK: one a filter."""
        return list(self.payload)


def ack_packet(packet_type, packet_id, reason_code=0, values=None):
    """PUBACK, PUBREC, PUBREL or PUBCOMP, as short as it may be."""
    body = struct.pack("!H", packet_id)
    if reason_code or values is not None:
        body += bytes([reason_code])
    if values is not None:
        body += properties(values)
    return packet(packet_type, FLAGS.get(packet_type, 0), body)


def reason_packet(packet_type, reason_code, values=None):
    """DISCONNECT or AUTH."""
    return packet(packet_type, 0, bytes([reason_code]) + properties(values))


class RawMqtt5(RawMqtt):
    LEVEL = 5
    PACKET = Packet5

    def connect(self, client_id="raw", **options):
        """CONNECT and CONNACK; returns the latter."""
        self.send(self.connect_packet(client_id, **options))
        return self.expect(CONNACK)

    @staticmethod
    def connect_packet(client_id="raw", **options):
        values = options.pop("properties", None)
        return raw_mqtt.connect_packet(
            client_id, level=5, properties=properties(values), **options
        )

    def accepted(self, client_id="raw", **options):
        answer = self.connect(client_id, **options)
        assert (answer.session_present, answer.reason_code) == (False, 0), answer.properties
        return self

    def publish(self, topic, payload, **options):
        values = options.pop("properties", None)
        self.send(
            raw_mqtt.publish_packet(topic, payload, properties=properties(values), **options)
        )

    def acknowledge(self, packet_type, packet_id, reason_code=0, values=None):
        # pylint: disable=arguments-differ
        self.send(ack_packet(packet_type, packet_id, reason_code, values))

    def subscribe(self, *subscriptions, packet_id=1, values=None):
        # pylint: disable=arguments-differ
        self.send(
            raw_mqtt.subscriptions_packet(
                subscriptions, packet_id=packet_id, properties=properties(values)
            )
        )
        return self._codes(SUBACK, packet_id)

    def unsubscribe(self, *filters, packet_id=1):
        self.send(
            raw_mqtt.unsubscribe_packet(filters, packet_id=packet_id, properties=properties(None))
        )
        return self._codes(UNSUBACK, packet_id)

    def disconnect(self, reason_code=0, values=None):
        self.send(reason_packet(DISCONNECT, reason_code, values))

    def expect_end(self, *codes):
        """DISCONNECT with one of these codes and its reason in words, and then the end; returns it."""
        answer = self.expect(DISCONNECT)
        assert answer.reason_code in codes, f"{answer.reason_code:#x}: {answer.properties}"
        assert answer.properties.get("reason_string"), "the DISCONNECT does not say why"
        assert set(answer.properties) <= {"reason_string", "user_property", "server_reference"}
        super().expect_end()
        return answer
