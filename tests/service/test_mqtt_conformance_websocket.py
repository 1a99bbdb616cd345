# SPDX-License-Identifier: Apache-2.0
"""MQTT over WebSocket: chapter 6 of both specifications, and what of RFC 6455 it leans on."""

import pytest

from service.mqtt_scene import (  # noqa: F401  (fixtures)
    NONE,
    both,
    connect_packet_of,
    device,
    new_client_id,
    sample,
    stored,
)
from support.ports import free_port
from support.raw_mqtt import (
    CONNACK,
    PINGREQ,
    PINGRESP,
    PUBACK,
    PUBLISH,
    Will,
    packet,
    publish_packet,
)
from support.web_socket import BINARY, CLOSE, CONTINUATION, PING, TEXT, WebSocket


@pytest.fixture(name="port", scope="module")
def port_fixture(shared_stack):
    """Of a receiver that listens for WebSockets too."""
    port = free_port()
    shared_stack.start(
        "mqtt-receiver", name="mqtt-receiver-ws", ws_listen=f"127.0.0.1:{port}"
    )
    return port


@pytest.fixture(name="open_socket")
def open_socket_fixture(port):
    """open_socket(): a WebSocket that speaks mqtt; all are closed at the end."""
    opened = []

    def open_one(path="/ws"):
        opened.append(WebSocket(port, path))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


def test_the_server_selects_mqtt(open_socket):
    for offered in ("mqtt", "mqtt, mqttv3.1", "chat, mqtt"):
        web_socket = open_socket().open(offered)
        assert web_socket.headers["sec-websocket-protocol"] == "mqtt"


@pytest.mark.parametrize("offered", [None, "chat", "chat, soap", "MQTT-SN", "mqtt2"])
def test_who_does_not_offer_mqtt_is_refused(open_socket, offered):
    web_socket = open_socket()
    web_socket.ask(offered)
    assert 400 <= web_socket.status < 500
    assert "sec-websocket-protocol" not in web_socket.headers


@pytest.mark.parametrize(
    "headers",
    [{"Upgrade": None}, {"Sec_WebSocket_Key": None}, {"Sec_WebSocket_Version": "8"}],
    ids=["no upgrade", "no key", "another version"],
)
def test_what_is_no_websocket_is_refused(open_socket, headers):
    web_socket = open_socket()
    web_socket.ask(**headers)
    assert 400 <= web_socket.status < 500


@pytest.mark.parametrize("path", ["/", "/mqtt", "/ws/x", "/wsx"])
def test_another_path_is_not_found(open_socket, path):
    web_socket = open_socket(path)
    web_socket.ask()
    assert web_socket.status == 404


@both
def test_mqtt_runs_over_websocket_as_over_tcp(version, open_socket, device, stored):
    raw = version(None, stream=open_socket().open()).accepted(new_client_id())
    raw.publish(f"{device.path}/1", sample(1), qos=1, packet_id=7)
    raw.expect(PUBACK, 7)
    assert raw.expect(PUBLISH).topic == f"{device.path}/1/status"
    raw.ping()
    stored(1)


@both
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_packets_and_frames_need_not_be_aligned(version, open_socket, device, stored, size):
    """Half a packet in a frame, and several in one."""
    web_socket = open_socket().open()
    whole = (
        connect_packet_of(version, new_client_id())
        + publish_packet(device.path, sample(1), qos=1, packet_id=7, properties=NONE[version])
        + publish_packet(device.path, sample(2), qos=1, packet_id=8, properties=NONE[version])
        + packet(PINGREQ, 0, b"")
    )
    for at in range(0, len(whole), size):
        web_socket.send_frame(BINARY, whole[at : at + size])
    raw = version(None, stream=web_socket)
    raw.expect(CONNACK)
    assert sorted(raw.receive().type for _ in range(3)) == [PUBACK, PUBACK, PINGRESP]
    stored(1, 2)


@both
def test_a_message_may_come_in_fragments(version, open_socket):
    web_socket = open_socket().open()
    whole = connect_packet_of(version, new_client_id())
    web_socket.send_frame(BINARY, whole[:5], final=False)
    web_socket.send_frame(PING, b"between")
    web_socket.send_frame(CONTINUATION, b"", final=False)
    web_socket.send_frame(CONTINUATION, whole[5:], final=True)
    version(None, stream=web_socket).expect(CONNACK)
    assert web_socket.pongs == [b"between"]


@both
@pytest.mark.parametrize("when", ["before CONNECT", "after CONNECT"])
def test_only_binary_frames_are_taken(version, open_socket, device, stored, when):
    web_socket = open_socket().open()
    raw = version(None, stream=web_socket)
    if when == "after CONNECT":
        raw.accepted(new_client_id())
    web_socket.send_frame(
        TEXT, publish_packet(device.path, sample(1), properties=NONE[version])
    )
    raw.expect_closed()
    second = version(None, stream=open_socket().open()).accepted(new_client_id())
    second.publish(device.path, sample(2))
    stored(2)


def test_a_frame_that_is_not_masked_ends_the_connection(open_socket):
    web_socket = open_socket().open()
    web_socket.send_frame(BINARY, packet(PINGREQ, 0, b""), masked=False)
    assert web_socket.recv(1) == b""


def test_a_ping_of_websocket_is_answered(open_socket):
    web_socket = open_socket().open()
    web_socket.send_frame(PING, b"are you there")
    _, payload = web_socket.receive_frame()
    assert payload == b"are you there"


def test_a_close_frame_is_answered(open_socket):
    web_socket = open_socket().open()
    web_socket.send_frame(CLOSE, b"\x03\xe8")
    assert web_socket.recv(1) == b""
    assert web_socket.closed_with == (1000, "")


@both
def test_a_protocol_error_of_mqtt_closes_the_websocket(version, open_socket):
    web_socket = open_socket().open()
    raw = version(None, stream=web_socket).accepted(new_client_id())
    raw.send(packet(PINGREQ, 1, b""))
    raw.expect_end(0x81)


@both
def test_a_will_is_published_when_a_websocket_ends(version, open_socket, device, stored):
    web_socket = open_socket().open()
    raw = version(None, stream=web_socket)
    raw.accepted(new_client_id(), will=Will(device.path, sample(1).encode()))
    web_socket.send_frame(CLOSE, b"\x03\xe8")
    assert web_socket.recv(1) == b""
    stored(1)
