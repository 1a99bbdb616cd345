# SPDX-License-Identifier: Apache-2.0
"""The gateway over HTTPS, and over TLS to query and registry."""

import http.client
import signal
import socket
import ssl

import pytest

from support.certificates import Certificate
from support.connect import REGISTRY, ConnectClient, ConnectError
from support.protos import registry_pb2
from support.stack import running_stack
from support.wait import wait_until


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return Certificate(tmp_path_factory.mktemp("tls"), "gateway")


@pytest.fixture(scope="module")
def stack(postgres, certificate):
    with running_stack(postgres) as one:
        one.start("registry", **certificate.settings)
        one.start("gateway", **certificate.settings, tls_ca=certificate.path)
        yield one


def https(service, certificate):
    trust = ssl.create_default_context(cafile=certificate.path)
    return http.client.HTTPSConnection("127.0.0.1", service.port, timeout=30, context=trust)


def applications(service, stack, connect=None):
    registry = ConnectClient(service.address, stack.admin_key, REGISTRY, connect=connect)
    return registry.ListApplications(registry_pb2.ListApplicationsRequest())


def test_calls_go_over_tls_all_the_way(stack, certificate):
    applications(stack["gateway"], stack, lambda: https(stack["gateway"], certificate))


def test_browsers_are_told_to_stay_with_tls(stack, certificate):
    connection = https(stack["gateway"], certificate)
    connection.request("GET", "/config.json")
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    connection.close()


def test_what_is_not_tls_gets_no_answer(stack):
    with socket.create_connection(("127.0.0.1", stack["gateway"].port), timeout=30) as plain:
        plain.sendall(b"GET /config.json HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"HTTP/1.1 200" not in plain.recv(65536)


def shown_by(service):
    return ssl.get_server_certificate(("127.0.0.1", service.port))


def test_a_new_certificate_is_shown_without_a_restart(stack, tmp_path):
    own = Certificate(tmp_path, "own")
    stack.start("gateway", name="renewed", **own.settings)
    before = shown_by(stack["renewed"])
    own.renew()
    stack["renewed"].signal(signal.SIGHUP)
    wait_until(lambda: shown_by(stack["renewed"]) != before, "the new certificate is shown")
    assert shown_by(stack["renewed"]).strip() == own.path.read_text().strip()


def test_an_authority_that_did_not_sign_is_not_trusted(stack, tmp_path):
    stranger = Certificate(tmp_path, "stranger")
    stack.start("gateway", name="distrustful", tls_ca=stranger.path)
    with pytest.raises(ConnectError) as failure:
        applications(stack["distrustful"], stack)
    assert (failure.value.status, failure.value.code) == (503, "unavailable")
    assert "cannot reach registry" in failure.value.message
