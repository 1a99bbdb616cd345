# SPDX-License-Identifier: Apache-2.0
"""query's Grafana contract, asked by a client that behaves like the plugin."""

import random

import grpc
import pytest

from service.query_rows import (  # noqa: F401  (fixtures)
    Rows,
    number,
    query_stack,
    rows,
)
from support.api import channel
from support.certificates import Certificate
from support.grafana_plugin import Plugin
from support.protos import registry_pb2
from support.reflection import Reflected, Reflection

# pylint: disable=redefined-outer-name

SECOND = 1_000_000
A = number("auto~a")
B = number("auto~b")


@pytest.fixture(scope="module")
def wire(query_stack):
    with channel(query_stack["query"].address) as one:
        yield one


@pytest.fixture(scope="module")
def plugin(query_stack, wire):
    return Plugin(wire, query_stack.admin_key)


@pytest.fixture(scope="module")
def first_version(query_stack, wire):
    return Reflected(wire, "grafana.GrafanaQueryAPI", (("api-key", query_stack.admin_key),))


def span(rows, seconds=3600):
    return {"from_us": rows.start_us, "to_us": rows.start_us + seconds * SECOND}


def of(rows, *endpoints):
    return {"application": rows.application, "endpoint": list(endpoints)}


def refused(code, words, call):
    with pytest.raises(grpc.RpcError) as failure:
        call()
    assert failure.value.code() is code, failure.value
    assert words in failure.value.details()


# What it looks for when it connects


def test_reflection_names_both_versions_and_needs_no_key(wire):
    services = Reflection(wire).services()
    assert {
        "grafana.GrafanaQueryAPI",
        "grafanav3.GrafanaQueryAPI",
        "millrace.query.v1.Query",
    } <= services
    assert "grafanav4.GrafanaQueryAPI" not in services


def test_the_plugin_takes_the_third_version(plugin):
    assert plugin.version == "grafanav3"


@pytest.mark.parametrize("service", ["grafana", "grafanav3"])
@pytest.mark.parametrize("key", [None, "", "wrong"])
def test_every_method_needs_a_valid_key(wire, service, key):
    metadata = () if key is None else (("api-key", key),)
    api = Reflected(wire, f"{service}.GrafanaQueryAPI", metadata)
    for method in api.methods:
        name = method.replace("GetQueryOptions", "GetOptions")
        refused(
            grpc.StatusCode.UNAUTHENTICATED,
            "key",
            lambda method=method, name=name: getattr(api, method)(api.new(f"{name}Request")),
        )


def test_the_plugin_comes_over_tls(query_stack, rows, tmp_path):
    """It sends no key without."""
    rows.frame("ep", rows.layout(A), 0, [7])
    certificate = Certificate(tmp_path, "grafana")
    service = query_stack.start("query", name="query-grafana", **certificate.settings)
    credentials = grpc.composite_channel_credentials(
        grpc.ssl_channel_credentials(certificate.path.read_bytes()),
        grpc.metadata_call_credentials(
            lambda _, done: done((("api-key", query_stack.admin_key),), None)
        ),
    )
    with grpc.secure_channel(f"localhost:{service.port}", credentials) as one:
        found = Plugin(one).last(["auto~a"], **of(rows, "ep"))
    assert [value for *_, value in found] == [7]


# Choosing


def test_dimensions_are_applications_and_their_endpoints(plugin, rows):
    rows.frame("Pump-1", rows.layout(A), 0, [1])
    rows.frame("station-2", rows.layout(B), 0, [1])
    other = Rows(rows.stack)
    other.frame("elsewhere-1", other.layout(A), 0, [1])
    assert plugin.dimension_keys() == ["application", "endpoint"]
    assert {rows.application, other.application} <= set(plugin.dimension_values("application"))
    assert plugin.dimension_values("application", other.application) == [other.application]
    mine = {"application": rows.application}
    assert plugin.dimension_values("endpoint", **mine) == ["Pump-1", "station-2"]
    assert plugin.dimension_values("endpoint", "PUMP", **mine) == ["Pump-1"]
    # Versions of the plugin that do not say what is selected still get something to choose from.
    assert {"Pump-1", "elsewhere-1"} <= set(plugin.dimension_values("endpoint"))


def test_metrics_are_values_of_series(plugin, rows):
    rows.frame("ep-1", rows.layout(A, B), 0, [1, 2])
    place = rows.layout(("place", "lat", 1), ("place", "name", 2), ("place", "value", 1))
    rows.frame("ep-2", place, 0, [48.2, 1], ["x"])
    mine = {"application": rows.application}
    everything = ["auto~a", "auto~b", "place.lat", "place.name", "place"]
    assert list(plugin.metrics(**mine)) == everything
    assert list(plugin.metrics(**mine, endpoint="ep-1")) == ["auto~a", "auto~b"]
    assert list(plugin.metrics("LAT", **mine)) == ["place.lat"]
    refused(
        grpc.StatusCode.INVALID_ARGUMENT,
        "choose one application",
        lambda: plugin.metrics(endpoint="ep-1"),
    )


def test_lists_end_somewhere_and_the_filter_finds_the_rest(plugin, rows):
    layout = rows.layout(A)
    rows.frame("ep-0", layout, 0, [1])
    rows.stack.sql(
        "INSERT INTO time_series.endpoint (application_key, endpoint_id)"
        " SELECT application_key, 'many-' || n FROM time_series.application,"
        " generate_series(10001, 11500) n WHERE name = %s",
        [rows.application],
    )
    mine = {"application": rows.application}
    assert len(plugin.dimension_values("endpoint", **mine)) == 1000
    assert plugin.dimension_values("endpoint", "many-11499", **mine) == ["many-11499"]


def test_units_and_descriptions_come_from_the_rules(plugin, rows, query_stack):
    query_stack.registry.create_application(rows.application, auto_extract=False)
    rules = registry_pb2.ApplySeriesRulesRequest(application_name=rows.application)
    series = rules.series_rules.series.add(name="room")
    series.values.add(path="t", name="temp", unit="celsius", description="Of the air", type=1)
    query_stack.registry.call.ApplySeriesRules(rules)
    rows.frame("ep", rows.layout(("room", "temp", 1)), 0, [21.5])
    assert plugin.metrics(application=rows.application) == {"room.temp": "Of the air [celsius]"}
    (frame,) = plugin.history(["room.temp"], **span(rows), **of(rows, "ep")).values()
    assert frame.config["temp"].unit == "celsius"


def test_a_bound_key_sees_its_application_alone(wire, rows, query_stack):
    rows.frame("mine-1", rows.layout(A), 0, [1])
    other = Rows(rows.stack)
    other.frame("theirs-1", other.layout(B), 0, [1])
    for application in (rows.application, other.application):
        query_stack.registry.create_application(application)
    made = query_stack.registry.call.CreateApiKey(
        registry_pb2.CreateApiKeyRequest(
            name=rows.application, application_names=[rows.application]
        )
    )
    if list(made.metadata.application_names) != [rows.application]:
        pytest.skip("this registry binds no keys yet")
    bound = Plugin(wire, made.key)
    assert bound.dimension_values("application") == [rows.application]
    assert bound.dimension_values("endpoint") == ["mine-1"]
    assert list(bound.metrics(endpoint="mine-1")) == ["auto~a"], "no choice is needed"
    (frame,) = bound.history(["auto~a"], **span(rows), endpoint="mine-1").values()
    assert frame.fields["value"] == [1]
    theirs = {"application": other.application, "endpoint": "theirs-1"}
    for ask in (
        lambda: bound.dimension_values("endpoint", application=other.application),
        lambda: bound.metrics(**theirs),
        lambda: bound.last(["auto~b"], **theirs),
        lambda: bound.history(["auto~b"], **span(rows), **theirs),
    ):
        # As one that does not exist.
        refused(grpc.StatusCode.NOT_FOUND, f"no application {other.application}", ask)


# The newest point


def test_last_values_have_a_frame_and_a_time_each(plugin, rows):
    both = rows.layout(A, ("state", "value", 2), ("on", "value", 3))
    rows.frame("ep-1", both, 0, [1, 0], ["old"])
    rows.frame("ep-1", both, 5, [2, 1], ["new"])
    rows.frame("ep-2", both, 3, [7, 0], ["x"])
    metrics = ["auto~a", "state", "on", "no-such-series"]
    found = plugin.last(metrics, **of(rows, "ep-1", "ep-2", "nobody"))
    assert [
        (metric, labels["endpoint"], time - rows.start_us, value)
        for metric, labels, time, value in found
    ] == [
        ("auto~a", "ep-1", 5, 2),
        ("auto~a", "ep-2", 3, 7),
        ("state", "ep-1", 5, "new"),
        ("state", "ep-2", 3, "x"),
        ("on", "ep-1", 5, 1),
        ("on", "ep-2", 3, 0),
    ]
    assert found[0][1] == {"application": rows.application, "endpoint": "ep-1"}


# History


def test_history_of_one_endpoint_is_all_its_points(plugin, rows):
    rows.many_frames("ep", rows.layout(A), 25_000)
    frames = plugin.history(["auto~a"], **span(rows), **of(rows, "ep"))
    assert plugin.pages == 3
    assert frames["auto~a"].points("value") == [(rows.start_us + n, n) for n in range(25_000)]


def test_both_ends_belong_to_the_range(plugin, rows):
    rows.many_frames("ep", rows.layout(A), 10)
    bounds = {"from_us": rows.start_us + 2, "to_us": rows.start_us + 5}
    frames = plugin.history(["auto~a"], **bounds, **of(rows, "ep"))
    assert frames["auto~a"].fields["value"] == [2, 3, 4, 5]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_pages_of_several_endpoints_fit_together(plugin, rows, seed, descending):
    """Whatever lies where: an endpoint that begins late, one that ends early, equal instants."""
    chance = random.Random(seed)
    layouts = [rows.layout(A, B), rows.layout(A), rows.layout(B)]
    expected = {(metric, ep): {} for metric in ("auto~a", "auto~b") for ep in ("e1", "e2", "e3")}
    for endpoint in ("e1", "e2", "e3"):
        frames = {}
        for _ in range(chance.randrange(60)):
            offset, which = chance.randrange(80) + chance.randrange(2) * 40, chance.randrange(3)
            if offset in frames:
                continue
            a, b = chance.choice([None, chance.random()]), chance.random()
            frames[offset] = (which, [[a, b], [a], [b]][which])
            if which in (0, 1) and a is not None:
                expected["auto~a", endpoint][rows.start_us + offset] = a
            if which in (0, 2):
                expected["auto~b", endpoint][rows.start_us + offset] = b
        for which, layout in enumerate(layouts):
            of_layout = [(t, n, None) for t, (used, n) in frames.items() if used == which]
            rows.frames(endpoint, layout, of_layout)
    request = plugin._page(  # pylint: disable=protected-access
        "GetMetricHistoryRequest",
        ["auto~a", "auto~b"],
        rows.start_us,
        rows.start_us + SECOND,
        of(rows, "e1", "e2", "e3"),
    )
    request.maxItems, request.timeOrdering = 1 + chance.randrange(9), int(descending)
    frames = plugin._all_pages(  # pylint: disable=protected-access
        plugin.api.GetMetricHistory, request
    )
    assert plugin.pages > 1
    for (metric, endpoint), points in expected.items():
        found = frames[metric].points(f"value {endpoint}")
        assert found == sorted(points.items(), reverse=descending), (metric, endpoint)


def test_strings_come_on_one_page_and_it_is_said_where_they_are_cut(plugin, rows):
    layout = rows.layout(A, ("state", "value", 2))
    rows.frames("ep", layout, [(n, [n], [f"s{n}"]) for n in range(20)])
    asked = {**span(rows), **of(rows, "ep")}
    frames = plugin.history(["auto~a", "state"], **asked)
    assert frames["state"].fields["value"] == [f"s{n}" for n in range(20)]
    assert frames["state"].notices == []
    frames = plugin.history(["auto~a", "state"], max_items=7, **asked)
    assert plugin.pages == 3
    assert frames["auto~a"].fields["value"] == list(range(20))
    assert frames["state"].fields["value"] == [f"s{n}" for n in range(7)]
    assert "state goes on" in frames["state"].notices[0]


def test_long_strings_are_cut_before_the_message_is_too_long(plugin, rows):
    layout = rows.layout(("state", "value", 2))
    rows.frames("ep", layout, [(n, None, ["x" * 1000]) for n in range(20)])
    rows.frames("big", layout, [(n, None, ["x" * 60_000]) for n in range(3)])
    asked = span(rows)
    frames = plugin.history(["state"], **asked, **of(rows, "ep"))
    assert 1 <= len(frames["state"].times_us) < 20 and frames["state"].notices
    frames = plugin.history(["state"], **asked, **of(rows, "big"))
    assert not frames["state"].times_us and frames["state"].notices


def test_nulls_and_booleans(plugin, rows):
    layout = rows.layout(A, ("on", "value", 3))
    rows.frames("ep", layout, [(0, [1, 1], None), (1, [None, 0], None), (2, [3, None], None)])
    frames = plugin.history(["auto~a", "on"], **span(rows), **of(rows, "ep"))
    offsets = [time - rows.start_us for time in frames["auto~a"].times_us]
    assert (offsets, frames["auto~a"].fields["value"]) == ([0, 2], [1, 3])
    assert frames["on"].fields["value"] == [1, 0]
    texts = [mapping.text for mapping in frames["on"].config["value"].Mappings]
    assert texts == ["false", "true"]


def test_a_hundred_full_fields_fit_a_message(plugin, rows):
    members = [number(f"auto~m{n:03}") for n in range(100)]
    layout = rows.layout(*members)
    rows.stack.sql(
        "INSERT INTO time_series.frame SELECT %s, %s, to_timestamp(%s) + n * interval '1 us', n,"
        " array_fill(n::float8, ARRAY[100]), NULL FROM generate_series(0, 2499) n",
        [rows._link("ep", layout), layout, rows.start_us // SECOND],  # pylint: disable=W0212
    )
    names = [name for name, _, _ in members]
    frames = plugin.history(names, **span(rows), **of(rows, "ep"))
    assert plugin.pages == 3
    assert all(frames[name].fields["value"] == list(range(2500)) for name in names)


# Aggregates


def windows_of(points, step_us, function):
    windows = {}
    for time, value in points:
        windows.setdefault(time // step_us * step_us, []).append(value)
    return {start: function(values) for start, values in windows.items()}


FUNCTIONS = {
    "avg": lambda values: sum(values) / len(values),
    "min": min,
    "max": max,
    "sum": sum,
    "count": len,
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
}


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_aggregates_of_windows(plugin, rows, function):
    chance = random.Random(function)
    points = []
    for offset in sorted(chance.sample(range(600), 200)):
        points.append((rows.start_us + offset * SECOND, chance.randrange(1000)))
    rows.frames(
        "ep", rows.layout(A), [(t - rows.start_us, [value], None) for t, value in points]
    )
    assert {*FUNCTIONS, "stddev", "delta", "increase", "rate"} == {
        value.id
        for value in plugin.options("GetMetricAggregate")["aggregate"].enumValues
    }
    asked = {**span(rows, 599), **of(rows, "ep")}
    frames = plugin.aggregate(
        ["auto~a"], **asked, options={"aggregate": function}, interval_ms=7_000, max_items=1000
    )
    expected = windows_of(points, 7 * SECOND, FUNCTIONS[function])
    assert dict(frames["auto~a"].points("value")) == pytest.approx(expected)


def test_windows_of_several_endpoints_and_pages_fit_together(plugin, rows):
    layout = rows.layout(A)
    rows.frames("e1", layout, [(n * 1000, [n], None) for n in range(0, 25_000, 500)])
    rows.frames("e2", layout, [(n * 1000, [-n], None) for n in range(20_000, 25_000, 100)])
    asked = {"from_us": rows.start_us, "to_us": rows.start_us + 25 * SECOND}
    frames = plugin.aggregate(
        ["auto~a"],
        **asked,
        **of(rows, "e1", "e2"),
        options={"aggregate": "max"},
        interval_ms=1,
        max_items=100_000,
    )
    assert plugin.pages == 3
    start = rows.start_us
    assert frames["auto~a"].points("value e1") == [
        (start + n * 1000, n) for n in range(0, 25_000, 500)
    ]
    assert frames["auto~a"].points("value e2") == [
        (start + n * 1000, -n) for n in range(20_000, 25_000, 100)
    ]


def test_there_are_no_more_windows_than_a_panel_asks_for(plugin, rows):
    rows.many_frames("ep", rows.layout(A), 10_000)
    asked = {"from_us": rows.start_us, "to_us": rows.start_us + SECOND}
    frames = plugin.aggregate(
        ["auto~a"], **asked, **of(rows, "ep"), options={}, interval_ms=0, max_items=50
    )
    assert len(frames["auto~a"].times_us) <= 51


def test_strings_are_counted_and_nothing_else(plugin, rows):
    rows.frames("ep", rows.layout(("state", "value", 2)), [(n, None, ["x"]) for n in range(5)])
    asked = {**span(rows), **of(rows, "ep"), "interval_ms": 3_600_000, "max_items": 100}
    frames = plugin.aggregate(["state"], **asked, options={"aggregate": "count"})
    assert sum(frames["state"].fields["value"]) == 5
    refused(
        grpc.StatusCode.INVALID_ARGUMENT,
        "choose Count",
        lambda: plugin.aggregate(["state"], **asked, options={"aggregate": "avg"}),
    )


# What is refused


def test_faults_are_told_with_what_to_do(plugin, rows, query_stack):
    rows.frame("ep", rows.layout(A), 0, [1])
    invalid = grpc.StatusCode.INVALID_ARGUMENT
    asked = span(rows)

    def history(metrics=("auto~a",), **dimensions):
        return lambda: plugin.history(list(metrics), **asked, **dimensions)

    refused(invalid, "choose at least one endpoint", history(application=rows.application))
    refused(invalid, "choose one application", history(endpoint="ep"))
    refused(invalid, "metrics: choose at least one", history((), **of(rows, "ep")))
    refused(invalid, 'no dimension "site"', history(**of(rows, "ep"), site="x"))
    many = [f"ep-{n}" for n in range(101)]
    refused(invalid, "at most 100", history(**of(rows, *many)))
    unknown = {"application": "nobody-made-this", "endpoint": "ep"}
    refused(grpc.StatusCode.NOT_FOUND, "nobody-made-this", history(**unknown))
    empty = query_stack.registry.create_application()
    assert history(application=empty, endpoint="ep")() == {}


def test_a_token_of_another_request_is_refused(plugin, rows):
    rows.many_frames("ep", rows.layout(A), 10)
    request = plugin._page(  # pylint: disable=protected-access
        *("GetMetricHistoryRequest", ["auto~a"], rows.start_us, rows.start_us + SECOND),
        of(rows, "ep"),
    )
    request.maxItems = 3
    request.startingToken = plugin.api.GetMetricHistory(request).nextToken
    assert len(plugin.api.GetMetricHistory(request).frames[0].timestamps) == 3
    request.metrics[0] = "auto~b"
    refused(
        grpc.StatusCode.INVALID_ARGUMENT,
        "startingToken",
        lambda: plugin.api.GetMetricHistory(request),
    )


# The first version


def test_the_first_version_answers_in_seconds(first_version, rows):
    api = first_version
    layout = rows.layout(A, ("state", "value", 2))
    rows.frames("ep", layout, [(n * SECOND, [n], ["x"]) for n in range(10)])
    dimensions = [
        api.new("Dimension", key="application", value=rows.application),
        api.new("Dimension", key="endpoint", value="ep"),
    ]
    start = rows.start_us // SECOND
    last = api.GetMetricValue(
        api.new("GetMetricValueRequest", dimensions=dimensions, Metric="auto~a")
    )
    assert (last.timestamp - start, last.value.doubleValue) == (9, 9)
    request = api.new(
        "GetMetricHistoryRequest",
        **{"dimensions": dimensions, "Metric": "auto~a", "maxItems": 2},
        **{"startDate": start + 2, "endDate": start + 4},
    )
    page = api.GetMetricHistory(request)
    assert [(v.timestamp - start, v.value.doubleValue) for v in page.values] == [(2, 2), (3, 3)]
    request.startingToken = page.nextToken
    page = api.GetMetricHistory(request)
    assert [v.value.doubleValue for v in page.values] == [4] and not page.nextToken
    aggregate = api.new(
        "GetMetricAggregateRequest",
        **{"dimensions": dimensions, "Metric": "auto~a", "intervalMs": 86_400_000, "maxItems": 9},
        **{"startDate": start, "endDate": start + 9, "aggregateType": 1},
    )
    assert max(v.value.doubleValue for v in api.GetMetricAggregate(aggregate).values) == 9
    names = api.ListMetrics(api.new("ListMetricsRequest", dimensions=dimensions)).Metrics
    assert [metric.name for metric in names] == ["auto~a", "state"]


def test_the_first_version_says_what_it_cannot_tell(first_version, rows):
    api = first_version
    rows.frame("ep", rows.layout(("state", "value", 2)), 0, None, ["x"])

    def value(metric, *endpoints):
        dimensions = [api.new("Dimension", key="application", value=rows.application)]
        dimensions += [api.new("Dimension", key="endpoint", value=one) for one in endpoints]
        request = api.new("GetMetricValueRequest", dimensions=dimensions, Metric=metric)
        return lambda: api.GetMetricValue(request)

    refused(grpc.StatusCode.INVALID_ARGUMENT, "strings", value("state", "ep"))
    refused(grpc.StatusCode.NOT_FOUND, "no point", value("auto~a", "ep"))
    refused(grpc.StatusCode.INVALID_ARGUMENT, "one of each", value("state", "ep", "ep-2"))
