# SPDX-License-Identifier: Apache-2.0
"""MQTT over TLS and WebSocket, behind a balancer, and peers that begin and do not go on."""

import contextlib
import signal
import socket
import ssl
import time

import paho.mqtt.client as mqtt
import pytest

from support import raw_mqtt
from support.certificates import Certificate
from support.device import MqttDevice
from support.ports import free_port
from support.raw_mqtt import RawMqtt
from support.stack import running_stack
from support.wait import wait_until

# pylint: disable=redefined-outer-name

TRANSPORTS = ("tcp", "tls", "websocket", "secure-websocket")
UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: mqtt\r\n\r\n"
)


class Everywhere:
    """A receiver that listens on every transport. `settings`: its own, further ones."""

    def __init__(self, stack, folder, name, **settings):
        self.certificate = Certificate(folder, name)
        self.ports = {transport: free_port() for transport in TRANSPORTS[1:]}
        self.service = stack.start(
            "mqtt-receiver",
            name=name,
            mqtts_listen=f"127.0.0.1:{self.ports['tls']}",
            ws_listen=f"127.0.0.1:{self.ports['websocket']}",
            wss_listen=f"127.0.0.1:{self.ports['secure-websocket']}",
            **self.certificate.settings,
            **settings,
        )
        self.ports["tcp"] = self.service.port

    def device(self, transport, identity=None, shown=None, trusted=None, **options):
        """A paho client. `shown`: its own certificate; `trusted`: another one than ours."""
        over = "websockets" if "websocket" in transport else "tcp"
        device = MqttDevice(
            self.service, identity, port=self.ports[transport], transport=over, **options
        )
        if over == "websockets":
            device.client.ws_set_options(path="/ws")
        if transport in ("tls", "secure-websocket"):
            context = ssl.create_default_context(cafile=(trusted or self.certificate).path)
            if shown:
                context.load_cert_chain(shown.path, shown.key_path)
            device.client.tls_set_context(context)
        return device

    def socket(self, transport):
        return socket.create_connection(("127.0.0.1", self.ports[transport]), timeout=60)

    def tls_socket(self, shown=None):
        """A TLS connection, whatever the server shows; the second value is that, as DER."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if shown:
            context.load_cert_chain(shown.path, shown.key_path)
        secure = context.wrap_socket(self.socket("tls"))
        return secure, secure.getpeercert(binary_form=True)

    def failures(self, reason):
        return self.service.metric("millrace_mqtt_opening_failures_total", reason=reason)


@pytest.fixture(scope="module")
def stack(postgres):
    with running_stack(postgres, "registry") as one:
        yield one


@pytest.fixture(scope="module")
def everywhere(stack, tmp_path_factory):
    return Everywhere(stack, tmp_path_factory.mktemp("tls"), "mqtt-everywhere")


@pytest.fixture(scope="module")
def identity(stack):
    return stack.registry.create_device()


def read_until_closed(connection):
    """What comes until the other side ends."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(4096):
            received += piece
    return received


@pytest.mark.parametrize("qos", [0, 1])
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_paho_client_uploads_over_each_transport(everywhere, identity, transport, qos):
    with everywhere.device(transport, identity) as device:
        # The answer on /status comes when the samples are in the stream.
        device.publish('{"temperature":20}', qos=qos, topic=f"{identity.path}/7")
        assert device.wait_for(f"{identity.path}/7/status") == b""
        large = '{"text":"' + "a" * 200_000 + '"}'
        device.publish(large, qos=qos, topic=f"{identity.path}/8")
        assert device.wait_for(f"{identity.path}/8/status") == b""
        connections = everywhere.service.metric("millrace_mqtt_connections", transport=transport)
        assert connections >= 1


def test_a_paho_client_that_trusts_another_authority_is_counted(everywhere, tmp_path):
    stranger = everywhere.device("tls", trusted=Certificate(tmp_path, "other"))
    before = everywhere.failures("tls_refused_by_peer")
    with pytest.raises(ssl.SSLError):
        stranger.client.connect("127.0.0.1", everywhere.ports["tls"])
    wait_until(
        lambda: everywhere.failures("tls_refused_by_peer") == before + 1, "the alert is counted"
    )


# --- certificates of clients ---


def test_mutual_tls_takes_a_known_certificate_and_refuses_the_rest(stack, identity, tmp_path):
    known = Certificate(tmp_path, "known")
    receiver = Everywhere(
        stack,
        tmp_path,
        "mqtt-mutual",
        tls_client_certificate="required",
        tls_client_authorities=known.path,
    )
    for transport in ("tls", "secure-websocket"):
        with receiver.device(transport, identity, shown=known) as device:
            device.send({"temperature": 20})
    for shown, reason in (
        (None, "tls_certificate_missing"),
        (Certificate(tmp_path, "unknown"), "tls_certificate_refused"),
    ):
        # TLS 1.3 says so only after the client believes that all is well.
        with pytest.raises(OSError), receiver.tls_socket(shown)[0] as secure:
            secure.sendall(raw_mqtt.connect_packet("refused"))
            assert secure.recv(4) == b"", "served without a certificate that is known"
            raise ConnectionError("closed without an alert")
        assert receiver.failures(reason) == 1
    # Plain connections are not asked.
    with receiver.device("tcp", identity) as device:
        device.send({"temperature": 20})
    # The authorities are read again with the certificate.
    renewed = Certificate(tmp_path, "renewed")
    known.path.write_bytes(renewed.path.read_bytes())
    receiver.service.signal(signal.SIGHUP)
    wait_until(
        lambda: len(receiver.service.logged("certificate loaded")) == 2, "the files are read again"
    )
    with receiver.device("tls", identity, shown=renewed) as device:
        device.send({"temperature": 20})


def test_sighup_renews_the_certificate_and_ends_no_connection(stack, identity, tmp_path):
    receiver = Everywhere(stack, tmp_path, "mqtt-renewed")
    first, shown = receiver.tls_socket()
    first.sendall(raw_mqtt.connect_packet("first"))
    assert first.recv(4) == b"\x20\x02\x00\x00"
    device = receiver.device("tls", identity).connect()
    receiver.certificate.renew()
    receiver.service.signal(signal.SIGHUP)

    def other_is_shown():
        secure, der = receiver.tls_socket()
        secure.close()
        return der != shown

    wait_until(other_is_shown, "the new certificate is shown")
    device.send({"temperature": 20})
    first.sendall(raw_mqtt.packet(raw_mqtt.PINGREQ, 0, b""))
    assert first.recv(2) == b"\xd0\x00"
    first.close()
    device.close()

    receiver.certificate.path.write_text("no certificate")
    receiver.service.signal(signal.SIGHUP)
    wait_until(
        lambda: receiver.service.logged("certificate not reloaded, the old one stays"),
        "the log says that the file is of no use",
    )
    secure, _ = receiver.tls_socket()
    secure.close()


# --- peers that begin and do not go on ---


def test_hanging_openings_hold_up_nobody_and_are_cut(stack, identity, tmp_path):
    receiver = Everywhere(stack, tmp_path, "mqtt-hanging", connect_timeout="3s")
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
    began = time.monotonic()
    hanging = [receiver.socket("tls") for _ in range(200)]
    hanging += [receiver.socket("websocket") for _ in range(100)]
    for number, connection in enumerate(hanging):
        connection.sendall((hello if number < 200 else UPGRADE)[: number % 11])
    with receiver.device("tls", identity) as device:
        for _ in range(20):
            device.send({"temperature": 20})
    assert time.monotonic() - began < 3, "uploads waited for handshakes that hang"
    for connection in hanging:
        assert read_until_closed(connection) == b""
        connection.close()
    assert time.monotonic() - began < 30
    assert receiver.failures("timed_out") == 300


def test_a_slow_byte_at_a_time_ends_at_the_connect_timeout(stack, tmp_path):
    receiver = Everywhere(stack, tmp_path, "mqtt-slow", connect_timeout="1s")
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
    texts = {
        "tcp": raw_mqtt.connect_packet("slow"),
        "tls": hello + bytes(100),
        "websocket": UPGRADE,
    }
    for transport, text in texts.items():
        connection = receiver.socket(transport)
        connection.settimeout(0.2)
        ended = False
        for byte in text[:-1]:
            try:
                connection.sendall(bytes([byte]))
                ended = connection.recv(1) == b""
            except TimeoutError:
                continue
            except ConnectionError:
                ended = True
            if ended:
                break
        assert ended, f"a byte every 0.2 s is still served over {transport}"
        connection.close()


@pytest.mark.parametrize(
    "request_text, status",
    [
        (UPGRADE.replace(b"/ws", b"/"), b"404"),
        (UPGRADE.replace(b"Sec-WebSocket-Protocol: mqtt\r\n", b""), b"400"),
        (b"GET /ws HTTP/1.1\r\nHost: localhost\r\n\r\n", b"426"),
        (UPGRADE.replace(b"GET", b"PUT"), b"405"),
        (raw_mqtt.connect_packet("lost"), b"400"),
        (b"GET /ws HTTP/1.1\r\nX: " + b"a" * 9000, b"431"),
    ],
)
def test_what_is_no_upgrade_is_answered_and_closed(everywhere, request_text, status):
    connection = everywhere.socket("websocket")
    connection.sendall(request_text)
    assert read_until_closed(connection).startswith(b"HTTP/1.1 " + status)
    connection.close()


@pytest.mark.parametrize(
    "transport, garbage, reason",
    [
        ("tls", raw_mqtt.connect_packet("lost"), "tls_not_tls"),
        ("tls", b"GET /ws HTTP/1.1\r\n\r\n", "tls_not_tls"),
        ("websocket", b"\x16\x03\x01\x02\x00", "websocket_refused"),
    ],
)
def test_the_wrong_protocol_at_a_port_is_named(everywhere, transport, garbage, reason):
    before = everywhere.failures(reason)
    connection = everywhere.socket(transport)
    connection.sendall(garbage)
    read_until_closed(connection)
    connection.close()
    wait_until(lambda: everywhere.failures(reason) == before + 1, f"{reason} is counted")
    assert everywhere.service.logged("refused a connection")


# --- behind a balancer ---


@pytest.fixture(scope="module")
def balanced(stack, tmp_path_factory):
    return Everywhere(
        stack,
        tmp_path_factory.mktemp("balanced"),
        "mqtt-balanced",
        proxy_protocol="required",
        max_connections_per_address=2,
    )


def version_2(address, port):
    ends = socket.inet_aton(address) + socket.inet_aton("127.0.0.1")
    ports = port.to_bytes(2, "big") + (1883).to_bytes(2, "big")
    return b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c" + ends + ports


@pytest.mark.parametrize(
    "header",
    [
        b"PROXY TCP4 192.0.2.7 127.0.0.1 4000 1883\r\n",
        b"PROXY UNKNOWN\r\n",
        version_2("192.0.2.8", 4000),
        b"\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00",
    ],
)
def test_a_connection_with_its_header_is_served(balanced, header):
    with RawMqtt(balanced.service) as raw:
        raw.send(header + raw_mqtt.connect_packet("balanced"))
        assert raw.expect(raw_mqtt.CONNACK).body == b"\x00\x00"


@pytest.mark.parametrize(
    "garbage",
    [
        raw_mqtt.connect_packet("direct"),
        b"PROXY TCP4 nowhere\r\n",
        b"\r\n\r\n\0\r\nQUIT\n\x31\x11\x00\x0c",
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff",
    ],
)
def test_a_connection_without_its_header_is_closed(balanced, garbage):
    with RawMqtt(balanced.service) as raw:
        raw.send(garbage)
        raw.expect_closed()


def test_the_header_comes_before_tls(balanced):
    connection = balanced.socket("tls")
    connection.sendall(version_2("192.0.2.20", 4000))
    context = ssl.create_default_context(cafile=str(balanced.certificate.path))
    with context.wrap_socket(connection, server_hostname="localhost") as secure:
        secure.sendall(raw_mqtt.connect_packet("secure"))
        assert secure.recv(4) == b"\x20\x02\x00\x00"


def test_an_address_has_so_many_connections_and_logs_name_it(balanced):
    def connect(address, client_id):
        raw = RawMqtt(balanced.service)
        raw.send(f"PROXY TCP4 {address} 127.0.0.1 4000 1883\r\n".encode())
        raw.send(raw_mqtt.connect_packet(client_id))
        return raw

    first, second = (connect("192.0.2.30", f"d{n}") for n in range(2))
    for raw in (first, second):
        raw.expect(raw_mqtt.CONNACK)

    def refused_with_a_line():  # there is one a second at most
        with connect("192.0.2.30", "d3") as third:
            third.expect_closed()
        return any(
            line["peer"] == "192.0.2.30:4000" and line["reason"] == "over_address_limit"
            for line in balanced.service.logged("refused a connection")
        )

    wait_until(refused_with_a_line, "the log names the address")
    with connect("192.0.2.31", "d4") as other:
        other.expect(raw_mqtt.CONNACK)
    first.close()

    def served():
        with connect("192.0.2.30", "d5") as again:
            packet = again.receive()
            return packet is not None

    wait_until(served, "a place is free again")
    second.close()


# --- the end ---


def test_sigterm_closes_each_transport_in_order(stack, tmp_path):
    receiver = Everywhere(stack, tmp_path, "mqtt-ends")
    devices = [receiver.device(transport).connect() for transport in TRANSPORTS]
    ended = []
    for device in devices:
        device.client.on_disconnect = lambda _c, _u, code, *_: ended.append(code)
    began = time.monotonic()
    receiver.service.stop()
    assert time.monotonic() - began < 10
    wait_until(lambda: len(ended) >= len(devices), "each client sees the end")
    for device in devices:
        device.client.loop_stop()


def test_protocol_versions_do_not_matter_to_transports(everywhere, identity):
    for protocol in (mqtt.MQTTv31, mqtt.MQTTv311):
        with everywhere.device("websocket", identity, protocol=protocol) as device:
            device.send({"temperature": 20})
