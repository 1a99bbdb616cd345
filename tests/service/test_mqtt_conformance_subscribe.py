# SPDX-License-Identifier: Apache-2.0
"""SUBSCRIBE and UNSUBSCRIBE. Subscriptions are granted to the topics that responses come on, and
nothing depends on them: a response comes once, with or without."""

import pytest

from service.mqtt_scene import (  # noqa: F401  (fixtures)
    IDENTIFIERS_UNSUPPORTED,
    INVALID_FILTER,
    MALFORMED,
    NONE,
    NOT_AUTHORIZED,
    PROTOCOL_ERROR,
    SHARED_UNSUPPORTED,
    V4,
    V5,
    both,
    device,
    dial,
    receiver,
    refused,
    sample,
    stored,
)
from support import raw_mqtt
from support.raw_mqtt import PINGREQ, PINGRESP, PUBACK, PUBLISH, SUBACK, SUBSCRIBE, packet, text

# Table 3-8 of the specification of MQTT 5, and the codes of 3.1.1.
SUBACK_CODES = {
    V4: {0, 1, 2, 0x80},
    V5: {0, 1, 2, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2},
}

GRANTED = [
    "{path}/status",
    "{path}/error",
    "{path}/+",
    "{path}/#",
    "{path}/1/status",
    "{path}/+/status",
    "{path}/+/error",
    "{path}/+/+",
]
# Topics of other people, and of no response.
REFUSED = ["#", "+/+", "$SYS/#", "hello", "/", "kp1/#", "kp2/v/dcx/t/json/status"]
REFUSED += ["kp1/v/dcx/#", "kp1/v/dcx/+/json/status", "kp1/+/dcx/t/json/status", "kp1/v/cmx/t/json"]
INVALID = ["", "a/#/b", "a#", "#/a", "a+", "a/+b/c", "a/b+"]


@both
@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("topic_filter", GRANTED)
def test_topics_of_responses_are_granted_with_the_qos_asked_for(
    version, dial, device, qos, topic_filter
):
    raw = dial(version)
    assert raw.subscribe((topic_filter.format(path=device.path), qos)) == [qos]


@both
@pytest.mark.parametrize("topic_filter", REFUSED)
def test_what_no_response_comes_on_is_refused(version, dial, device, topic_filter):
    raw = dial(version)
    code = NOT_AUTHORIZED if version is V5 else 0x80
    assert raw.subscribe((topic_filter.format(path=device.path), 1)) == [code]
    raw.ping()


@both
@pytest.mark.parametrize("topic_filter", INVALID)
def test_a_filter_that_is_none_is_refused(version, dial, topic_filter):
    """With a code where the version has one that says so, or by ending the connection."""
    raw = dial(version)
    raw.send(packet(SUBSCRIBE, 2, b"\0\7" + NONE[version] + text(topic_filter) + b"\1"))
    answer = raw.receive()
    if answer is not None and answer.type == SUBACK:
        assert answer.reason_codes == [INVALID_FILTER if version is V5 else 0x80]
        raw.ping()
    elif version is V5:
        assert answer.reason_code in (INVALID_FILTER, MALFORMED, PROTOCOL_ERROR)
        assert raw.receive() is None
    else:
        assert answer is None


@both
def test_a_suback_has_a_code_for_each_filter_in_their_order(version, dial, device):
    raw = dial(version)
    refused = NOT_AUTHORIZED if version is V5 else 0x80
    subscriptions = [
        (f"{device.path}/status", 2),
        ("hello", 1),
        (f"{device.path}/+", 0),
        ("#", 2),
        (f"{device.path}/#", 1),
    ]
    codes = raw.subscribe(*subscriptions, packet_id=0xFFFF)
    assert codes == [2, refused, 0, refused, 1]
    assert set(codes) <= SUBACK_CODES[version]


@both
def test_many_filters_in_one_packet(version, dial, device):
    raw = dial(version)
    many = [(f"{device.path}/{number}/status", number % 3) for number in range(100)]
    assert raw.subscribe(*many) == [number % 3 for number in range(100)]
    codes = raw.unsubscribe(*(topic_filter for topic_filter, _ in many), packet_id=2)
    assert codes == ([0] * 100 if version is V5 else [])


@both
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_response_comes_once_however_many_subscriptions_match(version, dial, device, qos):
    raw = dial(version)
    overlapping = [f"{device.path}/1/status", f"{device.path}/+/status", f"{device.path}/#"]
    raw.subscribe(*((one, 2) for one in overlapping))
    raw.publish(f"{device.path}/1", sample(1), qos=qos, packet_id=7)
    if qos:
        raw.receive()
    message = raw.expect(PUBLISH)
    assert (message.topic, message.qos) == (f"{device.path}/1/status", qos)
    raw.ping()  # no second one


@both
def test_a_subscription_may_be_replaced(version, dial, device):
    """The later one is in force, and is granted with its own QoS; responses go on."""
    raw = dial(version)
    for qos in (0, 2, 1, 1):
        assert raw.subscribe((f"{device.path}/+/status", qos)) == [qos]
    raw.publish(f"{device.path}/1", sample(1), qos=1, packet_id=7)
    raw.expect(PUBACK, 7)
    assert raw.expect(PUBLISH).qos == 1
    raw.ping()


@both
def test_an_unsubscribe_is_always_answered(version, dial, device):
    raw = dial(version)
    filters = [f"{device.path}/status", "never/subscribed", f"{device.path}/+"]
    raw.subscribe((filters[0], 0), (filters[2], 1))
    codes = raw.unsubscribe(*filters, packet_id=0x0203)
    assert codes == ([0x00, 0x11, 0x00] if version is V5 else [])
    raw.unsubscribe(*filters, packet_id=0x0204)
    raw.ping()


@both
def test_topics_are_compared_character_by_character(version, dial, device):
    """Without case folding, without normalisation: only the literal words are those of Kaa."""
    raw = dial(version)
    code = NOT_AUTHORIZED if version is V5 else 0x80
    others = ["KP1/v/dcx/t/json/status", "/kp1/v/dcx/t/json/status", "kp1/v/DCX/t/json/status"]
    assert raw.subscribe(*((one, 1) for one in others)) == [code] * 3
    raw.publish(device.path.replace("kp1", "KP1"), sample(1))
    assert raw.expect(PUBLISH).topic == device.path.replace("kp1", "KP1") + "/error"


@both
def test_responses_need_no_subscription_and_outlast_it(version, dial, device):
    """What has begun is completed; and what comes later comes too, for it never depended on it."""
    raw = dial(version)
    raw.subscribe((f"{device.path}/#", 2))
    raw.publish(f"{device.path}/1", sample(1), qos=1, packet_id=7)
    raw.expect(PUBACK, 7)
    begun = raw.expect(PUBLISH)
    raw.unsubscribe(f"{device.path}/#", packet_id=8)
    raw.acknowledge(PUBACK, begun.packet_id)
    raw.publish(f"{device.path}/2", sample(2))
    assert raw.expect(PUBLISH).topic == f"{device.path}/2/status"


@both
def test_no_retained_message_comes_with_a_subscription(version, dial, device, stored):
    publisher = dial(version)
    publisher.publish(f"{device.path}/1", sample(1), retain=version is V4)
    publisher.expect(PUBLISH)
    stored(1)
    later = dial(version)
    later.subscribe((f"{device.path}/#", 2), (f"{device.path}/1/status", 2))
    later.ping()


@both
def test_topics_that_begin_with_a_dollar_are_nobodys(version, dial):
    raw = dial(version)
    raw.publish("$SYS/broker", "1")
    assert raw.expect(PUBLISH).topic == "$SYS/broker/error"


@both
def test_a_suback_comes_before_what_follows(version, dial, device):
    raw = dial(version)
    raw.send(
        raw_mqtt.subscriptions_packet(
            [(f"{device.path}/status", 1)], packet_id=5, properties=NONE[version]
        )
        + packet(PINGREQ, 0, b"")
    )
    assert raw.expect(SUBACK).packet_id == 5
    raw.expect(PINGRESP)


# --- MQTT 5: options and identifiers ---


@pytest.mark.parametrize("options", [0x04, 0x08, 0x10, 0x20, 0x2E])
def test_options_are_taken(dial, device, options):
    """No Local, Retain As Published, Retain Handling: nothing here depends on them."""
    raw = dial(V5)
    assert raw.subscribe((f"{device.path}/+/status", options)) == [options & 3]
    raw.publish(f"{device.path}/1", sample(1))
    assert raw.expect(PUBLISH).topic == f"{device.path}/1/status"


def test_retain_handling_3_is_a_protocol_error(dial, device):
    raw = dial(V5)
    raw.send(packet(SUBSCRIBE, 2, b"\0\7\0" + text(f"{device.path}/status") + b"\x30"))
    raw.expect_end(PROTOCOL_ERROR, MALFORMED)


SHARED = ["$share/group/{path}/status", "$share/group/#", "$share/group/hello"]
NOT_SHARED = ["$share", "$share/", "$share//a", "$share/a+b/c", "$share/#/a", "$share/group"]


def refused_subscription(raw, topic_filter, options, codes):
    """The SUBACK says so, or the connection ends with it."""
    raw.send(packet(SUBSCRIBE, 2, b"\0\7\0" + text(topic_filter) + bytes([options])))
    answer = raw.receive()
    if answer.type == SUBACK:
        assert set(answer.reason_codes) <= codes, answer
        raw.ping()
    else:
        assert answer.reason_code in codes, answer
        assert raw.receive() is None


@pytest.mark.parametrize("topic_filter", SHARED)
def test_shared_subscriptions_are_refused(dial, device, topic_filter):
    refused_subscription(
        dial(V5), topic_filter.format(path=device.path), 0, {SHARED_UNSUPPORTED}
    )


@pytest.mark.parametrize("topic_filter", NOT_SHARED)
def test_what_looks_like_a_shared_subscription_is_refused(dial, topic_filter):
    codes = {SHARED_UNSUPPORTED, INVALID_FILTER, MALFORMED, PROTOCOL_ERROR, NOT_AUTHORIZED}
    refused_subscription(dial(V5), topic_filter, 0, codes)


def test_no_local_on_a_shared_subscription_is_a_protocol_error(dial):
    raw = dial(V5)
    raw.send(packet(SUBSCRIBE, 2, b"\0\7\0" + text("$share/group/a") + b"\x04"))
    raw.expect_end(PROTOCOL_ERROR, SHARED_UNSUPPORTED)


@pytest.mark.parametrize("identifier", [1, 268_435_455])
def test_subscription_identifiers_are_refused(dial, device, identifier):
    raw = dial(V5)
    raw.send(
        raw_mqtt.subscriptions_packet(
            [(f"{device.path}/status", 0)],
            properties=b"\x02\x0b\x01" if identifier == 1 else b"\x05\x0b\xff\xff\xff\x7f",
        )
    )
    raw.expect_end(IDENTIFIERS_UNSUPPORTED)


def test_user_properties_of_a_subscribe_are_taken(dial, device):
    raw = dial(V5)
    values = {"user_property": [("a", "b"), ("a", "c")]}
    assert raw.subscribe((f"{device.path}/status", 1), values=values) == [1]
