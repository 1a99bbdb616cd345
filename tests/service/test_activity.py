# SPDX-License-Identifier: Apache-2.0
"""When endpoints were last heard, and how much of late; rows written by hand."""

import time

import grpc
import pytest

from service.query_rows import Rows, number, query_stack, refused, rows  # noqa: F401  (fixtures)
from support.protos import query_pb2 as pb

# pylint: disable=redefined-outer-name

SECOND = 1_000_000


def ask(rows, *endpoint_ids, **more):
    request = pb.ListEndpointActivityRequest(
        application_name=rows.application, endpoint_ids=endpoint_ids, **more
    )
    return rows.stack.query.call.ListEndpointActivity(request).endpoints


def seen(rows, *endpoint_ids, **more):
    """[(endpoint id, last time as an offset in seconds, samples)]"""
    return [
        (one.endpoint_id, (one.last_time.ToMicroseconds() - rows.start_us) / SECOND, one.samples)
        for one in ask(rows, *endpoint_ids, **more)
    ]


def test_it_tells_the_newest_point_and_counts_what_is_in_the_window(rows):
    one, other = rows.layout(number("a")), rows.layout(number("b"))
    for offset in range(0, 1000, 100):
        rows.frame("busy", one, -offset * SECOND, [1])
    rows.frame("busy", other, -100 * SECOND, [1])  # another shape at that instant
    rows.frame("idle", one, -5000 * SECOND, [1])
    rows.frame("ahead", one, 3600 * SECOND, [1])
    rows.endpoint("mute")
    wanted = ("mute", "idle", "busy", "nobody", "ahead", "busy")
    assert seen(rows, *wanted) == [("idle", -5000, 0), ("busy", 0, 4), ("ahead", 3600, 0)]
    assert seen(rows, "busy", window_seconds=1050) == [("busy", 0, 11)]
    assert seen(rows, "idle", window_seconds=86_400) == [("idle", -5000, 1)]


def test_an_application_without_points_has_none(query_stack):
    name = query_stack.registry.create_application()
    request = pb.ListEndpointActivityRequest(application_name=name, endpoint_ids=["ep"])
    assert not query_stack.query.call.ListEndpointActivity(request).endpoints
    request.application_name = "no-such-application"
    refused(
        grpc.StatusCode.NOT_FOUND,
        "application_name: ",
        lambda: query_stack.query.call.ListEndpointActivity(request),
    )


@pytest.mark.parametrize(
    "field, more",
    [
        ("endpoint_ids: must", {}),
        ("endpoint_ids: has 1001", {"endpoint_ids": ["ep"] * 1001}),
        ("endpoint_ids[0]", {"endpoint_ids": ["a\0"]}),
        ("window_seconds", {"endpoint_ids": ["ep"], "window_seconds": -1}),
        ("window_seconds", {"endpoint_ids": ["ep"], "window_seconds": 86_401}),
    ],
)
def test_requests_are_checked(rows, field, more):
    request = pb.ListEndpointActivityRequest(application_name=rows.application, **more)
    refused(
        grpc.StatusCode.INVALID_ARGUMENT,
        field,
        lambda: rows.stack.query.call.ListEndpointActivity(request),
    )


def test_a_thousand_endpoints_are_told_from_the_index(query_stack):
    """The figure is in lib/time_series/README.md; here only that no frame is read for the count."""
    rows = Rows(query_stack)
    layout = rows.layout(number("a"))
    ids = [f"ep-{n:04}" for n in range(1000)]
    for one in ids:
        rows.endpoint(one)
    query_stack.sql(
        "INSERT INTO time_series.frame SELECT endpoint_key, %s,"
        " to_timestamp(%s) - n * interval '1 s', n, ARRAY[1.0], NULL"
        " FROM time_series.endpoint e JOIN time_series.application a USING (application_key),"
        " generate_series(0, 99) n WHERE a.name = %s",
        (layout, rows.start_us // SECOND, rows.application),
    )
    began = time.monotonic()
    answer = ask(rows, *ids)
    assert [one.endpoint_id for one in answer] == ids
    assert {one.samples for one in answer} == {100}
    assert time.monotonic() - began < 10
