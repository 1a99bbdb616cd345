# SPDX-License-Identifier: Apache-2.0
"""query as a process. In a file of its own: no other stack is asking PostgreSQL meanwhile."""

import signal

import grpc

from support.api import channel
from support.protos import query_pb2, query_pb2_grpc
from support.wait import wait_until


def code_of_a_call(address):
    """Without a key, and without waiting for the server."""
    with channel(address) as link:
        stub = query_pb2_grpc.QueryStub(link)
        try:
            stub.ListTimeSeries(query_pb2.ListTimeSeriesRequest(), timeout=1)
        except grpc.RpcError as error:
            return error.code()
    return grpc.StatusCode.OK


def test_while_postgresql_hangs_a_stop_takes_no_new_calls(make_stack):
    stack = make_stack("registry", "epts", "query")
    query = stack["query"]
    for other in ("epts", "registry"):
        assert stack[other].stop() == 0
    assert code_of_a_call(query.address) is grpc.StatusCode.UNAUTHENTICATED
    with stack.postgres.frozen():
        wait_until(stack.postgres.has_unread_requests, "its watch waits for PostgreSQL")
        query.signal(signal.SIGTERM)
        wait_until(
            lambda: code_of_a_call(query.address) is grpc.StatusCode.UNAVAILABLE,
            "calls are refused",
            within=5,
        )
        assert query.running, "its watch still waits"
        assert query.wait() == 0
