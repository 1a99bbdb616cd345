# SPDX-License-Identifier: Apache-2.0
"""CONNECT and CONNACK in both versions: what is accepted, what is refused and how, client ids.
What MQTT 5 adds to them is in test_mqtt_conformance_connect5.py."""

import pytest

from service.mqtt_scene import (  # noqa: F401  (fixtures)
    INVALID_CLIENT_ID,
    MALFORMED,
    NONE,
    PROTOCOL_ERROR,
    TAKEN_OVER,
    UNSUPPORTED_VERSION,
    V4,
    V5,
    both,
    connect_packet_of,
    device,
    dial,
    new_client_id,
    receiver,
    refused,
    sample,
    stored,
)
from support.raw_mqtt import (
    CONNACK,
    CONNECT,
    DISCONNECT,
    PINGREQ,
    PINGRESP,
    PUBACK,
    PUBLISH,
    Will,
    connect_packet,
    packet,
    publish_packet,
    subscribe_packet,
    text,
)

ALPHANUMERIC = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def connect(version, client_id="", **options):
    return connect_packet_of(version, client_id or new_client_id(), **options)


@pytest.mark.parametrize(
    "first",
    [
        publish_packet("kp1/v/dcx/t/json", "1"),
        subscribe_packet("a"),
        packet(PINGREQ, 0, b""),
        packet(DISCONNECT, 0, b""),
        packet(CONNACK, 0, b"\0\0"),
        packet(15, 0, b""),
    ],
    ids=["PUBLISH", "SUBSCRIBE", "PINGREQ", "DISCONNECT", "CONNACK", "AUTH"],
)
def test_the_first_packet_is_a_connect(dial, first):
    raw = dial.bare(V4)
    raw.send(first)
    assert raw.receive() is None


@both
def test_a_second_connect_ends_the_connection(version, dial):
    raw = dial(version)
    raw.send(connect(version))
    raw.expect_end(PROTOCOL_ERROR)


@pytest.mark.parametrize("name", ["mqtt", "MQTX", "MQTTT", "", "HTTP/1.1"])
@both
def test_another_protocol_is_not_served(version, dial, name):
    raw = dial.bare(version)
    raw.send(connect(version, name=name))
    answer = raw.receive()
    if answer is not None:
        assert (answer.type, answer.body[:2]) in (
            (CONNACK, bytes([0, UNSUPPORTED_VERSION])),
            (CONNACK, b"\0\1"),
        )
        assert raw.receive() is None


@pytest.mark.parametrize("level", [0, 1, 2, 3, 6, 0x84, 255])
def test_a_level_that_does_not_exist_is_refused_with_a_code(dial, level):
    """Above 5 in the form of MQTT 5, which those who come after it will know."""
    raw = dial.bare(V4)
    raw.send(connect_packet(new_client_id(), level=level))
    code = 0x01 if level < 5 else UNSUPPORTED_VERSION
    assert raw.expect(CONNACK).body[:2] == bytes([0, code])
    assert raw.receive() is None


def test_mqtt_3_1_is_served(dial, device, stored):
    raw = dial(V4, name="MQIsdp", level=3)
    raw.publish(device.path, sample(1), qos=1, packet_id=7)
    assert raw.expect(PUBACK).packet_id == 7
    stored(1)


WRONG_FLAGS = {
    "the reserved bit": (0x03, b""),
    "a will's QoS without a will": (0x0A, b""),
    "a will's retain without a will": (0x22, b""),
    "a will of QoS 3": (0x1E, text("a/b") + text("x")),
    "a will that is not there": (0x06, b""),
    "a will without its message": (0x06, text("a/b")),
    "a user name that is not there": (0x82, b""),
    "a password that is not there": (0xC2, text("user")),
    "a field more than the flags say": (0x02, text("user")),
    "a password more than the flags say": (0x82, text("user") + text("secret")),
}


@both
@pytest.mark.parametrize("title", WRONG_FLAGS)
def test_flags_agree_with_the_fields(version, dial, title):
    flags, fields = WRONG_FLAGS[title]
    if flags & 0x04 and fields:
        fields = NONE[version] + fields
    raw = dial.bare(version)
    raw.send(connect(version, flags=flags, rest=fields))
    refused(raw, MALFORMED, PROTOCOL_ERROR)


def test_in_3_1_1_a_password_needs_a_user_name(dial):
    raw = dial.bare(V4)
    raw.send(connect(V4, password="secret"))
    refused(raw)


def test_in_5_a_password_needs_none(dial):
    dial(V5, password="secret").ping()


BAD_TEXTS = {
    "client id": connect_packet(b"a\xff", properties=b""),
    "client id with U+0000": connect_packet(b"a\0b"),
    "will topic": connect_packet("a", will=Will(b"a\xed\xa0\x80", b"x")),
    "will topic with U+0000": connect_packet("a", will=Will(b"a\0", b"x")),
    "user name": connect_packet("a", user_name=b"\xff"),
    "user name with U+0000": connect_packet("a", user_name=b"\0"),
}


@pytest.mark.parametrize("title", BAD_TEXTS)
def test_texts_of_a_connect_are_utf_8(dial, title):
    raw = dial.bare(V4)
    raw.send(BAD_TEXTS[title])
    refused(raw)


@pytest.mark.parametrize("field", ["client_id", "topic", "user_name"])
def test_texts_of_a_connect_are_utf_8_in_5(dial, field):
    options = {"client_id": "a", "will": Will("a/b", b"x"), "user_name": "u"}
    if field == "topic":
        options["will"] = Will(b"a\xc3", b"x")
    else:
        options[field] = b"a\xc3"
    raw = dial.bare(V5)
    raw.send(raw.connect_packet(**options))
    refused(raw, MALFORMED, INVALID_CLIENT_ID)


@both
@pytest.mark.parametrize("keep", [0, 5, 9, 10, 11, 12, -3, -1])
def test_a_connect_that_ends_early_is_refused(version, dial, keep):
    whole = connect(version, "client")[2:]
    raw = dial.bare(version)
    raw.send(packet(CONNECT, 0, whole[:keep]))
    refused(raw, MALFORMED, PROTOCOL_ERROR)


@both
def test_fields_are_read_in_their_order(version, dial, receiver, device, stored):
    """Client id, will, user name, password: the will that is published is the one in its place."""
    client_id = new_client_id()
    will = Will(device.path, sample(1).encode(), qos=1)
    raw = dial(version, client_id, will=will, user_name="user", password="secret")
    second = dial(version, client_id)
    raw.expect_end(TAKEN_OVER)
    stored(1)
    second.ping()


# --- sessions: there is none ---


@both
@pytest.mark.parametrize("clean", [True, False])
def test_no_session_is_ever_present(version, dial, device, clean):
    client_id = new_client_id()
    first = dial(version, client_id, clean=clean)
    first.subscribe((f"{device.path}/+/status", 1))
    first.publish(f"{device.path}/1", sample(1), qos=1, packet_id=7)
    first.expect(PUBACK, 7)
    first.expect(PUBLISH)  # which is not acknowledged
    first.close()
    again = dial(version, client_id, clean=clean)  # checks session present 0
    again.ping()  # nothing is sent again


# --- client ids ---


@both
@pytest.mark.parametrize("client_id", ["a", "Z", ALPHANUMERIC[:23], ALPHANUMERIC[-23:], "ä-ö/ü #+"])
def test_client_ids_that_are_allowed(version, dial, client_id):
    dial(version, client_id).ping()


@both
def test_who_gives_no_client_id_gets_one_of_its_own(version, dial):
    first, second = (dial.bare(version) for _ in range(2))
    for raw in (first, second):
        raw.send(connect_packet("", level=version.LEVEL, properties=NONE[version]))
        assert raw.expect(CONNACK).body[:2] == b"\0\0"
    for raw in (first, second):
        raw.ping()


@pytest.mark.parametrize("name, level", [("MQTT", 4), ("MQIsdp", 3)])
def test_in_3_no_client_id_needs_a_clean_session(dial, name, level):
    raw = dial.bare(V4)
    assert raw.connect("", clean=False, name=name, level=level) == (False, 2)
    assert raw.receive() is None


@both
def test_a_client_id_that_is_rejected_is_told_so(version, dial):
    raw = dial.bare(version)
    raw.send(connect(version, "x" * 60_000))
    code = 2 if version is V4 else INVALID_CLIENT_ID
    assert raw.expect(CONNACK).body[:2] == bytes([0, code])
    assert raw.receive() is None


@both
def test_a_client_id_connects_again_and_the_earlier_connection_ends(version, dial):
    client_id = new_client_id()
    first = dial(version, client_id)
    second = dial(version, client_id)
    first.expect_end(TAKEN_OVER)
    second.ping()


def test_a_client_id_is_the_same_in_both_versions(dial):
    client_id = new_client_id()
    old = dial(V4, client_id)
    new = dial(V5, client_id)
    old.expect_end()
    dial(V4, client_id).ping()
    new.expect_end(TAKEN_OVER)


# --- CONNACK ---


@both
def test_the_connack_comes_first_and_once(version, dial, device):
    raw = dial.bare(version)
    raw.send(
        connect(version)
        + publish_packet(device.path, sample(1), qos=1, packet_id=4, properties=NONE[version])
        + packet(PINGREQ, 0, b"")
    )
    assert raw.receive().type == CONNACK
    assert {raw.receive().type for _ in range(2)} == {PUBACK, PINGRESP}


@both
def test_what_follows_a_refused_connect_is_not_looked_at(version, dial, device, stored):
    refusals = [
        connect(version, flags=0x03),
        connect(version, "x" * 60_000),
        connect_packet(new_client_id(), level=9),
    ]
    publish = publish_packet(device.path, sample(1), properties=NONE[version])
    for refusal in refusals:
        raw = dial.bare(version)
        raw.send(refusal + publish)
        raw.expect_closed()
    dial(version).publish(device.path, sample(2))
    stored(2)


# --- keep alive ---


@both
def test_keep_alive(version, dial):
    """One and a half times of it without a packet is the end; with packets it never comes."""
    silent, pinging, without = (dial(version, keep_alive=seconds) for seconds in (1, 1, 0))
    for _ in range(5):
        with pytest.raises(TimeoutError):
            pinging.receive(timeout=0.5)
        pinging.ping()
    silent.expect_end(0x8D)
    without.ping()
