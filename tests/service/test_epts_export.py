# SPDX-License-Identifier: Apache-2.0
"""A million points as CSV through the gateway: whole, in bounded memory, as slowly as the reader
takes it, and no longer than there is one."""

import hashlib
import socket
import zlib
from pathlib import Path

import pytest

from service.epts_scene import EptsScene, Rest
from service.query_rows import number
from support.paths import is_sanitized
from support.stack import running_stack
from support.wait import wait_until

# pylint: disable=redefined-outer-name

POINTS = 1_000_000
HEADING = b"timestamp,endpoint_id,series,value_name,value\r\n"
# What the peak of a process may grow by while a million points go through it. The text is 70 MB;
# the gateway holds a chunk of 10,000 points (some 200 KB), a piece of 64 KiB and what gRPC has
# received ahead, query two chunks and a result of PostgreSQL. The rest is what allocators keep.
GROWTH_BYTES = 32 << 20


def assert_little_growth(service, peak_before):
    growth = memory(service, "VmHWM") - peak_before
    assert growth < GROWTH_BYTES or is_sanitized(), (service.name, growth)


@pytest.fixture(scope="module")
def export_stack(postgres):
    with running_stack(postgres, "registry", "epts", "query", "gateway") as one:
        yield one


class Million(EptsScene):
    """One endpoint with a point a microsecond, whose number is its offset."""

    def __init__(self, stack):
        super().__init__(stack)
        self.endpoint = self.add_endpoint(f"{self.application}-1")
        layout = self.rows.layout(number("auto~a"))
        self.rows.many_frames(self.endpoint, layout, POINTS)
        stack.sql("ANALYZE time_series.frame")

    def query(self, points=POINTS):
        return {
            "endpointId": self.endpoint,
            "timeSeriesName": "auto~a",
            "fromDate": self.at(0),
            "toDate": self.at(points, "us"),
            "includeTime": "from",
        }

    def text(self, points=POINTS):
        """Piece by piece, what the export must be."""
        second = self.at(0)[:-1]
        middle = f",{self.endpoint},auto~a,value,"
        yield HEADING
        for first in range(0, points, 10_000):
            yield "".join(
                f"{second}{f'.{n:06}' if n else ''}Z{middle}{_number(n)}\r\n"
                for n in range(first, min(first + 10_000, points))
            ).encode()


def _number(n):
    """As C++ writes a double with the fewest characters: 100000 is 1e+05."""
    plain = str(n)
    digits = plain.rstrip("0") or "0"
    power = len(plain) - 1
    scientific = digits[0] + (f".{digits[1:]}" if len(digits) > 1 else "") + f"e+{power:02}"
    return scientific if len(scientific) < len(plain) else plain


@pytest.fixture(scope="module")
def million(export_stack):
    return Million(export_stack)


@pytest.fixture
def rest(export_stack):
    return Rest(export_stack["gateway"], export_stack.admin_key)


def memory(service, what):
    """`what`: VmRSS, or VmHWM, the peak."""
    for line in Path(f"/proc/{service.pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(what):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"no {what} of {service.name}")


def digest(pieces):
    total = hashlib.sha256()
    size = 0
    for piece in pieces:
        total.update(piece)
        size += len(piece)
    return size, total.hexdigest()


def read_all(answer):
    while piece := answer.read(1 << 16):
        yield piece


def running_calls(stack):
    return stack["query"].metric("millrace_query_running_calls")


def test_a_million_points_are_whole_and_take_no_memory(export_stack, million, rest):
    services = [export_stack["gateway"], export_stack["query"]]
    rest.get(million.path("data.csv"), million.query(30_000))  # what is allocated once
    before = [memory(service, "VmHWM") for service in services]
    connection, answer = rest.open(million.path("data.csv"), million.query())
    assert answer.status == 200
    assert answer.getheader("transfer-encoding") == "chunked"
    got = digest(read_all(answer))
    connection.close()
    assert got == digest(million.text())
    for service, peak in zip(services, before):
        assert_little_growth(service, peak)


def test_gzip_streams_too(million, rest):
    points = 200_000
    connection, answer = rest.open(
        million.path("data.csv"), million.query(points), {"Accept-Encoding": "gzip"}
    )
    assert answer.getheader("content-encoding") == "gzip"
    inflater = zlib.decompressobj(wbits=31)
    packed = []

    def inflated():
        for piece in read_all(answer):
            packed.append(len(piece))
            yield inflater.decompress(piece)
        yield inflater.flush()

    got = digest(inflated())
    connection.close()
    assert inflater.eof
    assert got == digest(million.text(points))
    assert sum(packed) < got[0] / 5


def test_json_streams_too(million, rest):
    points = 50_000
    answer = rest.get(million.path("data"), {**million.query(points), "timestampPrecision": "us"})
    (element,) = answer.json
    series = element[million.endpoint]["auto~a"]
    assert [point["values"]["value"] for point in series] == list(range(points))
    assert series[-1]["timestamp"] == million.at(points - 1, "us")


def test_a_reader_that_takes_nothing_costs_no_memory_and_can_go_on(export_stack, million, rest):
    gateway = export_stack["gateway"]
    before = memory(gateway, "VmHWM")
    connection = socket.create_connection(("127.0.0.1", gateway.port))
    # So little that the gateway soon has nowhere to put the rest.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    target = rest.target(million.path("data.csv"), million.query())
    connection.sendall(
        f"GET {target} HTTP/1.0\r\nAuthorization: Bearer {rest.key}\r\n\r\n".encode()
    )
    received = [connection.recv(1000)]
    # Others are served meanwhile; what query has sent stands still in between.
    last = None

    def sent():
        return export_stack["query"].metric("millrace_query_points_total")

    def stands_still():
        nonlocal last
        one, last = last, sent()
        for _ in range(5):
            assert rest.get(million.path("last")).status == 200
        return one is not None and sent() - one < 100  # the last points above

    wait_until(stands_still, "query waits for the reader", every=0.2)
    assert running_calls(export_stack) == 1
    assert_little_growth(gateway, before)
    while piece := connection.recv(1 << 16):
        received.append(piece)
    connection.close()
    head, _, start = b"".join(received).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.")
    assert digest([start]) == digest(million.text())


def test_a_reader_that_leaves_ends_the_call_of_query(export_stack, million, rest):
    wait_until(lambda: running_calls(export_stack) == 0, "nothing else runs")
    connection, answer = rest.open(million.path("data.csv"), million.query())
    assert answer.read(1000).startswith(HEADING)
    assert running_calls(export_stack) == 1
    answer.close()
    connection.close()
    wait_until(lambda: running_calls(export_stack) == 0, "the call has ended")
    assert rest.get(million.path("last")).status == 200


def test_more_exports_than_streams_are_told_to_wait(export_stack, million, rest):
    gateway = export_stack.start("gateway", name="gateway-2", max_streams=1)
    narrow = Rest(gateway, rest.key)
    connection, answer = narrow.open(million.path("data.csv"), million.query())
    assert answer.read(1000).startswith(HEADING)
    refused = narrow.get(million.path("data.csv"), million.query())
    assert refused.status == 429, refused.body
    assert int(refused.headers["retry-after"]) >= 1
    answer.close()
    connection.close()
    wait_until(
        lambda: narrow.get(million.path("data.csv"), million.query(10)).status == 200,
        "the reader that left makes room",
    )
    assert gateway.stop() == 0


def test_query_that_is_killed_in_the_middle_cuts_the_answer_or_goes_on(export_stack, million, rest):
    connection, answer = rest.open(million.path("data.csv"), million.query())
    start = answer.read(1000)
    assert start.startswith(HEADING)
    export_stack["query"].restart()
    rest_of_it = b""
    whole = True
    try:
        for piece in read_all(answer):
            rest_of_it += piece
    except Exception:  # pylint: disable=broad-except
        whole = False
    connection.close()
    size, total = digest(million.text())
    text = start + rest_of_it
    # Never something else that looks whole.
    assert whole == (len(text) == size)
    if whole:
        assert digest([text])[1] == total
    wait_until(
        lambda: rest.get(million.path("last")).status == 200, "the gateway reaches query again"
    )


def test_an_export_that_runs_is_finished_before_the_gateway_ends(export_stack, million, rest):
    gateway = export_stack["gateway"]
    connection, answer = rest.open(million.path("data.csv"), million.query())
    start = answer.read(1000)
    gateway.ask_to_stop()
    got = digest([start, *read_all(answer)])
    connection.close()
    assert gateway.wait() == 0
    assert got == digest(million.text())
    gateway.start()
