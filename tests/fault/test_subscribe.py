# SPDX-License-Identifier: Apache-2.0
"""Subscribers get the table's points, each once, whatever is killed with -9 meanwhile."""

import time

from fault.campaign import part
from fault.fleet import end_fleet, everything_is_there, make_fleet, wait_for_progress
from support.api import QueryApi
from support.subscriber import Subscriber, request_of
from support.wait import wait_until

DEVICES = 2  # of each kind
SAMPLES = 12_000
RATE = 700
PER_UPLOAD = 5
# query twice: its clients go on with their tokens.
PARTS = ("epts", "query", "nats", "epts-2", "postgres", "query", "epts")


class Listener:
    """A subscriber of one application from `from_us` on, at whatever process query is now."""

    def __init__(self, stack, application, from_us):
        self._stack = stack
        self._api = None
        self._pid = None
        self.subscriber = Subscriber(self._open, request_of(application, from_us=from_us))

    # A channel of its own for each process: the old one may still believe in the broken one.
    def _open(self, request):
        query = self._stack["query"]
        if self._pid != query.pid:
            self._pid = query.pid
            self._api = QueryApi(query.address, self._stack.admin_key)
        return self._api.call.Subscribe(request, timeout=600)


def stored(stack, application):
    """{(endpoint id, time in µs)} of all frames, as the tables have them."""
    rows = stack.sql(
        "SELECT e.endpoint_id, (extract(epoch FROM f.time) * 1000000)::bigint"
        " FROM time_series.frame f JOIN time_series.endpoint e USING (endpoint_key)"
        " JOIN time_series.application a USING (application_key) WHERE a.name = %s",
        (application,),
    )
    return set(rows)


def has_all(listener, wanted):
    subscriber = listener.subscriber
    assert subscriber.error is None, subscriber.error
    got = {(row[0], row[2]) for row in subscriber.points}
    missing = len(wanted - got)
    assert missing == 0, f"{missing} of {len(wanted)} points are missing"
    return True


def test_subscribers_get_every_point_once_while_each_part_is_killed(make_stack):
    stack = make_stack("registry", "http-receiver", "mqtt-receiver")
    for name in ("epts", "epts-2"):
        # What one held when it was killed comes again soon.
        stack.start("epts", name=name, ack_wait="5s")
    stack.start("query")
    fleet = make_fleet(stack, DEVICES, SAMPLES // (2 * DEVICES), RATE, PER_UPLOAD)
    applications = [device.identity.application for device in fleet]
    wait_for_progress(fleet, 500)
    listeners = [Listener(stack, application, 0) for application in applications]
    now = int(time.time() * 1_000_000)
    later = [Listener(stack, application, now) for application in applications]

    for name in PARTS:
        wait_for_progress(fleet, 700)
        victim = part(stack, name)
        victim.kill()
        victim.start(wait=name in ("nats", "postgres"))

    end_fleet(fleet)
    for service in stack.services.values():
        service.wait_ready()
    wait_until(lambda: everything_is_there(stack, fleet), "every sample is stored", 90)
    for application, whole, part_of_it in zip(applications, listeners, later):
        points = stored(stack, application)
        wait_until(lambda: has_all(whole, points), "all points came", 60)
        newer = {point for point in points if point[1] >= now}
        wait_until(lambda: has_all(part_of_it, newer), "all newer points came", 60)
        for listener, wanted in ((whole, points), (part_of_it, newer)):
            listener.subscriber.end()
            rows = [(row[0], row[2]) for row in listener.subscriber.points]
            assert len(rows) == len(set(rows)), "a point came twice"
            assert set(rows) == wanted
    assert any(listener.subscriber.breaks for listener in listeners), "query was killed"
