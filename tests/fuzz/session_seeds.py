#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of session_fuzz: one life of a session a file, in the form that
services/mqtt-receiver/session_fuzz.cpp reads (level and kind of CONNECT, then steps).

  tests/fuzz/session_seeds.py      # all are written anew; nothing changes unless this file did
"""

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "services/mqtt-receiver/session_fuzz_seeds"

# Bits of the second byte.
ACCEPTED_AT_ONCE, RECEIVE_MAXIMUM, MAX_PACKET, EXPIRY, WILL, KEEP_ALIVE = (1 << n for n in range(6))
PLAIN_TOPIC, WITH_REQUEST_ID, UNKNOWN_TOPIC = 0, 1, 3
ACCEPTED, BAD_REQUEST, TOO_MANY, UNAVAILABLE = 0, 2, 3, 4
PUBACK, PUBREC, PUBREL, PUBCOMP = range(4)


def raw(data):
    return bytes([0, len(data)]) + data


def publish(qos, packet_id, topic=PLAIN_TOPIC, *, reply=False):
    kind = qos + 3 * (packet_id - 1)
    # The highest bits are DUP and the response topic: the rest must not reach them.
    assert kind < 0x40
    return bytes([1, kind_with(kind, 0x40) if reply else kind, 0, topic])


def kind_with(kind, bit):
    """A byte of the same QoS and identifier with this bit set."""
    return next(
        value
        for value in range(256)
        if value & bit and value % 3 == kind % 3 and value // 3 % 6 == kind // 3
    )


def acknowledge(kind, packet_id, *, refuse=False):
    value = kind + 4 * (packet_id - 1)
    return bytes([3, value | 0x80 if refuse else value])


def answer(code, index=0):
    return bytes([4, index, code])


def advance(steps_of_20_ms):
    return bytes([6, steps_of_20_ms])


def hold(what):
    return bytes([7, 8 * what])


STOP = bytes([7, 3])
TAKEN_OVER = bytes([7, 4 + 8])
LET_IN = bytes([7, 5 + 8])
TURNED_AWAY = bytes([7, 5])

PINGREQ = b"\xc0\x00"
SUBSCRIBE_311 = b"\x82\x15\x00\x03\x00\x10kp1/v/dcx/t/json\x02"
SUBSCRIBE_5 = b"\x82\x16\x00\x03\x00\x00\x10kp1/v/dcx/t/json\x02"


def life(level, kind, *steps):
    return bytes([level, kind]) + b"".join(steps)


SEEDS = {
    "qos_0_and_1": life(
        4,
        ACCEPTED_AT_ONCE,
        publish(0, 1, WITH_REQUEST_ID) + publish(1, 2, WITH_REQUEST_ID) + publish(1, 3),
        answer(ACCEPTED, 1) + answer(ACCEPTED) + answer(BAD_REQUEST) + acknowledge(PUBACK, 1),
    ),
    "qos_2_and_its_response": life(
        4,
        ACCEPTED_AT_ONCE,
        publish(2, 1, WITH_REQUEST_ID) + answer(ACCEPTED) + acknowledge(PUBREL, 1),
        acknowledge(PUBREC, 1) + acknowledge(PUBCOMP, 1) + acknowledge(PUBREL, 2),
    ),
    "qos_2_repeated": life(
        3,
        ACCEPTED_AT_ONCE,
        publish(2, 1) + publish(2, 1) + answer(ACCEPTED) + publish(2, 1) + acknowledge(PUBREL, 1),
        publish(2, 1) + answer(ACCEPTED),
    ),
    "qos_2_refused_in_mqtt_5": life(
        5,
        ACCEPTED_AT_ONCE,
        publish(2, 1) + publish(2, 1) + answer(BAD_REQUEST) + publish(2, 1) + answer(ACCEPTED),
        publish(2, 2, UNKNOWN_TOPIC) + acknowledge(PUBREL, 1) + acknowledge(PUBREC, 5, refuse=True),
    ),
    "receive_maximum_of_the_client": life(
        5,
        ACCEPTED_AT_ONCE | RECEIVE_MAXIMUM,
        publish(1, 1, WITH_REQUEST_ID, reply=True) + publish(2, 2, WITH_REQUEST_ID),
        answer(ACCEPTED) + answer(TOO_MANY) + acknowledge(PUBACK, 1) + acknowledge(PUBACK, 2),
    ),
    "receive_maximum_of_the_server": life(
        5,
        ACCEPTED_AT_ONCE,
        b"".join(publish(2, n) + answer(ACCEPTED) for n in range(1, 6)),
    ),
    "packets_too_large_for_the_client": life(
        5, ACCEPTED_AT_ONCE | MAX_PACKET, publish(1, 1, UNKNOWN_TOPIC) + publish(0, 1, 3)
    ),
    "intake_away": life(
        4,
        ACCEPTED_AT_ONCE,
        publish(1, 1) + publish(2, 2) + answer(UNAVAILABLE) + answer(UNAVAILABLE) + advance(5),
        answer(UNAVAILABLE) + advance(10) + answer(ACCEPTED) + answer(ACCEPTED),
    ),
    "credentials_checked_late": life(
        5, WILL | EXPIRY, raw(PINGREQ) + advance(9) + LET_IN + raw(SUBSCRIBE_5) + TAKEN_OVER
    ),
    "credentials_refused": life(4, WILL, TURNED_AWAY),
    "will_by_silence": life(4, ACCEPTED_AT_ONCE | WILL | KEEP_ALIVE, advance(75)),
    "stop_with_uploads_in_flight": life(
        5, ACCEPTED_AT_ONCE, publish(1, 1) + STOP + answer(ACCEPTED)
    ),
    "held_and_let_go": life(
        4, ACCEPTED_AT_ONCE, hold(2) + raw(SUBSCRIBE_311) + hold(1) + hold(0) + raw(PINGREQ)
    ),
    "too_fast": life(
        4,
        ACCEPTED_AT_ONCE,
        b"".join(publish(0, 1) + answer(ACCEPTED) for _ in range(22)) + advance(3),
    ),
    "bytes_of_a_whole_connection": life(
        0, ACCEPTED_AT_ONCE, raw(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01d" + PINGREQ)
    ),
}


def main():
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    for name, data in SEEDS.items():
        (FOLDER / name).write_bytes(data)


if __name__ == "__main__":
    main()
