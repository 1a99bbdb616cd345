# SPDX-License-Identifier: Apache-2.0
"""The gateway as a web server: the dashboard's files, other sites, hostile and slow clients."""

import contextlib
import http.client
import json
import re
import socket
import threading

import pytest

from support.connect import REGISTRY, ConnectClient
from support.protos import registry_pb2
from support.stack import running_stack
from support.wait import wait_until

LIST = "/millrace.registry.v1.Registry/ListApplications"
SITE = "https://friend.example"


@pytest.fixture(scope="module")
def stack(postgres):
    with running_stack(postgres, "registry") as one:
        one.start("gateway", max_request_size="64KiB", max_connections=300)
        one.start(
            "gateway",
            name="strict",
            allowed_origins=f"{SITE}, http://other.example:8000",
            allowed_hosts="127.0.0.1,dashboard.example",
            idle_timeout="500ms",
            read_timeout="500ms",
            device_http_url="https://devices.example",
        )
        yield one


def ask(service, path, method="GET", body=None, **headers):
    """(status, headers, body)"""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection = http.client.HTTPConnection(service.address, timeout=30)
    try:
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def raw(service, request, timeout=30):
    """What comes back for these bytes until the server closes."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=timeout) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(request)
        answer = b""
        with contextlib.suppress(ConnectionError):
            while piece := connection.recv(65536):
                answer += piece
        return answer


def list_applications(service, stack, **headers):
    return ask(
        service,
        LIST,
        "POST",
        b"{}",
        **{"Content-Type": "application/json", "Authorization": f"Bearer {stack.admin_key}"},
        **headers,
    )


def test_the_page_and_its_assets(stack):
    gateway = stack["gateway"]
    status, headers, page = ask(gateway, "/")
    assert status == 200, page
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cache-Control"] == "no-cache"
    assert ask(gateway, "/", If_None_Match=headers["ETag"])[0] == 304
    assert ask(gateway, "/applications/a/devices/sensor.1?range=1h")[2] == page
    assert ask(gateway, "/index.html")[0] == 301
    assets = re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.decode())
    assert any(asset.endswith(".js") for asset in assets)
    for asset in assets:
        status, headers, plain = ask(gateway, asset)
        assert status == 200, asset
        assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
        _, headers, packed = ask(gateway, asset, Accept_Encoding="gzip, deflate, br")
        if headers["Content-Encoding"]:
            assert headers["Content-Encoding"] == "br"
            assert len(packed) < len(plain)
        status, headers, nothing = ask(gateway, asset, "HEAD")
        assert (status, nothing) == (200, b"")
        assert int(headers["Content-Length"]) == len(plain)


PATHS = ["/", "/nowhere/at/all", "/assets/none.js", "/config.json", LIST, "/api/v1/x", "/../x"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_every_answer_ties_browsers_down(stack, path, method):
    _, headers, _ = ask(stack["gateway"], path, method)
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "http" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Access-Control-Allow-Origin"] is None
    assert headers["Set-Cookie"] is None
    assert headers["Strict-Transport-Security"] is None, "there is no TLS"


def test_the_page_learns_what_it_cannot_guess(stack):
    status, headers, body = ask(stack["strict"], "/config.json")
    assert (status, headers["Cache-Control"]) == (200, "no-cache")
    assert json.loads(body)["deviceHttpUrl"] == "https://devices.example"
    assert "deviceMqttUrl" not in json.loads(body)
    assert "deviceHttpUrl" not in json.loads(ask(stack["gateway"], "/config.json")[2])


def test_unknown_apis_are_told_so_in_json(stack):
    status, _, body = ask(stack["gateway"], "/api/v1/nothing")
    assert status == 404
    assert "/api/v1/nothing" in json.loads(body)["message"]


TRAVERSALS = [
    "/../../../../etc/passwd",
    "/assets/../../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/assets/..%2f..%2f..%2fetc%2fpasswd",
    "/..%5c..%5cetc%5cpasswd",
    "/..\\..\\etc\\passwd",
    "/assets/%00",
    "//etc/passwd",
    "http://127.0.0.1/../etc/passwd",
    "file:///etc/passwd",
]


@pytest.mark.parametrize("target", TRAVERSALS)
def test_no_path_leads_out(stack, target):
    request = f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = raw(stack["gateway"], request.encode("latin-1"))
    status = int(answer.split(b" ", 2)[1])
    # Of a whole URI the path counts, and a path that names no file is a view of the page.
    page = ask(stack["gateway"], "/")[2]
    assert status in (400, 404) or answer.endswith(page), answer[:200]
    assert b"root:" not in answer


def test_other_sites_pages_cannot_call(stack):
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"http://{stack['gateway'].address}.evil.example"},
        {"Origin": SITE},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        status, answered, body = list_applications(stack["gateway"], stack, **headers)
        assert status == 403, headers
        assert len(json.loads(body)["message"]) > 20
        assert answered["Access-Control-Allow-Origin"] is None
    for headers in (
        {},
        {"Origin": f"http://{stack['gateway'].address}", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ):
        assert list_applications(stack["gateway"], stack, **headers)[0] == 200, headers
    # A link on another site may lead to the page.
    assert ask(stack["gateway"], "/sign-in", Sec_Fetch_Site="cross-site")[0] == 200


def test_an_allowed_site_can(stack):
    status, headers, _ = ask(
        stack["strict"],
        LIST,
        "OPTIONS",
        Origin=SITE,
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="authorization,content-type,connect-protocol-version",
    )
    assert status == 204
    assert headers["Access-Control-Allow-Origin"] == SITE
    assert "POST" in headers["Access-Control-Allow-Methods"]
    allowed = headers["Access-Control-Allow-Headers"]
    assert {"authorization", "content-type", "connect-timeout-ms"} <= set(allowed.split(", "))
    status, headers, _ = list_applications(
        stack["strict"], stack, Origin=SITE, Sec_Fetch_Site="cross-site"
    )
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, SITE)
    assert "trailer-grpc-retry-pushback-ms" in headers["Access-Control-Expose-Headers"]
    assert "Origin" in headers["Vary"]
    assert headers["Access-Control-Allow-Credentials"] is None
    status, headers, _ = list_applications(stack["strict"], stack, Origin="https://evil.example")
    assert (status, headers["Access-Control-Allow-Origin"]) == (403, None)


def test_a_strange_host_is_refused(stack):
    for path in ("/", LIST, "/config.json"):
        status, _, body = ask(stack["strict"], path, Host="rebound.example")
        assert status == 421
        assert "rebound.example" in json.loads(body)["message"]
    assert ask(stack["strict"], "/config.json", Host="Dashboard.example:8000")[0] == 200
    assert ask(stack["gateway"], "/config.json", Host="any.example")[0] == 200


def test_large_requests_are_refused_before_they_are_taken(stack):
    gateway = stack["gateway"]
    head = f"POST {LIST} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    answer = raw(gateway, f"{head}Content-Length: 100000000\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"Content-Security-Policy" in answer
    answer = raw(gateway, f"{head}Transfer-Encoding: chunked\r\n\r\n7fffffff\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 413 ")
    answer = raw(gateway, f"GET / HTTP/1.1\r\nHost: x\r\nX: {'a' * 100_000}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 431 ")
    answer = raw(gateway, f"GET /{'a' * 100_000} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 431 ")
    answer = raw(gateway, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 300)
    assert answer.startswith(b"HTTP/1.1 400 "), "a TLS handshake is no HTTP"


def test_slow_requests_are_given_up(stack):
    assert raw(stack["strict"], b"GET / HTTP/1.1\r\nHo") == b""
    head = f"POST {LIST} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n{{"
    assert raw(stack["strict"], head.encode()) == b""


def test_many_connections_are_served_and_more_are_not(stack):
    gateway = stack["gateway"]
    idle = [socket.create_connection(("127.0.0.1", gateway.port)) for _ in range(280)]
    try:
        wait_until(
            lambda: gateway.metric("millrace_http_connections") >= 280, "all of them are accepted"
        )
        assert list_applications(gateway, stack)[0] == 200
        more = [socket.create_connection(("127.0.0.1", gateway.port)) for _ in range(40)]
        closed = 0
        for one in more:
            one.settimeout(0.2)
            with contextlib.suppress(TimeoutError):
                closed += one.recv(1) == b""
            one.close()
        assert closed >= 15, "more than max-connections"
    finally:
        for one in idle:
            one.close()
    wait_until(lambda: list_applications(gateway, stack)[0] == 200, "there is room again")


def test_calls_at_the_same_time_get_their_own_answers(stack):
    names = [stack.registry.create_application() for _ in range(8)]
    failures = []

    def work(name):
        registry = ConnectClient(stack["gateway"].address, stack.admin_key, REGISTRY)
        for _ in range(25):
            got = registry.GetApplication(registry_pb2.GetApplicationRequest(name=name))
            if got.name != name:
                failures.append((name, got.name))

    threads = [threading.Thread(target=work, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
