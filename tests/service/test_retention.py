# SPDX-License-Identifier: Apache-2.0
"""How long points are kept: by deployment, by application, and while they are written."""

import time

import pytest

from service.sample_stream import Stream, message, upload, wait_empty
from support.rules import Rules
from support.wait import wait_until

DAY_US = 86_400 * 1_000_000
NOW_US = time.time_ns() // 1000
FRAMES = "millrace_epts_retention_frames_total"
PARTITIONS = "millrace_epts_retention_partitions_total"


class Scene:
    """epts with rules that the test gives."""

    def __init__(self, stack):
        self.stack = stack
        self.rules = Rules(stack.nats)
        self.stream = None

    def start(self, **settings):
        self.stack.start("epts", **settings)
        self.stream = self.stream or Stream(self.stack)

    def restart(self):
        """A round of retention begins with the process."""
        self.stack["epts"].restart()

    def send(self, application, *days_ago):
        for days in days_ago:
            self.stream.send(application, {"a": days}, received_us=NOW_US - days * DAY_US)
        wait_empty(self.stream)

    def left(self, application):
        """Of how many days ago points are left."""
        rows = self.stack.sql(
            "SELECT number::int FROM time_series.data_point WHERE application = %s ORDER BY number",
            (application,),
        )
        return [number for (number,) in rows]

    def partitions(self):
        (rows,) = self.stack.sql(
            "SELECT count(*) FROM pg_class WHERE relname LIKE 'frame\\_p%%' AND relkind = 'r'", ()
        )
        return rows[0]

    def close(self):
        self.rules.close()
        if self.stream:
            self.stream.close()


@pytest.fixture
def scene(make_stack):
    one = Scene(make_stack())
    yield one
    one.close()


def test_late_data_of_months_ago_gets_its_partition(scene):
    scene.rules.set("app", auto_extract=True)
    scene.start()
    scene.send("app", 1, 200, 3000)
    assert scene.left("app") == [1, 200, 3000]
    # This week's, the next one's, yesterday's perhaps, and one for each of the old ones.
    assert scene.partitions() in (4, 5)
    assert scene.stack["epts"].metric(FRAMES) == scene.stack["epts"].metric(PARTITIONS) == 0


def test_an_application_keeps_its_points_as_long_as_its_rules_say(scene):
    for application in ("short", "long"):
        scene.rules.set(application, auto_extract=True)
    scene.start()
    for application in ("short", "long"):
        scene.send(application, 1, 40, 50, 400)
    scene.rules.set("short", auto_extract=True, retention_seconds=45 * 86_400)
    scene.rules.set("long", auto_extract=True, retention_seconds=100 * 86_400)
    scene.restart()
    wait_until(lambda: scene.left("short") == [1, 40], "the short one has the newest")
    wait_until(lambda: scene.left("long") == [1, 40, 50], "the long one has more")
    epts = scene.stack["epts"]
    wait_until(lambda: epts.metric(PARTITIONS) == 1, "that of 400 days ago is dropped whole")
    assert epts.metric(FRAMES) == 1
    assert epts.logged("dropped partition")
    # Writers find out, and go on.
    scene.send("long", 2, 60)
    assert scene.left("long") == [1, 2, 40, 50, 60]


def test_the_deployment_says_for_those_whose_rules_do_not(scene):
    scene.rules.set("mine", auto_extract=True, retention_seconds=100 * 86_400)
    scene.rules.set("any", auto_extract=True)
    scene.start()
    for application in ("mine", "any"):
        scene.send(application, 1, 50)
    scene.stack["epts"].settings["retention"] = "30d"
    scene.restart()
    wait_until(lambda: scene.left("any") == [1], "points of the other one are removed")
    assert scene.left("mine") == [1, 50]
    # An application that was deleted has the deployment's as well.
    del scene.rules.of["mine"]
    scene.restart()
    wait_until(lambda: scene.left("mine") == [1], "its points are removed")


def test_whose_rules_are_not_to_be_had_keeps_everything(scene):
    scene.rules.set("app", auto_extract=True)
    scene.start()
    scene.send("app", 1, 400)
    scene.rules.close()  # as if the registry were away
    scene.stack["epts"].settings["retention"] = "30d"
    scene.stack["epts"].restart()
    epts = scene.stack["epts"]
    wait_until(lambda: epts.logged("cannot read series rules"), "it has asked")
    assert epts.metric(PARTITIONS) == epts.metric(FRAMES) == 0
    assert scene.left("app") == [1, 400]
    scene.rules = Rules(scene.stack.nats)


def test_what_would_be_removed_at_once_is_rejected(scene):
    scene.rules.set("app", auto_extract=True, retention_seconds=30 * 86_400)
    scene.start()
    scene.send("app", 29, 31)
    assert scene.left("app") == [29]
    rows = scene.stack.sql("SELECT reason FROM time_series.rejected_sample", ())
    assert rows == [("timestamp_out_of_range",)]


def test_a_sample_of_a_week_that_was_detached_is_rejected_alone(scene):
    scene.rules.set("app", auto_extract=True)
    scene.start()
    scene.send("app", 1, 400)
    ((oldest,),) = scene.stack.sql(
        "SELECT min(relname::text) FROM pg_class WHERE relname ~ '^frame_p' AND relkind = 'r'"
    )
    scene.stack.sql(f"ALTER TABLE time_series.frame DETACH PARTITION time_series.{oldest}")
    late = upload("app", [{"a": 401}], received_us=NOW_US - 400 * DAY_US)
    scene.stream.put(message(upload("app", [{"a": 2}]), late, upload("app", [{"a": 3}])))
    wait_empty(scene.stream)
    assert scene.left("app") == [1, 2, 3]
    rows = scene.stack.sql("SELECT reason, sample FROM time_series.rejected_sample")
    assert [(reason, bytes(sample)) for reason, sample in rows] == [
        ("storage_refused", b'{"a": 401}')
    ]


def test_writing_goes_on_while_partitions_go_and_rows_are_deleted(scene):
    for application in ("short", "long"):
        scene.rules.set(application, auto_extract=True)
    scene.start(ack_wait="5s")
    scene.send("long", 40)
    # 20,000 rows to delete in a partition that stays, and five partitions to drop.
    scene.send("short", 40, *range(100, 135, 7))
    scene.stack.sql(
        "INSERT INTO time_series.frame SELECT f.endpoint_key, f.layout_key,"
        " f.time + n * interval '1 us', f.seq, f.numbers FROM time_series.frame f"
        " JOIN time_series.endpoint USING (endpoint_key)"
        " JOIN time_series.application USING (application_key), generate_series(1, 20000) n"
        " WHERE name = 'short' AND f.time > now() - interval '60 days'",
        (),
    )
    scene.rules.set("short", auto_extract=True, retention_seconds=20 * 86_400)
    scene.rules.set("long", auto_extract=True, retention_seconds=60 * 86_400)
    scene.restart()
    sent = 0
    while scene.left("short") or scene.stack["epts"].metric(PARTITIONS) < 5:
        sent += 1
        scene.stream.send("long", {"a": 1000 + sent})
    wait_empty(scene.stream)
    epts = scene.stack["epts"]
    assert epts.metric(FRAMES) == 20_001
    assert scene.left("long") == [40, *(1000 + n for n in range(1, sent + 1))]
    assert epts.metric("millrace_epts_store_retries_total") == 0
