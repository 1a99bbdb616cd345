# SPDX-License-Identifier: Apache-2.0
"""Subscribe: history, then live; resumed, slow, many, refused, ended."""

import collections
import contextlib
import time

import grpc
import pytest

from support.api import QueryApi, channel
from support.device import HttpDevice
from support.protos import configuration_pb2, query_pb2_grpc, registry_pb2
from support.subscriber import Subscriber, points_of, request_of
from support.wait import wait_until


def subscribe(stack, device, service="query", key=None, **wants):
    """A Subscriber of the device's application."""
    api = QueryApi(stack[service].address, key or stack.admin_key)
    return Subscriber(
        lambda request: api.call.Subscribe(request, timeout=600),
        request_of(device.application, **wants),
    )


@contextlib.contextmanager
def ended(*subscribers):
    try:
        yield
    finally:
        for one in subscribers:
            one.end()


def live(stack, device, **wants):
    """A Subscriber to which everything that is stored from now on comes."""
    one = subscribe(stack, device, **wants)
    wait_until(lambda: one.caught_up, "the subscription is live")
    return one


def send(stack, device, samples):
    answer = HttpDevice(stack["http-receiver"], device).send(samples)
    assert answer.status == 200, answer


def wait_for(subscriber, count):
    wait_until(lambda: len(subscriber.points) >= count, f"{count} points came", 30)


def values(subscriber, series="auto~n"):
    return [row[3]["value"] for row in subscriber.points if row[1] == series]


def repeated(subscriber):
    counts = collections.Counter((row[0], row[1], row[2]) for row in subscriber.points)
    return {key: count for key, count in counts.items() if count > 1}


def test_points_come_as_they_are_stored(shared_stack):
    device = shared_stack.registry.create_device()
    one = live(shared_stack, device)
    with ended(one):
        send(shared_stack, device, [{"n": 1, "m": 5}])
        wait_for(one, 2)
        assert {(row[0], row[1]) for row in one.points} == {
            (device.endpoint_id, "auto~m"),
            (device.endpoint_id, "auto~n"),
        }
        send(shared_stack, device, [{"n": 2}, {"n": 3}])
        wait_for(one, 4)
        assert values(one) == [1, 2, 3]
        assert not one.caught_up[0].interruption


def test_history_comes_first_then_what_is_stored(shared_stack):
    device = shared_stack.registry.create_device()
    send(shared_stack, device, [{"n": number} for number in range(1000)])
    wait_until(
        lambda: len(shared_stack.query.values(device, "auto~n")) == 1000, "history is stored"
    )
    one = subscribe(shared_stack, device, from_us=0)
    with ended(one):
        wait_until(lambda: one.caught_up, "history is over")
        assert values(one) == list(range(1000))
        send(shared_stack, device, [{"n": 1000}])
        wait_for(one, 1001)
        assert values(one) == list(range(1001))
        assert not repeated(one)


def test_the_newest_write_of_an_instant_comes_again(shared_stack):
    device = shared_stack.registry.create_device()
    set_timestamp_path(shared_stack, device.application)
    at = int(time.time())
    send(shared_stack, device, [{"n": 1, "at": at}])
    wait_until(lambda: shared_stack.query.values(device, "auto~n") == [1], "it is stored")
    one = subscribe(shared_stack, device, from_us=0)
    with ended(one):
        wait_for(one, 1)
        send(shared_stack, device, [{"n": 2, "at": at}])
        wait_for(one, 2)
        assert values(one) == [1, 2]
        assert len({row[2] for row in one.points}) == 1


def set_timestamp_path(stack, application):
    seen = configuration_pb2.SeriesRules(auto_extract=True)
    seen.timestamp.path = "at"
    seen.timestamp.format = configuration_pb2.TIMESTAMP_FORMAT_UNIX_EPOCH
    stack.registry.call.ApplySeriesRules(
        registry_pb2.ApplySeriesRulesRequest(application_name=application, series_rules=seen)
    )


def test_only_what_is_wanted_comes(shared_stack):
    wanted = shared_stack.registry.create_device()
    other = shared_stack.registry.create_device(
        application=wanted.application, app_version=wanted.app_version
    )
    one = live(
        shared_stack, wanted, endpoint_ids=[wanted.endpoint_id], series=["auto~n"]
    )
    everything = live(shared_stack, wanted)
    with ended(one, everything):
        send(shared_stack, other, [{"n": 1}])
        send(shared_stack, wanted, [{"m": 2, "n": 3}])
        wait_for(everything, 3)
        wait_for(one, 1)
        assert values(one) == [3]
        assert len(one.points) == 1


def test_an_application_that_never_stored_anything_can_be_subscribed_to(shared_stack):
    device = shared_stack.registry.create_device()
    one = subscribe(shared_stack, device, from_us=0)
    with ended(one):
        wait_until(lambda: one.caught_up, "there is no history")
        send(shared_stack, device, [{"n": 1}])
        wait_for(one, 1)
        assert values(one) == [1]


def test_a_token_goes_on_where_it_was_with_another_replica(make_stack):
    stack = make_stack("registry", "http-receiver", "epts", "query")
    stack.start("query", name="query-2")
    device = stack.registry.create_device()
    send(stack, device, [{"n": number} for number in range(100)])
    first = subscribe(stack, device, from_us=0)
    wait_for(first, 100)
    wait_until(lambda: first.caught_up, "history is over")
    first.end()
    send(stack, device, [{"n": number} for number in range(100, 150)])
    second = subscribe(stack, device, service="query-2", from_us=0, token=first.token)
    with ended(second):
        wait_for(second, 50)
        send(stack, device, [{"n": 150}])
        wait_for(second, 51)
        assert values(second) == list(range(100, 151))


# What a client that does not read takes in all the same: no more than so much.
SMALL_WINDOW = {"grpc.http2.bdp_probe": 0, "grpc.http2.lookahead_bytes": 65_536}


def test_what_a_slow_client_did_not_take_comes_when_it_does(make_stack):
    stack = make_stack("registry", "http-receiver", "epts", "query")
    device = stack.registry.create_device()
    query = QueryApi(stack["query"].address, stack.admin_key, options=SMALL_WINDOW)
    call = query.call.Subscribe(request_of(device.application, from_us=0), timeout=600)
    assert next(call).WhichOneof("kind") == "caught_up"
    # More than what waits for a client and what the connection takes in together.
    for _ in range(40):
        send(stack, device, [{f"f{i}": i * 1.5 for i in range(200)} for _ in range(50)])
    sent = 200 * 50 * 40
    wait_until(
        lambda: len(stack.query.values(device, "auto~f0")) == sent / 200, "all is stored", 90
    )
    got = []
    caught_up = None
    # The tables are read, for what was dropped, only when the client reads on.
    while caught_up is None or not caught_up.interruption:
        answer = next(call)
        got += points_of(answer)
        caught_up = answer.caught_up if answer.WhichOneof("kind") == "caught_up" else caught_up
    call.cancel()
    assert "faster than they were taken" in caught_up.interruption
    assert len(got) == sent
    assert len({row[:3] for row in got}) == sent


def test_a_client_that_takes_nothing_is_ended(make_stack):
    stack = make_stack("registry", "http-receiver", "epts")
    stack.start("query", stall_timeout="1s")
    device = stack.registry.create_device()
    for _ in range(40):
        send(stack, device, [{f"f{i}": i * 1.5 for i in range(200)} for _ in range(50)])
    wait_until(
        lambda: len(stack.query.values(device, "auto~f0")) == 2000, "history is stored", 90
    )
    query = QueryApi(stack["query"].address, stack.admin_key)
    call = query.call.Subscribe(request_of(device.application, from_us=0), timeout=600)
    next(call)
    wait_until(
        lambda: stack["query"].metric("millrace_query_stalled_subscriptions_total") == 1,
        "the stalled subscription is ended",
    )
    with pytest.raises(grpc.RpcError) as failure:
        list(call)
    assert failure.value.code() in (
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.CANCELLED,
    )
    wait_until(
        lambda: stack["query"].metric("millrace_query_subscriptions") == 0, "nothing is left of it"
    )


MANY = 500


def test_many_subscribers_need_no_thread_each(make_stack):
    stack = make_stack("registry", "http-receiver", "epts", "query")
    device = stack.registry.create_device()
    channels = [channel(stack["query"].address) for _ in range(5)]
    metadata = (("authorization", f"Bearer {stack.admin_key}"),)
    calls = [
        query_pb2_grpc.QueryStub(channels[i % len(channels)]).Subscribe(
            request_of(device.application), timeout=600, metadata=metadata
        )
        for i in range(MANY)
    ]
    for call in calls:
        assert next(call).WhichOneof("kind") == "caught_up"
    assert stack["query"].metric("millrace_query_subscriptions") == MANY
    with open(f"/proc/{stack['query'].pid}/status", encoding="ascii") as status:
        threads = next(int(line.split()[1]) for line in status if line.startswith("Threads:"))
    assert threads < 100
    send(stack, device, [{"n": 1}])
    for call in calls:
        answer = next(answer for answer in call if answer.WhichOneof("kind") == "data_points")
        assert [row[3] for row in points_of(answer)] == [{"value": 1}]
    for call in calls:
        call.cancel()
    wait_until(
        lambda: stack["query"].metric("millrace_query_subscriptions") == 0, "all have gone"
    )
    for one in channels:
        one.close()


def test_with_events_off_the_tables_are_read_again_and_again(make_stack):
    stack = make_stack("registry", "http-receiver")
    stack.start("epts", data_points_events="off")
    stack.start("query")
    device = stack.registry.create_device()
    one = live(stack, device)
    with ended(one):
        for number in range(3):
            send(stack, device, [{"n": number}])
            wait_for(one, number + 1)
        assert values(one) == [0, 1, 2]


def refusal(stack, request, key=None):
    api = QueryApi(stack["query"].address, key)
    with pytest.raises(grpc.RpcError) as failure:
        next(api.call.Subscribe(request))
    return failure.value


def test_a_refusal_says_why(shared_stack):
    device = shared_stack.registry.create_device()
    key = shared_stack.admin_key
    error = refusal(shared_stack, request_of(device.application))
    assert error.code() == grpc.StatusCode.UNAUTHENTICATED
    error = refusal(shared_stack, request_of(""), key)
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert error.details().startswith("application_name: ")
    error = refusal(shared_stack, request_of("nowhere"), key)
    assert error.code() == grpc.StatusCode.NOT_FOUND
    error = refusal(shared_stack, request_of(device.application, token="nonsense"), key)
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert error.details().startswith("resume_token: ")


def test_a_token_of_a_stream_that_was_made_anew_is_refused(make_stack):
    stack = make_stack("registry", "http-receiver", "epts", "query")
    device = stack.registry.create_device()
    one = live(stack, device)
    one.end()
    stack.sql(
        "INSERT INTO time_series.ledger_epoch (stream_created, last_sequence, messages_before)"
        " SELECT stream_created, last_sequence, messages_before FROM time_series.ledger_epoch"
    )
    api = QueryApi(stack["query"].address, stack.admin_key)

    def refused():
        """Query notices within seconds; a call that began before that is ended."""
        call = api.call.Subscribe(request_of(device.application, token=one.token), timeout=600)
        try:
            list(call)
        except grpc.RpcError as error:
            assert error.code() in (grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.ABORTED)
            return error.code() == grpc.StatusCode.FAILED_PRECONDITION
        return False

    wait_until(refused, "the token is refused")


def test_there_are_not_more_than_allowed(make_stack):
    stack = make_stack("registry", "http-receiver", "epts")
    stack.start("query", max_subscriptions=3, max_subscriptions_per_key=2)
    device = stack.registry.create_device()
    with ended(live(stack, device), live(stack, device)):
        error = refusal(stack, request_of(device.application), stack.admin_key)
        assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "max-subscriptions-per-key" in error.details()
        other = stack.registry.call.CreateApiKey(registry_pb2.CreateApiKeyRequest(name="other"))
        with ended(live(stack, device, key=other.key)):
            error = refusal(stack, request_of(device.application), other.key)
            assert "max-subscriptions" in error.details()


def test_a_revoked_key_ends_its_subscriptions(shared_stack):
    device = shared_stack.registry.create_device()
    key = shared_stack.registry.call.CreateApiKey(
        registry_pb2.CreateApiKeyRequest(name=f"revoked-{device.endpoint_id}")
    )
    one = live(shared_stack, device, key=key.key)
    with ended(one):
        shared_stack.registry.call.RevokeApiKey(
            registry_pb2.RevokeApiKeyRequest(key_id=key.metadata.key_id)
        )
        wait_until(lambda: one.error, "the subscription is ended")
        assert one.error.code() == grpc.StatusCode.UNAUTHENTICATED


def test_a_stop_ends_them_at_once_and_clearly(make_stack):
    stack = make_stack("registry", "http-receiver", "epts", "query")
    device = stack.registry.create_device()
    query = QueryApi(stack["query"].address, stack.admin_key)
    call = query.call.Subscribe(request_of(device.application), timeout=600)
    next(call)
    stack["query"].stop()
    with pytest.raises(grpc.RpcError) as failure:
        list(call)
    assert failure.value.code() == grpc.StatusCode.UNAVAILABLE
    assert "resume_token" in failure.value.details()
