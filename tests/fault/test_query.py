# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL goes away while query reads from it: what clients are told, and that they can go on."""

import grpc
import pytest

from service.query_rows import Rows, number, request
from support.stack import running_cluster
from support.wait import wait_until

POINTS = 400_000  # more than gRPC and sockets hold between server and client
A = number("auto~a")


@pytest.fixture(name="cluster")
def _cluster():
    """A PostgreSQL that may be killed without others noticing."""
    with running_cluster() as one:
        yield one


def stream(rows, **more):
    """Chunks until the stream ends; the failure that ended it, or None."""
    call = rows.stack.query.call.GetDataPoints(request(rows, **more))
    try:
        for chunk in call:
            yield chunk
    except grpc.RpcError as failure:
        yield failure


def numbers(chunks):
    return [value for chunk in chunks for value in chunk.columns[0].numbers]


def test_killed_in_mid_stream_the_client_is_told_and_goes_on_behind_the_last_point(
    make_stack, cluster
):
    stack = make_stack("registry", "epts", "query", cluster=cluster)
    rows = Rows(stack)
    rows.many_frames("ep", rows.layout(A), POINTS)
    chunks, failure = [], None
    for what in stream(rows):
        if isinstance(what, grpc.RpcError):
            failure = what
            break
        chunks.append(what)
        if len(chunks) == 1:
            cluster.kill()
    assert failure is not None, "the whole stream came without PostgreSQL"
    assert failure.code() is grpc.StatusCode.UNAVAILABLE, failure
    assert failure.details()
    before = numbers(chunks)
    assert 0 < len(before) < POINTS
    cluster.start()
    stack["query"].wait_ready()
    rest = list(stream(rows, resume_token=chunks[-1].resume_token))
    assert before + numbers(rest) == list(range(POINTS))


def test_reads_from_a_replica_also_while_the_primary_is_away(make_stack, cluster):
    stack = make_stack("registry", "epts", cluster=cluster)
    rows = Rows(stack)
    layout = rows.layout(A)
    rows.many_frames("ep", layout, 1000)
    with running_cluster(primary=cluster) as replica:
        stack.start("query", database_url=replica.url(stack.database, "query"))
        assert numbers(stream(rows)) == list(range(1000))
        rows.frame("ep", layout, 1000, [1000])
        wait_until(lambda: len(numbers(stream(rows))) == 1001, "the replica has followed")
        cluster.kill()
        assert numbers(stream(rows)) == list(range(1001))
        assert stack["query"].admin("/readyz")[0] == 200
        stack["query"].stop()
    cluster.start()
