# SPDX-License-Identifier: Apache-2.0
"""Which uploads of tests/load/mqtt_load are in the stream: each has a number of its own in its field "n"."""

import base64
import collections
import re

from support.bus import Bus
from support.protos import data_samples_pb2

_NUMBER = re.compile(rb'\{"n": *(\d+)')
STREAM = "DATA_SAMPLES"


def stored_numbers(nats):
    """{number: how often it is in the stream}; nobody may be taking messages out of it."""
    counts = collections.Counter()
    with Bus(nats) as bus:
        state = bus.jetstream(f"STREAM.INFO.{STREAM}")["state"]
        for seq in range(state["first_seq"], state["last_seq"] + 1):
            answer = bus.jetstream(f"STREAM.MSG.GET.{STREAM}", seq=seq)
            batch = data_samples_pb2.DataSamplesBatch()
            batch.ParseFromString(base64.b64decode(answer["message"]["data"]))
            counts.update(int(_NUMBER.match(event.data_samples)[1]) for event in batch.events)
    return counts
