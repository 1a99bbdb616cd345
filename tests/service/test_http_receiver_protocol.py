# SPDX-License-Identifier: Apache-2.0
"""What the HTTP receiver makes of HTTP itself: methods, framing, limits, slow and greedy devices."""

import socket

import pytest

from service.receiver_scene import MIB, check_error, uploads_of
from support.device import HttpDevice
from support.raw_http import RawHttp
from support.stack import running_stack
from support.wait import wait_until


@pytest.fixture(name="pair", scope="module")
def pair_fixture(postgres):
    """Registry and receiver, for all tests of this file that kill nothing."""
    with running_stack(postgres, "registry", "http-receiver") as pair:
        yield pair


@pytest.fixture(name="identity")
def identity_fixture(pair):
    """An endpoint of the test's own."""
    return pair.registry.create_device()


@pytest.fixture(name="device")
def device_fixture(pair, identity):
    device = HttpDevice(pair["http-receiver"], identity)
    yield device
    device.close()


def test_a_request_id_of_the_client_follows_the_upload(pair, identity, device):
    assert device.post("1", headers={"X-Request-Id": "abc-1"}).status == 200
    assert uploads_of(pair, identity)[0].correlation_id == "abc-1"
    for body in ("1", "x"):
        answer = device.post(body, headers={"X-Request-Id": "abc-2"})
        assert answer.headers["X-Request-Id"] == "abc-2"


def test_every_answer_names_the_correlation_id(pair, identity, device):
    made = device.post("1").headers["X-Request-Id"]
    assert uploads_of(pair, identity)[0].correlation_id == made
    for path, method in (("/", "GET"), (device.path, "GET"), (device.path, "OPTIONS")):
        answer = device.post(b"", path=path, method=method)
        assert answer.headers["X-Request-Id"] not in ("", made)
    too_large = device.post(b" " * (MIB + 1), headers={"X-Request-Id": "abc-3"})
    assert (too_large.status, too_large.headers["X-Request-Id"]) == (413, "abc-3")
    with RawHttp(pair["http-receiver"]) as raw:
        raw.send(b"no HTTP\r\n\r\n")
        status, fields = raw.read_head()
        assert status == 400 and fields["x-request-id"]


def test_a_chunked_body_is_taken(pair, identity):
    with RawHttp(pair["http-receiver"]) as raw:
        raw.send(f"POST /{identity.path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        raw.send(b'4\r\n{"a"\r\n3\r\n:1}\r\n0\r\n\r\n')
        assert raw.read_answer() == (200, b"")
    assert uploads_of(pair, identity)[0].data_samples == b'{"a":1}'


def test_what_stands_behind_the_chunks_is_no_header(pair, identity):
    with RawHttp(pair["http-receiver"]) as raw:
        raw.send(f"POST /{identity.path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        raw.send(b"1\r\n7\r\n0\r\nContent-Encoding: br\r\nX-Request-Id: late\r\n\r\n")
        status, fields = raw.read_head()
        assert status == 200 and fields["x-request-id"] != "late"
    assert uploads_of(pair, identity)[0].data_samples == b"7"


def test_http_1_0_and_pipelining(pair, identity):
    head = f"POST /{identity.path} HTTP/1.{{}}\r\nContent-Length: 1\r\n"
    with RawHttp(pair["http-receiver"]) as raw:
        raw.send((head.format(1) + "\r\n1" + head.format(1) + "\r\n2").encode())
        raw.send((head.format(0) + "\r\n3").encode())
        assert [raw.read_answer() for _ in range(3)] == [(200, b"")] * 3
        assert raw.at_end()
    assert [event.data_samples for event in uploads_of(pair, identity)] == [b"1", b"2", b"3"]


def test_expect_100_continue_is_answered_at_once(pair, identity):
    with RawHttp(pair["http-receiver"]) as raw:
        raw.send(
            f"POST /{identity.path} HTTP/1.1\r\nContent-Length: 1\r\n"
            "Expect: 100-continue\r\n\r\n".encode()
        )
        assert raw.read_head()[0] == 100
        raw.send(b"7")
        assert raw.read_answer() == (200, b"")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "TRACE", "BREW"])
def test_other_methods_are_not_allowed(device, method):
    answer = device.post(b"", method=method)
    check_error(answer, 405, "POST")
    assert answer.headers["Allow"] == "POST, OPTIONS"


def test_head_is_not_allowed_and_gets_no_body(device):
    answer = device.post(b"", method="HEAD")
    assert (answer.status, answer.body) == (405, b"")
    assert device.post("1").status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE"])
def test_other_paths_are_not_found_whatever_the_method(device, method):
    assert device.post(b"", path="/favicon.ico", method=method).status == 404


def test_options_say_what_is_allowed(pair, device):
    answer = device.post(b"", method="OPTIONS")
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["Allow"] == "POST, OPTIONS"
    with RawHttp(pair["http-receiver"]) as raw:
        raw.send(b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")
        status, fields = raw.read_head()
        assert (status, fields["allow"]) == (204, "POST, OPTIONS")


def test_a_body_over_the_limit_is_refused_before_it_is_sent(pair, identity):
    head = f"POST /{identity.path} HTTP/1.1\r\nContent-Length: {MIB + 1}\r\n"
    for expect in ("", "Expect: 100-continue\r\n"):
        with RawHttp(pair["http-receiver"]) as raw:
            raw.send(f"{head}{expect}\r\n".encode())
            status, body = raw.read_answer()
            assert status == 413
            assert b"more than 1048576 bytes" in body
            assert raw.at_end()


def test_a_device_that_sends_its_huge_body_anyway_sees_why(device):
    check_error(device.post(b" " * (5 * MIB)), 413, "1048576 bytes")


def test_a_chunked_body_over_the_limit_is_refused_while_it_is_read(pair, identity):
    head = f"POST /{identity.path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    with RawHttp(pair["http-receiver"]) as raw:
        raw.send(head + b"7fffffff\r\n")
        assert raw.read_answer()[0] == 413
    with RawHttp(pair["http-receiver"]) as raw:
        chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        raw.send(head + chunk * 17)
        assert raw.read_answer()[0] == 413


NOT_HTTP = {
    "TLS": (b"\x16\x03\x01 hello\r\n\r\n", 400),
    "version": (b"POST / HTTP/9.9\r\n\r\n", 400),
    "negative length": (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
    "two lengths": (
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        400,
    ),
    "huge header": (b"POST / HTTP/1.1\r\nX: " + b"x" * 20_000, 431),
    "many fields": (b"POST / HTTP/1.1\r\n" + b"A: b\r\n" * 101 + b"\r\n", 431),
    "transfer coding": (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
    "chunks in HTTP/1.0": (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 501),
    "target": (b"POST kp1/v1/dcx/t/json HTTP/1.1\r\n\r\n", 400),
    "expectation": (b"POST / HTTP/1.1\r\nExpect: miracles\r\nContent-Length: 1\r\n\r\n", 417),
}


@pytest.mark.parametrize("case", NOT_HTTP)
def test_requests_that_are_no_http_get_the_error_object_too(pair, case):
    data, status = NOT_HTTP[case]
    with RawHttp(pair["http-receiver"]) as raw:
        raw.send(data)
        its_status, body = raw.read_answer()
        assert its_status == status
        assert b'{"statusCode":%d,"reasonPhrase":"' % status in body
        assert raw.at_end()


def test_silent_and_too_many_connections_are_closed(pair, identity):
    service = pair.start(
        "http-receiver",
        name="impatient",
        idle_timeout="100ms",
        read_timeout="100ms",
        max_connections=1,
    )
    for data in (b"", b"POST / HT", b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab"):
        with RawHttp(service) as raw:
            raw.send(data)
            assert raw.at_end()
            wait_until(
                lambda: service.metric("millrace_http_connections") == 0, "it is closed"
            )
    with RawHttp(service) as first, RawHttp(service) as second:
        assert second.at_end()
        assert first.at_end()
    assert (
        service.metric("millrace_http_refused_connections_total", reason="max_connections") == 1
    )
    (refused,) = service.logged("connection refused: max-connections are open")
    assert (refused["connections"], refused["peer"]) == (1, "127.0.0.1")
    for awaited in ("request", "head", "body"):
        assert service.metric("millrace_http_timed_out_connections_total", awaited=awaited) >= 1
    wait_until(lambda: HttpDevice(service, identity).post("1").status == 200, "there is room")


def test_an_address_has_its_bound_of_connections(pair, identity):
    service = pair.start("http-receiver", name="bounded", max_connections_per_address=2)
    with RawHttp(service) as first, RawHttp(service):
        with RawHttp(service) as third:
            assert third.at_end()
        other = socket.create_connection(("127.0.0.1", service.port), 60, ("127.0.0.2", 0))
        other.sendall(b"OPTIONS * HTTP/1.1\r\n\r\n")
        assert other.recv(100).startswith(b"HTTP/1.1 204 ")
        other.close()
        first.send(b"OPTIONS * HTTP/1.1\r\n\r\n")
        assert first.read_head()[0] == 204
    reason = "max_connections_per_address"
    assert service.metric("millrace_http_refused_connections_total", reason=reason) == 1
    wait_until(lambda: HttpDevice(service, identity).post("1").status == 200, "there is room")


def proxied(address, port=1000):
    """A header of version 1, as a balancer writes it."""
    return f"PROXY TCP4 {address} 192.0.2.9 {port} 80\r\n".encode()


def proxied_v2(address):
    """One of version 2."""
    return (
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"
        + socket.inet_aton(address)
        + socket.inet_aton("192.0.2.9")
        + b"\x03\xe8\0\x50"
    )


def test_behind_a_balancer_its_header_says_whose_a_connection_is(pair, identity):
    service = pair.start(
        "http-receiver", name="balanced", proxy_protocol="required", max_connections_per_address=1
    )
    upload = f"POST /{identity.path} HTTP/1.1\r\nContent-Length: 1\r\n\r\n1".encode()
    with RawHttp(service) as one, RawHttp(service) as other, RawHttp(service) as again:
        one.send(proxied("192.0.2.1") + upload)
        assert one.read_answer() == (200, b"")
        other.send(proxied_v2("192.0.2.2") + upload)
        assert other.read_answer() == (200, b"")
        again.send(proxied("192.0.2.1", 1001) + upload)
        assert again.at_end()
        one.send(upload)
        assert one.read_answer() == (200, b"")
    for missing in (upload, b"PROXY TCP4 nonsense\r\n" + upload):
        with RawHttp(service) as raw:
            raw.send(missing)
            assert raw.at_end()
    refused = "millrace_http_refused_connections_total"
    assert service.metric(refused, reason="proxy_header") == 2
    assert service.metric(refused, reason="max_connections_per_address") == 1
    assert len(uploads_of(pair, identity)) == 3


def test_who_sends_byte_after_byte_is_cut_and_holds_up_nobody(pair, identity):
    service = pair.start(
        "http-receiver", name="hurried", idle_timeout="300ms", read_timeout="100ms", io_threads=1
    )
    device = HttpDevice(service, identity)
    head = f"POST /{identity.path} HTTP/1.1\r\nContent-Length: 99\r\n\r\n".encode()
    with RawHttp(service) as in_head, RawHttp(service) as in_body:
        in_body.send(head)
        assert in_head.send_slowly(head) < len(head)
        assert device.post("1").status == 200
        # Each byte in time, and the whole not: ten times read-timeout.
        assert in_body.send_slowly(b" " * 99) < 60
        assert device.post("2").status == 200


# --- pages of other sites ---


def test_pages_of_allowed_sites_may_send_uploads(pair, identity):
    service = pair.start(
        "http-receiver", name="of-pages", allowed_origins="https://a.example, http://b.example:8"
    )
    device = HttpDevice(service, identity)
    asked = {"Origin": "http://b.example:8", "Access-Control-Request-Method": "POST"}
    preflight = device.post(b"", headers=asked, method="OPTIONS")
    assert preflight.status == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == "http://b.example:8"
    assert preflight.headers["Access-Control-Allow-Methods"] == "POST"
    assert "content-encoding" in preflight.headers["Access-Control-Allow-Headers"]
    assert int(preflight.headers["Access-Control-Max-Age"]) > 0
    for body, status in (("1", 200), ("x", 400), (b" " * (MIB + 1), 413)):
        answer = device.post(body, headers={"Origin": "https://a.example"})
        assert answer.status == status
        assert answer.headers["Access-Control-Allow-Origin"] == "https://a.example"
        assert "x-request-id" in answer.headers["Access-Control-Expose-Headers"]
        assert answer.headers["Vary"] == "Origin"
    strange = device.post(b"", headers={**asked, "Origin": "https://c.example"}, method="OPTIONS")
    check_error(strange, 403, "allowed-origins")
    assert "Access-Control-Allow-Origin" not in strange.headers


def test_without_the_setting_no_page_may_read_an_answer(device):
    answer = device.post("1", headers={"Origin": "https://a.example"})
    assert answer.status == 200
    assert not [name for name in answer.headers if name.startswith("Access-Control")]
    assert "Vary" not in answer.headers
