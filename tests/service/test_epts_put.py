# SPDX-License-Identifier: Apache-2.0
"""Points put over Kaa's EPTS REST API: through the stream and epts into the tables, and back."""

import gzip
import json

import pytest

from service.epts_scene import EptsScene, Rest
from support.stack import running_stack
from support.wait import wait_until

# pylint: disable=redefined-outer-name


@pytest.fixture(scope="module")
def put_stack(postgres):
    with running_stack(postgres, "registry", "epts", "query", "gateway") as one:
        yield one


class Store(EptsScene):
    def __init__(self, stack):
        super().__init__(stack)
        self.one = self.add_endpoint(f"{self.application}-1")
        self.two = self.add_endpoint(f"{self.application}-2")
        self.put_path = f"/app-versions/{self.version}/time-series/data"

    def point(self, offset_us, **values):
        return {"timestamp": self.at(offset_us, "us"), "values": values}


@pytest.fixture
def store(put_stack):
    return Store(put_stack)


@pytest.fixture
def rest(put_stack):
    return Rest(put_stack["gateway"], put_stack.registry.create_key("OPERATOR"))


def data(rest, store, *series):
    query = [("timeSeriesName", ",".join(series)), ("timestampPrecision", "us"), *store.range()]
    answer = rest.get(store.path("data"), query)
    assert answer.status == 200, answer.body
    return answer.json


def test_what_was_put_is_read_and_what_was_read_can_be_put(rest, store):
    elements = [
        {store.one: {"place": [store.point(0, lat=48.5, name="ä", fix=True)]}},
        {
            store.two: {
                "auto~t": [store.point(250, value=1), store.point(1_000_000, value=-0.5)],
            }
        },
    ]
    answer = rest.ask("PUT", store.put_path, body=elements)
    assert (answer.status, answer.json) == (200, {})
    read = wait_until(
        lambda: data(rest, store, "place", "auto~t") == elements and elements, "points are stored"
    )
    read[1][store.two]["auto~t"][0]["values"]["value"] = 2
    assert rest.ask("PUT", store.put_path, body=read).status == 200
    wait_until(lambda: data(rest, store, "place", "auto~t") == read, "the point is changed")
    last = rest.get(store.path("last"), {"timestampPrecision": "us"}).json
    assert rest.ask("PUT", store.put_path, body=last).status == 200
    assert set(rest.get("/time-series/config", {"applicationNames": store.application}).json) == {
        store.application
    }


def test_many_points_are_put_in_several_calls(rest, store):
    points = [store.point(n * 1000, value=n) for n in range(25_000)]
    body = gzip.compress(json.dumps([{store.one: {"auto~n": points}}]).encode())
    answer = rest.ask("PUT", store.put_path, body=body, headers={"Content-Encoding": "gzip"})
    assert answer.status == 200, answer.body

    def stored():
        elements = data(rest, store, "auto~n")
        return elements and elements[0][store.one]["auto~n"] == points

    wait_until(stored, "all points are stored")


def test_an_empty_body_stores_nothing(rest, store):
    for body in ([], {}, [{}]):
        assert rest.ask("PUT", store.put_path, body=body).status == 200
    assert Rest(rest.gateway, "wrong").ask("PUT", store.put_path, body=[]).status == 401


@pytest.mark.parametrize(
    "body, words",
    [
        ("{", "the body is no JSON"),
        ("5", "must be an object"),
        ('[{"e":{"s":[{"timestamp":"x","values":{"v":1}}]}}]', "/0/e/s/0/timestamp: 'x' is no time"),
        ('[{"e":{"s":[{"timestamp":"2020-01-01"}]}}]', "/0/e/s/0/values: must be"),
        ('{"e":{"auto~t":[{"timestamp":"2020-01-01","values":{"v":[]}}]}}', "/e/auto~0t/0/values"),
    ],
)
def test_a_wrong_body_is_refused_with_its_place(rest, store, body, words):
    answer = rest.ask("PUT", store.put_path, body=body)
    assert answer.status == 400
    assert words in answer.message


def test_what_query_refuses_has_its_place(rest, store):
    good = store.point(0, value=1)
    twice = '{"timestamp":"%s","values":{"v":1,"v":2}}' % store.at(0)
    refused = rest.ask(
        "PUT", store.put_path, body='{"%s":{"a":[%s,%s]}}' % (store.one, json.dumps(good), twice)
    )
    assert refused.status == 400
    assert refused.message.startswith(f"/{store.one}/a/1: values[1].name"), refused.message
    refused = rest.ask("PUT", store.put_path, body=[{store.one: {"a": [good], "a.b": [good]}}])
    assert refused.status == 400
    assert refused.message.startswith(f"/0/{store.one}/a.b: time_series_name: is")
    foreign = rest.ask("PUT", store.put_path, body=[{store.one: {"a": [good]}}, {"nobody": {"a": [good]}}])
    assert foreign.status == 404
    assert foreign.message.startswith("/1/nobody/a: endpoint_id:")
    unknown = rest.ask("PUT", "/app-versions/nobody/time-series/data", body=[{"e": {"a": [good]}}])
    assert unknown.status == 404
    assert data(rest, store, "a") == []


def test_what_epts_does_not_accept_is_a_rejected_sample(put_stack, rest, store):
    far = {"timestamp": "1970-01-01T00:00:00Z", "values": {"value": 1}}
    assert rest.ask("PUT", store.put_path, body=[{store.one: {"a": [far]}}]).status == 200
    (rejected,) = wait_until(
        lambda: put_stack.query.rejected(store.application, store.one), "the point is rejected"
    )
    assert rejected.endpoint_id == store.one


def test_a_reader_may_not_put(put_stack, store):
    reader = Rest(put_stack["gateway"], put_stack.registry.create_key("READER"))
    body = [{store.one: {"a": [store.point(0, value=1)]}}]
    assert reader.ask("PUT", store.put_path, body=body).status == 403
