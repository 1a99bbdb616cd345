# SPDX-License-Identifier: Apache-2.0
"""CONNECT and CONNACK: what only MQTT 5 has. Properties, what is stated, authentication."""

import pytest

from service.mqtt_scene import (  # noqa: F401  (fixtures)
    BAD_METHOD,
    INVALID_CLIENT_ID,
    MALFORMED,
    NOT_AUTHORIZED,
    PROTOCOL_ERROR,
    RETAIN_UNSUPPORTED,
    TAKEN_OVER,
    V5,
    device,
    dial,
    new_client_id,
    receiver,
    refused,
    response,
    sample,
    stored,
)
from support import raw_mqtt5
from support.raw_mqtt import (
    AUTH,
    CONNACK,
    DISCONNECT,
    PUBACK,
    PUBLISH,
    SUBSCRIBE,
    Will,
    packet,
    text,
)
from support.raw_mqtt5 import reason_packet

# Table 3-1 of the specification.
CONNECT_REASON_CODES = {0x00, 0x97, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F, *range(0x80, 0x8B)} | {
    0x8C,
    0x90,
    0x95,
}


def test_the_connack_states_what_the_server_does_not_do(dial):
    connack = dial.bare(V5).connect(new_client_id())
    stated = connack.properties
    assert connack.body[0] == 0, "reserved flags and session present"
    assert stated["retain_available"] == 0
    assert stated["subscription_identifier_available"] == 0
    assert stated["shared_subscription_available"] == 0
    assert stated.get("wildcard_subscription_available", 1) == 1
    assert "maximum_qos" not in stated, "QoS 2 is done, and is said by leaving it out"
    assert stated["receive_maximum"] > 0
    assert stated["topic_alias_maximum"] > 0
    assert stated.get("maximum_packet_size", 1) > 0
    for absent in ("assigned_client_identifier", "authentication_method", "response_information"):
        assert absent not in stated


@pytest.mark.parametrize("asked", [None, 0, 1, 3600, 0xFFFFFFFF])
def test_a_session_ends_with_its_connection(dial, asked):
    """Whoever asks for more is told 0; else the client would go by what it asked for."""
    client_id = new_client_id()
    values = {} if asked is None else {"session_expiry_interval": asked}
    first = dial.bare(V5).connect(client_id, clean=False, properties=values)
    granted = first.properties.get("session_expiry_interval", asked or 0)
    assert (first.reason_code, granted) == (0, 0)
    again = dial.bare(V5).connect(client_id, clean=False, properties=values)
    assert (again.reason_code, again.session_present) == (0, False)


@pytest.mark.parametrize("clean", [True, False])
def test_who_gives_no_client_id_is_told_the_assigned_one(dial, clean):
    raws = [dial.bare(V5) for _ in range(2)]
    answers = [raw.connect("", clean=clean) for raw in raws]
    assigned = [answer.properties["assigned_client_identifier"] for answer in answers]
    assert assigned[0] != assigned[1] and all(assigned)
    # It is the connection's client id as if the client had given it.
    dial(V5, assigned[0])
    raws[0].expect_end(TAKEN_OVER)
    raws[1].ping()


@pytest.mark.parametrize("asked", [{}, {"request_response_information": 0}])
def test_response_information_comes_only_to_who_asks(dial, asked):
    connack = dial.bare(V5).connect(new_client_id(), properties=asked)
    assert "response_information" not in connack.properties


def test_who_asks_for_response_information_is_served(dial):
    asked = {"request_response_information": 1}
    assert dial.bare(V5).connect(new_client_id(), properties=asked).reason_code == 0


@pytest.mark.parametrize("seconds", [1, 30, 65535])
def test_the_keep_alive_in_force_is_the_clients_or_is_said(dial, seconds):
    connack = dial.bare(V5).connect(new_client_id(), keep_alive=seconds)
    assert connack.properties.get("server_keep_alive", seconds) <= seconds


def test_every_property_of_a_connect_is_taken(dial, device, stored):
    everything = {
        "session_expiry_interval": 10,
        "receive_maximum": 10,
        "maximum_packet_size": 100_000,
        "topic_alias_maximum": 10,
        "request_response_information": 1,
        "request_problem_information": 1,
        "user_property": [("a", "1"), ("a", "2")],
    }
    of_the_will = {
        "will_delay_interval": 3600,
        "payload_format_indicator": 1,
        "message_expiry_interval": 10,
        "content_type": "application/json",
        "response_topic": "a/b",
        "correlation_data": b"\0\xff",
        "user_property": [("a", "1"), ("a", "2")],
    }
    will = Will(device.path, sample(1).encode(), properties=raw_mqtt5.properties(of_the_will))
    raw = dial(V5, will=will, properties=everything)
    raw.abort()
    stored(1)  # now and not in an hour: the session ended with the connection


WRONG = {
    "a property twice": ({"receive_maximum": [1, 1]}, PROTOCOL_ERROR),
    "receive maximum 0": ({"receive_maximum": 0}, PROTOCOL_ERROR),
    "maximum packet size 0": ({"maximum_packet_size": 0}, PROTOCOL_ERROR),
    "request problem information 2": ({"request_problem_information": 2}, PROTOCOL_ERROR),
    "request response information 2": ({"request_response_information": 2}, PROTOCOL_ERROR),
    "authentication data without a method": ({"authentication_data": b"x"}, PROTOCOL_ERROR),
    "a property of PUBLISH": ({"topic_alias": 1}, MALFORMED),
    "a property of CONNACK": ({"maximum_qos": 1}, MALFORMED),
    "no length of properties": (b"", MALFORMED),
    "an unknown property": (b"\x02\x7f\x00", MALFORMED),
    "a user property that is no UTF-8": (b"\x07\x26\x00\x01\xff\x00\x01a", MALFORMED),
}


@pytest.mark.parametrize("title", WRONG)
def test_wrong_properties_of_a_connect(dial, title):
    values, code = WRONG[title]
    raw = dial.bare(V5)
    raw.send(raw.connect_packet(new_client_id(), properties=values))
    # What follows a wrong length may be either, by its bytes.
    refused(raw, code, MALFORMED)


@pytest.mark.parametrize(
    "values",
    [b"", b"\x05\x18\0\0\0", b"\x03\x21\0\1", b"\x04\x01\x01\x01\x01", b"\x04\x03\0\x01\xff"],
    ids=["none", "cut off", "a property of CONNECT", "twice", "no UTF-8"],
)
def test_wrong_properties_of_a_will(dial, values):
    raw = dial.bare(V5)
    raw.send(raw.connect_packet(new_client_id(), will=Will("a/b", b"x", properties=values)))
    refused(raw, MALFORMED, PROTOCOL_ERROR)


def test_a_will_to_be_retained_is_refused(dial, device, stored):
    raw = dial.bare(V5)
    connack = raw.connect(new_client_id(), will=Will(device.path, sample(1).encode(), retain=True))
    assert connack.reason_code == RETAIN_UNSUPPORTED
    assert connack.properties["reason_string"]
    assert raw.receive() is None
    dial(V5).publish(device.path, sample(2))
    stored(2)  # the will of a connection that never was is not published


@pytest.mark.parametrize("size", [5, 10, 20])
def test_a_refusal_is_no_longer_than_the_client_takes(dial, size):
    raw = dial.bare(V5)
    raw.send(
        raw.connect_packet("x" * 60_000, properties={"maximum_packet_size": size})
    )
    answer = raw.receive()
    assert answer is None or (answer.size <= size and answer.reason_code == INVALID_CLIENT_ID)


@pytest.mark.parametrize("size", [3, 5, 12])
def test_who_cannot_take_a_connack_gets_nothing_longer(dial, size):
    """What the CONNACK has to state is longer than this; then the server cannot serve it."""
    raw = dial.bare(V5)
    raw.send(raw.connect_packet("", properties={"maximum_packet_size": size}))
    while (answer := raw.receive()) is not None:
        assert answer.size <= size
        assert not (answer.type == CONNACK and answer.reason_code == 0)


def test_reason_codes_of_a_connack_are_those_of_the_table(dial):
    refusals = [
        {"client_id": "x" * 60_000},
        {"client_id": "a", "properties": {"authentication_method": "unknown"}},
        {"client_id": "a", "will": Will("a/b", b"x", retain=True)},
        {"client_id": "a", "properties": {"receive_maximum": 0}},
    ]
    for options in refusals:
        raw = dial.bare(V5)
        raw.send(raw.connect_packet(**options))
        answer = raw.expect(CONNACK)
        assert answer.reason_code in CONNECT_REASON_CODES - {0}
        assert answer.body[0] == 0
        assert raw.receive() is None


# --- enhanced authentication: there is none ---


@pytest.mark.parametrize("data", [{}, {"authentication_data": b"\0\1"}])
def test_a_method_that_the_server_does_not_know_is_refused(dial, data):
    raw = dial.bare(V5)
    raw.send(
        raw.connect_packet(
            new_client_id(), properties={"authentication_method": "SCRAM-SHA-1", **data}
        )
        + reason_packet(AUTH, 0x18, {"authentication_method": "SCRAM-SHA-1"})
    )
    answer = raw.expect(CONNACK)
    assert answer.reason_code in (BAD_METHOD, NOT_AUTHORIZED)
    assert raw.receive() is None


@pytest.mark.parametrize("code", [0x00, 0x18, 0x19])
def test_auth_without_a_method_is_a_protocol_error(dial, code):
    raw = dial(V5)
    raw.send(reason_packet(AUTH, code, {"authentication_method": "x"}))
    raw.expect_end(PROTOCOL_ERROR)


# --- Request Problem Information ---


@pytest.mark.parametrize("wanted", [None, 0, 1])
def test_reason_strings_come_to_who_wants_them(dial, device, wanted):
    """With 0 only in CONNACK, DISCONNECT and PUBLISH."""
    values = {} if wanted is None else {"request_problem_information": wanted}
    raw = dial(V5, properties=values)
    raw.publish(device.path, "no JSON", qos=1, packet_id=7)
    answer = raw.expect(PUBACK, 7)
    assert answer.reason_code >= 0x80
    assert bool(answer.properties) == (wanted != 0)
    assert response(raw)[1]["statusCode"] == 400
    raw.send(packet(SUBSCRIBE, 2, b"\0\x08\0" + text("not/ours") + b"\0"))
    suback = raw.receive()
    assert suback.reason_codes == [NOT_AUTHORIZED]
    if wanted == 0:
        assert suback.properties == {}
    raw.send(packet(SUBSCRIBE, 2, b"\0\x09\0"))
    raw.expect_end(PROTOCOL_ERROR, MALFORMED)


def test_nothing_but_a_connack_or_auth_comes_before_the_connack(dial):
    """No DISCONNECT says why a connection ends that never began."""
    raw = dial.bare(V5)
    raw.send(packet(DISCONNECT, 0, b"") + packet(PUBLISH, 0, text("a") + b"\0"))
    assert raw.receive() is None
