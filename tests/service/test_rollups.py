# SPDX-License-Identifier: Apache-2.0
"""Rollups in real processes: what stands in them is what the frames come to, summed up by PostgreSQL."""

import contextlib
import struct

import pytest

from service.query_rows import make_last_week
from service.sample_stream import Stream, message, upload, wait_empty
from support.rules import Rules
from support.wait import wait_until

ENDPOINTS = 8
HOURS = 12
# A frame every five seconds from noon to the end of last Sunday, of two numbers; the second one is
# null now and then.
FILL = """
    INSERT INTO time_series.endpoint (application_key, endpoint_id)
    SELECT 1, 'ep-' || n FROM generate_series(1, %(endpoints)s) n;
    INSERT INTO time_series.endpoint_layout
    SELECT endpoint_key, 1 FROM time_series.endpoint ON CONFLICT DO NOTHING;
    INSERT INTO time_series.frame (endpoint_key, layout_key, time, seq, numbers)
    SELECT endpoint_key, 1, date_trunc('week', now()) - interval '12 h' + n * interval '5 s', 1,
           ARRAY[(n * 7919 %% 1009) / 8.0, CASE WHEN n %% 9 > 0 THEN n + endpoint_key END]
      FROM time_series.endpoint, generate_series(0, %(hours)s * 720 - 1) n
     WHERE endpoint_id LIKE 'ep-%%';
"""
# Of the rollups that count, each quarter and value beside what its frames come to, in one snapshot.
COMPARE = """
    WITH counting AS (
      SELECT r.* FROM time_series.rollup r
        JOIN time_series.rollup_week w ON r.hour - w.first_hour BETWEEN 0 AND 167
        JOIN pg_inherits i ON i.inhrelid = w.partition AND NOT i.inhdetachpending
       WHERE NOT EXISTS (SELECT FROM time_series.rollup_mark m WHERE m.endpoint_key IN (0, r.endpoint_key)
                            AND r.hour BETWEEN m.first_hour AND m.last_hour)),
    numbers AS (
      SELECT endpoint_key, slot, number, (extract(epoch FROM time)::float8 * 1e6)::int8 AS us
        FROM time_series.frame, unnest(numbers) WITH ORDINALITY AS n (number, slot)
       WHERE number IS NOT NULL),
    quarters AS (
      SELECT endpoint_key, us / 900000000 AS quarter, slot, count(*) AS points, sum(number) AS sum,
             (min(ARRAY[us, number]))[2] AS first, (max(ARRAY[us, number]))[2] AS last,
             min(number), max(number), min(us) %% 900000000 AS since, max(us) %% 900000000 AS until
        FROM numbers GROUP BY 1, 2, 3)
    SELECT r.value_keys, r.summaries, (q.quarter - r.hour * 4)::int, q.slot, q.points, q.sum,
           q.first, q.last, q.min, q.max, q.since::int, q.until::int
      FROM counting r JOIN quarters q ON q.endpoint_key = r.endpoint_key AND q.quarter / 4 = r.hour
"""
RECORD = struct.Struct(">i8d4i")


def differences(stack):
    """(how many quarters of values were compared, those that are not what their frames are)."""
    rows = stack.sql(COMPARE, {})
    wrong = []
    for keys, summaries, quarter, slot, count, total, *rest in rows:
        # Slots are in the order of keys, as in all layouts.
        place = keys.index(slot) * 4 + quarter
        record = RECORD.unpack_from(summaries, place * RECORD.size)
        first_last_extremes_times = (*record[5:9], record[9], record[10])
        if (
            record[0] != count
            or abs(record[1] - total) > 1e-6 * max(1, abs(total))
            or first_last_extremes_times != tuple(rest)
        ):
            wrong.append((record, count, total, rest))
    return len(rows), wrong


def assert_exact(stack):
    compared, wrong = differences(stack)
    assert not wrong, f"{len(wrong)} of {compared}: {wrong[:3]}"
    return compared


class Scene:
    """epts without rollups, some hours of old frames, and rules that extract everything."""

    def __init__(self, stack):
        self.stack = stack
        self.rules = Rules(stack.nats)
        self.rules.set("app", auto_extract=True)
        stack.start("epts", rollups="off", rollup_share=100, ack_wait="5s")
        self.stream = Stream(stack)
        self.stream.send("app", {"a": 1, "b": 2}, endpoint="other")
        wait_empty(self.stream)
        make_last_week(stack)
        with stack.postgres.connect(stack.database, "epts") as session, session.cursor() as cursor:
            cursor.execute(FILL, {"endpoints": ENDPOINTS, "hours": HOURS})
        session.close()
        self.epts.stop()
        self.epts.settings["rollups"] = "on"

    @property
    def epts(self):
        return self.stack["epts"]

    def rollups(self):
        ((count,),) = self.stack.sql("SELECT count(*) FROM time_series.rollup")
        return count

    def marks(self):
        ((count,),) = self.stack.sql("SELECT count(*) FROM time_series.rollup_mark")
        return count

    def waits_for_table(self):
        return self.stack.sql(
            "SELECT 1 FROM pg_locks l JOIN pg_stat_activity s USING (pid) WHERE NOT l.granted"
            " AND l.relation = 'time_series.rollup'::regclass AND s.usename = 'epts'"
        )

    @contextlib.contextmanager
    def nobody_writes_rollups(self):
        session = self.stack.postgres.connect(self.stack.database)
        with session, session.cursor() as cursor:
            cursor.execute("LOCK TABLE time_series.rollup IN SHARE MODE")
            yield
        session.close()

    def late(self, endpoint, *values):
        """Samples of an hour that has frames, each a second after one of these."""
        ((begin,),) = self.stack.sql(
            "SELECT extract(epoch FROM date_trunc('week', now()) - interval '8 h')::int8 * 1000000"
        )
        self.stream.put(
            message(
                *(
                    upload("app", [{"a": value, "b": value}], endpoint, begin + 5_000_000 * n + 1)
                    for n, value in enumerate(values)
                )
            )
        )
        wait_empty(self.stream)

    def close(self):
        self.rules.close()
        self.stream.close()


@pytest.fixture
def scene(make_stack):
    one = Scene(make_stack())
    yield one
    one.close()


def test_killed_while_it_builds_the_next_one_goes_on(scene):
    for _ in range(2):
        with scene.nobody_writes_rollups():
            scene.epts.start()
            wait_until(scene.waits_for_table, "it is in the middle of a transaction")
            scene.epts.kill()
        assert_exact(scene.stack)
        scene.epts.start()
        before = scene.rollups()
        wait_until(lambda before=before: scene.rollups() > before, "some more is built")
        scene.epts.kill()
        assert_exact(scene.stack)
        if scene.rollups() == ENDPOINTS * HOURS:
            break
    scene.epts.start()
    wait_until(lambda: scene.rollups() == ENDPOINTS * HOURS, "all of it is built")
    assert assert_exact(scene.stack) == ENDPOINTS * HOURS * 4 * 2


def test_late_samples_are_never_hidden_by_rollups(scene):
    scene.epts.start()
    wait_until(lambda: scene.rollups() == ENDPOINTS * HOURS, "all of it is built")
    with scene.nobody_writes_rollups():
        for endpoint in ("ep-1", "ep-5"):
            scene.late(endpoint, 1e6, 2e6, -5)
        # Stored, and the rollup of the hour does not count.
        assert assert_exact(scene.stack) == (ENDPOINTS * HOURS - 2) * 4 * 2
        wait_until(scene.waits_for_table, "it is building them again")
        scene.epts.kill()
        scene.late_marks = scene.marks()
    assert scene.late_marks == 2
    scene.epts.start()
    wait_until(lambda: scene.marks() == 0, "they are built again")
    assert assert_exact(scene.stack) == ENDPOINTS * HOURS * 4 * 2
    assert scene.epts.metric("millrace_epts_rollup_hours_total") >= 2


def test_whoever_changes_frames_by_hand_voids_them(scene):
    scene.epts.start()
    wait_until(lambda: scene.rollups() == ENDPOINTS * HOURS, "all of it is built")
    scene.stack.sql("UPDATE time_series.frame SET numbers = ARRAY[numbers[1] + 1, numbers[2]]")
    assert assert_exact(scene.stack) == 0
    wait_until(lambda: scene.epts.logged("gave up all rollups, building them anew"), "it noticed")
    wait_until(lambda: scene.rollups() == 0, "they are deleted")
    assert scene.marks() == 0
