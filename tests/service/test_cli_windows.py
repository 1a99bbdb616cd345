# SPDX-License-Identifier: Apache-2.0
"""`millrace query` with windows and over interruptions, `chart`, `tail`, `series list --extent`:
against a real query whose rows are written by hand.

Methods that a server does not have yet answer UNIMPLEMENTED; only then are their tests skipped.
"""

import csv
import io
import subprocess
import threading

import grpc
import pytest

from service.query_rows import Rows, number
from support.cli import Cli
from support.device import HttpDevice
from support.paths import BIN
from support.protos import query_pb2
from support.wait import wait_until

# pylint: disable=redefined-outer-name

SECOND = 1_000_000
A = number("auto~a")
B = number("auto~b")


@pytest.fixture(scope="module")
def cli(shared_stack):
    return Cli(shared_stack)


@pytest.fixture
def rows(shared_stack):
    one = Rows(shared_stack, name=f"windows-{next(_numbers)}")
    shared_stack.registry.create_application(one.application)
    return one


_numbers = iter(range(1, 1_000_000))


def needs(stack, method, request):
    """An empty request is refused for what is missing in it, wherever the method is there."""
    try:
        list(getattr(stack.query.call, method)(request))
    except grpc.RpcError as failure:
        if failure.code() is grpc.StatusCode.UNIMPLEMENTED:
            pytest.skip(f"this server has no {method} yet")


@pytest.fixture
def windows(shared_stack):
    needs(shared_stack, "Aggregate", query_pb2.AggregateRequest())


@pytest.fixture
def charts(shared_stack):
    needs(shared_stack, "GetChart", query_pb2.GetChartRequest())


def of(rows, *endpoints):
    words = ["--app", rows.application]
    for endpoint in endpoints or ("ep",):
        words += ["--endpoint", endpoint]
    return words


def span(rows, seconds):
    """Since 1970, in seconds: whole ones."""
    start = rows.start_us // SECOND
    return ["--from", str(start), "--to", str(start + seconds)]


def seconds_of(rows, text):
    """Of an RFC 3339 time of the command's, since the rows begin."""
    (row,) = rows.stack.sql("SELECT extract(epoch FROM %s::timestamptz)::bigint", [text])
    return row[0] - rows.start_us // SECOND


# Series with their extent


def test_series_are_listed_with_their_extent(cli, rows):
    both = rows.layout(A, ("place", "lat", 1), ("place", "name", 2))
    rows.frames("ep", both, [(n * SECOND, [n, n], ["x"]) for n in range(3)])
    rows.frame("other", rows.layout(B), 9 * SECOND, [1])
    found = cli.csv("series", "list", *of(rows), "--extent")
    assert [(row["series"], row["value_name"]) for row in found] == [
        ("auto~a", "value"),
        ("place", "lat"),
        ("place", "name"),
    ]
    for row in found:
        assert seconds_of(rows, row["first_time"]) == 0
        assert seconds_of(rows, row["last_time"]) == 2
        assert int(row["estimated_points"]) >= 2
    listed = cli.json("series", "list", *of(rows, "ep", "other"), "--extent")["timeSeries"]
    assert [series["name"] for series in listed] == ["auto~a", "auto~b", "place"]
    assert seconds_of(rows, listed[1]["extent"]["lastTime"]) == 9
    assert "--endpoint" in cli.fails(
        "series", "list", "--app", rows.application, "--extent", status=2
    )
    assert "first_time" not in cli.csv("series", "list", *of(rows))[0]


# Times


def test_times_may_count_since_1970(cli, rows):
    rows.frames("ep", rows.layout(A), [(n * SECOND, [n], None) for n in range(10)])
    start = rows.start_us // SECOND
    for from_, to in [
        (str(start + 2), str(start + 5)),
        (f"{start + 1}.5", f"{(start + 5) * 1000}"),
        (str(rows.start_us + 2 * SECOND), str((start + 5) * 1_000_000_000)),
    ]:
        found = cli.csv("query", *of(rows), "--from", from_, "--to", to)
        assert [row["value"] for row in found] == ["2", "3", "4"], (from_, to)


# What breaks off goes on


def test_a_long_export_survives_a_killed_query(stack, tmp_path):
    rows = Rows(stack)
    stack.registry.create_application(rows.application)
    count = 400_000
    rows.many_frames("ep", rows.layout(A), count)
    command = [
        *(BIN / "millrace", "query", *of(rows), "--format", "csv"),
        *("--from", str(rows.start_us), "--to", str(rows.start_us + count)),
    ]
    said = tmp_path / "stderr"
    with (
        said.open("w") as errors,
        subprocess.Popen(
            command, env=Cli(stack).environment, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as running,
    ):
        printed = [running.stdout.readline() for _ in range(1000)]
        # Its pipe is full, so it takes no more: the rest is still with query.
        stack["query"].kill()
        stack["query"].start()
        printed += running.stdout.readlines()
    assert running.returncode == 0, said.read_text()
    assert "going on behind what came" in said.read_text()
    lines = list(csv.DictReader(io.StringIO("".join(printed), newline="")))
    assert [float(row["value"]) for row in lines] == list(range(count))


def test_what_never_began_is_not_tried_again(stack):
    cli = Cli(stack)
    stack["query"].kill()
    assert "is query running" in cli.fails(
        "query", "--app", "a", "--endpoint", "e", "--series", "s"
    )
    stack["query"].start()


# Windows


@pytest.mark.usefixtures("windows")
def test_windows_have_a_column_for_each_function(cli, rows):
    points = [(n * SECOND, [n], None) for n in range(0, 7200, 60)]
    rows.frames("ep", rows.layout(A), points)
    options = ["--every", "1h", "--function", "min,max,count,p50", *span(rows, 7200)]
    found = cli.csv("query", *of(rows), *options)
    values = [value for _, (value,), _ in points]
    assert sum(int(row["count"]) for row in found) == len(values)
    assert min(float(row["min"]) for row in found) == min(values)
    assert max(float(row["max"]) for row in found) == max(values)
    assert all(seconds_of(rows, row["window"]) <= float(row["min"]) for row in found)
    assert list(found[0]) == [
        *("window", "endpoint_id", "series", "value_name"),
        *("min", "max", "count", "p50"),
    ]
    table = cli.table("query", *of(rows), *options)
    assert [row["MAX"] for row in table] == [row["max"] for row in found]
    chunks = cli.json("query", *of(rows), *options)
    assert sum(len(chunk["windowStartsUs"]) for chunk in chunks) == len(found)


@pytest.mark.usefixtures("windows")
def test_without_a_length_the_whole_range_is_one_window(cli, rows):
    rows.frames("ep", rows.layout(A), [(n * SECOND, [n], None) for n in range(10)])
    (row,) = cli.csv("query", *of(rows), *span(rows, 100), "--function", "avg,sum")
    assert (row["avg"], row["sum"]) == ("4.5", "45")


@pytest.mark.usefixtures("windows")
def test_windows_are_filled_and_put_together(cli, rows):
    layout = rows.layout(A)
    rows.frames("e1", layout, [(0, [1], None), (3 * SECOND, [3], None)])
    rows.frame("e2", layout, 0, [10])
    options = ["--every", "1s", "--function", "max", *span(rows, 4)]
    found = cli.csv("query", *of(rows, "e1"), *options, "--fill", "previous")
    assert [row["max"] for row in found] == ["1", "1", "1", "3"]
    found = cli.csv("query", *of(rows, "e1"), *options, "--fill", "null")
    assert [row["max"] for row in found] == ["1", "", "", "3"]
    across = cli.csv("query", *of(rows, "e1", "e2"), *options, "--across")
    assert [row["max"] for row in across] == ["10", "3"] and "endpoint_id" not in across[0]


@pytest.mark.usefixtures("windows")
def test_days_are_of_the_time_zone(cli, rows):
    rows.frame("ep", rows.layout(A), 0, [1])
    options = ["--every", "1d", "--time-zone", "Asia/Kolkata", *span(rows, 1)]
    (row,) = cli.csv("query", *of(rows), *options)
    assert row["window"].endswith("T18:30:00Z"), "midnight in India"


# Charts


@pytest.mark.usefixtures("charts")
def test_a_chart_is_a_picture_or_its_points(cli, rows):
    layout = rows.layout(A, ("place", "lat", 1), ("place", "lon", 1))
    rows.frames("ep", layout, [(n * SECOND, [n % 10, n, -n], None) for n in range(100)])
    words = ["chart", rows.application, "ep", "auto~a", "place", *span(rows, 100)]
    picture = cli(*words, "--width", "60", "--height", "5", "--ascii")
    assert "ep  auto~a  min 0  max 9  last 9  (100 points)" in picture
    assert "place  lat  min 0  max 99" in picture and "place  lon  min -99" in picture
    assert picture.isascii() and "*" in picture
    assert max(map(len, picture.splitlines())) <= 60
    assert any("\u2800" < mark <= "\u28ff" for mark in cli(*words))
    points = [row for row in cli.csv(*words) if row["series"] == "auto~a"]
    assert [row["value"] for row in points] == [str(n % 10) for n in range(100)]
    assert {chunk["timeSeriesName"] for chunk in cli.json(*words)} == {"auto~a", "place"}
    assert cli("chart", rows.application, "ep", "none", *span(rows, 100)) == "no points\n"


# Live points


class Tail:
    """A running `millrace tail` whose lines are read as they come."""

    def __init__(self, stack, *words):
        self.process = subprocess.Popen(
            [BIN / "millrace", "tail", *words, "--format", "csv"],
            env=Cli(stack).environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\r\n"))

    def values(self):
        return [line.rpartition(",")[2] for line in self.lines[1:]]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)
        self._reader.join(30)
        self.process.stdout.close()
        self.process.stderr.close()


def test_tail_shows_what_is_there_and_what_comes_also_after_a_kill(stack):
    needs(stack, "Subscribe", query_pb2.SubscribeRequest())
    device = stack.registry.create_device()
    http = HttpDevice(stack["http-receiver"], device)
    http.send([{"temperature": 1}])
    wait_until(lambda: stack.query.values(device, "auto~temperature") == [1], "1 is stored")
    with Tail(stack, device.application, device.endpoint_id, "--from", "now-1h") as tail:
        wait_until(lambda: tail.values() == ["1"], "what was there is shown")
        http.send([{"temperature": 2}])
        wait_until(lambda: tail.values() == ["1", "2"], "what comes is shown")
        stack["query"].kill()
        http.send([{"temperature": 3}])
        stack["query"].start()
        http.send([{"temperature": 4}])
        wait_until(lambda: "4" in tail.values(), "it goes on by itself")
        # What came since the last token may come twice.
        assert list(dict.fromkeys(tail.values())) == ["1", "2", "3", "4"]
