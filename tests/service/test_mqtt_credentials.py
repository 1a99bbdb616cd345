# SPDX-License-Identifier: Apache-2.0
"""Who may connect over MQTT: credentials kept by the registry, enforced by the receiver."""

import dataclasses
import itertools
import socket
from concurrent.futures import ThreadPoolExecutor

import paho.mqtt.client as mqtt
import pytest

from support.certificates import Authority, Certificate
from support.device import MqttDevice
from support.ports import free_port
from support.protos import client_credentials_pb2 as messages
from support.protos import registry_pb2 as pb
from support.stack import running_stack
from support.wait import wait_until

ACCEPTED, UNAVAILABLE, BAD_PASSWORD, NOT_AUTHORIZED = 0, 3, 4, 5

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def stack(postgres):
    with running_stack(postgres, "registry", "mqtt-receiver") as one:
        yield one


def require(registry, transport, password=False, certificate=False):
    registry.call.UpdateClientAuthentication(
        pb.UpdateClientAuthenticationRequest(
            transports=[
                messages.TransportAuthentication(
                    transport=transport,
                    password_required=password,
                    certificate_required=certificate,
                )
            ]
        )
    )


@pytest.fixture
def enforced(stack):
    """A password is required over TCP, and the receiver knows it."""
    require(stack.registry, messages.CLIENT_TRANSPORT_TCP, password=True)
    wait_until(lambda: connect_code(stack) == BAD_PASSWORD, "the receiver asks for passwords")
    yield stack
    require(stack.registry, messages.CLIENT_TRANSPORT_TCP)
    wait_until(lambda: connect_code(stack) == ACCEPTED, "the receiver asks no more")


def make_user(stack, password=""):
    """(credentials id, user name, password)"""
    made = stack.registry.call.CreateClientCredentials(
        pb.CreateClientCredentialsRequest(
            basic=pb.BasicCredentials(user_name=f"user-{next(_numbers)}", password=password)
        )
    )
    return made.metadata.credentials_id, made.metadata.user_name, made.password


def set_state(stack, credentials_id, state):
    return stack.registry.call.SetClientCredentialsState(
        pb.SetClientCredentialsStateRequest(credentials_id=credentials_id, state=state)
    )


class Client(MqttDevice):
    """Knows its user name, and when it was cut."""

    def __init__(self, stack, user_name=None, password=None, identity=None, **options):
        super().__init__(stack["mqtt-receiver"], identity, **options)
        if user_name is not None:
            self.client.username_pw_set(user_name, password)
        self.client.reconnect_delay_set(3600, 3600)
        self.client.on_disconnect = lambda *_: self.cuts.append(True)
        self.cuts = []

    def was_cut(self):
        return bool(self.cuts)


def connect_code(stack, user_name=None, password=None, **options):
    with Client(stack, user_name, password, **options) as client:
        return client.connect_code


def listens(receiver):
    try:
        socket.create_connection(("127.0.0.1", receiver.port), 10).close()
    except OSError:
        return False
    return True


def test_nothing_is_asked_for_at_first(stack):
    assert connect_code(stack) == ACCEPTED
    assert connect_code(stack, "anybody", "anything") == ACCEPTED


def test_where_a_password_is_required_it_must_be_right(enforced):
    number, name, password = make_user(enforced)
    assert connect_code(enforced) == BAD_PASSWORD
    assert connect_code(enforced, name) == BAD_PASSWORD
    assert connect_code(enforced, name, "wrong password") == BAD_PASSWORD
    assert connect_code(enforced, "nobody", password) == BAD_PASSWORD
    assert connect_code(enforced, name, password) == ACCEPTED
    (used,) = enforced.registry.call.ListClientCredentials(
        pb.ListClientCredentialsRequest(search=name)
    ).client_credentials
    assert (used.credentials_id, used.state) == (number, pb.TOKEN_STATE_ACTIVE)
    assert enforced["mqtt-receiver"].logged("refused a client")
    assert password not in enforced["mqtt-receiver"].log()


def test_credentials_may_speak_for_any_endpoint(enforced):
    _, name, password = make_user(enforced)
    for _ in range(2):
        device = enforced.registry.create_device()
        with Client(enforced, name, password, identity=device) as client:
            client.send([{"temperature": 23}], qos=1)


def test_mqtt_5_is_told_why(enforced):
    reasons = []
    client = mqtt.Client(protocol=mqtt.MQTTv5)
    client.username_pw_set("nobody", "wrong password")
    client.on_connect = lambda _c, _u, _f, code, properties: reasons.append(
        (code.value, getattr(properties, "ReasonString", ""))
    )
    client.connect("127.0.0.1", enforced["mqtt-receiver"].port)
    client.loop_start()
    try:
        (reason,) = wait_until(lambda: reasons[:1], "CONNACK")
    finally:
        client.loop_stop()
    assert reason == (0x86, "unknown user name or wrong password")


def test_suspending_cuts_the_session_at_once_and_activating_lets_it_in_again(enforced):
    number, name, password = make_user(enforced)
    _, other_name, other_password = make_user(enforced)
    with Client(enforced, name, password) as client, Client(
        enforced, other_name, other_password
    ) as other:
        set_state(enforced, number, pb.TOKEN_STATE_SUSPENDED)
        wait_until(client.was_cut, "the session is cut")
        assert connect_code(enforced, name, password) == NOT_AUTHORIZED
        # The receiver hears of it by an event, which may come after the registry's answer.
        set_state(enforced, number, pb.TOKEN_STATE_ACTIVE)
        wait_until(lambda: connect_code(enforced, name, password) == ACCEPTED, "it is let in again")
        assert not other.was_cut()
        set_state(enforced, number, pb.TOKEN_STATE_REVOKED)
        wait_until(lambda: connect_code(enforced, name, password) == NOT_AUTHORIZED, "it is refused")


def test_requiring_a_password_cuts_those_who_have_shown_none(stack):
    _, name, password = make_user(stack)
    with Client(stack) as stranger, Client(stack, name, password) as unchecked:
        require(stack.registry, messages.CLIENT_TRANSPORT_TLS, password=True)
        require(stack.registry, messages.CLIENT_TRANSPORT_TCP, password=True)
        wait_until(stranger.was_cut, "who has no password is cut")
        wait_until(unchecked.was_cut, "who has shown one that nobody looked at is cut, too")
        with Client(stack, name, password) as checked:
            assert checked.connect_code == ACCEPTED
            require(stack.registry, messages.CLIENT_TRANSPORT_TLS)
            require(stack.registry, messages.CLIENT_TRANSPORT_TCP)
            wait_until(lambda: connect_code(stack) == ACCEPTED, "nothing is required any more")
            assert not checked.was_cut()


def test_while_the_registry_is_away_who_is_known_goes_on(make_stack):
    stack = make_stack("registry", "mqtt-receiver")
    _, name, password = make_user(stack)
    _, unseen_name, unseen_password = make_user(stack)
    require(stack.registry, messages.CLIENT_TRANSPORT_TCP, password=True)
    wait_until(lambda: connect_code(stack) == BAD_PASSWORD, "the receiver asks for passwords")
    assert connect_code(stack, name, password) == ACCEPTED
    stack["registry"].kill()
    assert connect_code(stack, name, password) == ACCEPTED
    assert connect_code(stack, unseen_name, unseen_password) == UNAVAILABLE
    assert connect_code(stack) == BAD_PASSWORD, "the rules are kept"
    stack["registry"].start()
    wait_until(
        lambda: connect_code(stack, unseen_name, unseen_password) == ACCEPTED, "it is back"
    )


def test_a_receiver_that_knows_no_rules_lets_nobody_in(make_stack):
    stack = make_stack("registry", "mqtt-receiver")
    stack["registry"].kill()
    receiver = stack["mqtt-receiver"]
    receiver.restart(wait=False)
    wait_until(lambda: listens(receiver), "the receiver listens")
    assert connect_code(stack) == UNAVAILABLE
    status, body = receiver.admin("/readyz")
    assert status == 503
    assert "client_authentication" in str(body)
    stack["registry"].start()
    wait_until(lambda: connect_code(stack) == ACCEPTED, "the rules are known")
    wait_until(receiver.ready, "the receiver is ready")


def test_a_revocation_that_was_not_heard_is_made_up_for(make_stack):
    stack = make_stack("registry", "mqtt-receiver")
    number, name, password = make_user(stack)
    require(stack.registry, messages.CLIENT_TRANSPORT_TCP, password=True)
    wait_until(lambda: connect_code(stack) == BAD_PASSWORD, "the receiver asks for passwords")
    with Client(stack, name, password) as client:
        stack.sql(
            "WITH taken AS (UPDATE registry.client_authentication SET revision = revision + 1 "
            "RETURNING revision) UPDATE registry.client_credentials c SET state = 3, "
            "revision = taken.revision FROM taken WHERE credentials_id = %s",
            (number,),
        )
        assert not client.was_cut()
        stack.nats.kill()
        stack.nats.start()
        wait_until(client.was_cut, "the receiver asks what it has missed")


def test_a_storm_of_wrong_passwords_does_not_reach_the_registry(enforced):
    _, name, password = make_user(enforced)
    assert connect_code(enforced, name, password) == ACCEPTED
    receiver = enforced["mqtt-receiver"]

    def asked():
        return receiver.metric(
            "millrace_registry_client_credential_checks_total", result="asked"
        )

    before = asked()
    with ThreadPoolExecutor(60) as guessers:
        codes = list(
            guessers.map(lambda i: connect_code(enforced, name, f"guess {i}"), range(60))
        )
    assert set(codes) <= {BAD_PASSWORD, UNAVAILABLE}
    assert UNAVAILABLE in codes
    assert asked() - before < 60
    assert receiver.metric(
        "millrace_registry_client_credential_checks_total", result="limited"
    ) == codes.count(UNAVAILABLE)
    assert connect_code(enforced, name, password) == ACCEPTED, "who is known does not feel it"


@dataclasses.dataclass(frozen=True)
class OverTls:
    """A stack whose receiver listens with TLS, too, and knows an authority of clients."""

    stack: object
    port: int
    server: Certificate
    authority: Authority

    def connect_code(self, client_certificate=None, user_name=None, password=None):
        """None: there was no CONNACK."""
        client = self.client(client_certificate, user_name, password)
        try:
            with client:
                return client.connect_code
        except OSError:
            return None

    def client(self, client_certificate=None, user_name=None, password=None):
        client = Client(self.stack, user_name, password)
        client._port = self.port  # pylint: disable=protected-access
        certificate, key = client_certificate or (None, None)
        client.client.tls_set(str(self.server.path), certificate, key)
        return client

    def register(self, serial_number):
        made = self.stack.registry.call.CreateClientCredentials(
            pb.CreateClientCredentialsRequest(
                certificate=messages.ClientCertificate(
                    issuer="CN=Plant CA", serial_number=str(serial_number)
                )
            )
        )
        return made.metadata.credentials_id


@pytest.fixture
def over_tls(make_stack, tmp_path):
    stack = make_stack("registry")
    server = Certificate(tmp_path, "server")
    authority = Authority(tmp_path, "Plant CA")
    port = free_port()
    stack.start(
        "mqtt-receiver",
        mqtts_listen=f"127.0.0.1:{port}",
        tls_client_certificate="optional",
        tls_client_authorities=authority.path,
        **server.settings,
    )
    return OverTls(stack, port, server, authority)


def test_a_certificate_is_known_by_issuer_and_serial_number(over_tls):
    stack, number = over_tls.stack, 2**159 - 1
    known = over_tls.authority.client("known", number)
    unknown = over_tls.authority.client("unknown", 4711)
    assert over_tls.connect_code() == ACCEPTED
    credentials_id = over_tls.register(number)
    require(stack.registry, messages.CLIENT_TRANSPORT_TLS, certificate=True)
    wait_until(lambda: over_tls.connect_code() == NOT_AUTHORIZED, "a certificate is asked for")
    assert over_tls.connect_code(unknown) == NOT_AUTHORIZED
    assert over_tls.connect_code(known) == ACCEPTED
    assert connect_code(stack) == ACCEPTED, "of TCP nothing is asked"
    with over_tls.client(known) as client:
        set_state(stack, credentials_id, pb.TOKEN_STATE_REVOKED)
        wait_until(client.was_cut, "the session is cut")
    assert over_tls.connect_code(known) == NOT_AUTHORIZED


def test_where_both_are_required_both_must_be_right(over_tls):
    stack = over_tls.stack
    _, name, password = make_user(stack)
    known = over_tls.authority.client("known", 4711)
    over_tls.register(4711)
    require(stack.registry, messages.CLIENT_TRANSPORT_TLS, password=True, certificate=True)
    wait_until(lambda: over_tls.connect_code() == NOT_AUTHORIZED, "both are asked for")
    assert over_tls.connect_code(None, name, password) == NOT_AUTHORIZED
    assert over_tls.connect_code(known) == BAD_PASSWORD
    assert over_tls.connect_code(known, name, "wrong password") == BAD_PASSWORD
    assert over_tls.connect_code(known, name, password) == ACCEPTED
