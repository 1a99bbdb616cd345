#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of packet_decoder_fuzz: one stream of a client a file, in the form that
services/lib/mqtt/packet_decoder_fuzz.cpp reads (size of the pieces, level of the CONNECT before).

  tests/fuzz/packet_seeds.py      # all are written anew; nothing changes unless this file did
"""

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "services/lib/mqtt/packet_decoder_fuzz_seeds"

# The second byte of an input: which good CONNECT comes first.
NO_CONNECT, MQTT_31, MQTT_311, MQTT_5 = range(4)

CONNECT, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = 1, 3, 4, 5, 6, 7
SUBSCRIBE, UNSUBSCRIBE, PINGREQ, DISCONNECT, AUTH = 8, 10, 12, 14, 15

TOPIC = b"kp1/demo-v1/dcx/token/json/7"


def u16(number):
    return number.to_bytes(2, "big")


def u32(number):
    return number.to_bytes(4, "big")


def text(value):
    return u16(len(value)) + value


def variable(number):
    if number < 0x80:
        return bytes([number])
    return bytes([number & 0x7F | 0x80]) + variable(number >> 7)


def packet(kind, flags, body=b""):
    return bytes([kind << 4 | flags]) + variable(len(body)) + body


def block(*properties):
    joined = b"".join(properties)
    return variable(len(joined)) + joined


def user(name, value):
    return b"\x26" + text(name) + text(value)


REASON = b"\x1f" + text(b"why")
CREDENTIALS = text(b"user") + text(b"secret")

CONNECT_PROPERTIES = block(
    b"\x11" + u32(60),
    b"\x21" + u16(20),
    b"\x27" + u32(65536),
    b"\x22" + u16(8),
    b"\x19\x01",
    b"\x17\x00",
    user(b"a", b"b"),
    b"\x15" + text(b"SCRAM-SHA-1"),
    b"\x16" + text(b"\x00\xff"),
)
WILL_PROPERTIES = block(
    b"\x18" + u32(5),
    b"\x01\x01",
    b"\x02" + u32(60),
    b"\x03" + text(b"application/json"),
    b"\x08" + text(b"answers"),
    b"\x09" + text(b"id"),
)


def connect(level, flags=0x02, rest=b"", properties=b""):
    name = b"MQIsdp" if level == 3 else b"MQTT"
    body = text(name) + bytes([level, flags]) + u16(60) + properties + text(b"device-1") + rest
    return packet(CONNECT, 0, body)


def publish(qos, topic, payload=b"{}", packet_id=1, properties=b"", flags=0):
    body = text(topic) + (u16(packet_id) if qos else b"") + properties + payload
    return packet(PUBLISH, qos << 1 | flags, body)


def alias(number):
    return block(b"\x23" + u16(number))


PUBLISH_PROPERTIES = block(
    b"\x01\x01",
    b"\x02" + u32(60),
    b"\x08" + text(b"answers/1"),
    b"\x09" + text(b"\x00\x01"),
    user(b"traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    b"\x03" + text(b"application/json"),
)
SUBSCRIBE_BODY = u16(3) + text(b"kp1/demo-v1/dcx/token/#") + b"\x01" + text(b"a/+/b") + b"\x02"

# name: (size of the pieces, CONNECT before, stream)
SEEDS = {
    "connect_31": (3, NO_CONNECT, connect(3)),
    "connect_311_will_and_credentials": (
        7,
        NO_CONNECT,
        connect(4, 0xEE, text(b"will") + text(b"gone") + CREDENTIALS),
    ),
    "connect_5_every_property": (
        5,
        NO_CONNECT,
        connect(
            5, 0xCE, WILL_PROPERTIES + text(b"will") + text(b"gone") + CREDENTIALS, CONNECT_PROPERTIES
        ),
    ),
    "connect_of_another_level": (9, NO_CONNECT, connect(6)),
    "publish_qos_0_1_2": (
        11,
        MQTT_311,
        publish(0, TOPIC) + publish(1, TOPIC, flags=8) + publish(2, TOPIC, packet_id=2, flags=1),
    ),
    "publish_over_the_limit": (200, MQTT_311, publish(1, TOPIC, b"x" * 600) + packet(PINGREQ, 0)),
    "publish_5_every_property": (13, MQTT_5, publish(1, TOPIC, properties=PUBLISH_PROPERTIES)),
    "publish_5_over_the_limit": (
        255,
        MQTT_5,
        publish(2, TOPIC, b"x" * 600, properties=PUBLISH_PROPERTIES) + packet(PINGREQ, 0),
    ),
    "publish_5_aliases": (
        4,
        MQTT_5,
        publish(0, TOPIC, properties=alias(1))
        + publish(0, b"a/b", properties=alias(8))
        + publish(0, b"", properties=alias(1))
        + publish(0, b"a/c", properties=alias(8))
        + publish(0, b"", properties=alias(8)),
    ),
    "acknowledgements_311": (
        1,
        MQTT_311,
        packet(PUBACK, 0, u16(1))
        + packet(PUBREC, 0, u16(2))
        + packet(PUBREL, 2, u16(3))
        + packet(PUBCOMP, 0, u16(4)),
    ),
    "acknowledgements_5": (
        6,
        MQTT_5,
        packet(PUBACK, 0, u16(1) + b"\x87" + block(REASON, user(b"a", b"b")))
        + packet(PUBREC, 0, u16(2) + b"\x97")
        + packet(PUBREL, 2, u16(3) + b"\x92" + block())
        + packet(PUBCOMP, 0, u16(4) + b"\x00" + block(REASON)),
    ),
    "subscribe_31_again": (8, MQTT_31, packet(SUBSCRIBE, 0x0A, SUBSCRIBE_BODY)),
    "subscribe_and_unsubscribe_311": (
        8,
        MQTT_311,
        packet(SUBSCRIBE, 2, SUBSCRIBE_BODY)
        + packet(UNSUBSCRIBE, 2, u16(4) + text(b"a/+/b") + text(b"#")),
    ),
    "subscribe_and_unsubscribe_5": (
        8,
        MQTT_5,
        packet(SUBSCRIBE, 2, u16(3) + block(b"\x0b\x80\x02", user(b"a", b"b")) + text(b"a") + b"\x2d")
        + packet(SUBSCRIBE, 2, u16(3) + block() + text(b"$share/g/a") + b"\x01")
        + packet(UNSUBSCRIBE, 2, u16(4) + block(user(b"a", b"b")) + text(b"a")),
    ),
    "disconnect_5": (
        2,
        MQTT_5,
        packet(PINGREQ, 0) + packet(DISCONNECT, 0, b"\x04" + block(b"\x11" + u32(1), REASON)),
    ),
    "auth_5": (
        2,
        MQTT_5,
        packet(
            AUTH, 0, b"\x19" + block(b"\x15" + text(b"SCRAM-SHA-1"), b"\x16" + text(b"\xff"), REASON)
        )
        + packet(DISCONNECT, 0),
    ),
    "long_form_of_a_length": (1, MQTT_311, b"\xc0\x80\x80\x00" + packet(DISCONNECT, 0)),
}


def main():
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    for name, (piece_bytes, level, stream) in SEEDS.items():
        (FOLDER / name).write_bytes(bytes([piece_bytes, level]) + stream)
    print(f"{len(SEEDS)} seeds in {FOLDER}")


if __name__ == "__main__":
    main()
