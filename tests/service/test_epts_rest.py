# SPDX-License-Identifier: Apache-2.0
"""Kaa's EPTS REST API at the gateway, with the requests that Kaa's clients send, and the export as
CSV: a real query, registry and PostgreSQL, whose rows are written by hand."""

import csv
import datetime
import io

import pytest

from service.epts_scene import EptsScene, Rest, weather
from service.query_rows import number
from support.stack import running_stack
from support.wait import wait_until

# pylint: disable=redefined-outer-name

UTC = datetime.timezone.utc


@pytest.fixture(scope="module")
def rest_stack(postgres):
    with running_stack(postgres, "registry", "epts", "query", "gateway") as one:
        yield one


@pytest.fixture(scope="module")
def scene(rest_stack):
    return weather(rest_stack)


@pytest.fixture
def rest(rest_stack):
    return Rest(rest_stack["gateway"], rest_stack.admin_key)


def temperature(scene):
    return {
        scene.one: {
            "auto~temperature": [
                {"timestamp": scene.at(0), "values": {"value": 23}},
                {"timestamp": scene.at(1_500_000), "values": {"value": 24}},
            ]
        }
    }


# config


def test_config_has_series_that_exist_and_those_that_are_configured(rest, scene):
    answer = rest.get("/time-series/config", {"applicationNames": scene.application})
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json == {
        scene.application: [
            {"name": "auto~humidity", "values": ["value"]},
            {"name": "auto~temperature", "values": ["value"]},
            {"name": "level", "values": ["value", "max"]},
            {"name": "place", "values": ["fix", "lat", "name"]},
        ]
    }


def test_config_takes_lists_with_blanks_repeats_and_nothing(rest, scene, rest_stack):
    other = rest_stack.registry.create_application()
    names = f"{scene.application},%20{other}"
    wanted = {scene.application, other}
    assert set(rest.get("/time-series/config", f"applicationNames={names}").json) == wanted
    repeated = [("applicationNames", scene.application), ("applicationNames", other)]
    assert set(rest.get("/time-series/config", repeated).json) == wanted
    everything = rest.get("/time-series/config").json
    assert wanted <= set(everything)
    assert everything[other] == []


def test_config_shows_a_key_its_own_applications(rest, scene, rest_stack):
    other = rest_stack.registry.create_application()
    key = rest_stack.registry.create_key("READER", [other])
    bound = Rest(rest_stack["gateway"], key)
    assert bound.get("/time-series/config").json == {other: []}
    refused = bound.get("/time-series/config", {"applicationNames": [other, scene.application]})
    assert refused.status == 404
    assert scene.application in refused.message
    assert rest.get("/time-series/config", {"applicationNames": "nobody"}).status == 404


# last


def last_temperature(scene):
    point = {"timestamp": scene.at(1_500_000), "values": {"value": 24}}
    return {scene.one: {"auto~temperature": [point]}}


def test_last_of_a_series_is_an_object_by_endpoint(rest, scene):
    answer = rest.get(scene.path("last"), {"timeSeriesName": "auto~temperature"})
    assert answer.status == 200
    assert answer.json == last_temperature(scene)
    # As web and Android clients read it.
    assert answer.json[scene.one]["auto~temperature"][0]["values"] == {"value": 24}


@pytest.mark.parametrize(
    "query",
    [
        "timeSeriesName=auto~temperature,%20auto~humidity&endpointId={one},{two}",
        "timeSeriesName=auto~temperature, auto~humidity".replace(" ", "+"),
        "timeSeriesName=auto~temperature&timeSeriesName=auto~humidity&endpointId={one}",
        "endpointId={one}",
    ],
)
def test_last_takes_every_form_of_a_list(rest, scene, query):
    answer = rest.get(scene.path("last"), query.format(one=scene.one, two=scene.two))
    assert answer.json == {
        scene.one: {
            "auto~humidity": [{"timestamp": scene.at(1_500_000), "values": {"value": 47.5}}],
            "auto~temperature": [{"timestamp": scene.at(1_500_000), "values": {"value": 24}}],
        }
    }


def test_last_without_any_parameter_is_everything(rest, scene):
    everything = rest.get(scene.path("last")).json
    assert set(everything) == {scene.one, scene.two}
    assert everything[scene.two] == {
        "place": [
            {
                "timestamp": scene.at(2_000_000),
                "values": {"fix": True, "lat": 48.25, "name": '=a "b", c'},
            }
        ]
    }


def test_last_before_a_date(rest, scene):
    def before(date):
        return rest.get(
            scene.path("last"), {"timeSeriesName": "auto~temperature", "beforeDate": date}
        ).json

    first = [{"timestamp": scene.at(0), "values": {"value": 23}}]
    assert before(scene.at(1_500_000)) == {scene.one: {"auto~temperature": first}}
    assert before(scene.at(1_501_000)) == last_temperature(scene)
    assert before(scene.at(0)) == {}
    assert before("now+1h") == last_temperature(scene)


def test_last_by_post(rest, scene):
    def post(body):
        answer = rest.ask("POST", scene.path("last"), body=body)
        assert answer.status == 200, answer.body
        return answer.json

    assert set(post({})) == set(post("")) == {scene.one, scene.two}
    assert post({"timeSeriesNames": ["auto~temperature"]}) == last_temperature(scene)
    whole = {
        "timeSeriesNames": ["auto~temperature", "auto~humidity"],
        "beforeDate": scene.at(1_000_000),
        "offset": 0,
        "limit": 10,
        "endpointIDs": [scene.one, scene.silent, "nobody"],
    }
    assert post(whole)[scene.one]["auto~humidity"][0]["values"] == {"value": 48}
    assert set(post({"limit": 1})) == {scene.one}
    assert set(post({"offset": 1, "limit": 1})) == {scene.two}
    assert post({"offset": 2}) == post({"limit": 0}) == {}


# data


@pytest.mark.parametrize("prefix", ["/epts/api/v1", "/api/v1"])
def test_data_is_an_array_of_one_endpoint_and_series_each(rest_stack, scene, prefix):
    rest = Rest(rest_stack["gateway"], rest_stack.admin_key, prefix)
    query = [("timeSeriesName", "auto~temperature,auto~humidity"), *scene.range()]
    answer = rest.get(scene.path("data"), query)
    assert answer.status == 200
    humidity = [
        {"timestamp": scene.at(0), "values": {"value": 48}},
        {"timestamp": scene.at(1_500_000), "values": {"value": 47.5}},
    ]
    assert answer.json == [{scene.one: {"auto~humidity": humidity}}, temperature(scene)]
    # Both forms of a time: with and without a fraction.
    assert [len(point["timestamp"]) for point in humidity] == [20, 24]


def test_data_as_kaas_python_sdk_asks(rest, scene):
    start = datetime.datetime.fromtimestamp(scene.start_us / 1e6, UTC).replace(tzinfo=None)
    query = {
        "endpointId": [scene.one, scene.two],
        "timeSeriesName": ["auto~temperature"],
        "fromDate": start.isoformat(),
        "toDate": (start + datetime.timedelta(seconds=1, microseconds=500_001)).isoformat(),
    }
    assert "." not in query["fromDate"] and "." in query["toDate"]
    assert rest.get(scene.path("data"), query).json == [temperature(scene)]


def test_data_as_java_clients_ask(rest_stack, scene):
    """Lower-case bearer, comma lists, milliseconds with Z, includeTime in every request."""
    rest = Rest(rest_stack["gateway"], None)
    java = datetime.datetime.fromtimestamp(scene.start_us / 1e6, UTC)
    query = (
        f"timeSeriesName=auto~temperature&endpointId={scene.one},{scene.two}"
        f"&fromDate={java:%Y-%m-%dT%H:%M:%S}.000Z&toDate={java:%Y-%m-%dT%H}:59:59.999Z"
        "&includeTime=both&sort=ASC"
    )
    answer = rest.get(
        scene.path("data"), query, {"Authorization": f"bearer {rest_stack.admin_key}"}
    )
    assert answer.json == [temperature(scene)], answer.body
    by_header = rest.get(scene.path("data"), query, {"x-iamcore-api-key": rest_stack.admin_key})
    assert by_header.json == [temperature(scene)]


def test_data_with_relative_dates_and_offsets(rest, scene):
    series = [("timeSeriesName", "auto~temperature")]
    for query in (
        [("fromDate", "now-7d"), ("toDate", "now+1h")],
        [("fromDate", "now-1h"), ("toDate", scene.at(9_000_000).replace("Z", "+0000"))],
        [("fromDate", scene.at(0).replace("Z", "+00:00")), ("toDate", "now+1d")],
    ):
        assert rest.get(scene.path("data"), series + query).json == [temperature(scene)], query
    bare_plus = f"timeSeriesName=auto~temperature&fromDate={scene.at(0)[:-1]}+0000&toDate=now+1d"
    assert rest.get(scene.path("data"), bare_plus).json == [temperature(scene)]


def test_data_sorts_and_includes_what_it_is_told(rest, scene):
    def values(**more):
        query = {
            "timeSeriesName": "auto~temperature",
            "fromDate": scene.at(0),
            "toDate": scene.at(1_500_000),
            **more,
        }
        elements = rest.get(scene.path("data"), query).json
        points = elements[0][scene.one]["auto~temperature"] if elements else []
        return [point["values"]["value"] for point in points]

    assert values() == values(includeTime="both") == values(sort="ASC") == [23, 24]
    assert values(includeTime="from") == [23]
    assert values(includeTime="to") == [24]
    assert values(includeTime="none") == []
    assert values(sort="DESC") == values(sort="desc") == [24, 23]


def test_data_without_points_is_an_empty_array(rest, scene):
    query = [("timeSeriesName", "auto~temperature,unknown"), *scene.range()]
    for endpoint in (scene.silent, "nobody"):
        assert rest.get(scene.path("data"), [("endpointId", endpoint), *query]).json == []
    long_ago = {"timeSeriesName": "auto~temperature", "fromDate": "1970-01-01", "toDate": "1971-01-01"}
    assert rest.get(scene.path("data"), long_ago).json == []


def test_times_are_milliseconds_unless_asked_otherwise(rest, scene):
    query = [("timeSeriesName", "place"), *scene.range()]
    (element,) = rest.get(scene.path("data"), query).json
    (point,) = element[scene.two]["place"]
    assert point == {
        "timestamp": scene.at(2_000_000),
        "values": {"fix": True, "lat": 48.25, "name": '=a "b", c'},
    }
    exact = rest.get(scene.path("data"), [*query, ("timestampPrecision", "us")]).json
    assert exact[0][scene.two]["place"][0]["timestamp"] == scene.at(2_000_250, "us")
    # It is found again by the time it was shown with.
    again = {"timeSeriesName": "place", "fromDate": point["timestamp"], "toDate": point["timestamp"]}
    assert rest.get(scene.path("data"), again).json == [element]


def test_null_is_told(rest_stack, rest):
    scene = EptsScene(rest_stack)
    endpoint = scene.add_endpoint(f"{scene.application}-1")
    layout = scene.rows.layout(("pair", "a", 1), ("pair", "b", 1))
    scene.rows.frame(endpoint, layout, 0, [1, None])
    query = [("timeSeriesName", "pair"), *scene.range()]
    point = {"timestamp": scene.at(0), "values": {"a": 1, "b": None}}
    assert rest.get(scene.path("data"), query).json == [{endpoint: {"pair": [point]}}]
    assert rest.get(scene.path("last")).json == {endpoint: {"pair": [point]}}


def test_more_endpoints_than_one_call_may_name(rest_stack, rest):
    scene = EptsScene(rest_stack)
    layout = scene.rows.layout(number("auto~a"))
    ids = [f"{scene.application}-{n:04}" for n in range(1002)]
    for endpoint in ids:
        scene.add_endpoint(endpoint)
    for endpoint in (ids[0], ids[999], ids[1001]):
        scene.rows.frame(endpoint, layout, 0, [1])
    query = [("timeSeriesName", "auto~a"), *scene.range()]
    found = [next(iter(element)) for element in rest.get(scene.path("data"), query).json]
    assert found == [ids[0], ids[999], ids[1001]]
    assert list(rest.get(scene.path("last")).json) == found


# What is refused


def test_every_fault_of_the_parameters_is_named(rest, scene):
    answer = rest.get(scene.path("data"), "fromDate=yesterday&includeTime=all&sort=up&endpointID=a")
    assert answer.status == 400
    assert answer.json["statusCode"] == 400
    for words in (
        "timeSeriesName: is missing",
        "fromDate: 'yesterday' is no time",
        "toDate: is missing",
        "includeTime: is 'all'",
        "sort: is 'up'",
        "endpointID: is not known; did you mean endpointId?",
    ):
        assert words in answer.message


@pytest.mark.parametrize(
    "query",
    [
        "timeSeriesName=%zz",
        "timeSeriesName=%ff",
        "timeSeriesName=a%00b",
        "timeSeriesName=a%0d%0aX-Evil:%201&fromDate=now-1h&toDate=now",
        "timeSeriesName=a&fromDate=now&toDate=now-1h",
        "timeSeriesName=a&fromDate=2020-02-30&toDate=now",
        "timeSeriesName=a&fromDate=" + "9" * 4000 + "&toDate=now",
        "timeSeriesName=a&fromDate=now-99999999999999d&toDate=now",
        "timeSeriesName=a&fromDate=now-1h&toDate=now&toDate=now-5m",
        "timeSeriesName=" + "x" * 600 + "&fromDate=now-1h&toDate=now",
    ],
)
def test_hostile_parameters_are_refused(rest, scene, query):
    answer = rest.get(scene.path("data"), query)
    assert answer.status == 400, answer.body
    assert answer.message
    assert "x-evil" not in answer.headers


def test_huge_lists_are_refused_or_answered(rest, scene):
    many = ",".join(f"e{n}" for n in range(2_000))
    query = f"endpointId={many}&timeSeriesName=auto~temperature&fromDate=now-1h&toDate=now"
    answer = rest.get(scene.path("data"), query)
    assert answer.status == 200 and answer.json == []
    body = {"endpointIDs": [f"e{n}" for n in range(10_001)]}
    refused = rest.ask("POST", scene.path("last"), body=body)
    assert refused.status == 400
    assert "endpointIDs: has 10001 names" in refused.message
    assert rest.get(scene.path("data"), "a=" + "b" * 20_000).status == 431


@pytest.mark.parametrize(
    "body",
    ["{", "[]", "5", '{"limit":-1}', '{"endpointIDs":"a"}', '{"timeSeriesNames":[1]}', "[" * 5000],
)
def test_a_post_with_a_wrong_body_is_refused(rest, scene, body):
    answer = rest.ask("POST", scene.path("last"), body=body)
    assert answer.status == 400, answer.body
    assert answer.message


def test_keys_are_needed_and_checked(rest_stack, scene):
    query = [("timeSeriesName", "auto~temperature"), *scene.range()]
    for key in (None, "wrong"):
        rest = Rest(rest_stack["gateway"], key)
        for path in (scene.path("data"), scene.path("last"), "/time-series/config"):
            answer = rest.get(path, query if path.endswith("data") else "")
            assert answer.status == 401, (key, path)
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert answer.message
    put = Rest(rest_stack["gateway"], rest_stack.registry.create_key("READER")).ask(
        "PUT", f"/app-versions/{scene.version}/time-series/data", body=[temperature(scene)]
    )
    assert put.status == 403, put.body


def test_applications_that_are_not_there(rest, rest_stack, scene):
    other = rest_stack.registry.create_application()
    bound = Rest(rest_stack["gateway"], rest_stack.registry.create_key("READER", [other]))
    query = "timeSeriesName=a&fromDate=now-1h&toDate=now"
    for one, path in (
        (rest, "/applications/nobody/time-series/{}"),
        (bound, f"/applications/{scene.application}/time-series/{{}}"),
    ):
        for what in ("data", "last", "data.csv"):
            for more in ("", "&endpointId=e"):
                asked = (query if what != "last" else "timeSeriesName=a") + more
                answer = one.get(path.format(what), asked)
                assert answer.status == 404, (path, what, more, answer.body)


def test_paths_and_methods(rest, scene):
    for path in ("/nothing", "/time-series", "/applications/a/time-series/data/x", "/../v1"):
        assert rest.get(path).status == 404, path
    refused = rest.ask("DELETE", scene.path("data"))
    assert refused.status == 405
    assert refused.headers["allow"] == "GET, HEAD"
    assert rest.ask("PATCH", scene.path("last")).headers["allow"] == "GET, HEAD, POST"
    old = rest.ask("PUT", scene.path("data"), body=[])
    assert old.status == 410
    assert "app-versions" in old.message


def test_what_is_away_is_503_and_comes_back(make_stack):
    stack = make_stack("registry", "epts", "query", "gateway")
    scene = weather(stack)
    rest = Rest(stack["gateway"], stack.admin_key)
    named = [("endpointId", scene.one), ("timeSeriesName", "auto~temperature"), *scene.range()]
    assert rest.get(scene.path("data"), named).json == [temperature(scene)]
    stack["query"].kill()
    for path, query in ((scene.path("data"), named), (scene.path("last"), f"endpointId={scene.one}")):
        answer = rest.get(path, query)
        assert answer.status == 503, answer.body
        assert answer.headers["retry-after"] == "1"
        assert "query" in answer.message
    stack["query"].start()
    wait_until(
        lambda: rest.get(scene.path("data"), named).json == [temperature(scene)],
        "the gateway reaches query again",
    )
    stack["registry"].kill()
    # Which endpoints there are, the registry knows; those that are named are read without it.
    assert rest.get(scene.path("data"), named[1:]).status == 503
    assert rest.get("/time-series/config").status == 503
    assert rest.get(scene.path("data"), named).json == [temperature(scene)]
    stack["registry"].start()


def test_head_has_no_body(rest, scene):
    answer = rest.ask("HEAD", scene.path("last"))
    assert answer.status == 200
    assert answer.raw == b""


# CSV


def export(scene, **more):
    return {
        "timeSeriesName": "auto~temperature,auto~humidity,place",
        "fromDate": scene.at(0),
        "toDate": scene.at(60_000_000),
        **more,
    }


def lines_of(answer):
    assert answer.status == 200, answer.body
    return list(csv.reader(io.StringIO(answer.body.decode(), newline="")))


def test_csv_has_the_columns_of_the_command(rest, scene):
    answer = rest.get(scene.path("data.csv"), export(scene))
    assert answer.headers["content-type"].startswith("text/csv")
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith(f'attachment; filename="{scene.application}-')
    one, two = scene.one, scene.two
    assert lines_of(answer) == [
        ["timestamp", "endpoint_id", "series", "value_name", "value"],
        [scene.at(0), one, "auto~humidity", "value", "48"],
        [scene.at(1_500_000, "us")[:-1] + "000Z", one, "auto~humidity", "value", "47.5"],
        [scene.at(0), one, "auto~temperature", "value", "23"],
        [scene.at(1_500_000, "us")[:-1] + "000Z", one, "auto~temperature", "value", "24"],
        [scene.at(2_000_250, "us"), two, "place", "fix", "true"],
        [scene.at(2_000_250, "us"), two, "place", "lat", "48.25"],
        [scene.at(2_000_250, "us"), two, "place", "name", '\'=a "b", c'],
    ]
    assert answer.body.endswith(b"\r\n")


def test_csv_by_accept_in_gzip_and_with_formulas_kept(rest, scene):
    plain = rest.get(scene.path("data.csv"), export(scene))
    accepted = rest.get(scene.path("data"), export(scene), {"Accept": "text/csv, */*;q=0.1"})
    assert accepted.body == plain.body
    assert "Accept" in accepted.headers["vary"]
    kept = rest.get(scene.path("data.csv"), export(scene, spreadsheetSafe="false"))
    assert lines_of(kept)[-1][-1] == '=a "b", c'
    descending = lines_of(rest.get(scene.path("data.csv"), export(scene, sort="DESC")))
    assert [line[-1] for line in descending[1:3]] == ["47.5", "48"]


def test_csv_without_points_is_its_heading(rest, scene):
    answer = rest.get(scene.path("data.csv"), export(scene, endpointId=scene.silent))
    assert answer.body == b"timestamp,endpoint_id,series,value_name,value\r\n"
