# SPDX-License-Identifier: Apache-2.0
"""Aggregate beside a real PostgreSQL, compared with a model in plain Python."""

import math
import os
import random

import grpc
import pytest

from service.aggregate_scene import DAY_US, PARTITIONS, SERIES, Scene
from service.query_rows import (  # noqa: F401  (fixtures)
    Rows,
    make_partition,
    number,
    query_stack,
    refused,
    rows,
)
from support.protos import query_pb2 as pb
from support.reference import BOOLEAN, NUMBER, STRING, Aggregate

# pylint: disable=redefined-outer-name

FUNCTIONS = {
    "min": pb.AGGREGATE_FUNCTION_MIN,
    "max": pb.AGGREGATE_FUNCTION_MAX,
    "avg": pb.AGGREGATE_FUNCTION_AVG,
    "sum": pb.AGGREGATE_FUNCTION_SUM,
    "count": pb.AGGREGATE_FUNCTION_COUNT,
    "first": pb.AGGREGATE_FUNCTION_FIRST,
    "last": pb.AGGREGATE_FUNCTION_LAST,
    "stddev": pb.AGGREGATE_FUNCTION_STDDEV,
    "percentile": pb.AGGREGATE_FUNCTION_PERCENTILE,
    "delta": pb.AGGREGATE_FUNCTION_DELTA,
    "increase": pb.AGGREGATE_FUNCTION_INCREASE,
    "rate": pb.AGGREGATE_FUNCTION_RATE,
    "time_weighted_avg": pb.AGGREGATE_FUNCTION_TIME_WEIGHTED_AVG,
}
FILLS = {
    "none": pb.FILL_NONE,
    "null": pb.FILL_NULL,
    "previous": pb.FILL_PREVIOUS,
    "linear": pb.FILL_LINEAR,
}
UNITS = {
    "day": pb.CALENDAR_UNIT_DAY,
    "week": pb.CALENDAR_UNIT_WEEK,
    "month": pb.CALENDAR_UNIT_MONTH,
    "year": pb.CALENDAR_UNIT_YEAR,
}
SCENES = 20
REQUESTS_PER_SCENE = 100
A = number("auto~a")


def set_range(one, start_us, end_us):
    getattr(one, "from").FromMicroseconds(start_us)
    one.to.FromMicroseconds(end_us)


def to_request(application, asked):
    one = pb.AggregateRequest(
        application_name=application,
        endpoint_ids=asked.endpoints,
        time_series_names=asked.series,
        value_names=asked.value_names,
        time_zone=asked.time_zone,
        aggregations=[
            pb.Aggregation(function=FUNCTIONS[name], percentile=percent)
            for name, percent in asked.functions
        ],
        fill=FILLS[asked.fill],
        across_endpoints=asked.across,
    )
    set_range(one, asked.start_us, asked.end_us)
    if asked.window is None:
        return one
    kind, size = asked.window
    if kind == "every":
        one.window.every.FromMicroseconds(size)
    else:
        one.window.calendar.unit = UNITS[kind]
        one.window.calendar.count = size
    return one


def cells_of(column, at):
    if column.present and not column.present[at]:
        return None
    return column.strings[at] if column.strings else column.numbers[at]


def rows_of(chunks):
    """[(endpoint, series, value name, type, window's start in µs, [cell])]"""
    found = []
    for chunk in chunks:
        assert 0 < len(chunk.window_starts_us) <= 10_000
        for column in chunk.columns:
            lengths = {len(column.numbers), len(column.strings), len(column.present)} - {0}
            assert lengths == {len(chunk.window_starts_us)}
            assert not column.present or not all(column.present)
        found += [
            (
                *(chunk.endpoint_id, chunk.time_series_name, chunk.value_name, chunk.value_type),
                start,
                [cells_of(column, at) for column in chunk.columns],
            )
            for at, start in enumerate(chunk.window_starts_us)
        ]
    return found


def read(stack, one):
    return rows_of(stack.query.call.Aggregate(one))


def read_pages(stack, one, limit):
    """The same in pages of so many windows, gone on with the token of each."""
    one.limit = limit
    found = []
    while True:
        chunks = list(stack.query.call.Aggregate(one))
        page = rows_of(chunks)
        assert len(page) <= limit
        found += page
        if len(page) < limit:
            return found
        one.resume_token = chunks[-1].resume_token


def is_same(got, wanted):
    if isinstance(wanted, (int, float)) and isinstance(got, (int, float)):
        return math.isclose(got, wanted, rel_tol=1e-9, abs_tol=1e-6)
    return got == wanted


def difference(got, wanted):
    """The first one, in words; empty: there is none."""
    for one, other in zip(got, wanted):
        if one[:5] != other[:5] or len(one[5]) != len(other[5]):
            return f"row {one}, wanted {other}"
        if not all(map(is_same, one[5], other[5])):
            return f"cells {one}, wanted {other}"
    return "" if len(got) == len(wanted) else f"{len(got)} rows, wanted {len(wanted)}"


def any_window(source, span_us):
    kind = source.choice(["range", "every", "every", "every", "calendar", "calendar"])
    if kind == "range":
        return None
    if kind == "calendar":
        unit = source.choice(["day", "day", "week", "month", "year"])
        return unit, source.choice([1, 1, 1, 1, 2, 3, 7])
    # At most 400 of them.
    shortest = max(1000, span_us // 400)
    longest = max(shortest + 1, min(2 * span_us, 36_525 * DAY_US))
    nice = [n for n in (1000, 60_000_000, 900_000_000, 3_600_000_000, DAY_US) if n >= shortest]
    if nice and source.random() < 0.5:
        return "every", source.choice(nice)
    return "every", source.randrange(shortest, longest)


def any_request(scene, source):
    start_us, end_us = scene.range(source)
    names = source.sample(sorted(FUNCTIONS), source.randint(1, 6))
    percents = [source.choice([0, 50, 95, 99.9, 100]) if n == "percentile" else 0 for n in names]
    asked = [*scene.endpoints, "nobody"]
    return Aggregate(
        endpoints=source.sample(asked, source.randint(1, len(asked))),
        series=source.sample([*SERIES, "none"], source.randint(1, 4)),
        value_names=source.choice([[], [], ["value", "v"], ["a"], ["c", "b"]]),
        start_us=start_us,
        end_us=end_us,
        window=any_window(source, end_us - start_us),
        time_zone=source.choice([scene.zone, scene.zone, "", "Asia/Kathmandu"]),
        functions=list(zip(names, percents)),
        fill=source.choice(["none", *FILLS]),
        across=source.random() < 0.4,
    )


@pytest.fixture(scope="module")
def old_stack(query_stack):
    for first_day, day_after in PARTITIONS:
        make_partition(query_stack, first_day, day_after)
    return query_stack


@pytest.mark.parametrize("number_of_scene", range(SCENES))
def test_answers_what_the_model_answers(old_stack, number_of_scene):
    seed = int(os.environ.get("MILLRACE_TEST_SEED", "1")) * 1000 + number_of_scene
    source = random.Random(seed)
    scene = Scene(old_stack, number_of_scene, source)
    for case in range(REQUESTS_PER_SCENE):
        asked = any_request(scene, source)
        wanted = asked.answer(scene.columns)
        one = to_request(scene.rows.application, asked)
        if source.random() < 0.25:
            got = read_pages(old_stack, one, max(1, len(wanted) // source.randint(1, 4)))
        else:
            got = read(old_stack, one)
        why = difference(got, wanted)
        assert not why, f"MILLRACE_TEST_SEED, seed {seed}, case {case}: {why}\n{asked}"


# Single cases, which say what the model only does


def aggregate(rows, *functions, start=0, end=3600, endpoints=("ep",), series=("auto~a",), **more):
    """A request for functions by their names; `start` and `end` are seconds since rows.start_us."""
    one = pb.AggregateRequest(
        application_name=rows.application,
        endpoint_ids=endpoints,
        time_series_names=series,
        aggregations=[pb.Aggregation(function=FUNCTIONS[name]) for name in functions],
        **more,
    )
    set_range(one, rows.start_us + start * 1_000_000, rows.start_us + end * 1_000_000)
    return one


def second(seconds, *numbers):
    return seconds * 1_000_000, list(numbers), None


def test_a_counter_that_begins_again_is_counted_from_zero(rows):
    counter = [(-200, 90), (-90, 100), (-8, 5), (-7, 7)]
    rows.frames("ep", rows.layout(A), [second(*one) for one in counter])
    found = read(rows.stack, aggregate(rows, "increase", "delta", "rate", start=-100, end=0))
    assert [cells for *_, cells in found] == [[10 + 5 + 2, 7 - 90, 0.17]]


def test_the_value_before_is_found_behind_nulls_and_other_values(rows):
    two = rows.layout(("s", "a", 1), ("s", "b", 1))
    rows.frames("ep", two, [(-9_000_000, [40, 1], None)])
    rows.frames("ep", two, [(-8_000_000 + i, [None, 2], None) for i in range(300)])
    rows.frames("ep", rows.layout(("s", "b", 1)), [(-5_000_000, [3], None)])
    rows.frames("ep", two, [second(1, 50, 5)])
    found = read(rows.stack, aggregate(rows, "delta", series=["s"]))
    assert [(name, cells) for _, _, name, _, _, cells in found] == [("a", [10]), ("b", [2])]


def test_a_value_holds_until_now_and_no_longer(rows):
    # One point ten seconds ago, 0 before it: half of the time since -20 s at most, whatever now is.
    rows.frames("ep", rows.layout(A), [second(-20, 0), second(-10, 1)])
    found = read(rows.stack, aggregate(rows, "time_weighted_avg", start=-20, end=3600 * 24 * 300))
    assert len(found) == 1 and 0.45 < found[0][5][0] < 1
    past = read(rows.stack, aggregate(rows, "time_weighted_avg", start=-20, end=0))
    assert past[0][5] == [0.5]


def test_across_endpoints_a_silent_one_weighs_with_what_it_had(rows):
    layout = rows.layout(A)
    rows.frames("loud", layout, [second(-50, 10), second(-41, 10)])
    rows.frames("silent", layout, [second(-90, 30)])
    one = aggregate(
        rows, "time_weighted_avg", "avg", "count", start=-50, end=-40, endpoints=["loud", "silent"]
    )
    one.across_endpoints = True
    assert [cells for *_, cells in read(rows.stack, one)] == [[20, 10, 2]]


def test_a_value_without_points_in_the_range_has_no_rows_whatever_fill(rows):
    rows.frames("ep", rows.layout(A), [second(-10, 1)])
    for fill in FILLS.values():
        one = aggregate(rows, "avg", "delta", start=0, end=10, fill=fill)
        one.window.every.FromMilliseconds(1000)
        assert read(rows.stack, one) == []
        one.across_endpoints = True
        assert read(rows.stack, one) == []


def test_a_value_that_changed_its_type_has_two_results(rows):
    rows.frames("ep", rows.layout(("s", "v", NUMBER)), [second(1, 5), second(2, 6)])
    rows.frames("ep", rows.layout(("s", "v", STRING)), [(3_000_000, None, ["x"])])
    rows.frames("ep", rows.layout(("s", "v", BOOLEAN)), [(4_000_000, [1], None)])
    found = read(rows.stack, aggregate(rows, "count", "last", series=["s"]))
    assert [(kind, cells) for _, _, _, kind, _, cells in found] == [
        (NUMBER, [2, 6]),
        (STRING, [1, "x"]),
        (BOOLEAN, [1, 1]),
    ]
    # Where nothing is told of strings they are left out.
    found = read(rows.stack, aggregate(rows, "max", series=["s"]))
    assert [kind for _, _, _, kind, _, _ in found] == [NUMBER, BOOLEAN]


def test_many_windows_come_in_chunks_and_go_on_behind_each(rows):
    rows.many_frames("ep", rows.layout(A), 25_000)
    one = aggregate(rows, "count", "last", end=25, fill=pb.FILL_PREVIOUS)
    one.window.every.FromMilliseconds(1)
    chunks = list(rows.stack.query.call.Aggregate(one))
    assert [len(chunk.window_starts_us) for chunk in chunks] == [10_000, 10_000, 5_000]
    whole = rows_of(chunks)
    assert [cells for *_, cells in whole][:26] == [[1000, 999 + 1000 * i] for i in range(25)] + [
        [1000, 24_999]
    ]
    for chunk, behind in zip(chunks, (10_000, 20_000, 25_000)):
        one.resume_token = chunk.resume_token
        assert read(rows.stack, one) == whole[behind:]


def test_a_token_serves_after_a_restart(rows):
    rows.frames("ep", rows.layout(A), [second(i, i) for i in range(6)])
    one = aggregate(rows, "sum", "delta", limit=2)
    one.window.every.FromMilliseconds(1000)
    page = list(rows.stack.query.call.Aggregate(one))
    rows.stack["query"].restart()
    one.limit, one.resume_token = 0, page[-1].resume_token
    assert [cells for *_, cells in read(rows.stack, one)] == [[i, 1] for i in range(2, 6)]
    one.fill = pb.FILL_NULL
    refused(grpc.StatusCode.INVALID_ARGUMENT, "resume_token", lambda: read(rows.stack, one))


def test_values_of_many_windows_are_read_one_after_the_other(rows):
    names = [("wide", f"v{i}", NUMBER) for i in range(6)]
    layout = rows.layout(*names)
    rows.frames("ep", layout, [second(i, *[10 * i + n for n in range(6)]) for i in range(4)])
    # 800,000 windows: the rows of a single value are all that may wait.
    one = aggregate(rows, "sum", end=800, series=["wide"])
    one.window.every.FromMilliseconds(1)
    found = read(rows.stack, one)
    assert [(name, cells) for _, _, name, _, _, cells in found] == [
        (f"v{n}", [10 * i + n]) for n in range(6) for i in range(4)
    ]
    one.limit = 9
    page = list(rows.stack.query.call.Aggregate(one))
    one.limit, one.resume_token = 0, page[-1].resume_token
    assert read(rows.stack, one) == found[9:]


@pytest.mark.parametrize(
    "field, change",
    [
        ("aggregations", lambda one: one.ClearField("aggregations")),
        ("aggregations[0].function", lambda one: setattr(one.aggregations[0], "function", 0)),
        ("aggregations[0].percentile", lambda one: setattr(one.aggregations[0], "percentile", 1)),
        ("window", lambda one: one.window.SetInParent()),
        ("window.every", lambda one: one.window.every.FromMicroseconds(999)),
        ("window", lambda one: one.window.every.FromMilliseconds(1)),
        ("time_zone", lambda one: setattr(one, "time_zone", "../../../etc/passwd")),
        ("limit", lambda one: setattr(one, "limit", -1)),
        ("resume_token", lambda one: setattr(one, "resume_token", "abc")),
    ],
)
def test_a_refusal_names_the_field(rows, field, change):
    one = aggregate(rows, "avg", end=1001)
    change(one)
    refused(grpc.StatusCode.INVALID_ARGUMENT, field + ":", lambda: read(rows.stack, one))


def test_the_whole_of_time_has_a_window_for_each_year(rows):
    rows.frame("ep", rows.layout(A), 0, [7])
    one = aggregate(rows, "last", "delta", "time_weighted_avg", fill=pb.FILL_NULL)
    getattr(one, "from").FromSeconds(-62_135_596_800)
    one.to.FromSeconds(253_402_300_799)
    one.to.nanos = 999_999_999
    for zone, before in (("", 0), ("Asia/Tokyo", 1), ("America/New_York", 1)):
        one.window.calendar.unit = UNITS["year"]
        one.time_zone = zone
        found = read(rows.stack, one)
        starts = [start for *_, start, _ in found]
        assert len(found) == 9999 + before and starts == sorted(set(starts))
        assert [cells for *_, cells in found if cells != [None] * 3] == [[7, 0, 7]]
    one.window.every.FromSeconds(36_525 * 86_400)
    assert 99 <= len(read(rows.stack, one)) <= 101


def test_an_instant_an_empty_range_and_an_application_without_points(rows):
    rows.frame("ep", rows.layout(A), 0, [7])
    one = aggregate(rows, "avg", "rate", start=0, end=0)
    assert read(rows.stack, one) == []
    one.include_time = pb.INCLUDE_TIME_BOTH
    assert read(rows.stack, one) == [("ep", "auto~a", "value", NUMBER, rows.start_us, [7, 0])]
    one.application_name = rows.stack.registry.create_application()
    assert read(rows.stack, one) == []
    one.application_name = "nobody-made-this"
    refused(grpc.StatusCode.NOT_FOUND, "nobody-made-this", lambda: read(rows.stack, one))
