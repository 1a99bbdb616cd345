# SPDX-License-Identifier: Apache-2.0
"""Points that a client puts: stored past the series rules, with real processes."""

import random
import time

import grpc
import pytest

from support.api import Identity
from support.device import HttpDevice
from support.protos import query_pb2 as pb
from support.protos import registry_pb2
from support.subscriber import Subscriber, request_of
from support.wait import wait_until

# pylint: disable=redefined-outer-name

HOUR_US = 3_600_000_000


def now_us():
    return time.time_ns() // 1000


def value_of(name, value):
    made = pb.NamedValue(name=name)
    if isinstance(value, bool):
        made.boolean = value
    elif isinstance(value, str):
        made.string = value
    elif value is not None:
        made.number = value
    return made


def series_of(endpoint_id, name, *points):
    """Each point: (µs since 1970, {value name: value}), or a number for the value `value`."""
    made = pb.EndpointSeriesPoints(endpoint_id=endpoint_id, time_series_name=name)
    for time_us, values in points:
        values = values if isinstance(values, dict) else {"value": values}
        made.data_points.add(
            timestamp_us=time_us, values=[value_of(*one) for one in values.items()]
        )
    return made


class Scene:
    """An application whose rules extract nothing, with one endpoint."""

    def __init__(self, stack):
        self.stack = stack
        self.device = stack.registry.create_device(auto_extract=False)

    def request(self, *series):
        return pb.PutDataPointsRequest(app_version_name=self.device.app_version, series=series)

    def put(self, name, *points):
        request = self.request(series_of(self.device.endpoint_id, name, *points))
        self.stack.query.call.PutDataPoints(request)

    def points(self, name):
        return self.stack.query.points(self.device, name)[name]

    def wait_for(self, name, points):
        wait_until(lambda: self.points(name) == points, f"{name} has {points}")

    def refused(self, code, words, request):
        with pytest.raises(grpc.RpcError) as failure:
            self.stack.query.call.PutDataPoints(request)
        assert failure.value.code() is code, failure.value.details()
        assert words in failure.value.details(), failure.value.details()
        return failure.value


@pytest.fixture
def scene(shared_stack):
    return Scene(shared_stack)


def test_points_are_stored_as_they_are(scene):
    start = now_us()
    values = {"lat": 1.5, "name": "x", "ok": True, "old": None}
    epts = scene.stack["epts"]
    before = epts.metric("millrace_epts_transmitted_points_total")
    scene.put("location", (start, values), (start + 7, {"lat": 2}))
    everything = [
        (start, values),
        (start + 7, {"lat": 2, "name": None, "ok": None, "old": None}),
    ]
    scene.wait_for("location", everything)
    assert epts.metric("millrace_epts_transmitted_points_total") == before + 2
    last = scene.stack.query.last(scene.device.application)
    assert last == {(scene.device.endpoint_id, "location"): (start + 7, {"lat": 2})}
    assert scene.stack["query"].metric("millrace_query_put_points_total") >= 2


def test_many_series_of_many_endpoints_in_one_call(scene):
    start = now_us()
    api = scene.stack.registry
    ids = [api.create_endpoint(scene.device.app_version)[0] for _ in range(40)]
    scene.stack.query.call.PutDataPoints(
        scene.request(
            *(
                series_of(one, f"s{n}", *((start + i, n + i) for i in range(10)))
                for n in range(25)
                for one in ids
            )
        )
    )
    wait_until(
        lambda: len(scene.stack.query.last(scene.device.application)) == 1000, "all are stored"
    )
    for n in (0, 24):
        identity = Identity(scene.device.application, scene.device.app_version, ids[n], "")
        points = scene.stack.query.points(identity, f"s{n}")[f"s{n}"]
        assert points == [(start + i, n + i) for i in range(10)]


def test_the_later_of_two_wins_also_over_a_device(scene):
    api = scene.stack.registry
    api.set_auto_extract(scene.device.application, True)
    start = now_us()
    scene.put("auto~a", (start, 1), (start, 2), (start + 1, 3))
    scene.wait_for("auto~a", [(start, 2), (start + 1, 3)])
    scene.put("auto~a", (start, 1))
    scene.wait_for("auto~a", [(start, 1), (start + 1, 3)])
    scene.put("auto~a", (start, 2))
    scene.put("auto~a", (start, 1))
    scene.put("auto~a", (start, 2))
    scene.wait_for("auto~a", [(start, 2), (start + 1, 3)])
    receiver = scene.stack["http-receiver"]
    assert HttpDevice(receiver, scene.device).send([{"a": 4}]).status == 200
    wait_until(lambda: scene.points("auto~a")[-1][1] == 4, "the device's is in the same series")


def test_a_put_that_is_repeated_changes_nothing(scene):
    start = now_us()
    for _ in range(3):
        scene.put("s", (start, 1), (start + 1, {"text": "x"}))
    scene.put("end", (start, 0))
    scene.wait_for("end", [(start, 0)])
    assert scene.points("s") == [
        (start, {"text": None, "value": 1}),
        (start + 1, {"text": "x", "value": None}),
    ]


def test_subscribers_get_them(scene):
    query = scene.stack.query
    wanted = request_of(scene.device.application, series=["live"])
    subscriber = Subscriber(lambda one: query.call.Subscribe(one, timeout=120), wanted)
    try:
        wait_until(lambda: subscriber.caught_up, "the subscription is live")
        start = now_us()
        scene.put("live", (start, 1), (start + 1, {"text": "x"}))
        expected = [
            (scene.device.endpoint_id, "live", start, {"value": 1}),
            (scene.device.endpoint_id, "live", start + 1, {"text": "x"}),
        ]
        wait_until(lambda: sorted(subscriber.points, key=str) == expected, "both points came")
    finally:
        subscriber.end()


def test_what_cannot_be_told_before_is_a_rejected_sample(scene):
    long_ago = 1_000_000_000_000_000  # 2001: further back than accept-past of epts
    scene.put("s", (long_ago, 1), (now_us(), 2))
    wait_until(lambda: len(scene.points("s")) == 1, "the good one is stored")
    (rejected,) = scene.stack.query.rejected(scene.device.application)
    assert rejected.reason == "timestamp_out_of_range"
    assert str(long_ago) in rejected.sample


@pytest.mark.parametrize(
    "field, change",
    [
        ("app_version_name: ", lambda one: one.ClearField("app_version_name")),
        ("series: ", lambda one: one.ClearField("series")),
        ("series[0].endpoint_id: ", lambda one: one.series[0].ClearField("endpoint_id")),
        ("series[0].time_series_name: ", lambda one: setattr(one.series[0], "time_series_name", "a.>")),
        (
            "series[0].data_points[1].values: ",
            lambda one: one.series[0].data_points[1].ClearField("values"),
        ),
        (
            "series[0].data_points[0].values[0].number: ",
            lambda one: setattr(one.series[0].data_points[0].values[0], "number", float("nan")),
        ),
        (
            "series[0].data_points[0].values[0].string: ",
            lambda one: setattr(one.series[0].data_points[0].values[0], "string", "a\0b"),
        ),
        (
            "series[0].data_points[0].timestamp_us: ",
            lambda one: setattr(one.series[0].data_points[0], "timestamp_us", 2**63 - 1),
        ),
        (
            "series[0].data_points[0]: has ",
            lambda one: setattr(one.series[0].data_points[0].values[0], "string", "x" * 600_000),
        ),
        (
            "series: makes a request of ",
            lambda one: setattr(one.series[0].data_points[0].values[0], "string", "x" * 1_100_000),
        ),
    ],
)
def test_a_request_that_breaks_a_rule_stores_nothing(scene, field, change):
    request = scene.request(
        series_of(scene.device.endpoint_id, "s", (now_us(), 1), (now_us() + 1, 1))
    )
    change(request)
    scene.refused(grpc.StatusCode.INVALID_ARGUMENT, field, request)
    scene.put("end", (1_700_000_000_000_000, 0))
    scene.wait_for("end", [(1_700_000_000_000_000, 0)])
    assert scene.points("s") == []


def test_version_and_endpoints_must_be_there_and_belong_together(scene):
    not_found = grpc.StatusCode.NOT_FOUND
    point = (now_us(), 1)
    mine = series_of(scene.device.endpoint_id, "s", point)
    request = scene.request(mine)
    for version in ("no-such-version", "No Name", "x" * 63):
        request.app_version_name = version
        scene.refused(not_found, f"no application version {version}", request)
    foreign = scene.stack.registry.create_device()
    for endpoint_id in (foreign.endpoint_id, "nobody", "a b", "x" * 128):
        words = f"series[1].endpoint_id: application {scene.device.application} has no endpoint"
        request = scene.request(mine, series_of(endpoint_id, "s", point))
        scene.refused(not_found, f"{words} {endpoint_id}", request)
    assert scene.points("s") == []
    # Another version of the application will do, as for devices.
    other = scene.stack.registry.create_app_version(scene.device.application)
    request = pb.PutDataPointsRequest(app_version_name=other, series=[mine])
    scene.stack.query.call.PutDataPoints(request)
    scene.wait_for("s", [point])


@pytest.mark.filterwarnings("ignore:Unexpected end-group tag")
def test_bytes_that_are_no_request_harm_nothing(scene):
    """Requests with bytes changed at random: refused, or stored; epts gives nothing up."""
    chance = random.Random(20262)
    good = scene.request(
        series_of(scene.device.endpoint_id, "fuzz", (now_us(), {"a": 1, "b": "x", "c": True}))
    ).SerializeToString()
    taken = 0
    for _ in range(300):
        changed = bytearray(good)
        for _ in range(chance.randint(1, 6)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        request = pb.PutDataPointsRequest()
        try:
            request.ParseFromString(bytes(changed))
            scene.stack.query.call.PutDataPoints(request)
            taken += 1
        except grpc.RpcError as error:
            assert error.code() in (
                grpc.StatusCode.INVALID_ARGUMENT,
                grpc.StatusCode.NOT_FOUND,
            ), error.details()
        except Exception as error:  # pylint: disable=broad-except
            assert type(error).__name__ in ("DecodeError", "ValueError"), error
    assert taken, "some are good"
    scene.put("end", (1_700_000_000_000_000, 0))
    scene.wait_for("end", [(1_700_000_000_000_000, 0)])
    assert scene.stack["epts"].metric("millrace_epts_terminated_total") == 0


def test_a_late_point_is_in_aggregates_of_hours_that_were_rolled_up(make_stack):
    stack = make_stack("registry")
    epts = stack.start("epts", rollups="off", rollup_share=100)
    stack.start("query")
    scene = Scene(stack)
    start = now_us() // HOUR_US * HOUR_US - 10 * HOUR_US
    scene.put("s", *((start + n * 5_000_000, 1) for n in range(5 * 720)))

    def sums():
        request = pb.AggregateRequest(
            application_name=scene.device.application,
            endpoint_ids=[scene.device.endpoint_id],
            time_series_names=["s"],
            aggregations=[pb.Aggregation(function=pb.AGGREGATE_FUNCTION_SUM)],
        )
        getattr(request, "from").FromMicroseconds(start)
        request.to.FromMicroseconds(start + 5 * HOUR_US)
        request.window.every.FromSeconds(3600)
        return [
            sum_
            for chunk in stack.query.call.Aggregate(request)
            for sum_ in chunk.columns[0].numbers
        ]

    wait_until(lambda: sums() == [720] * 5, "all are stored")
    epts.stop()
    epts.settings["rollups"] = "on"
    epts.start()
    hours = "SELECT count(*) FROM time_series.rollup"
    wait_until(lambda: stack.sql(hours)[0][0] >= 5, "the hours are rolled up")
    assert sums() == [720] * 5
    scene.put("s", (start + 2_500_000, 1000), (start + HOUR_US, 5))
    expected = [1720, 724, 720, 720, 720]
    wait_until(lambda: sums() == expected, "the new one and the corrected one count at once")


def test_what_is_answered_is_in_the_stream_whatever_dies(make_stack):
    stack = make_stack("registry", "epts", "query")
    scene = Scene(stack)
    start = now_us()
    stack["epts"].kill()
    scene.put("s", (start, 1), (start + 1, 2))
    explain = pb.ExplainEndpointRequest(
        application_name=scene.device.application, endpoint_id=scene.device.endpoint_id
    )
    told = stack.query.call.ExplainEndpoint(explain).samples
    assert [(one.fate, one.sample_count) for one in told] == [(pb.ExplainedSample.FATE_IN_FLIGHT, 2)]
    stack["query"].kill()
    stack["query"].start()
    stack["epts"].start()
    scene.wait_for("s", [(start, 1), (start + 1, 2)])
    stack["registry"].kill()
    request = scene.request(series_of(scene.device.endpoint_id, "s", (start, 3)))
    scene.refused(grpc.StatusCode.UNAVAILABLE, "the registry is away", request)
    stack["registry"].start()
    scene.put("s", (start, 3))
    scene.wait_for("s", [(start, 3), (start + 1, 2)])
    ledger = stack.query.call.Diagnose(
        pb.DiagnoseRequest(without=["http-receiver", "mqtt-receiver"])
    )
    assert not ledger.findings, ledger.findings


def test_a_full_stream_says_when_to_come_again(make_stack):
    stack = make_stack("registry")
    stack.start("epts", stream_max_size="1MiB")
    stack.start("query")
    scene = Scene(stack)
    scene.put("s", (1_700_000_000_000_000, 0))
    scene.wait_for("s", [(1_700_000_000_000_000, 0)])
    stack["epts"].kill()
    large = scene.request(
        series_of(scene.device.endpoint_id, "s", *((now_us() + n, "x" * 60_000) for n in range(8)))
    )
    stack.query.call.PutDataPoints(large)
    stack.query.call.PutDataPoints(large)
    error = scene.refused(
        grpc.StatusCode.RESOURCE_EXHAUSTED, "cannot put data points into the stream", large
    )
    assert int(dict(error.trailing_metadata())["grpc-retry-pushback-ms"]) >= 5000
    stack["epts"].start()
    wait_until(lambda: len(scene.points("s")) == 9, "there is room again")
    stack.query.call.PutDataPoints(large)


def test_a_revoked_endpoint_token_does_not_matter(scene):
    """Who puts has an API key; tokens are for devices."""
    which = registry_pb2.TokenInApplication(
        application_name=scene.device.application, token=scene.device.token
    )
    scene.stack.registry.call.SetTokenState(
        registry_pb2.SetTokenStateRequest(token=which, state=registry_pb2.TOKEN_STATE_REVOKED)
    )
    scene.put("s", (1_700_000_000_000_000, 1))
    scene.wait_for("s", [(1_700_000_000_000_000, 1)])
