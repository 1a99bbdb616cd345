# SPDX-License-Identifier: Apache-2.0
"""What query answers from rollups is what it answers from points."""

import math
import random

import pytest

from service.query_rows import Rows, make_last_week, number
from service.test_aggregate import FILLS, FUNCTIONS, UNITS, rows_of
from support.protos import query_pb2 as pb
from support.wait import wait_until

HOURS = 40
STEP_S = 7  # 514 frames an hour, and no quarter begins with one
HOUR_US = 3_600_000_000
ENDPOINTS = ("ep-1", "ep-2", "ep-3")
SERIES = ("auto~a", "auto~b")
ZONES = ("UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns")
# Some hours of each endpoint have few points or none: they have no rollups.
FILL = """
    INSERT INTO time_series.frame (endpoint_key, layout_key, time, seq, numbers)
    SELECT %(endpoint)s, %(layout)s, %(start)s::timestamptz + n * interval '%(step)s s', n,
           ARRAY[CASE WHEN n %% 11 > 0 THEN 100 * sin(n / 300.0) + n %% 17 END,
                 CASE WHEN n / 1000 %% 5 <> 2 THEN n %% 1000 END]
      FROM generate_series(0, %(count)s) n
     WHERE (n / 514 + %(shift)s) %% 7 <> 3 OR n %% 100 = 0
"""


class Scene:
    def __init__(self, stack):
        self.stack = stack
        stack.start("epts", rollups="off", rollup_share=100)
        stack.start("query")
        self.rows = Rows(stack)
        # Over the border of two weeks, which are partitions.
        ((self.start,),) = stack.sql("SELECT date_trunc('week', now()) - interval '20 h'")
        self.start_us = round(self.start.timestamp()) * 1_000_000
        make_last_week(stack)
        self.layout = self.rows.layout(*map(number, SERIES))
        for shift, endpoint in enumerate(ENDPOINTS):
            self.rows.frame(endpoint, self.layout, 0, [1, 1])
            self.sql(FILL, endpoint, count=HOURS * 3600 // STEP_S, shift=shift, step=STEP_S)

    def sql(self, text, endpoint, **more):
        key = self.rows.endpoint(endpoint)
        self.stack.sql(
            text, {"endpoint": key, "layout": self.layout, "start": self.start, **more}
        )

    def rollups(self, setting):
        epts = self.stack["epts"]
        epts.stop()
        epts.settings["rollups"] = setting
        epts.start()

    def count(self, table):
        return self.stack.sql(f"SELECT count(*) FROM time_series.{table}")[0][0]

    def frames_read(self):
        """Of all partitions, since the beginning."""
        ((rows,),) = self.stack.sql(
            "SELECT sum(idx_tup_fetch)::int8 FROM pg_stat_user_tables WHERE relname LIKE 'frame_p%%'"
        )
        return rows

    def aggregates(self, requests):
        return [rows_of(self.stack.query.call.Aggregate(one)) for one in requests]

    def charts(self, requests):
        return [
            [
                (c.endpoint_id, c.time_series_name, c.step_us, c.points, *points)
                for c in self.stack.query.call.GetChart(one)
                for points in zip(c.timestamps_us, c.numbers)
            ]
            for one in requests
        ]


def set_range(one, scene, dice):
    first, last = sorted(dice.randrange(-HOUR_US, (HOURS + 1) * HOUR_US) for _ in range(2))
    getattr(one, "from").FromMicroseconds(scene.start_us + first)
    one.to.FromMicroseconds(scene.start_us + last)


def random_aggregate(scene, dice):
    names = [name for name in FUNCTIONS if name != "percentile"]
    one = pb.AggregateRequest(
        application_name=scene.rows.application,
        endpoint_ids=dice.sample(ENDPOINTS, dice.randint(1, 3)),
        time_series_names=dice.sample(SERIES, dice.randint(1, 2)),
        time_zone=dice.choice(ZONES),
        aggregations=[
            pb.Aggregation(function=FUNCTIONS[name])
            for name in dice.sample(names, dice.randint(1, len(names)))
        ],
        fill=dice.choice(list(FILLS.values())),
        across_endpoints=dice.random() < 0.3,
    )
    set_range(one, scene, dice)
    window = dice.choice(("none", "every", "calendar"))
    if window == "every":
        # Some that do not begin and end with quarters of an hour.
        seconds = dice.choice((900, 1800, 2700, 3600, 10800, 25200, 86400, 1000, 5000))
        one.window.every.FromSeconds(seconds)
    if window == "calendar":
        one.window.calendar.unit = dice.choice(list(UNITS.values()))
    return one


def random_chart(scene, dice):
    one = pb.GetChartRequest(
        application_name=scene.rows.application,
        endpoint_ids=dice.sample(ENDPOINTS, dice.randint(1, 3)),
        time_series_names=SERIES,
        max_points=dice.choice((4, 20, 100, 400)),
    )
    set_range(one, scene, dice)
    return one


def assert_equal(found, expected, requests):
    for one, got, want in zip(requests, found, expected):
        assert len(got) == len(want), one
        for a, b in zip(got, want):
            assert a[:5] == b[:5], (one, a, b)
            for x, y in zip(a[5], b[5]):
                assert x == y or math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-6), (one, a, b)


@pytest.fixture
def scene(make_stack):
    return Scene(make_stack("registry"))


def test_answers_are_those_of_the_points(scene):
    dice = random.Random(20261127)
    aggregates = [random_aggregate(scene, dice) for _ in range(150)]
    charts = [random_chart(scene, dice) for _ in range(60)]

    def answers():
        before = scene.frames_read()
        found = scene.aggregates(aggregates), scene.charts(charts)
        scene.stack["query"].restart()  # sessions tell what they read when they end
        return *found, scene.frames_read() - before

    *points, frames = answers()
    assert sum(map(len, points[0])) > 1000 and sum(map(len, points[1])) > 1000
    scene.rollups("on")
    wait_until(lambda: scene.count("rollup") >= 3 * (HOURS * 6 // 7 - 3), "rollups are built")
    *rollups, frames_beside = answers()
    assert_equal(rollups[0], points[0], aggregates)
    assert rollups[1] == points[1]
    # Short ranges, odd windows and pictures of few points are for the points.
    assert frames_beside < frames / 2, "rollups were not used"

    # A correction of an hour that is rolled up counts at once.
    scene.stack.sql(
        "SELECT time_series.begin_marking();"
        "UPDATE time_series.frame SET numbers = ARRAY[numbers[1] - 7, 1e6]"
        " WHERE endpoint_key = %(endpoint)s AND time >= %(start)s + interval '14 h'"
        " AND time < %(start)s + interval '14 h 50 min';"
        "INSERT INTO time_series.rollup_mark SELECT %(endpoint)s, hour, hour"
        " FROM (SELECT (extract(epoch FROM %(start)s + interval '14 h') / 3600)::int AS hour) h",
        {"endpoint": scene.rows.endpoint("ep-2"), "start": scene.start},
    )
    *corrected, _ = answers()
    assert corrected[1] != rollups[1]
    scene.rollups("off")
    wait_until(lambda: scene.count("rollup") == 0, "rollups are deleted")
    *points, _ = answers()
    assert_equal(corrected[0], points[0], aggregates)
    assert corrected[1] == points[1]
