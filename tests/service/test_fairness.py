# SPDX-License-Identifier: Apache-2.0
"""query shares out its calls and connections among API keys; real clients, a real PostgreSQL."""

import contextlib

import grpc
import pytest

from service.query_rows import Rows, number, request
from service.test_query_calls import Blocked, statements_of_query
from support.api import QueryApi
from support.wait import wait_until

A = number("auto~a")
ALL = 300_000  # points: 5 MB, more than a client that takes none is sent


@pytest.fixture
def make_query(make_stack):
    """query with these settings, points to read, and clients with keys of their own."""
    with contextlib.ExitStack() as open_ones:

        def make(points=1, **settings):
            stack = make_stack("registry", "epts")
            stack.start("query", **settings)
            rows = Rows(stack)
            rows.many_frames("ep", rows.layout(A), points)
            clients = []
            for _ in range(2):
                key = stack.registry.create_key("READER")
                clients.append(QueryApi(stack["query"].address, key))
                open_ones.callback(clients[-1].channel.close)
            return rows, *clients

        yield make


def running(rows):
    return rows.stack["query"].metric("millrace_query_running_calls")


def refused(rows, reason):
    return rows.stack["query"].metric("millrace_query_refused_calls_total", reason=reason)


def refusal(client, rows):
    with pytest.raises(grpc.RpcError) as failure:
        list(client.call.GetDataPoints(request(rows, limit=1)))
    assert failure.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED, failure.value
    metadata = dict(failure.value.trailing_metadata())
    return failure.value.details(), metadata.get("grpc-retry-pushback-ms")


def count(client, rows, **more):
    return sum(
        len(chunk.timestamps_us) for chunk in client.call.GetDataPoints(request(rows, **more))
    )


def test_a_key_that_holds_many_calls_open_leaves_some_to_others(make_query):
    rows, greedy, other = make_query(points=ALL, max_calls=4)
    held = [greedy.call.GetDataPoints(request(rows)) for _ in range(2)]  # takes nothing
    wait_until(lambda: running(rows) == 2, "its calls are at work")
    for _ in range(3):
        words, retry_ms = refusal(greedy, rows)
        assert "max-calls-per-key" in words
        assert 1000 <= int(retry_ms) < 2000
    assert refused(rows, "max_calls_per_key") == 3
    assert count(other, rows) == ALL, "the other one's calls begin and end"
    for call in held:
        call.cancel()
    wait_until(lambda: running(rows) == 0, "its calls have ended")
    assert count(greedy, rows, limit=7) == 7, "and it may come again"


def test_when_all_calls_are_taken_everybody_is_told_when_to_come_back(make_query):
    rows, one, other = make_query(points=ALL, max_calls=2)
    held = [client.call.GetDataPoints(request(rows)) for client in (one, other)]
    wait_until(lambda: running(rows) == 2, "both are at work")
    words, retry_ms = refusal(rows.stack.query, rows)
    assert "setting max-calls" in words and int(retry_ms) >= 1000
    assert refused(rows, "max_calls") == 1
    for call in held:
        call.cancel()


def test_a_key_whose_statements_are_slow_leaves_a_connection_to_others(make_query):
    rows, greedy, other = make_query(
        max_calls=20, max_calls_per_key=20, database_connections=4, connection_wait="1m"
    )
    stack = rows.stack
    with Blocked(stack):
        slow = [greedy.call.GetDataPoints(request(rows), timeout=300) for _ in range(10)]
        wait_until(lambda: running(rows) == 10, "its calls are at work")
        wait_until(lambda: statements_of_query(stack) == 3, "they have three of four connections")
        quick = other.call.GetDataPoints(request(rows), timeout=300)
        wait_until(lambda: statements_of_query(stack) == 4, "the fourth is the other one's")
    assert len(list(quick)) == 1
    assert [len(list(call)) for call in slow] == [1] * 10, "and all are served"


def test_who_gets_no_connection_is_told_when_to_come_back(make_query):
    rows, greedy, _ = make_query(
        max_calls_per_key=4, database_connections=4, connection_wait="100ms"
    )
    with Blocked(rows.stack):
        slow = [greedy.call.GetDataPoints(request(rows), timeout=300) for _ in range(3)]
        wait_until(lambda: statements_of_query(rows.stack) == 3, "it has its share")
        words, retry_ms = refusal(greedy, rows)
        assert "3 of 4" in words and int(retry_ms) >= 1000
        assert refused(rows, "connection") == 1
    assert [len(list(call)) for call in slow] == [1] * 3


def test_what_waiting_does_not_help_has_no_time_to_come_back(make_query):
    rows, client, _ = make_query()
    with pytest.raises(grpc.RpcError) as failure:
        list(client.call.GetDataPoints(request(rows, endpoints=())))
    assert failure.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "grpc-retry-pushback-ms" not in dict(failure.value.trailing_metadata())
