# SPDX-License-Identifier: Apache-2.0
"""TrySeriesRules: what rules would make of samples that are given, were rejected, or come next."""

import grpc
import pytest

from support.api import QueryApi
from support.device import HttpDevice
from support.ledger import settle
from support.protos import configuration_pb2, query_pb2
from support.wait import wait_until

# pylint: disable=redefined-outer-name

config, pb = configuration_pb2, query_pb2


@pytest.fixture
def device(shared_stack):
    return shared_stack.registry.create_device(auto_extract=True)


@pytest.fixture
def upload(shared_stack, device):
    client = HttpDevice(shared_stack["http-receiver"], device)
    yield client.post
    client.close()


def location_rules(**more):
    value = config.ValueRule(path="location.latitude", name="latitude")
    return config.SeriesRules(
        series=[config.SeriesRule(name="location", values=[value])], **more
    )


def request_for(device, **more):
    return pb.TrySeriesRulesRequest(application_name=device.application, **more)


def trial(stack, device, **more):
    return list(stack.query.call.TrySeriesRules(request_for(device, **more)))


def given(json):
    return {"given": pb.GivenSamples(data_samples=json.encode())}


def points_of(tried):
    return {
        (point.time_series_name, value.name): value.number
        for point in tried.data_points
        for value in point.values
    }


def code_of(stack, request):
    with pytest.raises(grpc.RpcError) as failure:
        list(stack.query.call.TrySeriesRules(request))
    return failure.value.code(), failure.value.details()


def test_given_samples_are_tried_under_a_candidate_or_the_rules_in_force(shared_stack, device):
    samples = given('[{"a": 1, "location": {"latitude": 48.1}}, {"location": {"latitude": "x"}}]')
    first, second = trial(shared_stack, device, series_rules=location_rules(), **samples)
    assert points_of(first) == {("location", "latitude"): 48.1}
    assert (second.rejections[0].reason, second.rejections[0].path) == (
        *("wrong_type", "location.latitude"),
    )
    first, second = trial(shared_stack, device, **samples)
    assert points_of(first) == {("auto~a", "value"): 1}
    assert not second.data_points and not second.rejections
    settle(shared_stack)
    assert shared_stack.query.series(device) == [], "nothing was stored"


def test_rejected_samples_are_tried_again(shared_stack, device, upload):
    assert upload('{"a": 1, "b": 1e400}').status == 200
    assert upload('{"a": 2, "b": 1e401}').status == 200

    def both():
        tried = trial(shared_stack, device, rejected=pb.RecentRejectedSamples())
        return tried if len(tried) == 2 else None

    newest, _ = wait_until(both, "both are rejected")
    assert newest.rejections[0].reason == "number_out_of_range"
    assert newest.sample == '{"a": 2, "b": 1e401}' and newest.endpoint_id == device.endpoint_id
    rules = config.SeriesRules(auto_extract=True, auto_extract_exclusions=["b"])
    one = pb.RecentRejectedSamples(
        endpoint_id=device.endpoint_id, reason="number_out_of_range", limit=1
    )
    (mended,) = trial(shared_stack, device, series_rules=rules, rejected=one)
    assert points_of(mended) == {("auto~a", "value"): 2} and not mended.rejections
    assert mended.received_at == newest.received_at
    other = pb.RecentRejectedSamples(reason="wrong_type")
    assert trial(shared_stack, device, rejected=other) == []


def test_the_next_samples_of_an_endpoint_are_tried_as_they_come(shared_stack, device, upload):
    other = shared_stack.registry.create_device(auto_extract=True)
    following = pb.NextSamples(endpoint_id=device.endpoint_id, limit=2, timeout_seconds=60)
    stream = shared_stack.query.call.TrySeriesRules(request_for(device, next=following))
    neighbour = HttpDevice(shared_stack["http-receiver"], other)

    # Nobody says when the trial begins to listen.
    def has_ended():
        assert neighbour.post('{"n": 1}').status == 200
        assert upload('{"n": 2}').status == 200
        return shared_stack["query"].metric("millrace_query_running_calls") == 0

    wait_until(has_ended, "it has taken its samples")
    neighbour.close()
    arrived = list(stream)
    assert [points_of(tried) for tried in arrived] == [{("auto~n", "value"): 2}] * 2
    assert {tried.endpoint_id for tried in arrived} == {device.endpoint_id}


def test_it_ends_by_itself_where_none_comes(shared_stack, device):
    following = pb.NextSamples(endpoint_id=device.endpoint_id, timeout_seconds=1)
    assert trial(shared_stack, device, next=following) == []


def test_so_many_run_at_a_time_and_one_that_is_left_makes_room(shared_stack, device):
    following = pb.NextSamples(endpoint_id=device.endpoint_id, timeout_seconds=600)
    call = shared_stack.query.call
    key = shared_stack.registry.create_key("READER")
    other = QueryApi(shared_stack["query"].address, key)
    running = [
        one.TrySeriesRules(request_for(device, next=following))
        for one in (call, call, other.call, other.call)
    ]
    request = request_for(device, **given("{}"))
    wait_until(
        lambda: shared_stack["query"].metric("millrace_query_running_calls") == 4,
        "all four have begun",
    )
    code, words = code_of(shared_stack, request)
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED and "2 calls with this API key" in words
    third = QueryApi(shared_stack["query"].address, shared_stack.registry.create_key("READER"))
    with pytest.raises(grpc.RpcError) as failure:
        list(third.call.TrySeriesRules(request))
    assert failure.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "4 calls that" in failure.value.details()
    for stream in running:
        stream.cancel()
    wait_until(
        lambda: shared_stack["query"].metric("millrace_query_running_calls") == 0,
        "they have ended",
    )
    assert len(list(call.TrySeriesRules(request))) == 1
    for api in (other, third):
        api.channel.close()


def test_what_it_refuses(shared_stack, device):
    wrong = location_rules(retention_seconds=5)
    for words, more in (
        ("source: ", {}),
        ("given.data_samples: ", given("no JSON")),
        ("retention: ", {"series_rules": wrong, **given("{}")}),
        ("next.endpoint_id: ", {"next": pb.NextSamples()}),
        ("rejected.reason: ", {"rejected": pb.RecentRejectedSamples(reason="?")}),
    ):
        code, said = code_of(shared_stack, request_for(device, **more))
        assert code is grpc.StatusCode.INVALID_ARGUMENT and words in said
    nobody = pb.TrySeriesRulesRequest(application_name="nobody", **given("{}"))
    assert code_of(shared_stack, nobody)[0] is grpc.StatusCode.NOT_FOUND
