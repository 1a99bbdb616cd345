# SPDX-License-Identifier: Apache-2.0
"""Configured series from an upload to what query tells. The test is the receiver, and answers in
the registry's place what the rules of an application are."""

import datetime
import threading
import time

import pytest
from google.protobuf import text_format

from service.test_epts import Stream, message, rejected, upload, wait_for_ends
from support.api import Identity
from support.bus import Bus
from support.protos import configuration_pb2

RULES_SUBJECT = "kaa.v1.service.registry.scmp.application-configuration-request"

RULES = """
version: 3
auto_extract: true
series {
  name: "place"
  values { path: "gps.lat" name: "lat" type: VALUE_TYPE_NUMBER }
  values { path: "gps.lon" name: "lon" type: VALUE_TYPE_NUMBER }
  values { path: "gps.name" name: "name" type: VALUE_TYPE_STRING }
  values { path: "gps.fix" name: "fix" type: VALUE_TYPE_BOOLEAN }
}
series { name: "first-cell" values { path: "cells[0].volt" } }
timestamp { path: "at" format: TIMESTAMP_FORMAT_ISO8601 }
"""

DEVICE = Identity("configured", "configured-v1", "ep", "no-token")


class RulesOfAll:
    """Answers every question for rules with the same ones, from a thread of its own."""

    def __init__(self, nats, rules):
        self._nats = nats
        answer = configuration_pb2.ApplicationConfigurationResponse(status_code=200)
        text_format.Parse(rules, answer.series_rules)
        self._answer = answer.SerializeToString()
        self._bus = Bus(nats)
        self._bus.subscribe(RULES_SUBJECT)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while True:
            _, reply, question = self._bus.next_message(timeout=None)
            if not question:
                return
            self._bus.publish(reply, self._answer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with Bus(self._nats) as other:
            other.publish(RULES_SUBJECT, b"")
        self._thread.join(30)
        assert not self._thread.is_alive()
        self._bus.close()


@pytest.fixture
def stack(make_stack):
    """Without a registry in the end: query goes on believing the key that it has asked about."""
    one = make_stack("registry", "epts", "query")
    one.registry.create_application(DEVICE.application)
    assert one.query.series(DEVICE) == []
    one["registry"].stop()
    with RulesOfAll(one.nats, RULES):
        yield one


def iso(second):
    then = datetime.datetime.fromtimestamp(second, datetime.timezone(datetime.timedelta(hours=2)))
    return then.strftime("%Y-%m-%dT%H:%M:%S%z")


def test_configured_values_of_every_type_are_read_at_the_time_of_the_sample(stack):
    now = int(time.time()) - 60
    samples = [
        {
            "at": iso(now),
            "gps": {"lat": 52.5, "lon": 13.25, "name": "Größe 1", "fix": True},
            "cells": [{"volt": 3.5}, {"volt": 3.6}],
            "load": 7,
        },
        {"at": iso(now + 1), "gps": {"lat": None, "lon": 13.5, "name": None}, "load": 8},
        {"at": iso(now + 2), "gps": {"lat": "52", "lon": 13}, "load": 9},
        {"gps": {"lat": 1}, "load": 10},
        {"at": iso(now), "gps": {"fix": None}},
    ]
    stream = Stream(stack)
    stream.put(message(upload(DEVICE.application, samples)))
    wait_for_ends(stack["epts"], stored=4, rejected=1)
    stream.close()
    of_second = [(now + i) * 1_000_000 for i in range(3)]
    assert stack.query.points(DEVICE, "place", "first-cell", "auto~load") == {
        "place": [
            (of_second[0], {"fix": None, "lat": 52.5, "lon": 13.25, "name": "Größe 1"}),
            (of_second[1], {"fix": None, "lat": None, "lon": 13.5, "name": None}),
        ],
        "first-cell": [(of_second[0], 3.5)],
        "auto~load": [(of_second[0], 7), (of_second[1], 8), (of_second[2], 9)],
    }
    assert [(reason, partly) for reason, partly, _ in rejected(stack, DEVICE.application)] == [
        ("wrong_type", True),
        ("timestamp_missing", False),
    ]
