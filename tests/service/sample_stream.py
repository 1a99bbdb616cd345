# SPDX-License-Identifier: Apache-2.0
"""The tests as receivers: uploads into the stream, as the bus carries them."""

import itertools
import json
import time

from support.bus import Bus
from support.protos import data_samples_pb2
from support.wait import wait_until

SUBJECT = "kaa.v1.events.test.endpoint.data-collection.data-samples-received.0"

_numbers = itertools.count(1)
_newest_us = 0  # receipt time given last


def _receipt_time_us(sample_count):
    """As receivers stamp: sample i of an upload gets i us more, and no later upload falls on it."""
    global _newest_us
    first = max(time.time_ns() // 1000, _newest_us + 1)
    _newest_us = first + max(sample_count, 1)
    return first


class Stream:
    """Puts messages into DATA_SAMPLES, acknowledged."""

    def __init__(self, stack):
        self.bus = Bus(stack.nats)

    def put(self, payload):
        """Returns the message's position."""
        answer = json.loads(self.bus.request(SUBJECT, payload))
        assert "error" not in answer, answer
        return answer["seq"]

    def send(self, application, *samples, endpoint="ep", received_us=None):
        """One message with one upload: a batch of these samples (Python values)."""
        return self.put(message(upload(application, list(samples), endpoint, received_us)))

    def state(self):
        return self.bus.jetstream("STREAM.INFO.DATA_SAMPLES")["state"]

    def close(self):
        self.bus.close()


def upload(application, samples, endpoint="ep", received_us=None, count=None):
    """`samples`: Python values, or the very text; then `count` says how many."""
    text = samples if isinstance(samples, (str, bytes)) else json.dumps(samples)
    return data_samples_pb2.DataSamplesEvent(
        correlation_id=f"test-{next(_numbers)}",
        receipt_time_us=received_us or _receipt_time_us(count or len(samples)),
        application_name=application,
        app_version_name=f"{application}-v1",
        endpoint_id=endpoint,
        data_samples=text.encode() if isinstance(text, str) else text,
        sample_count=len(samples) if count is None else count,
    )


def message(*uploads):
    return data_samples_pb2.DataSamplesBatch(events=uploads).SerializeToString()


def wait_empty(stream):
    wait_until(lambda: stream.state()["messages"] == 0, "the stream is empty")
