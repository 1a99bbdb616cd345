# SPDX-License-Identifier: Apache-2.0
"""Points that others publish on 14/TSTP's subjects: stored as if epts had made them."""

import json
import time

import pytest

from service.sample_stream import Stream, wait_empty
from support.bus import Bus
from support.protos import data_points_pb2, query_pb2
from support.wait import wait_until

SUBJECT = "kaa.v1.events.{}.endpoint.data-collection.data-points-received.location"
NOW_US = time.time_ns() // 1000


def event(application, *points, series="location"):
    """Each point: (offset in µs, values by name)."""
    made = data_points_pb2.DataPointsEvent(
        correlation_id="c",
        timestamp_us=NOW_US,
        application_name=application,
        app_version_name="v1",
        endpoint_id="ep",
        time_series_name=series,
    )
    for offset, values in points:
        point = made.data_points.add(timestamp_us=NOW_US + offset)
        for name, value in values.items():
            one = point.values[name]
            if isinstance(value, bool):
                one.boolean = value
            elif isinstance(value, str):
                one.string = value
            elif value is not None:
                one.number = value
    return made


class Scene:
    """A stack whose epts takes points of `modbus`."""

    def __init__(self, stack):
        self.stack = stack
        self.stream = Stream(stack)
        self.application = stack.registry.create_application(auto_extract=False)

    def put(self, payload, transmitter="modbus"):
        answer = json.loads(self.stream.bus.request(SUBJECT.format(transmitter), payload))
        assert "error" not in answer, answer

    def points(self):
        return self.stack.sql(
            "SELECT (extract(epoch FROM time) * 1000000)::bigint - %s, value_name, number, boolean,"
            " string FROM time_series.data_point WHERE application = %s AND series = 'location'"
            " ORDER BY time, value_name",
            (NOW_US, self.application),
        )

    def rejected(self):
        return self.stack.sql("SELECT reason, sample FROM time_series.rejected", ())


@pytest.fixture
def scene(make_stack):
    stack = make_stack("registry")
    stack.start("epts", data_points_transmitters="modbus,opc_ua")
    one = Scene(stack)
    yield one
    one.stream.close()


def test_points_of_a_transmitter_are_stored(scene):
    values = {"lat": 1.5, "name": "x", "gps": True, "old": None}
    scene.put(event(scene.application, (0, values), (7, {"lat": 2})).SerializeToString())
    wait_empty(scene.stream)
    assert scene.points() == [
        (0, "gps", None, True, None),
        (0, "lat", 1.5, None, None),
        (0, "name", None, None, "x"),
        (0, "old", None, None, None),
        (7, "lat", 2, None, None),
    ]
    samples = "millrace_epts_samples_total"
    assert scene.stack["epts"].metric(samples, outcome="stored") == 2
    assert scene.stack["epts"].metric("millrace_epts_transmitted_points_total") == 2


def test_they_have_their_order_with_samples_and_are_stored_once(scene):
    for value in (1, 2, 3):
        scene.put(event(scene.application, (0, {"lat": value})).SerializeToString())
    wait_empty(scene.stream)
    assert [row[2] for row in scene.points()] == [3]
    scene.stack["epts"].restart()
    scene.put(event(scene.application, (0, {"lat": 4})).SerializeToString(), "opc_ua")
    wait_empty(scene.stream)
    assert [row[2] for row in scene.points()] == [4]


def test_what_cannot_be_stored_is_rejected_and_what_cannot_be_read_terminated(scene):
    scene.put(event(scene.application, (0, {"a=b": 1}), (1, {"lat": 1})).SerializeToString())
    scene.put(event(scene.application, (0, {"lat": 1}), series="a b").SerializeToString())
    scene.put(event("never-heard-of", (0, {"lat": 1})).SerializeToString())
    scene.put(b"\xff\xff")
    wait_empty(scene.stream)
    assert [row[0] for row in scene.points()] == [1]
    reasons = sorted(reason for reason, _ in scene.rejected())
    assert reasons == ["invalid_name", "invalid_name", "unknown_application"]
    for _, sample in scene.rejected():
        assert json.loads(sample)["endpointId"] == "ep"
    wait_until(
        lambda: scene.stack["epts"].metric("millrace_epts_terminated_total") == 1,
        "the one that is no event is given up",
    )


def test_explain_sees_those_that_wait(scene):
    scene.stack.start("query")
    scene.stack["epts"].kill()
    scene.put(event(scene.application, (0, {"lat": 1}), (1, {"lat": 2})).SerializeToString())
    request = query_pb2.ExplainEndpointRequest(
        application_name=scene.application, endpoint_id="ep"
    )
    told = scene.stack.query.call.ExplainEndpoint(request).samples
    in_flight = query_pb2.ExplainedSample.FATE_IN_FLIGHT
    assert [(one.fate, one.sample_count) for one in told] == [(in_flight, 2)]
    scene.stack["epts"].start()
    wait_empty(scene.stream)


def test_rules_are_not_tried_on_rejected_ones(scene):
    scene.stack.start("query")
    scene.put(event(scene.application, (0, {"a=b": 1})).SerializeToString())
    wait_empty(scene.stream)
    request = query_pb2.TrySeriesRulesRequest(application_name=scene.application)
    request.rejected.endpoint_id = "ep"
    (tried,) = scene.stack.query.call.TrySeriesRules(request)
    assert not tried.data_points and json.loads(tried.sample)["endpointId"] == "ep"
    assert tried.rejections[0].detail.startswith("cannot be tried: ")


def test_the_stream_takes_those_that_epts_was_told_of_whoever_starts_after_it(scene):
    def subjects():
        info = scene.stream.bus.jetstream("STREAM.INFO.DATA_SAMPLES")
        return {subject.split(".")[3] for subject in info["config"]["subjects"]}

    assert subjects() == {"*", "modbus", "opc_ua"}
    scene.stack.start("http-receiver")
    assert subjects() == {"*", "modbus", "opc_ua"}
    scene.stack["epts"].settings["data-points-transmitters"] = "modbus"
    scene.stack["epts"].restart()
    assert subjects() == {"*", "modbus"}


def test_what_epts_announces_never_comes_back_to_it(scene):
    epts = scene.stack["epts"]
    epts.kill()
    epts.settings["data-points-transmitters"] = "epts"
    epts.start(wait=False)
    status = epts.wait()
    assert status != 0 and "but not epts" in epts.log_text()
    epts.settings["data-points-transmitters"] = "modbus"
    epts.settings["data-points-events"] = "on"
    epts.start()
    with Bus(scene.stack.nats) as listener:
        listener.subscribe(SUBJECT.format("epts"))
        scene.put(event(scene.application, (0, {"lat": 1})).SerializeToString())
        _, _, payload = listener.next_message()
    announced = data_points_pb2.DataPointsEvent.FromString(payload)
    assert announced.data_points[0].values["lat"].number == 1
    wait_empty(scene.stream)
