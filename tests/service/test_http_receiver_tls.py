# SPDX-License-Identifier: Apache-2.0
"""The HTTP receiver over HTTPS, beside HTTP and alone."""

import contextlib
import http.client
import signal
import socket
import ssl
import subprocess

import pytest

from service.receiver_scene import uploads_of
from support.certificates import Certificate
from support.device import HttpDevice
from support.paths import BIN
from support.ports import free_port
from support.raw_http import RawHttp
from support.stack import running_stack
from support.wait import wait_until

TLS_CONNECTIONS = "millrace_http_tls_connections"


@pytest.fixture(scope="module", name="certificate")
def certificate_fixture(tmp_path_factory):
    return Certificate(tmp_path_factory.mktemp("tls"), "receiver")


@pytest.fixture(name="pair", scope="module")
def pair_fixture(postgres):
    with running_stack(postgres, "registry") as pair:
        yield pair


@pytest.fixture(name="identity")
def identity_fixture(pair):
    return pair.registry.create_device()


def start_receiver(pair, name, certificate, **settings):
    """A receiver with HTTP and HTTPS; its HTTPS port is in ports["https"]."""
    port = free_port()
    service = pair.start(
        "http-receiver",
        name=name,
        https_listen=f"127.0.0.1:{port}",
        **certificate.settings,
        **settings,
    )
    service.ports["https"] = port
    return service


def trust(certificate):
    return ssl.create_default_context(cafile=certificate.path)


def secure(service, certificate):
    """A device on one connection over TLS."""
    return http.client.HTTPSConnection(
        "127.0.0.1", service.ports["https"], timeout=30, context=trust(certificate)
    )


def post(connection, identity, body):
    connection.request("POST", f"/{identity.path}", body)
    answer = connection.getresponse()
    return answer.status, answer.read()


def shown_by(service):
    return ssl.get_server_certificate(("127.0.0.1", service.ports["https"])).strip()


def test_one_process_takes_http_and_https(pair, certificate, identity):
    service = start_receiver(pair, "both", certificate)
    with contextlib.closing(secure(service, certificate)) as connection:
        assert post(connection, identity, "1") == (200, b"")
        assert HttpDevice(service, identity).post("2").status == 200
        assert post(connection, identity, "3") == (200, b"")
        assert service.metric(TLS_CONNECTIONS) == 1
    assert [event.data_samples for event in uploads_of(pair, identity)] == [b"1", b"2", b"3"]
    listening = [line["what"] for line in service.logged("listening")]
    assert listening[-2:] == ["http", "https"]
    wait_until(lambda: service.metric(TLS_CONNECTIONS) == 0, "the connection is counted no more")


def test_http_may_be_off(pair, certificate, identity):
    service = start_receiver(pair, "secure-only", certificate, http_listen="off")
    with contextlib.closing(secure(service, certificate)) as connection:
        assert post(connection, identity, "1") == (200, b"")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", service.ports["http"]), 10)


def test_plain_bytes_on_the_port_of_https_are_not_answered(pair, certificate, identity):
    service = start_receiver(pair, "strict", certificate)
    with RawHttp(service, port=service.ports["https"]) as raw:
        raw.send(f"POST /{identity.path} HTTP/1.1\r\nContent-Length: 1\r\n\r\n1".encode())
        assert not raw.read_all().startswith(b"HTTP")
    wait_until(
        lambda: service.metric("millrace_http_failed_handshakes_total") == 1, "it is counted"
    )


def test_a_renewed_certificate_is_shown_and_connections_stay(pair, identity, tmp_path):
    own = Certificate(tmp_path, "own")
    service = start_receiver(pair, "renewed", own)
    with contextlib.closing(secure(service, own)) as old:
        assert post(old, identity, "1") == (200, b"")
        before = shown_by(service)
        own.renew()
        service.signal(signal.SIGHUP)
        wait_until(lambda: shown_by(service) != before, "the new certificate is shown")
        assert shown_by(service) == own.path.read_text().strip()
        assert post(old, identity, "2") == (200, b"")
        with contextlib.closing(secure(service, own)) as new:
            assert post(new, identity, "3") == (200, b"")
    # A pair that cannot be used leaves the old one in force.
    shown = shown_by(service)
    own.key_path.write_text("broken", encoding="utf-8")
    service.signal(signal.SIGHUP)
    wait_until(lambda: service.metric("millrace_tls_failed_reloads_total") == 1, "it was tried")
    assert shown_by(service) == shown


def test_hanging_handshakes_hold_up_nobody_and_are_cut(pair, certificate, identity):
    service = start_receiver(
        pair, "patient", certificate, handshake_timeout="1s", io_threads=1, max_connections=300
    )
    https = ("127.0.0.1", service.ports["https"])
    with contextlib.ExitStack() as hanging:
        silent = [hanging.enter_context(socket.create_connection(https, 30)) for _ in range(200)]
        for one in silent[100:]:
            one.sendall(b"\x16\x03\x01\x02\x00")  # the head of a record that does not come
        with contextlib.closing(secure(service, certificate)) as connection:
            assert post(connection, identity, "1") == (200, b"")
        assert HttpDevice(service, identity).post("2").status == 200
        for one in silent:
            assert one.recv(1) == b""
    wait_until(lambda: service.metric(TLS_CONNECTIONS) == 0, "all of them are gone")
    awaited = {"awaited": "handshake"}
    assert service.metric("millrace_http_timed_out_connections_total", **awaited) == 200


def test_who_sends_byte_after_byte_over_tls_is_cut(pair, certificate, identity):
    service = start_receiver(
        pair, "hurried", certificate, idle_timeout="300ms", read_timeout="100ms", io_threads=1
    )
    head = f"POST /{identity.path} HTTP/1.1\r\nContent-Length: 99\r\n\r\n".encode()
    port = service.ports["https"]
    # TLS 1.3 sends tickets that would look like an answer.
    context = trust(certificate)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with RawHttp(service, port=port, trust=context) as in_head:
        assert in_head.send_slowly(head) < len(head)
    with RawHttp(service, port=port, trust=context) as in_body:
        in_body.send(head)
        assert in_body.send_slowly(b" " * 99) < 60
        assert in_body.read_answer()[0] == 408


def test_limits_hold_over_both(pair, certificate):
    service = start_receiver(pair, "bounded", certificate, max_connections_per_address=2)
    with RawHttp(service), RawHttp(service, port=service.ports["https"]):
        for port in (service.ports["http"], service.ports["https"]):
            with RawHttp(service, port=port) as third:
                assert third.at_end()


def refuses_connections(service):
    try:
        socket.create_connection(("127.0.0.1", service.ports["https"]), 60).close()
    except ConnectionRefusedError:
        return True
    return False


def test_stopping_finishes_what_came_over_tls(pair, certificate, identity):
    service = start_receiver(pair, "leaving", certificate)
    with contextlib.closing(secure(service, certificate)) as connection:
        assert post(connection, identity, "1") == (200, b"")
        pair.nats.freeze()
        try:
            connection.request("POST", f"/{identity.path}", "2")
            wait_until(
                lambda: service.metric("millrace_intake_waiting_bytes") > 0, "the upload waits"
            )
            service.ask_to_stop()
            wait_until(lambda: refuses_connections(service), "it accepts nothing new")
        finally:
            pair.nats.signal(signal.SIGCONT)
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("Connection")) == (200, "close")
    assert service.wait() == 0


def check_config(*arguments):
    return subprocess.run(
        [BIN / "millrace-http-receiver", "--check-config", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_settings_that_do_not_fit_are_refused(certificate):
    pair = [f"--tls-certificate={certificate.path}", f"--tls-key={certificate.key_path}"]
    assert check_config("--http-listen=off", *pair).returncode == 0
    for arguments, fault in (
        (["--http-listen=off"], "http-listen is off"),
        (["--http-listen=off", "--https-listen=off", *pair], "http-listen is off"),
        (pair[:1], "give both or neither"),
        (["--https-listen=8443"], "or off"),
        (["--allowed-origins=example.com"], "allowed-origins"),
    ):
        refused = check_config(*arguments)
        assert refused.returncode == 2, arguments
        assert fault in refused.stderr, refused.stderr


def test_a_certificate_that_cannot_be_read_is_named_at_once(pair, tmp_path):
    own = Certificate(tmp_path, "unreadable")
    own.key_path.unlink()
    service = pair.start(
        "http-receiver",
        name="misconfigured",
        wait=False,
        https_listen=f"127.0.0.1:{free_port()}",
        **own.settings,
    )
    assert service.wait() == 1
    assert str(own.key_path) in service.log_text()
    del pair.services["misconfigured"]  # it ended as it should
