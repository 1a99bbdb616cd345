# SPDX-License-Identifier: Apache-2.0
"""GetChart beside a real PostgreSQL, compared with the points that were written."""

import os
import random

import grpc
import pytest

from service.aggregate_scene import PARTITIONS, SERIES, Scene
from service.query_rows import (  # noqa: F401  (fixtures)
    Rows,
    make_partition,
    number,
    query_stack,
    refused,
    rows,
)
from support.protos import query_pb2 as pb
from support.reference import STRING, chart_faults

# pylint: disable=redefined-outer-name

SCENES = 12
REQUESTS_PER_SCENE = 60
A = number("auto~a")


def chart_request(application, endpoints, series, start_us, end_us, **more):
    one = pb.GetChartRequest(
        application_name=application, endpoint_ids=endpoints, time_series_names=series, **more
    )
    getattr(one, "from").FromMicroseconds(start_us)
    one.to.FromMicroseconds(end_us)
    return one


def read(stack, one):
    """{(endpoint, series, value name, type): ([(time in µs, value)], step, points)}, in the order
    of the answer."""
    charts = {}
    last = None
    for chunk in stack.query.call.GetChart(one):
        place = (chunk.endpoint_id, chunk.time_series_name, chunk.value_name, chunk.value_type)
        assert 0 < len(chunk.timestamps_us) == len(chunk.numbers) <= 10_000
        shown, step_us, points = charts.setdefault(place, ([], chunk.step_us, chunk.points))
        assert (step_us, points) == (chunk.step_us, chunk.points)
        assert last in (None, place) or not shown, "a chart comes in one piece"
        shown += zip(chunk.timestamps_us, chunk.numbers)
        last = place
    return charts


@pytest.fixture(scope="module")
def old_stack(query_stack):
    for first_day, day_after in PARTITIONS:
        make_partition(query_stack, first_day, day_after)
    return query_stack


def wanted_columns(scene, one, start_us, end_us):
    """Those of the request that have points in the range, in the order of the answer."""
    wanted = {}
    for endpoint in one.endpoint_ids:
        for (of, series, name, kind), column in sorted(scene.columns.items()):
            if of != endpoint or series not in one.time_series_names or kind == STRING:
                continue
            if one.value_names and name not in one.value_names:
                continue
            points = [point for point in column if start_us <= point[0] < end_us]
            if points:
                wanted[endpoint, series, name, kind] = points
    return wanted


@pytest.mark.parametrize("number_of_scene", range(SCENES))
def test_no_extreme_is_lost_and_nothing_is_invented(old_stack, number_of_scene):
    seed = int(os.environ.get("MILLRACE_TEST_SEED", "2")) * 1000 + number_of_scene
    source = random.Random(seed)
    scene = Scene(old_stack, number_of_scene, source)
    for case in range(REQUESTS_PER_SCENE):
        start_us, end_us = scene.range(source)
        asked = [*scene.endpoints, "nobody"]
        one = chart_request(
            scene.rows.application,
            source.sample(asked, source.randint(1, len(asked))),
            source.sample([*SERIES, "none"], source.randint(1, 4)),
            start_us,
            end_us,
            value_names=source.choice([[], [], ["value", "v"], ["b"]]),
            max_points=source.choice([0, 4, 5, 7, 8, 9, 40, 41, source.randint(4, 300)]),
        )
        wanted = wanted_columns(scene, one, start_us, end_us)
        got = read(old_stack, one)
        place = f"MILLRACE_TEST_SEED, seed {seed}, case {case}:\n{one}"
        assert list(got) == list(wanted), place
        for column, points in wanted.items():
            shown, step_us, count = got[column]
            assert count == len(points), place
            faults = chart_faults(points, shown, one.max_points or 4000, step_us)
            assert not faults, f"{faults} {place}"


def test_a_long_chart_comes_in_chunks(rows):
    rows.many_frames("ep", rows.layout(A), 120_000)
    start_us, end_us = rows.start_us, rows.start_us + 120_000
    one = chart_request(rows.application, ["ep"], ["auto~a"], start_us, end_us, max_points=40_000)
    [(shown, step_us, count)] = read(rows.stack, one).values()
    points = [(rows.start_us + i, float(i)) for i in range(120_000)]
    assert count == 120_000 and 10_000 < len(shown) <= 40_000
    assert chart_faults(points, shown, 40_000, step_us) == []
    one.to.FromMicroseconds(rows.start_us + 40_000)
    [(shown, step_us, count)] = read(rows.stack, one).values()
    assert (shown, step_us, count) == (points[:40_000], 0, 40_000)


def test_long_parts_begin_at_quarters_of_an_hour(rows):
    layout = rows.layout(A)
    day = 86_400_000_000
    rows.write(
        "ep", [(layout, rows.start_us - i * 60_000_000, [i % 7], None) for i in range(1440)]
    )
    one = chart_request(
        rows.application, ["ep"], ["auto~a"], rows.start_us - day, rows.start_us + 1, max_points=100
    )
    [(_, step_us, _)] = read(rows.stack, one).values()
    assert step_us % 900_000_000 == 0 and step_us >= day // 25


def test_a_spike_among_many_points_is_seen(rows):
    layout = rows.layout(A)
    rows.many_frames("ep", layout, 20_000)
    rows.frame("ep", layout, 20_001, [-5])
    rows.frame("ep", layout, 20_002, [10**9])
    rows.frame("ep", layout, 20_003, [0])
    one = chart_request(
        rows.application, ["ep"], ["auto~a"], rows.start_us, rows.start_us + 30_000, max_points=40
    )
    [(shown, _, _)] = read(rows.stack, one).values()
    assert len(shown) <= 40
    assert {(rows.start_us + 20_001, -5), (rows.start_us + 20_002, 1e9)} <= set(shown)


@pytest.mark.parametrize(
    "field, change",
    [
        ("max_points", lambda one: setattr(one, "max_points", 3)),
        ("max_points", lambda one: setattr(one, "max_points", 40_001)),
        ("endpoint_ids", lambda one: one.endpoint_ids.extend(f"e{i}" for i in range(100))),
        ("time_series_names", lambda one: one.ClearField("time_series_names")),
        ("value_names[0]", lambda one: one.value_names.append("")),
        ("to", lambda one: one.ClearField("to")),
    ],
)
def test_a_refusal_names_the_field(rows, field, change):
    one = chart_request(rows.application, ["ep"], ["auto~a"], 0, 1)
    change(one)
    refused(grpc.StatusCode.INVALID_ARGUMENT, field + ":", lambda: read(rows.stack, one))


def test_too_many_charts_at_a_time_are_refused_with_what_to_do(rows):
    names = [("wide", f"v{i:02}", 1) for i in range(70)]
    rows.frame("ep", rows.layout(*names), 0, list(range(70)))
    start_us = rows.start_us
    one = chart_request(
        rows.application, ["ep"], ["wide"], start_us, start_us + 1, max_points=40_000
    )
    refused(grpc.StatusCode.RESOURCE_EXHAUSTED, "34285 max_points", lambda: read(rows.stack, one))
    one.value_names.extend(["v03", "v69"])
    assert [shown[0][1] for shown, _, _ in read(rows.stack, one).values()] == [3, 69]
