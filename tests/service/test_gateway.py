# SPDX-License-Identifier: Apache-2.0
"""gRPC by the Connect protocol through the gateway, in front of real services."""

import gzip
import http.client
import json
import subprocess
import sys
import time

import pytest

from service.test_clients import program
from support.api import QueryApi
from support.child import clean_environment
from support.connect import QUERY, REGISTRY, ConnectClient, ConnectError, enveloped
from support.device import HttpDevice
from support.paths import BUILD, ROOT
from support.protos import query_pb2, registry_pb2
from support.stack import running_stack
from support.subscriber import points_of
from support.wait import wait_until

LIST = "/millrace.query.v1.Query/ListTimeSeries"
GET_POINTS = "/millrace.query.v1.Query/GetDataPoints"
SUBSCRIBE = "/millrace.query.v1.Query/Subscribe"


@pytest.fixture(scope="module")
def stack(postgres):
    with running_stack(postgres, "registry", "http-receiver", "epts", "query", "gateway") as one:
        yield one


def client(stack, service=QUERY, key=None, **more):
    return ConnectClient(stack["gateway"].address, key or stack.admin_key, service, **more)


def post(stack, path, body=b"{}", headers=None, method="POST"):
    """(status, headers, body) of exactly this request."""
    connection = http.client.HTTPConnection(stack["gateway"].address, timeout=30)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def json_headers(stack, **more):
    named = {name.replace("_", "-"): value for name, value in more.items()}
    return {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {stack.admin_key}",
        **named,
    }


def send(stack, device, samples):
    answer = HttpDevice(stack["http-receiver"], device).send(samples)
    assert answer.status == 200, answer


def stored(stack, device, count, series="auto~n"):
    wait_until(lambda: len(stack.query.values(device, series)) >= count, f"{count} points", 30)


def points_request(device, series="auto~n"):
    request = query_pb2.GetDataPointsRequest(
        application_name=device.application,
        endpoint_ids=[device.endpoint_id],
        time_series_names=[series],
    )
    getattr(request, "from").FromSeconds(0)
    request.to.FromSeconds(4_000_000_000)
    return request


def listed(device):
    return query_pb2.ListTimeSeriesRequest(application_name=device.application)


@pytest.mark.parametrize("binary", [False, True], ids=["json", "binary"])
def test_the_tutorial_by_the_connect_protocol(stack, binary):
    registry = client(stack, REGISTRY, binary=binary)
    query = client(stack, binary=binary)
    name = f"connect-{'binary' if binary else 'json'}"
    registry.CreateApplication(registry_pb2.CreateApplicationRequest(name=name, auto_extract=True))
    version = registry_pb2.CreateAppVersionRequest(application_name=name, name=f"{name}-v1")
    registry.CreateAppVersion(version)
    made = registry.CreateEndpoint(
        registry_pb2.CreateEndpointRequest(app_version_name=f"{name}-v1", endpoint_id=f"{name}-e")
    )
    path = f"/kp1/{name}-v1/dcx/{made.token}/json"
    device = HttpDevice(stack["http-receiver"])
    assert device.post(json.dumps([{"n": n} for n in range(5)]), path).status == 200

    request = query_pb2.GetDataPointsRequest(
        application_name=name, endpoint_ids=[f"{name}-e"], time_series_names=["auto~n"]
    )
    getattr(request, "from").FromSeconds(0)
    request.to.FromSeconds(4_000_000_000)

    def values():
        return [n for chunk in query.GetDataPoints(request) for n in chunk.columns[0].numbers]

    wait_until(lambda: values() == [0, 1, 2, 3, 4], "the points came", 30)
    direct = QueryApi(stack["query"].address, stack.admin_key)
    assert list(query.GetDataPoints(request)) == list(direct.call.GetDataPoints(request))
    series = query.ListTimeSeries(query_pb2.ListTimeSeriesRequest(application_name=name))
    assert [one.name for one in series.time_series] == ["auto~n"]


def test_curl_needs_no_protocol(stack):
    device = stack.registry.create_device()
    send(stack, device, {"n": 1})
    stored(stack, device, 1)
    done = subprocess.run(
        [
            *("curl", "-sS", "-H", "Content-Type: application/json"),
            *("-H", f"Authorization: Bearer {stack.admin_key}"),
            *("-d", json.dumps({"applicationName": device.application})),
            f"http://{stack['gateway'].address}{LIST}",
        ],
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert json.loads(done.stdout)["timeSeries"][0]["name"] == "auto~n"


def test_points_come_live_each_at_once(stack):
    device = stack.registry.create_device()
    stream = client(stack).Subscribe(
        query_pb2.SubscribeRequest(application_name=device.application)
    )
    first = next(stream)
    assert first.HasField("caught_up"), first
    for n in range(3):
        send(stack, device, {"n": n})
        # Each is here before the next one is sent: nothing between waits for more.
        answer = next(one for one in stream if one.HasField("data_points"))
        assert [row[3]["value"] for row in points_of(answer)] == [n]
    stream.close()


def test_the_program_of_the_page_follows_points(stack, tmp_path):
    device = stack.registry.create_device()
    (tmp_path / "follow.py").write_text(program("follow.py"), "utf-8")
    address = stack["gateway"].address
    following = subprocess.Popen(
        [sys.executable, "-u", "follow.py", address, stack.admin_key, device.application],
        cwd=tmp_path,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    with following:
        try:
            assert "caughtUp" in json.loads(following.stdout.readline())
            send(stack, device, {"n": 7})
            points = json.loads(following.stdout.readline())["dataPoints"]
        finally:
            following.kill()
    assert (points["endpointId"], points["timeSeriesName"]) == (device.endpoint_id, "auto~n")
    assert points["columns"][0]["numbers"] == [7]


def test_a_browser_that_leaves_ends_the_call_behind(stack):
    device = stack.registry.create_device()
    wait_until(lambda: stack["gateway"].metric("millrace_gateway_streams") == 0, "others left")
    before = stack["query"].metric("millrace_query_subscriptions")
    stream = client(stack).Subscribe(
        query_pb2.SubscribeRequest(application_name=device.application)
    )
    next(stream)
    assert stack["query"].metric("millrace_query_subscriptions") == before + 1
    stream.close()
    wait_until(
        lambda: stack["query"].metric("millrace_query_subscriptions") == before,
        "query's subscription ended",
    )


def test_errors_have_the_codes_of_grpc_and_statuses_of_http(stack):
    query = client(stack)
    with pytest.raises(ConnectError) as failure:
        query.ListTimeSeries(query_pb2.ListTimeSeriesRequest(application_name="nobody's"))
    assert (failure.value.status, failure.value.code) == (404, "not_found")
    assert "nobody's" in failure.value.message
    with pytest.raises(ConnectError) as failure:
        query.ListTimeSeries(query_pb2.ListTimeSeriesRequest())
    assert (failure.value.status, failure.value.code) == (400, "invalid_argument")
    assert "application_name" in failure.value.message
    device = stack.registry.create_device()
    request = points_request(device)
    request.limit = -1
    with pytest.raises(ConnectError) as failure:
        list(query.GetDataPoints(request))
    assert (failure.value.status, failure.value.code) == (200, "invalid_argument")
    registry = client(stack, REGISTRY)
    again = registry_pb2.CreateApplicationRequest(name=device.application)
    with pytest.raises(ConnectError) as failure:
        registry.CreateApplication(again)
    assert (failure.value.status, failure.value.code) == (409, "already_exists")


BAD = [
    (LIST, b"{", {}, 400, "invalid_argument"),
    (LIST, b'{"applicationNam":"a"}', {}, 400, "invalid_argument"),
    (LIST, b'{"applicationName":"\xff"}', {}, 400, "invalid_argument"),
    (LIST, b'{"a":' * 50_000, {}, 400, "invalid_argument"),
    (LIST, b"\xff\xff", {"Content-Type": "application/proto"}, 400, "invalid_argument"),
    (LIST, b"{}", {"Content-Type": "text/plain"}, 415, "invalid_argument"),
    (LIST, b"{}", {"Content-Type": "application/grpc-web+proto"}, 415, "invalid_argument"),
    (LIST, b"{}", {"Content-Type": "application/connect+json"}, 415, "invalid_argument"),
    (LIST, b"{}", {"Connect-Protocol-Version": "2"}, 400, "invalid_argument"),
    (LIST, b"{}", {"Connect-Timeout-Ms": "-1"}, 400, "invalid_argument"),
    (LIST, b"{}", {"Connect-Timeout-Ms": "99999999999"}, 400, "invalid_argument"),
    (LIST, b"{}", {"Content-Encoding": "br"}, 501, "unimplemented"),
    (LIST, b"{}", {"Content-Encoding": "gzip"}, 400, "invalid_argument"),
    (LIST + "s", b"{}", {}, 404, "unimplemented"),
    ("/millrace.query.v1.Nothing/At", b"{}", {}, 404, "unimplemented"),
    ("/grpc.health.v1.Health/Check", b"{}", {}, 404, "unimplemented"),
    (GET_POINTS, b"{}", {}, 415, "invalid_argument"),
]


@pytest.mark.parametrize("path, body, headers, status, code", BAD)
def test_what_is_no_call_is_refused_with_why(stack, path, body, headers, status, code):
    got, answered, text = post(stack, path, body, {**json_headers(stack), **headers})
    assert (got, json.loads(text)["code"]) == (status, code), text
    assert len(json.loads(text)["message"]) > 10
    assert answered["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "body, code",
    [
        (b"", "invalid_argument"),
        (b"{}", "invalid_argument"),
        (enveloped(b"{}")[:-1], "invalid_argument"),
        (enveloped(b"{}") + enveloped(b"{}"), "invalid_argument"),
        (enveloped(b"{}", flags=2), "invalid_argument"),
        # Without the time: the test's name has these bytes in it, and the workers compare names.
        (enveloped(gzip.compress(b"{}", mtime=0), flags=1), "unimplemented"),
        (b"\0\xff\xff\xff\xff{}", "invalid_argument"),
        (enveloped(b"nonsense"), "invalid_argument"),
    ],
)
def test_an_envelope_that_is_none_is_refused_in_the_streams_end(stack, body, code):
    headers = json_headers(stack, Content_Type="application/connect+json")
    status, _, text = post(stack, SUBSCRIBE, body, headers)
    assert status == 200
    assert text[0] == 2
    assert json.loads(text[5:])["error"]["code"] == code


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_methods_are_called_by_post(stack, method):
    status, headers, _ = post(stack, LIST, b"", json_headers(stack), method)
    assert (status, headers["Allow"]) == (405, "POST")


def test_a_call_without_a_right_key_is_refused(stack):
    bodies = {}
    for key in (None, "", "forged", "a" * 4_000, "caf\xe9", stack.admin_key[:-1]):
        headers = {"Content-Type": "application/json"}
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        status, answered, text = post(stack, LIST, b'{"applicationName":"a"}', headers)
        bodies[key] = (status, json.loads(text)["code"])
        if status == 401:
            assert answered["WWW-Authenticate"] == "Bearer"
    assert bodies.pop("caf\xe9") == (400, "invalid_argument"), "gRPC cannot carry it"
    assert set(bodies.values()) == {(401, "unauthenticated")}
    differing = {**json_headers(stack), "api-key": "another"}
    assert post(stack, LIST, b"{}", differing)[0] == 401
    # Cookies are no keys.
    cookie = {"Content-Type": "application/json", "Cookie": f"api-key={stack.admin_key}"}
    assert post(stack, LIST, b"{}", cookie)[0] == 401


def test_a_key_may_do_what_it_may_by_grpc(stack):
    own, other = stack.registry.create_device(), stack.registry.create_device()
    bound = stack.registry.create_key("READER", [own.application])
    query = client(stack, key=bound)
    query.ListTimeSeries(listed(own))
    with pytest.raises(ConnectError) as failure:
        query.ListTimeSeries(listed(other))
    assert (failure.value.status, failure.value.code) == (404, "not_found")
    with pytest.raises(ConnectError) as failure:
        client(stack, REGISTRY, key=bound).CreateApplication(
            registry_pb2.CreateApplicationRequest(name="not-mine")
        )
    assert (failure.value.status, failure.value.code) == (403, "permission_denied")
    for header in ("api-key", "x-iamcore-api-key"):
        headers = {"Content-Type": "application/json", header: bound}
        body = json.dumps({"applicationName": own.application}).encode()
        assert post(stack, LIST, body, headers)[0] == 200


def test_deadlines_are_kept(stack):
    with pytest.raises(ConnectError) as failure:
        client(stack).Diagnose(query_pb2.DiagnoseRequest(), Connect_Timeout_Ms="100")
    assert (failure.value.status, failure.value.code) == (504, "deadline_exceeded")
    device = stack.registry.create_device()
    stream = client(stack).Subscribe(
        query_pb2.SubscribeRequest(application_name=device.application), Connect_Timeout_Ms="300"
    )
    with pytest.raises(ConnectError) as failure:
        list(stream)
    assert failure.value.code == "deadline_exceeded"


def test_when_to_try_again_is_said(stack):
    """Two trials of one key may run; what a third is told reaches the caller."""
    device = stack.registry.create_device()
    following = query_pb2.NextSamples(endpoint_id=device.endpoint_id, limit=1)
    trial = query_pb2.TrySeriesRulesRequest(application_name=device.application, next=following)
    trials = [client(stack).TrySeriesRules(trial) for _ in range(2)]
    wait_until(lambda: stack["gateway"].metric("millrace_gateway_streams") == 2, "two are open")

    def refused():
        try:
            one = client(stack).TrySeriesRules(trial, Connect_Timeout_Ms="200")
            list(one)
        except ConnectError as failure:
            return failure if failure.code == "resource_exhausted" else None
        return None

    failure = wait_until(refused, "a third is refused")
    assert int(failure.trailers["grpc-retry-pushback-ms"]) > 0
    for one in trials:
        one.close()


def test_bodies_may_be_compressed_both_ways(stack):
    device = stack.registry.create_device()
    send(stack, device, {f"field_{n}": n for n in range(60)})
    stored(stack, device, 1, "auto~field_59")
    gzipped = {"Content-Encoding": "gzip", "Accept-Encoding": "gzip"}
    answer = client(stack, headers=gzipped).ListTimeSeries(listed(device))
    assert len(answer.time_series) == 60
    body = json.dumps({"applicationName": device.application}).encode()
    _, headers, packed = post(stack, LIST, body, json_headers(stack, Accept_Encoding="gzip"))
    assert headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in headers["Vary"]
    _, headers, plain = post(stack, LIST, body, json_headers(stack, Accept_Encoding="gzip;q=0"))
    assert headers["Content-Encoding"] is None
    assert len(packed) < len(plain) / 2 and gzip.decompress(packed) == plain
    bomb = gzip.compress(b" " * (64 << 20))
    status, _, text = post(stack, LIST, bomb, json_headers(stack, Content_Encoding="gzip"))
    assert (status, json.loads(text)["code"]) == (429, "resource_exhausted")


def test_diagnose_sees_the_gateway(stack):
    def found():
        parts = client(stack).Diagnose(query_pb2.DiagnoseRequest()).parts
        return next((one for one in parts if one.part == "gateway"), None)

    part = wait_until(found, "the gateway is among the parts", 30)
    assert part.healthy, part


def test_it_serves_while_its_servers_come_and_go(make_stack):
    stack = make_stack("registry", "http-receiver", "epts", "query", "gateway")
    device = stack.registry.create_device()
    query = client(stack)
    query.ListTimeSeries(listed(device))
    stack["query"].kill()
    wait_until(lambda: "cannot reach query" in unavailable(query, device), "it says what is away")
    assert "query-address" in unavailable(query, device)
    stack.nats.kill()
    assert stack["gateway"].ready(), "without NATS too"
    client(stack, REGISTRY).ListApplications(registry_pb2.ListApplicationsRequest())
    stack.nats.start()
    stack["query"].start()
    wait_until(lambda: not unavailable(query, device), "query is found again", 15)


def unavailable(query, device):
    """The message of the failure; empty when there is none."""
    try:
        query.ListTimeSeries(listed(device))
    except ConnectError as failure:
        assert (failure.status, failure.code) == (503, "unavailable"), failure
        return failure.message
    return ""


def test_a_stop_does_not_wait_for_live_streams(make_stack):
    stack = make_stack("registry", "http-receiver", "epts", "query", "gateway")
    device = stack.registry.create_device()
    request = query_pb2.SubscribeRequest(application_name=device.application)
    streams = [client(stack, binary=binary).Subscribe(request) for binary in (False, True)]
    for stream in streams:
        next(stream)
    began = time.monotonic()
    stack["gateway"].stop()
    assert time.monotonic() - began < 10
    for stream in streams:
        with pytest.raises(ConnectError) as failure:
            list(stream)
        assert failure.value.code == "unavailable"
        assert "stopping" in failure.value.message


def test_streams_and_answers_are_bounded(make_stack):
    stack = make_stack("registry", "http-receiver", "epts", "query")
    stack.start("gateway", max_streams=2, max_streams_per_key=2, max_answer_size="1KiB")
    device = stack.registry.create_device()
    request = query_pb2.SubscribeRequest(application_name=device.application)
    streams = [client(stack).Subscribe(request) for _ in range(2)]
    for stream in streams:
        next(stream)
    with pytest.raises(ConnectError) as failure:
        list(client(stack).Subscribe(request))
    assert failure.value.code == "resource_exhausted"
    streams[0].close()
    wait_until(lambda: stack["gateway"].metric("millrace_gateway_streams") == 1, "one has left")
    next(client(stack).Subscribe(request))

    send(stack, device, {f"field_{n}": n for n in range(60)})
    stored(stack, device, 1, "auto~field_59")
    with pytest.raises(ConnectError) as failure:
        client(stack).ListTimeSeries(listed(device))
    assert (failure.value.status, failure.value.code) == (429, "resource_exhausted")


def test_the_client_of_browsers_understands_it(stack, tmp_path):
    """@connectrpc/connect-web itself, in Node, with the packages the dashboard is built with."""
    device = stack.registry.create_device()
    send(stack, device, [{"n": n} for n in range(3)])
    stored(stack, device, 3)
    descriptors = tmp_path / "api.binpb"
    proto = ROOT / "proto"
    subprocess.run(
        [
            *("protoc", "-I", proto, "--include_imports", f"--descriptor_set_out={descriptors}"),
            *("millrace/query/v1/query.proto", "millrace/registry/v1/registry.proto"),
        ],
        check=True,
    )
    url = f"http://{stack['gateway'].address}"
    done = subprocess.run(
        [
            *("node", ROOT / "tests/support/connect_web.mjs", BUILD / "web", descriptors, url),
            *(stack.admin_key, device.application, device.endpoint_id),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for seen in json.loads(done.stdout).values():
        assert seen == {
            "timeSeriesNames": ["auto~n"],
            "numbers": [0, 1, 2],
            "first": "caughtUp",
            "unknown": "NotFound",
            "keyless": "Unauthenticated",
            "keylessStream": "Unauthenticated",
            "late": "DeadlineExceeded",
            "lateStream": "DeadlineExceeded",
        }
