# SPDX-License-Identifier: Apache-2.0
"""What tests of http-receiver look at: its answers, and what it put into the stream."""

import base64

from support.bus import Bus
from support.protos import data_samples_pb2

MIB = 1 << 20


def message_in_stream(bus, sequence):
    """The uploads that the message holds."""
    message = bus.jetstream("STREAM.MSG.GET.DATA_SAMPLES", seq=sequence)["message"]
    batch = data_samples_pb2.DataSamplesBatch()
    batch.ParseFromString(base64.b64decode(message["data"]))
    return list(batch.events)


def uploads_of(stack, identity):
    """The endpoint's uploads at the end of the stream, in order: back to another's."""
    found = []
    with Bus(stack.nats) as bus:
        state = bus.jetstream("STREAM.INFO.DATA_SAMPLES")["state"]
        for sequence in range(state["last_seq"], state["first_seq"] - 1, -1):
            events = message_in_stream(bus, sequence)
            if any(event.endpoint_id != identity.endpoint_id for event in events):
                break
            found = events + found
    return found


def messages_in_stream(stack):
    with Bus(stack.nats) as bus:
        return bus.jetstream("STREAM.INFO.DATA_SAMPLES")["state"]["messages"]


def check_error(answer, status, phrase):
    assert answer.status == status, answer
    assert answer.headers["Content-Type"] == "application/json"
    assert set(answer.error) == {"statusCode", "reasonPhrase"}
    assert answer.error["statusCode"] == status
    assert phrase in answer.error["reasonPhrase"]
    assert ("Retry-After" in answer.headers) == (status in (429, 503))
