# SPDX-License-Identifier: Apache-2.0
"""query's calls that nobody waits for any more, or that take too long; a real PostgreSQL."""

import signal

import grpc
import pytest

from service.query_rows import (  # noqa: F401  (fixtures)
    Rows,
    number,
    query_stack,
    read,
    refused,
    request,
    rows,
)
from support.protos import query_pb2 as pb
from support.wait import wait_until

# pylint: disable=redefined-outer-name

A = number("auto~a")


def aggregates(rows):
    one = pb.AggregateRequest(application_name=rows.application, endpoint_ids=["ep"])
    one.aggregations.add(function=pb.AGGREGATE_FUNCTION_AVG)
    return rows.stack.query.call.Aggregate, one


def chart(rows):
    one = pb.GetChartRequest(application_name=rows.application, endpoint_ids=["ep"])
    return rows.stack.query.call.GetChart, one


class Blocked:
    """Holds a lock that every reading statement waits for."""

    def __init__(self, stack):
        self.session = stack.postgres.connect(stack.database)
        with self.session.cursor() as cursor:
            cursor.execute("LOCK TABLE time_series.endpoint IN ACCESS EXCLUSIVE MODE")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.session.rollback()
        self.session.close()


def statements_of_query(stack):
    """Those of calls. The one of /readyz, which waits for the lock as well, has no row to give."""
    return stack.sql(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'millrace query'"
        " AND state = 'active' AND datname = current_database() AND query NOT LIKE '%LIMIT 0'"
    )[0][0]


@pytest.mark.parametrize("method", [aggregates, chart])
def test_a_deadline_also_ends_what_computes(rows, method):
    rows.frame("ep", rows.layout(A), 0, [1])
    call, one = method(rows)
    one.time_series_names.append("auto~a")
    getattr(one, "from").FromMicroseconds(rows.start_us)
    one.to.FromMicroseconds(rows.start_us + 1)
    with Blocked(rows.stack):
        refused(grpc.StatusCode.DEADLINE_EXCEEDED, "", lambda: call(one, timeout=1))
        wait_until(lambda: statements_of_query(rows.stack) == 0, "the statement has ended")
    assert len(list(call(one))) == 1


def test_a_deadline_ends_the_statement_in_postgresql(rows):
    rows.frame("ep", rows.layout(A), 0, [1])
    with Blocked(rows.stack):
        refused(
            grpc.StatusCode.DEADLINE_EXCEEDED,
            "",
            lambda: rows.stack.query.call.GetDataPoints(request(rows), timeout=1),
        )
        wait_until(lambda: statements_of_query(rows.stack) == 0, "the statement has ended")
    assert len(read(rows, request(rows))) == 1


def test_a_cancelled_call_ends_the_statement_in_postgresql(rows):
    rows.frame("ep", rows.layout(A), 0, [1])
    with Blocked(rows.stack):
        call = rows.stack.query.call.GetDataPoints(request(rows), timeout=60)
        wait_until(lambda: statements_of_query(rows.stack) == 1, "the statement waits")
        call.cancel()
        wait_until(lambda: statements_of_query(rows.stack) == 0, "the statement has ended")
    assert len(read(rows, request(rows))) == 1


def test_a_hung_postmaster_does_not_stop_the_watch(make_stack):
    stack = make_stack("registry", "epts", "query")
    rows = Rows(stack)
    rows.frame("ep", rows.layout(A), 0, [1])
    query, call = stack["query"], stack.query.call
    with Blocked(stack):
        calls = [call.GetDataPoints(request(rows), timeout=60) for _ in range(2)]
        wait_until(lambda: statements_of_query(stack) == 2, "both statements wait")
        stack.postgres.signal(signal.SIGSTOP)
        try:
            for one in calls:
                one.cancel()
            # The first one's request to cancel hangs; the second call is looked after all the same.
            wait_until(
                lambda: query.metric("millrace_query_cancelled_calls_total") == 2,
                "both are to be cancelled",
            )
            assert query.admin("/healthz")[0] == 200
        finally:
            stack.postgres.signal(signal.SIGCONT)
        wait_until(lambda: statements_of_query(stack) == 0, "the statements have ended")
    wait_until(lambda: query.metric("millrace_query_running_calls") == 0, "no call is left")
    assert len(read(rows, request(rows))) == 1


def test_a_connection_whose_cancel_hangs_is_not_used_again(make_stack):
    stack = make_stack("registry", "epts", "query")
    rows = Rows(stack)
    rows.frame("ep", rows.layout(A), 0, [1])
    query = stack["query"]
    try:
        with Blocked(stack):
            cancelled = stack.query.call.GetDataPoints(request(rows), timeout=60)
            wait_until(lambda: statements_of_query(stack) == 1, "the statement waits")
            stack.postgres.signal(signal.SIGSTOP)
            cancelled.cancel()
            wait_until(
                lambda: query.metric("millrace_query_cancelled_calls_total") == 1,
                "it is to be cancelled",
            )
        # Its statement ends by itself; the call does not wait for the postmaster.
        wait_until(lambda: query.metric("millrace_query_running_calls") == 0, "no call is left")
    finally:
        stack.postgres.signal(signal.SIGCONT)
    for _ in range(20):
        assert len(read(rows, request(rows))) == 1


def test_more_calls_than_allowed_are_refused_at_once(make_stack):
    stack = make_stack("registry", "epts")
    stack.start(
        "query", max_calls=2, max_calls_per_key=2, database_connections=1, connection_wait="100ms"
    )
    rows = Rows(stack)
    rows.frame("ep", rows.layout(A), 0, [1])
    call = stack.query.call
    with Blocked(stack):
        first = call.GetDataPoints(request(rows), timeout=60)
        wait_until(lambda: statements_of_query(stack) == 1, "the first call is at work")
        refused(
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            "connection",
            lambda: call.GetDataPoints(request(rows)),
        )
        first.cancel()
        wait_until(lambda: statements_of_query(stack) == 0, "it has ended")
    wait_until(
        lambda: stack["query"].metric("millrace_query_running_calls") == 0, "no call is left"
    )
    assert len(read(rows, request(rows))) == 1


def test_a_client_that_takes_nothing_is_given_up_and_may_go_on_later(make_stack):
    stack = make_stack("registry", "epts")
    stack.start("query", stall_timeout="1s")
    rows = Rows(stack)
    rows.many_frames("ep", rows.layout(A), 1_000_000)
    stalled = stack.query.call.GetDataPoints(request(rows), timeout=300)
    first = next(stalled)
    wait_until(
        lambda: stack["query"].metric("millrace_query_ended_calls_total", cause="stalled") == 1,
        "query has given the client up",
    )
    assert read(rows, request(rows, resume_token=first.resume_token, limit=1))[0][3] == len(
        first.timestamps_us
    )
    with pytest.raises(grpc.RpcError):
        list(stalled)
