# SPDX-License-Identifier: Apache-2.0
"""What the conformance tests of MQTT share. docs/mqtt-conformance.md says which statement of the
specifications each test shows.

Fixtures: receiver, device (an endpoint of the test's own), dial (opens connections), stored (waits
for the device's points). Most tests run in both versions:

    @both
    def test_x(version, dial):
        raw = dial(version)
"""

import itertools
import json

import pytest

from support.raw_mqtt import CONNACK, PUBACK, PUBLISH, PUBREC, RawMqtt, connect_packet
from support.raw_mqtt5 import RawMqtt5
from support.wait import wait_until

V4, V5 = RawMqtt, RawMqtt5
both = pytest.mark.parametrize("version", [V4, V5], ids=["3.1.1", "5"])

NONE = {V4: b"", V5: b"\0"}  # no properties

ACKNOWLEDGED_BY = {1: PUBACK, 2: PUBREC}

_numbers = itertools.count(1)

# Reason codes of MQTT 5, section 2.4.
MALFORMED, PROTOCOL_ERROR = 0x81, 0x82
UNSUPPORTED_VERSION, INVALID_CLIENT_ID, NOT_AUTHORIZED = 0x84, 0x85, 0x87
SHUTTING_DOWN, BAD_METHOD, KEEP_ALIVE_TIMEOUT, TAKEN_OVER = 0x8B, 0x8C, 0x8D, 0x8E
INVALID_FILTER, INVALID_TOPIC, UNKNOWN_PACKET_ID = 0x8F, 0x90, 0x92
RECEIVE_MAXIMUM_EXCEEDED, INVALID_ALIAS, TOO_LARGE = 0x93, 0x94, 0x95
QUOTA_EXCEEDED, INVALID_PAYLOAD, RETAIN_UNSUPPORTED = 0x97, 0x99, 0x9A
SHARED_UNSUPPORTED, IDENTIFIERS_UNSUPPORTED = 0x9E, 0xA1


@pytest.fixture
def receiver(shared_stack):
    return shared_stack["mqtt-receiver"]


@pytest.fixture
def device(shared_stack):
    return shared_stack.registry.create_device()


@pytest.fixture
def dial(receiver):  # pylint: disable=redefined-outer-name
    """dial(V5, keep_alive=1): a connection whose CONNECT was accepted. dial.bare(V5): one without
    CONNECT. All are closed at the end."""
    opened = []

    def bare(version):
        opened.append(version(receiver))
        return opened[-1]

    def connected(version, client_id=None, **options):
        return bare(version).accepted(client_id or new_client_id(), **options)

    connected.bare = bare
    yield connected
    for raw in opened:
        raw.close()


@pytest.fixture
def stored(shared_stack, device):  # pylint: disable=redefined-outer-name
    """stored(1, 2): the device's points of the field n are these, in this order; no other came."""

    def wait(*values):
        wait_until(
            lambda: shared_stack.query.values(device, "auto~n") == list(values),
            f"the points are {values}",
            within=10,
        )

    return wait


def new_client_id():
    return f"conformance{next(_numbers)}"


def connect_packet_of(version, client_id, **options):
    return connect_packet(client_id, level=version.LEVEL, properties=NONE[version], **options)


def sample(number):
    return f'{{"n":{number}}}'


def refused(raw, *codes):
    """The server refuses the CONNECT: in 3.1.1 without a word, in 5 with a code or without a word.

    Returns the CONNACK, if there was one.
    """
    answer = raw.receive()
    if answer is None:
        return None
    assert raw.LEVEL == 5, f"3.1.1 gets no CONNACK for a CONNECT that is malformed: {answer}"
    assert answer.type == CONNACK and answer.reason_code in codes, answer
    assert not answer.session_present
    assert raw.receive() is None
    return answer


def response(raw):
    """(topic, its payload decoded) of the next packet, a PUBLISH; an empty payload is None."""
    message = raw.expect(PUBLISH)
    return message.topic, json.loads(message.payload) if message.payload else None


def request(raw, device, qos, packet_id=7, **options):  # pylint: disable=redefined-outer-name
    """A publish that has a response; the response. The request itself is not completed."""
    raw.publish(f"{device.path}/1", sample(1), qos=qos, packet_id=packet_id, **options)
    if qos:
        raw.expect(ACKNOWLEDGED_BY[qos], packet_id)
    message = raw.expect(PUBLISH)
    assert message.topic == f"{device.path}/1/status"
    return message
