# SPDX-License-Identifier: Apache-2.0
"""The MQTT receiver and clients that others have written: paho, the mosquitto clients, MQTT.js; over
TCP, TLS, WebSocket and secure WebSocket, in every version and with every QoS."""

import contextlib
import dataclasses
import json
import shutil
import subprocess
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from support import npm
from support.certificates import Certificate
from support.child import clean_environment
from support.device import MqttDevice
from support.ports import free_port
from support.wait import wait_until

CLIENTS = Path(__file__).resolve().parents[1] / "clients"
VERSIONS = {"3.1": mqtt.MQTTv31, "3.1.1": mqtt.MQTTv311, "5": mqtt.MQTTv5}
TRANSPORTS = ["tcp", "tls", "ws", "wss"]
QOS = [0, 1, 2]

every_version = pytest.mark.parametrize("version", VERSIONS)
every_transport = pytest.mark.parametrize("transport", TRANSPORTS)
every_qos = pytest.mark.parametrize("qos", QOS)


@dataclasses.dataclass(frozen=True)
class Doors:
    """A receiver that listens on every transport."""

    ports: dict
    authority: Path

    def url(self, transport):
        scheme = {"tcp": "mqtt", "tls": "mqtts"}.get(transport, transport)
        path = "/ws" if transport.startswith("ws") else ""
        return f"{scheme}://127.0.0.1:{self.ports[transport]}{path}"


@pytest.fixture(name="doors", scope="module")
def doors_fixture(shared_stack, tmp_path_factory):
    certificate = Certificate(tmp_path_factory.mktemp("certificate"), "mqtt-receiver")
    ports = {transport: free_port() for transport in TRANSPORTS}
    names = {"tcp": "mqtt_listen", "tls": "mqtts_listen", "ws": "ws_listen", "wss": "wss_listen"}
    listens = {names[transport]: f"127.0.0.1:{port}" for transport, port in ports.items()}
    shared_stack.start(
        "mqtt-receiver", name="mqtt-receiver-doors", **listens, **certificate.settings
    )
    return Doors(ports, certificate.path)


@pytest.fixture(name="device")
def device_fixture(shared_stack):
    return shared_stack.registry.create_device()


@pytest.fixture(name="stored")
def stored_fixture(shared_stack, device):
    """stored(1, 2): the device's points of the field n are these, in this order."""

    def wait(*values):
        wait_until(
            lambda: shared_stack.query.values(device, "auto~n") == list(values),
            f"the points are {values}",
        )

    return wait


# --- paho ---


@contextlib.contextmanager
def paho(doors, device, version, transport="tcp", **options):
    """A client in the spirit of the tutorial, connected."""
    if transport.startswith("ws"):
        options["transport"] = "websockets"
    client = MqttDevice(None, device, port=doors.ports[transport], protocol=VERSIONS[version], **options)
    if transport.startswith("ws"):
        client.client.ws_set_options(path="/ws")
    if transport in ("tls", "wss"):
        client.client.tls_set(str(doors.authority))
    with client:
        assert client.connect_code == 0
        yield client


@every_transport
@every_version
@every_qos
def test_samples_of_a_paho_client_become_points(doors, device, stored, version, transport, qos):
    with paho(doors, device, version, transport) as client:
        client.send([{"n": 1}, {"n": 2}], qos=qos)
        client.send({"n": 3}, qos=qos)
        stored(1, 2, 3)
        assert client.received == []


@every_transport
@every_version
@every_qos
def test_the_tutorials_client_sees_its_status_without_a_subscription(
    doors, device, stored, version, transport, qos
):
    with paho(doors, device, version, transport) as client:
        client.publish(b'[{"n": 1}]', qos, f"{device.path}/23")
        assert client.wait_for(f"{device.path}/23/status") == b""
        client.publish(b"nonsense", qos, f"{device.path}/24")
        assert json.loads(client.wait_for(f"{device.path}/24/error"))["statusCode"] == 400
        assert len(client.received) == 2
    stored(1)


@every_version
@pytest.mark.parametrize("subscribed", ["/1/status", "/+/status", "/+/+", "/#"])
@every_qos
def test_who_subscribes_gets_each_response_once(doors, device, version, subscribed, qos):
    with paho(doors, device, version) as client:
        granted = []
        client.client.on_subscribe = lambda _c, _u, _mid, codes, *_: granted.extend(codes)
        client.client.subscribe([(device.path + subscribed, _option(version, qos))])
        wait_until(lambda: granted, "the SUBACK is there")
        assert [_value(code) for code in granted] == [qos]
        for number in (1, 2, 3):
            client.publish(b'{"n": 1}', qos, f"{device.path}/{number}")
        client.wait_for(f"{device.path}/3/status")
        client.send({"n": 1}, qos=1)  # what came twice has come before its acknowledgement
        topics = sorted(topic for topic, _ in client.received)
        assert topics == [f"{device.path}/{number}/status" for number in (1, 2, 3)]


def _option(version, qos):
    return mqtt.SubscribeOptions(qos=qos) if version == "5" else qos


def _value(code):
    return getattr(code, "value", code)


@pytest.mark.parametrize("version, code", [("3.1", 0x80), ("3.1.1", 0x80), ("5", 0x87)])
def test_a_subscription_to_everything_is_refused(doors, device, version, code):
    with paho(doors, device, version) as client:
        granted = []
        client.client.on_subscribe = lambda _c, _u, _mid, codes, *_: granted.extend(codes)
        client.client.subscribe([("#", _option(version, 1))])
        wait_until(lambda: granted, "the SUBACK is there")
        assert [_value(one) for one in granted] == [code]
        client.send({"n": 1})


@every_qos
def test_a_paho_client_gets_the_answer_it_asked_for(doors, device, qos):
    """Response Topic and Correlation Data."""
    with paho(doors, device, "5") as client:
        answers = []
        client.client.on_message = lambda _c, _u, message: answers.append(message)
        asked = Properties(PacketTypes.PUBLISH)
        asked.ResponseTopic = f"{device.path}/answers"
        asked.CorrelationData = b"42"
        client.client.publish(device.path, b'{"n": 1}', qos, properties=asked)
        wait_until(lambda: answers, "the answer is there")
        assert answers[0].topic == f"{device.path}/answers"
        assert answers[0].properties.CorrelationData == b"42"


@pytest.mark.parametrize("transport", ["tls", "wss"])
def test_a_client_that_does_not_know_the_authority_does_not_connect(doors, device, transport):
    options = {"transport": "websockets"} if transport == "wss" else {}
    client = mqtt.Client(**options)
    client.tls_set()  # the machine's own authorities
    with pytest.raises(OSError):
        client.connect("127.0.0.1", doors.ports[transport], 60)


@every_qos
def test_many_publishes_in_flight_are_all_stored_once(doors, device, stored, qos):
    with paho(doors, device, "5") as client:
        client.client.max_inflight_messages_set(50)
        sent = [client.client.publish(device.path, f'{{"n":{n}}}', qos) for n in range(1000)]
        for info in sent:
            info.wait_for_publish(60)
            assert info.is_published()
    stored(*range(1000))


# --- mosquitto ---

needs_mosquitto = pytest.mark.skipif(
    not shutil.which("mosquitto_pub"), reason="mosquitto-clients are not installed"
)
MOSQUITTO_VERSIONS = ["mqttv31", "mqttv311", "mqttv5"]


def mosquitto(program, doors, *words, transport="tcp", **options):
    """Starts it; `words` follow the address."""
    command = [program, "-h", "127.0.0.1", "-p", str(doors.ports[transport]), *words]
    if transport == "tls":
        command += ["--cafile", str(doors.authority)]
    return subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", "--", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=clean_environment(),
        **options,
    )


def ended(process, text=b""):
    """(exit status, what it printed)"""
    output, _ = process.communicate(text, timeout=60)
    return process.returncode, output.decode()


@needs_mosquitto
@pytest.mark.parametrize("version", MOSQUITTO_VERSIONS)
@pytest.mark.parametrize("transport", ["tcp", "tls"])
@every_qos
def test_mosquitto_pub_is_served(doors, device, stored, version, transport, qos):
    lines = "".join(f'{{"n":{number}}}\n' for number in range(100)).encode()
    words = ["-V", version, "-q", str(qos), "-t", device.path, "-l"]
    status, output = ended(mosquitto("mosquitto_pub", doors, *words, transport=transport), lines)
    assert (status, output) == (0, "")
    stored(*range(100))


@needs_mosquitto
@pytest.mark.parametrize("version", MOSQUITTO_VERSIONS)
@every_qos
def test_a_will_is_stored_when_its_client_is_killed(doors, device, stored, version, qos):
    will = ["--will-topic", device.path, "--will-payload", '{"n": 99}', "--will-qos", str(qos)]
    words = ["-V", version, "-q", "1", "-t", device.path, "-l", *will]
    client = mosquitto("mosquitto_pub", doors, *words)
    client.stdin.write(b'{"n": 1}\n')
    client.stdin.flush()
    stored(1)
    client.kill()
    client.communicate()
    stored(1, 99)


@needs_mosquitto
@pytest.mark.parametrize("version", MOSQUITTO_VERSIONS)
def test_a_will_is_not_stored_when_its_client_says_goodbye(doors, device, stored, version):
    will = ["--will-topic", device.path, "--will-payload", '{"n": 99}']
    words = ["-V", version, "-q", "1", "-t", device.path, *will]
    assert ended(mosquitto("mosquitto_pub", doors, *words, "-m", '{"n": 1}'))[0] == 0
    assert ended(mosquitto("mosquitto_pub", doors, *words, "-m", '{"n": 2}'))[0] == 0
    stored(1, 2)


@needs_mosquitto
@pytest.mark.parametrize("version", MOSQUITTO_VERSIONS)
def test_mosquitto_sub_is_told_what_is_granted(doors, device, version):
    words = ["-V", version, "-d", "-W", "1"]
    granted = mosquitto("mosquitto_sub", doors, *words, "-q", "2", "-t", f"{device.path}/+/status")
    refused = mosquitto("mosquitto_sub", doors, *words, "-t", "#")
    status, output = ended(granted)
    assert status == 27 and "Subscribed (mid: 1): 2" in output, output  # 27: the second is over
    status, output = ended(refused)
    assert status != 27 and "denied" in output, output


@needs_mosquitto
@pytest.mark.skipif(not shutil.which("mosquitto_rr"), reason="mosquitto_rr is not installed")
@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
def test_mosquitto_rr_gets_its_answer(doors, device, version):
    """It subscribes to the response topic, publishes, and prints the answer."""
    topic = f"{device.path}/7"
    words = ["-V", version, "-q", "1", "-t", topic, "-e", f"{topic}/error", "-W", "20"]
    status, output = ended(mosquitto("mosquitto_rr", doors, *words, "-m", "nonsense"))
    assert status == 0, output
    assert json.loads(output)["statusCode"] == 400


@needs_mosquitto
def test_mosquitto_with_another_authority_does_not_connect(doors, device, tmp_path):
    other = Certificate(tmp_path, "other")
    words = ["-t", device.path, "-m", "1", "--cafile", str(other.path)]
    status, output = ended(
        mosquitto("mosquitto_pub", Doors({"tcp": doors.ports["tls"]}, other.path), *words)
    )
    assert status != 0 and "TLS" in output.upper() or "certificate" in output, output


# --- MQTT.js ---

JS_VERSIONS = {
    "3.1": {"protocolId": "MQIsdp", "protocolVersion": 3},
    "3.1.1": {"protocolVersion": 4},
    "5": {"protocolVersion": 5},
}


def mqtt_js(doors, transport, version, **task):
    """What the client has seen; tests/clients/client.mjs says what it can be told."""
    options = {"clean": True, **JS_VERSIONS[version], **task.pop("options", {})}
    if transport in ("tls", "wss"):
        options["ca"] = str(doors.authority)
    task = {"url": doors.url(transport), "options": options, **task}
    folder = npm.prepared(CLIENTS, "client-tests")
    done = subprocess.run(
        ["node", "client.mjs", json.dumps(task)],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@every_transport
@every_version
def test_mqtt_js_is_served(doors, device, stored, version, transport):
    """Every QoS, with responses, subscribed to them and not."""
    topics = [f"{device.path}/{qos}" for qos in QOS]
    seen = mqtt_js(
        doors,
        transport,
        version,
        subscribe=[{"filter": f"{device.path}/1/status", "qos": 1}],
        publish=[
            {"topic": topic, "payload": json.dumps({"n": qos}), "qos": qos}
            for qos, topic in enumerate(topics)
        ],
        messages=3,
    )
    assert seen["error"] is None, seen
    assert (seen["connack"]["reasonCode"], seen["connack"]["sessionPresent"]) == (0, False)
    assert [one["qos"] for one in seen["granted"]] == [1]
    responses = [one for one in seen["messages"] if not one["topic"].startswith("after/")]
    responses = sorted((one["topic"], one["payload"], one["qos"]) for one in responses)
    assert responses == [(f"{topic}/status", "", qos) for qos, topic in enumerate(topics)]
    stored(0, 1, 2)


@pytest.mark.parametrize("version", ["3.1.1", "5"])
def test_mqtt_js_is_refused_what_is_not_its_own(doors, version):
    seen = mqtt_js(doors, "tcp", version, subscribe=[{"filter": "#", "qos": 1}])
    assert seen["error"] is None, seen
    granted = seen["granted"][0]
    assert granted.get("qos", 0x80) >= 0x80 or granted["refused"], granted


def test_mqtt_js_is_told_why(doors, device):
    """MQTT 5: the reason code of the PUBACK is an error of publish()."""
    seen = mqtt_js(
        doors, "tcp", "5", publish=[{"topic": device.path, "payload": "nonsense", "qos": 1}]
    )
    assert seen["error"]["code"] == 0x99, seen


def test_mqtt_js_uses_what_the_connack_states(doors, device, stored):
    """Topic aliases of its own making, and an answer to its Response Topic."""
    publishes = [
        {
            "topic": device.path,
            "payload": json.dumps({"n": number}),
            "qos": 1,
            "properties": {"responseTopic": "my/answers", "correlationData": str(number)},
        }
        for number in range(5)
    ]
    seen = mqtt_js(
        doors, "tcp", "5", options={"autoAssignTopicAlias": True}, publish=publishes, messages=5
    )
    assert seen["error"] is None, seen
    answers = [one["correlation"] for one in seen["messages"] if one["topic"] == "my/answers"]
    assert answers == [str(number) for number in range(5)]
    stored(0, 1, 2, 3, 4)
