# SPDX-License-Identifier: Apache-2.0
"""query's gRPC API beside a real registry and PostgreSQL, whose rows are written by hand."""

import json

import grpc
import pytest

from service.query_rows import (  # noqa: F401  (fixtures)
    Rows,
    number,
    query_stack,
    read,
    refused,
    request,
    rows,
)
from support.api import Caller, channel
from support.protos import query_pb2, query_pb2_grpc
from support.wait import wait_until

# pylint: disable=redefined-outer-name

pb = query_pb2
A = number("auto~a")
B = number("auto~b")


def between(rows, from_us, to_us, **more):
    one = request(rows, **more)
    getattr(one, "from").FromMicroseconds(rows.start_us + from_us)
    one.to.FromMicroseconds(rows.start_us + to_us)
    return one


def refused_unary(code, words, call):
    with pytest.raises(grpc.RpcError) as failure:
        call()
    assert failure.value.code() is code, failure.value
    assert words in failure.value.details()


# Who may ask


@pytest.mark.parametrize("key", [None, "", "wrong"])
def test_every_call_needs_a_valid_key(query_stack, key):
    with channel(query_stack["query"].address) as one:
        call = Caller(query_pb2_grpc.QueryStub(one), key)
        refused_unary(
            grpc.StatusCode.UNAUTHENTICATED,
            "",
            lambda: call.ListTimeSeries(pb.ListTimeSeriesRequest(application_name="a")),
        )
        refused(
            grpc.StatusCode.UNAUTHENTICATED,
            "",
            lambda: call.GetDataPoints(pb.GetDataPointsRequest()),
        )


# Series


def test_lists_series_of_an_application_and_of_endpoints(rows):
    rows.frame("ep-1", rows.layout(A, B), 0, [1, 2])
    place = rows.layout(("place", "lat", 1), ("place", "name", 2), ("place", "fix", 3))
    rows.frame("ep-2", place, 0, [48.2, 1], ["x"])

    def series(*endpoints):
        answer = rows.stack.query.call.ListTimeSeries(
            pb.ListTimeSeriesRequest(application_name=rows.application, endpoint_ids=endpoints)
        )
        return [(s.name, [(v.name, v.type) for v in s.values]) for s in answer.time_series]

    a, b = [("auto~a", [("value", 1)]), ("auto~b", [("value", 1)])]
    where = ("place", [("fix", 3), ("lat", 1), ("name", 2)])
    assert series() == [a, b, where]
    assert series("ep-1") == [a, b]
    assert series("ep-2", "nobody") == [where]
    assert series("nobody") == []


def test_an_application_without_points_is_empty_and_an_unknown_one_not_found(query_stack):
    call = query_stack.query.call
    known = query_stack.registry.create_application()
    empty = Rows.__new__(Rows)
    empty.application, empty.start_us, empty.stack = known, 0, query_stack
    assert not call.ListTimeSeries(pb.ListTimeSeriesRequest(application_name=known)).time_series
    assert read(empty, request(empty)) == []
    last = pb.GetLastDataPointsRequest(application_name=known)
    assert not call.GetLastDataPoints(last).data_points
    rejected = pb.ListRejectedSamplesRequest(application_name=known)
    assert not call.ListRejectedSamples(rejected).rejected_samples
    empty.application = "nobody-made-this"
    refused(
        grpc.StatusCode.NOT_FOUND, "nobody-made-this", lambda: call.GetDataPoints(request(empty))
    )


# Ranges


def test_points_come_by_endpoint_then_series_then_time(rows):
    layout = rows.layout(A, B)
    for endpoint in ("ep-1", "ep-2"):
        rows.frames(endpoint, layout, [(i, [i, 10 * i], None) for i in range(3)])
    wanted = [
        (endpoint, series, i, factor * i)
        for endpoint in ("ep-2", "ep-1")
        for series, factor in (("auto~a", 1), ("auto~b", 10))
        for i in range(3)
    ]
    asked = request(rows, ["ep-2", "nobody", "ep-1", "ep-2"], ["auto~b", "none", "auto~a"])
    assert read(rows, asked) == wanted
    asked.order = pb.ORDER_DESCENDING
    assert [p[2] for p in read(rows, asked)] == [2, 1, 0] * 4


@pytest.mark.parametrize(
    "include, offsets",
    [
        (pb.INCLUDE_TIME_UNSPECIFIED, [10, 15]),
        (pb.INCLUDE_TIME_FROM, [10, 15]),
        (pb.INCLUDE_TIME_TO, [15, 20]),
        (pb.INCLUDE_TIME_BOTH, [10, 15, 20]),
        (pb.INCLUDE_TIME_NONE, [15]),
    ],
)
def test_include_time_chooses_the_ends(rows, include, offsets):
    layout = rows.layout(A)
    rows.frames("ep", layout, [(i, [i], None) for i in (5, 10, 15, 20, 25)])
    for order in (pb.ORDER_ASCENDING, pb.ORDER_DESCENDING):
        points = read(rows, between(rows, 10, 20, include_time=include, order=order))
        assert sorted(p[2] for p in points) == offsets


def test_an_instant_is_a_range_when_both_ends_belong_to_it(rows):
    rows.frame("ep", rows.layout(A), 7, [1])
    assert read(rows, between(rows, 7, 7)) == []
    both = between(rows, 7, 7, include_time=pb.INCLUDE_TIME_BOTH)
    assert read(rows, both) == [("ep", "auto~a", 7, 1)]


def test_a_long_range_comes_in_chunks_and_goes_on_behind_each(rows):
    rows.many_frames("ep", rows.layout(A), 25_000)
    call = rows.stack.query.call
    chunks = list(call.GetDataPoints(request(rows)))
    assert [v for c in chunks for v in c.columns[0].numbers] == list(range(25_000))
    assert max(len(c.timestamps_us) for c in chunks) <= 10_000
    seen = 0
    for chunk in chunks:
        seen += len(chunk.timestamps_us)
        rest = read(rows, request(rows, resume_token=chunk.resume_token))
        assert [p[3] for p in rest] == list(range(seen, 25_000))


def test_limit_is_a_page_size_with_resume_tokens(rows):
    layout = rows.layout(A, B)
    for endpoint in ("ep-1", "ep-2"):
        rows.frames(endpoint, layout, [(i, [i, 10 * i], None) for i in range(7)])
    for order in (pb.ORDER_ASCENDING, pb.ORDER_DESCENDING):
        asked = request(rows, ["ep-1", "ep-2"], ["auto~a", "auto~b"], order=order)
        whole = read(rows, asked)
        assert len(whole) == 28
        pages, token = [], ""
        while True:
            page = request(
                rows, ["ep-1", "ep-2"], ["auto~a", "auto~b"],
                order=order, limit=5, resume_token=token,
            )  # fmt: skip
            chunks = list(rows.stack.query.call.GetDataPoints(page))
            if not chunks:
                break
            token = chunks[-1].resume_token
            pages += read(rows, page)
        assert pages == whole


def test_a_token_survives_a_restart_of_query(make_stack):
    stack = make_stack("registry", "epts", "query")
    rows = Rows(stack)
    rows.frames("ep", rows.layout(A), [(i, [i], None) for i in range(10)])
    first = list(stack.query.call.GetDataPoints(request(rows, limit=4)))
    stack["query"].restart()
    rest = read(rows, request(rows, resume_token=first[-1].resume_token))
    assert [p[3] for p in rest] == list(range(4, 10))


def test_values_of_one_instant_from_several_layouts_are_one_point(rows):
    lat, lon, name = ("place", "lat", 1), ("place", "lon", 1), ("place", "name", 2)
    both, only_lon, only_name = rows.layout(lat, lon), rows.layout(lon), rows.layout(name)
    rows.frame("ep", both, 0, [48.0, 16.0])
    rows.frame("ep", only_lon, 0, [17.0])
    rows.frame("ep", only_name, 0, None, ["hall"])
    rows.frame("ep", only_name, 1, None, [None])
    (chunk,) = rows.stack.query.call.GetDataPoints(request(rows, series=["place"]))
    assert [t - rows.start_us for t in chunk.timestamps_us] == [0, 1]
    columns = {column.name: column for column in chunk.columns}
    assert list(columns["lat"].numbers) == [48.0, 0.0]
    assert list(columns["lat"].present) == [True, False]
    assert list(columns["lon"].numbers) == [17.0, 0.0]
    assert list(columns["name"].strings) == ["hall", ""]
    assert list(columns["name"].present) == [True, False]


def test_long_strings_make_small_chunks(rows):
    layout = rows.layout(("text", "value", 2))
    rows.frames("ep", layout, [(i, None, ["x" * 50_000]) for i in range(100)])
    chunks = list(rows.stack.query.call.GetDataPoints(request(rows, series=["text"])))
    assert sum(len(chunk.timestamps_us) for chunk in chunks) == 100
    # Less than what clients take in one message unless told otherwise.
    assert max(chunk.ByteSize() for chunk in chunks) < 4 << 20


@pytest.mark.parametrize(
    "field, change",
    [
        ("application_name", {"application_name": ""}),
        ("endpoint_ids", {"endpoint_ids": []}),
        ("endpoint_ids", {"endpoint_ids": [f"e{i}" for i in range(1001)]}),
        ("endpoint_ids[0]", {"endpoint_ids": ["a\0b"]}),
        ("time_series_names", {"time_series_names": []}),
        ("from", {"from": None}),
        ("to", {"to": None}),
        ("limit", {"limit": -1}),
        ("order", {"order": 7}),
        ("include_time", {"include_time": 7}),
        ("resume_token", {"resume_token": "x"}),
    ],
)
def test_a_wrong_request_is_told_its_field(rows, field, change):
    asked = request(rows)
    for name, value in change.items():
        asked.ClearField(name)
        if isinstance(value, list):
            getattr(asked, name).extend(value)
        elif value is not None:
            setattr(asked, name, value)
    refused(
        grpc.StatusCode.INVALID_ARGUMENT,
        f"{field}: ",
        lambda: rows.stack.query.call.GetDataPoints(asked),
    )


def test_a_token_of_another_request_is_refused(rows):
    rows.frames("ep", rows.layout(A), [(i, [i], None) for i in range(3)])
    first = list(rows.stack.query.call.GetDataPoints(request(rows, limit=1)))
    token = first[-1].resume_token
    refused(
        grpc.StatusCode.INVALID_ARGUMENT,
        "resume_token: ",
        lambda: rows.stack.query.call.GetDataPoints(
            request(rows, order=pb.ORDER_DESCENDING, resume_token=token)
        ),
    )


# Last points


def test_the_last_points_of_many_endpoints(rows):
    both, only_b = rows.layout(A, B), rows.layout(B)
    for endpoint in ("ep-1", "ep-2"):
        rows.frame(endpoint, both, 0, [1, 2])
        rows.frame(endpoint, both, 5, [3, 4])
    rows.frame("ep-2", only_b, 9, [5])
    start, query = rows.start_us, rows.stack.query
    assert query.last(rows.application) == {
        ("ep-1", "auto~a"): (start + 5, {"value": 3}),
        ("ep-1", "auto~b"): (start + 5, {"value": 4}),
        ("ep-2", "auto~a"): (start + 5, {"value": 3}),
        ("ep-2", "auto~b"): (start + 9, {"value": 5}),
    }
    assert query.last(rows.application, ["ep-2", "nobody"], ["auto~b"]) == {
        ("ep-2", "auto~b"): (start + 9, {"value": 5})
    }
    before = pb.GetLastDataPointsRequest(application_name=rows.application, limit=3)
    before.before.FromMicroseconds(start + 5)
    points = query.call.GetLastDataPoints(before).data_points
    assert [(p.endpoint_id, p.time_series_name, p.values[0].number) for p in points] == [
        ("ep-1", "auto~a", 1),
        ("ep-1", "auto~b", 2),
        ("ep-2", "auto~a", 1),
    ]
    refused_unary(
        grpc.StatusCode.INVALID_ARGUMENT,
        "limit: ",
        lambda: query.call.GetLastDataPoints(
            pb.GetLastDataPointsRequest(application_name=rows.application, limit=100_001)
        ),
    )


# Rejected samples


def test_rejected_samples_newest_first_in_pages(rows):
    for i in range(7):
        rows.reject(f"ep-{i % 2}", i, "too_many_fields", json.dumps({"i": i}).encode())
    call = rows.stack.query.call.ListRejectedSamples
    seen, token = [], ""
    while True:
        page = call(
            pb.ListRejectedSamplesRequest(
                application_name=rows.application, page_size=3, page_token=token
            )
        )
        seen += [json.loads(sample.sample)["i"] for sample in page.rejected_samples]
        token = page.next_page_token
        if not token:
            break
    assert seen == [6, 5, 4, 3, 2, 1, 0]
    of_one = call(
        pb.ListRejectedSamplesRequest(application_name=rows.application, endpoint_id="ep-1")
    )
    assert [json.loads(s.sample)["i"] for s in of_one.rejected_samples] == [5, 3, 1]


def test_a_page_of_large_rejected_samples_stays_small(rows):
    for i in range(70):
        rows.reject("ep", i, "invalid_upload", b"\xff" + b"x" * 65_000, cut=True)
    call, sizes, token = rows.stack.query.call.ListRejectedSamples, [], ""
    while True:
        page = call(
            pb.ListRejectedSamplesRequest(
                application_name=rows.application, page_size=1000, page_token=token
            )
        )
        assert page.ByteSize() < 4 << 20
        sizes.append(len(page.rejected_samples))
        token = page.next_page_token
        if not token:
            break
    assert sum(sizes) == 70 and len(sizes) > 1
    assert page.rejected_samples[0].sample.startswith("\ufffdx")
    assert page.rejected_samples[0].sample_cut


@pytest.mark.parametrize(
    "endpoint, detail, sample",
    [("ep", "d" * 5_000, b"{}"), ("e" * 1_000, "why", b"{}"), ("ep", "why", b"\xff" * 60_000)],
    ids=["detail", "endpoint", "no UTF-8"],
)
def test_a_page_of_rejected_samples_stays_small_whatever_makes_it_large(
    rows, endpoint, detail, sample
):
    count = 60 if len(sample) > 1_000 else 1000
    for i in range(count):
        rows.reject(endpoint, i, "too_many_fields", sample, detail=detail)
    call, seen, token = rows.stack.query.call.ListRejectedSamples, 0, ""
    while True:
        page = call(
            pb.ListRejectedSamplesRequest(
                application_name=rows.application, page_size=1000, page_token=token
            )
        )
        assert page.ByteSize() < (2 << 20) + 1024
        seen += len(page.rejected_samples)
        token = page.next_page_token
        if not token:
            break
    assert seen == count


# Health


def test_health_and_reflection_are_served(query_stack):
    answers = []
    with channel(query_stack["query"].address) as one:
        for method, payload in (
            ("/grpc.health.v1.Health/Check", b""),
            (
                "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                b"\x3a\x01*",  # list_services
            ),
        ):
            if "reflection" in method:
                call = one.stream_stream(method)
                answers.append(next(iter(call(iter([payload]), timeout=30))))
            else:
                answers.append(one.unary_unary(method)(payload, timeout=30))
    assert answers[0] == b"\x08\x01"  # SERVING
    assert b"millrace.query.v1.Query" in answers[1]


# What it needs


def test_waits_for_the_schema_and_says_so(make_stack):
    stack = make_stack("registry")
    stack.start("query", wait=False)
    application = stack.registry.create_application()
    asked = pb.ListTimeSeriesRequest(application_name=application)
    wait_until(lambda: stack["query"].logged("waiting for PostgreSQL"), "it says what is missing")
    assert stack["query"].admin("/readyz")[0] == 503
    refused_unary(
        grpc.StatusCode.UNAVAILABLE, "epts", lambda: stack.query.call.ListTimeSeries(asked)
    )
    stack.start("epts")
    stack["query"].wait_ready()
    # Schema, tables and rights appear at once: nobody has to be told to GRANT anything.
    causes = [line["cause"] for line in stack["query"].logged("waiting for PostgreSQL")]
    assert not [cause for cause in causes if "may not read" in cause]
    assert not stack.query.call.ListTimeSeries(asked).time_series
    # Schema, tables and rights appear at once: nobody has to be told to GRANT anything.
    causes = [line["cause"] for line in stack["query"].logged("waiting for PostgreSQL")]
    assert not [cause for cause in causes if "may not read" in cause]


def test_postgresql_may_go_and_come_back(make_stack):
    stack = make_stack("registry", "epts", "query")
    rows = Rows(stack)
    rows.frame("ep", rows.layout(A), 0, [1])
    assert len(read(rows, request(rows))) == 1
    stack.postgres.kill()
    refused(
        grpc.StatusCode.UNAVAILABLE, "", lambda: stack.query.call.GetDataPoints(request(rows))
    )
    wait_until(lambda: stack["query"].admin("/readyz")[0] == 503, "query is not ready")
    stack.postgres.start()
    stack["query"].wait_ready()
    assert len(read(rows, request(rows))) == 1


def test_the_registry_may_be_away_for_keys_that_are_known(make_stack):
    stack = make_stack("registry", "epts", "query")
    rows = Rows(stack)
    rows.frame("ep", rows.layout(A), 0, [1])
    assert len(read(rows, request(rows))) == 1
    stack["registry"].kill()
    assert len(read(rows, request(rows))) == 1
    unknown = pb.ListTimeSeriesRequest(application_name="cannot-be-told")
    refused_unary(
        grpc.StatusCode.UNAVAILABLE,
        "cannot-be-told",
        lambda: stack.query.call.ListTimeSeries(unknown),
    )
    stack["registry"].start()
