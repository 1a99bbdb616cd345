# SPDX-License-Identifier: Apache-2.0
"""Measurements of query, each next to the same question as bare SQL.

100 million points of 1,000 endpoints with 8 series each, over 30 days: one endpoint has a sample a second, the
others one every 260 s. The rows are what epts would have written, put there by SQL.
"""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

from google.protobuf.json_format import ParseDict

from load.programs import program
from support.api import QueryApi
from support.protos import query_pb2
from support.wait import wait_until

APPLICATION = "dashboard"
ENDPOINTS = 1000
FIELDS = 8
DAYS = 30
CLIENTS = (1, 16)
SECONDS = 5
# Whole weeks are partitions; the last day is over, so that nothing depends on the time of day.
END = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
START = END - timedelta(days=DAYS)
PICTURE = timedelta(minutes=45)  # a column of 30 days in at most 1,000
YEAR = timedelta(days=365)


def text(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def monday(moment):
    day = moment - timedelta(days=moment.weekday())
    return day.replace(hour=0, minute=0, second=0, microsecond=0)


class Dashboard:
    """What is asked about, and the keys bare SQL needs."""

    def __init__(self, stack, application=APPLICATION):
        self.stack = stack
        self.application_key = self.insert("application", name=application)
        self.layouts = {}
        self.value_keys = {}

    def insert(self, table, **columns):
        names, places = ", ".join(columns), ", ".join(["%s"] * len(columns))
        key = {"series_value": "value_key"}.get(table, f"{table}_key")
        sql = f"INSERT INTO time_series.{table} ({names}) VALUES ({places}) RETURNING {key}"
        return self.stack.sql(sql, list(columns.values()))[0][0]

    def layout(self, names):
        keys = [
            self.insert(
                "series_value",
                application_key=self.application_key,
                series_name=f"auto~{name}",
                value_name="value",
                value_type=1,
            )
            for name in names
        ]
        digest = self.stack.sql(
            "SELECT sha256(convert_to(%s, 'UTF8'))", [",".join(map(str, keys)) + "|"]
        )[0][0]
        return self.insert(
            "layout",
            application_key=self.application_key,
            number_keys=keys,
            text_keys=[],
            digest=digest,
        )

    def endpoint(self, endpoint_id, layout_key):
        key = self.insert(
            "endpoint", application_key=self.application_key, endpoint_id=endpoint_id
        )
        self.stack.sql(
            "INSERT INTO time_series.endpoint_layout (endpoint_key, layout_key) VALUES (%s, %s)",
            [key, layout_key],
        )
        return key

    def partitions(self, start, end):
        """As epts makes them."""
        week = monday(start)
        while week < end:
            following = week + timedelta(days=7)
            self.stack.sql(
                f"SET ROLE epts; CREATE TABLE IF NOT EXISTS time_series.frame_p{week:%Y%m%d} PARTITION OF"
                " time_series.frame FOR VALUES FROM (%s) TO (%s)",
                [week, following],
            )
            week = following

    def frames(self, endpoint_keys, layout_key, fields, every):
        """From START to END, in order of time as they would have come."""
        values = ", ".join(
            f"round((50 + {number} + 40 * sin(extract(epoch FROM t) / 3600) + 5 * random())::numeric, 2)"
            for number in range(fields)
        )
        self.stack.sql(
            "INSERT INTO time_series.frame (endpoint_key, layout_key, time, seq, numbers)"
            f" SELECT e, %s, t, 1, ARRAY[{values}]::float8[]"
            " FROM generate_series(%s::timestamptz, %s::timestamptz, %s) AS t,"
            " unnest(%s::int[]) AS e WHERE t < %s",
            [layout_key, every["from"], END, every["step"], endpoint_keys, END],
        )


def fill(stack):
    """100 million points; returns (data, keys of the endpoints, key of the layout)."""
    data = Dashboard(stack)
    layout = data.layout([f"f{number}" for number in range(FIELDS)])
    keys = [data.endpoint(f"ep-{number}", layout) for number in range(ENDPOINTS)]
    data.partitions(START, END)
    data.frames(keys[:1], layout, FIELDS, {"from": START, "step": timedelta(seconds=1)})
    data.frames(keys[1:], layout, FIELDS, {"from": START, "step": timedelta(seconds=260)})
    return data, keys, layout


def settle(stack):
    """Statistics and visibility as autovacuum leaves them in a while."""
    session = stack.postgres.connect(stack.database)
    session.autocommit = True  # VACUUM runs in no transaction
    with session.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE time_series.frame")
    session.close()


def request(start, **more):
    return {
        "applicationName": APPLICATION,
        "endpointIds": ["ep-0"],
        "timeSeriesNames": ["auto~f3"],
        "from": text(start),
        "to": text(END),
        **more,
    }


def questions(keys, layout):
    """name: (method, request, the same as SQL)."""
    day = END - timedelta(days=1)
    frames_of = (
        f"FROM time_series.frame WHERE endpoint_key = {keys[0]} AND layout_key = {layout}"
        " AND time >= '{}' AND time < '" + text(END) + "'"
    )
    names = [f"auto~f{number}" for number in range(FIELDS)]
    all_values = ", ".join(f"numbers[{number + 1}]" for number in range(FIELDS))
    value = "numbers[4]"
    # Of each column the first, last, lowest and highest value with their times.
    picture = (
        f"SELECT date_bin('45 min', time, '1970-01-01Z'), min(time), max(time), min({value}), max({value})"
    )
    functions = ("AVG", "MIN", "MAX")
    hourly = {
        "window": {"every": "3600s"},
        "aggregations": [{"function": f"AGGREGATE_FUNCTION_{one}"} for one in functions],
    }
    return {
        "a day of one series, 86,400 points": (
            "GetDataPoints",
            request(day),
            f"SELECT time, {value} {frames_of.format(text(day))} ORDER BY time",
        ),
        "8 series of an endpoint, a day": (
            "GetDataPoints",
            request(day, timeSeriesNames=names),
            f"SELECT time, {all_values} {frames_of.format(text(day))} ORDER BY time",
        ),
        "30 days in hours": (
            "Aggregate",
            request(START, **hourly),
            f"SELECT date_bin('1 h', time, '1970-01-01Z') AS hour, avg({value}), min({value}), max({value})"
            f" {frames_of.format(text(START))} GROUP BY 1 ORDER BY 1",
        ),
        "last values of 1,000 endpoints": (
            "GetLastDataPoints",
            {
                "applicationName": APPLICATION,
                "endpointIds": [f"ep-{number}" for number in range(ENDPOINTS)],
            },
            f"SELECT e, last.* FROM unnest('{{{','.join(map(str, keys))}}}'::int[]) AS e CROSS JOIN LATERAL"
            f" (SELECT time, {all_values} FROM time_series.frame WHERE endpoint_key = e"
            f" AND layout_key = {layout} ORDER BY time DESC LIMIT 1) AS last",
        ),
        "a picture of 30 days, 1,000 pixels": (
            "GetChart",
            request(START, maxPoints=4000),
            f"{picture} {frames_of.format(text(START))} GROUP BY 1 ORDER BY 1",
        ),
    }


def ask(stack, table, name, question, clients):
    method, asked, sql = question
    often = ("--clients", clients, "--seconds", SECONDS, "--question", name)
    bare = program("query_load", "--database-url", stack.database_url("query"), "--sql", sql, *often)[0]
    address = f"127.0.0.1:{stack['query'].port}"
    ours = program(
        "query_load",
        *("--address", address, "--key", stack.admin_key, "--method", method),
        *("--request", json.dumps(asked), *often),
    )[0]
    assert bare["rows"] > 0 and ours["rows"] > 0, (bare, ours)
    label = f"{name}, {clients} client{'s' if clients > 1 else ''}"
    for who, line in (("SQL", bare), ("query", ours)):
        table.add(f"{label}: {who} p50 ms", line["p50_ms"])
        table.add(f"{label}: {who} p99 ms", line["p99_ms"])
        table.add(f"{label}: {who} requests/s", line["requests_per_second"])
    table.add(f"{label}: query / SQL, p50", ours["p50_ms"] / bare["p50_ms"])


def measure_questions(stack, table):
    data = filled(stack)
    for name, question in questions(*data).items():
        for clients in CLIENTS:
            ask(stack, table, name, question, clients)


def restart_epts(stack, rollups):
    stack["epts"].kill()
    stack["epts"].settings.update({"rollups": rollups, "rollup-share": 100})
    stack["epts"].start()


def roll_up(stack, days):
    # Nobody changes them any more: no need to wait until that is likely.
    stack.sql("UPDATE time_series.rollup_state SET voided_at = NULL")
    restart_epts(stack, "on")
    wait_until(lambda: rolled_up(stack, days), "rollups are built", 1200, every=1)


def rolled_up(stack, days):
    """Every whole week, and of the last one what is over."""
    ((left, weeks),) = stack.sql(
        "SELECT count(*) FILTER (WHERE done_until < least(first_hour + 168, sealed_until)), count(*)"
        " FROM time_series.rollup_week, time_series.rollup_state"
    )
    return weeks > days // 7 and left == 0


def filled(stack):
    """Once for all runs of a stack."""
    if not hasattr(stack, "asked_about"):
        # Rows put in by hand void the rollups, unless there are none.
        restart_epts(stack, "off")
        _, keys, layout = fill(stack)
        settle(stack)
        roll_up(stack, DAYS)
        stack.asked_about = keys, layout
    return stack.asked_about


def measure_year(stack, table):
    """A year of a value a second in days: 31.5 million points, some 4 GB of disk."""
    restart_epts(stack, "off")
    start = END - YEAR
    data = Dashboard(stack, "year")
    layout = data.layout(["f0"])
    key = data.endpoint("ep-of-a-year", layout)
    data.partitions(start, END)
    data.frames([key], layout, 1, {"from": start, "step": timedelta(seconds=1)})
    settle(stack)
    roll_up(stack, YEAR.days)
    asked = {
        "applicationName": "year",
        "endpointIds": ["ep-of-a-year"],
        "timeSeriesNames": ["auto~f0"],
        "from": text(start),
        "to": text(END),
        "window": {"calendar": {"unit": "CALENDAR_UNIT_DAY"}},
        "timeZone": "Europe/Berlin",
        "aggregations": [{"function": f"AGGREGATE_FUNCTION_{one}"} for one in ("AVG", "MIN", "MAX")],
    }
    sql = (
        "SELECT date_trunc('day', time, 'Europe/Berlin') AS day, avg(numbers[1]), min(numbers[1]), max(numbers[1])"
        f" FROM time_series.frame WHERE endpoint_key = {key} AND layout_key = {layout}"
        f" AND time >= '{text(start)}' AND time < '{text(END)}' GROUP BY 1 ORDER BY 1"
    )
    ask(stack, table, "a year of seconds in days", ("Aggregate", asked, sql), 1)


READERS = 100
READING_SECONDS = 20


def measure_memory(stack, table):
    """The most memory query had while so many clients read everything there is of an endpoint."""
    filled(stack)
    query = stack["query"]
    query.kill()
    query.settings.update({"max-calls": 2 * READERS, "max-calls-per-key": 2 * READERS})
    query.start()
    names = [f"auto~f{number}" for number in range(FIELDS)]
    whole = ParseDict(request(START, timeSeriesNames=names), query_pb2.GetDataPointsRequest())
    before = peak_memory(query)
    apis = [QueryApi(query.address, stack.admin_key) for _ in range(READERS)]
    with ThreadPoolExecutor(READERS) as pool:
        points = sum(pool.map(lambda api: read_a_while(api, whole), apis))
    table.add(f"{READERS} clients read 30 days of 8 series: points/s", points / READING_SECONDS)
    table.add("memory of query before, MB", before)
    table.add(f"memory of query with {READERS} of them, MB, most", peak_memory(query))


def read_a_while(api, whole):
    """Points that came until the time was over."""
    end, points = time.monotonic() + READING_SECONDS, 0
    call = api.call.GetDataPoints(whole, timeout=10 * READING_SECONDS)
    for chunk in call:
        points += len(chunk.timestamps_us)
        if time.monotonic() > end:
            call.cancel()
            return points
    raise AssertionError("the whole range was read already: it is too small for this figure")


def peak_memory(service):
    status = Path(f"/proc/{service.pid}/status").read_text(encoding="ascii")
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024
