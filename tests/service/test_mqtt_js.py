# SPDX-License-Identifier: Apache-2.0
"""The MQTT receiver and MQTT.js, the client of browsers and Node.js, over every transport."""

import json
import subprocess
from pathlib import Path

import pytest

from service.mqtt_doors import (  # noqa: F401  (fixtures)
    QOS,
    device,
    doors,
    every_transport,
    stored,
)
from support import npm
from support.child import clean_environment

CLIENTS = Path(__file__).resolve().parents[1] / "clients"


VERSIONS = {
    "3.1": {"protocolId": "MQIsdp", "protocolVersion": 3},
    "3.1.1": {"protocolVersion": 4},
    "5": {"protocolVersion": 5},
}


def mqtt_js(doors, transport, version, **task):
    """What the client has seen; tests/clients/client.mjs says what it can be told."""
    options = {"clean": True, **VERSIONS[version], **task.pop("options", {})}
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
@pytest.mark.parametrize("version", VERSIONS)
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
