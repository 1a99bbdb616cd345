# SPDX-License-Identifier: Apache-2.0
"""Client credentials in the registry: administration, and what it tells receivers over NATS."""

import hashlib
import itertools

import grpc
import pytest

from service.registry_calls import (  # noqa: F401  (fixtures)
    ACTIVE,
    INACTIVE,
    REVOKED,
    SUSPENDED,
    bad,
    bus,
    call,
    fails,
    pb,
    registry_stack,
)
from support.bus import Bus
from support.protos import client_credentials_pb2 as messages
from support.wait import wait_until

# pylint: disable=redefined-outer-name

ISSUER = "CN=Plant CA,O=Example\\, Inc.,C=DE"
TCP, TLS, WEBSOCKET, SECURE_WEBSOCKET = (
    messages.CLIENT_TRANSPORT_TCP,
    messages.CLIENT_TRANSPORT_TLS,
    messages.CLIENT_TRANSPORT_WEBSOCKET,
    messages.CLIENT_TRANSPORT_SECURE_WEBSOCKET,
)

_numbers = itertools.count(1)


def unique(word):
    return f"{word}-{next(_numbers)}"


def create_user(call, user_name, password=""):
    return call.CreateClientCredentials(
        pb.CreateClientCredentialsRequest(
            basic=pb.BasicCredentials(user_name=user_name, password=password)
        )
    )


def certificate(serial_number, issuer=ISSUER):
    return pb.CreateClientCredentialsRequest(
        certificate=messages.ClientCertificate(issuer=issuer, serial_number=serial_number)
    )


def set_state(call, credentials_id, state):
    return call.SetClientCredentialsState(
        pb.SetClientCredentialsStateRequest(credentials_id=credentials_id, state=state)
    )


def require(call, transport, password=False, certificate_too=False, expected_version=0):
    return call.UpdateClientAuthentication(
        pb.UpdateClientAuthenticationRequest(
            transports=[
                messages.TransportAuthentication(
                    transport=transport,
                    password_required=password,
                    certificate_required=certificate_too,
                )
            ],
            expected_version=expected_version,
        )
    )


@pytest.fixture
def authentication(call):
    """The rules, which are what they were at first when the test ends."""
    yield lambda: call.GetClientAuthentication(pb.GetClientAuthenticationRequest())
    for transport in (TCP, TLS, WEBSOCKET, SECURE_WEBSOCKET):
        require(call, transport)


def ask(bus, kind, request, answer):
    answer.ParseFromString(
        bus.request(f"kaa.v1.service.registry.cap.{kind}-request", request.SerializeToString())
    )
    return answer


def check_user(bus, user_name, password):
    digest = hashlib.sha256(f"{user_name}\0{password}".encode()).digest()
    request = messages.BasicCredentialsRequest(user_name=user_name, password_digest=digest)
    return ask(bus, "basic", request, messages.ClientCredentialsResponse())


def check_certificate(bus, serial_number, issuer=ISSUER):
    request = messages.CertificateCredentialsRequest(issuer=issuer, serial_number=serial_number)
    return ask(bus, "certificate", request, messages.ClientCredentialsResponse())


def news(bus, known_revision=0):
    request = messages.ClientAuthenticationRequest(known_revision=known_revision)
    return ask(bus, "authentication", request, messages.ClientAuthenticationResponse())


def find(call, search, **more):
    return call.ListClientCredentials(
        pb.ListClientCredentialsRequest(search=search, **more)
    ).client_credentials


def test_a_password_is_made_or_given_and_shown_once(registry_stack, call, bus):
    made = create_user(call, unique("user"))
    assert len(made.password) == 24
    assert made.metadata.state == INACTIVE
    assert not made.metadata.HasField("last_used_at")
    given = create_user(call, unique("user"), "a given password")
    assert given.password == "a given password"
    for one in (made, given):
        answer = check_user(bus, one.metadata.user_name, one.password)
        assert (answer.status_code, answer.credentials_id) == (200, one.metadata.credentials_id)
    stored = registry_stack.sql("SELECT c::text FROM registry.client_credentials c")
    log = registry_stack["registry"].log()
    for one in (made, given):
        assert one.password not in str(stored)
        assert one.password not in log
    assert registry_stack["registry"].logged("client credentials created")


def test_the_first_check_makes_them_active(call, bus):
    made = create_user(call, unique("user"))
    name = made.metadata.user_name
    assert check_user(bus, name, "wrong password").status_code == 401
    assert find(call, name)[0].state == INACTIVE
    check_user(bus, name, made.password)
    used = find(call, name)[0]
    assert used.state == ACTIVE
    assert used.HasField("last_used_at")


def test_a_certificate_is_known_by_issuer_and_serial_number(call, bus):
    number = str(int(hashlib.sha1(unique("n").encode()).hexdigest(), 16) >> 1)
    made = call.CreateClientCredentials(certificate(number))
    assert made.password == ""
    answer = check_certificate(bus, number)
    assert (answer.status_code, answer.credentials_id) == (200, made.metadata.credentials_id)
    assert check_certificate(bus, number, "CN=Another CA").status_code == 401
    assert find(call, number)[0].certificate.issuer == ISSUER
    fails(
        grpc.StatusCode.ALREADY_EXISTS, number, call.CreateClientCredentials, certificate(number)
    )


def test_suspended_ones_are_refused_until_they_are_active_again(call, bus):
    made = create_user(call, unique("user"))
    name, number = made.metadata.user_name, made.metadata.credentials_id
    for state, word in ((SUSPENDED, "suspended"), (REVOKED, "revoked")):
        changed = set_state(call, number, state)
        assert changed.state == state
        answer = check_user(bus, name, made.password)
        assert (answer.status_code, answer.credentials_id) == (403, number)
        assert word in answer.reason_phrase
        assert check_user(bus, name, "wrong password").status_code == 401
        if state == SUSPENDED:
            set_state(call, number, ACTIVE)
            assert check_user(bus, name, made.password).status_code == 200
    fails(
        grpc.StatusCode.FAILED_PRECONDITION,
        "for ever",
        call.SetClientCredentialsState,
        pb.SetClientCredentialsStateRequest(credentials_id=number, state=ACTIVE),
    )
    again = create_user(call, name)
    assert check_user(bus, name, again.password).credentials_id != number


def test_changes_are_announced_by_kind(call, bus):
    bus.subscribe("kaa.v1.events.registry.client-credentials.>")
    user = create_user(call, unique("user")).metadata.credentials_id
    number = str(user) + "999"
    device = call.CreateClientCredentials(certificate(number)).metadata.credentials_id
    set_state(call, user, SUSPENDED)
    set_state(call, device, REVOKED)
    expected = [
        ("basic.activated", user),
        ("certificate.activated", device),
        ("basic.revoked", user),
        ("certificate.revoked", device),
    ]
    for words, credentials_id in expected:
        subject, _, payload = bus.next_message()
        event = messages.ClientCredentialsEvent()
        event.ParseFromString(payload)
        assert subject.endswith(words)
        assert list(event.credentials_ids) == [credentials_id]


def test_lists_come_in_pages_and_are_filtered(call):
    prefix = unique("listed")
    ids = [create_user(call, f"{prefix}-{i}").metadata.credentials_id for i in range(5)]
    set_state(call, ids[1], SUSPENDED)
    assert [one.credentials_id for one in find(call, prefix.upper())] == ids
    assert [one.credentials_id for one in find(call, prefix, state=SUSPENDED)] == [ids[1]]
    pages, token = [], ""
    while True:
        page = call.ListClientCredentials(
            pb.ListClientCredentialsRequest(search=prefix, page_size=2, page_token=token)
        )
        pages.append([one.credentials_id for one in page.client_credentials])
        token = page.next_page_token
        if not token:
            break
    assert pages == [ids[:2], ids[2:4], ids[4:]]


def test_requests_are_checked(call):
    create = call.CreateClientCredentials
    empty = pb.CreateClientCredentialsRequest()
    fails(grpc.StatusCode.INVALID_ARGUMENT, "basic or certificate", create, empty)
    for user_name, password, field in (
        ("", "", "basic.user_name"),
        ("a" * 129, "", "basic.user_name"),
        ("a\nb", "", "basic.user_name"),
        ("user", "7 bytes", "basic.password"),
        ("user", "a" * 257, "basic.password"),
    ):
        request = pb.CreateClientCredentialsRequest(
            basic=pb.BasicCredentials(user_name=user_name, password=password)
        )
        bad(field, create, request)
    bad("certificate.issuer", create, certificate("1", "C = DE, CN = Plant CA"))
    bad("certificate.serial_number", create, certificate("0x1f"))
    wrong = pb.SetClientCredentialsStateRequest(credentials_id=1, state=INACTIVE)
    bad("state", call.SetClientCredentialsState, wrong)
    wrong = pb.SetClientCredentialsStateRequest(credentials_id=0, state=ACTIVE)
    bad("credentials_id", call.SetClientCredentialsState, wrong)
    bad("search", call.ListClientCredentials, pb.ListClientCredentialsRequest(search="a" * 129))
    bad("state", call.ListClientCredentials, pb.ListClientCredentialsRequest(state=9))
    bad("transports", call.UpdateClientAuthentication, pb.UpdateClientAuthenticationRequest())


def test_nothing_is_required_at_first_and_changes_are_told(call, bus, authentication):
    first = authentication()
    assert [rule.transport for rule in first.rules.transports] == [
        TCP,
        TLS,
        WEBSOCKET,
        SECURE_WEBSOCKET,
    ]
    assert not any(
        rule.password_required or rule.certificate_required for rule in first.rules.transports
    )
    known = news(bus)
    assert known.authentication == first.rules

    bus.subscribe("kaa.v1.events.registry.client-authentication.updated")
    changed = require(call, TLS, password=True, certificate_too=True)
    assert changed.rules.version == first.rules.version + 1
    assert changed.updated_by == "admin"
    event = messages.ClientAuthenticationEvent()
    event.ParseFromString(bus.next_message()[2])
    assert event.version == changed.rules.version
    told = news(bus, known.revision)
    assert told.authentication == changed.rules == authentication().rules
    assert told.revision > known.revision
    with pytest.raises(grpc.RpcError) as failure:
        require(call, TLS, expected_version=first.rules.version)
    assert failure.value.code() is grpc.StatusCode.FAILED_PRECONDITION


def test_certificates_are_for_transports_with_tls(call, authentication):
    for transport in (TCP, WEBSOCKET):
        with pytest.raises(grpc.RpcError) as failure:
            require(call, transport, certificate_too=True)
        assert failure.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert "transports[0].certificate_required" in failure.value.details()
    assert not any(rule.certificate_required for rule in authentication().rules.transports)
    require(call, SECURE_WEBSOCKET, certificate_too=True)
    assert authentication().rules.transports[3].certificate_required


def test_what_was_revoked_since_is_told_to_whoever_missed_it(call, bus):
    made = create_user(call, unique("user")).metadata.credentials_id
    known = news(bus).revision
    set_state(call, made, SUSPENDED)
    told = news(bus, known)
    assert list(told.revoked_credentials_ids) == [made]
    assert not news(bus, told.revision).revoked_credentials_ids


def test_without_postgresql_nobody_is_told_that_credentials_are_unknown(make_stack):
    stack = make_stack("registry")
    made = create_user(stack.registry.call, "pump")
    with Bus(stack.nats) as bus, stack.postgres.frozen():
        wait_until(
            lambda: check_user(bus, "pump", made.password).status_code == 503,
            "the registry says that it cannot tell",
        )
