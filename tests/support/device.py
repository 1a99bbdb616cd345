# SPDX-License-Identifier: Apache-2.0
"""Devices: what sends samples over HTTP and MQTT. support/raw_mqtt.py has one without manners."""

import dataclasses
import http.client
import json
import random
import string
import threading

import paho.mqtt.client as mqtt

from support.wait import wait_until


@dataclasses.dataclass(frozen=True)
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def error(self):
        """The error object of 1/KP."""
        return json.loads(self.body)


class HttpDevice:
    """One keep-alive connection; opens a new one when the server closed it."""

    def __init__(self, service, identity=None, timeout=60.0):
        self._connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=timeout)
        self.path = f"/{identity.path}" if identity else "/"

    def send(self, samples):
        """JSON of Python values."""
        return self.post(json.dumps(samples))

    def post(self, body, path=None, headers=None, method="POST"):
        """Exactly these bytes."""
        if isinstance(body, str):
            body = body.encode()
        try:
            self._connection.request(method, path or self.path, body, headers or {})
            answer = self._connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise

    def close(self):
        self._connection.close()


class MqttDevice:
    """A paho client in the spirit of the tutorial: no credentials, a random client id.

    `received` collects (topic, payload) of everything the server sends. `port`: another one than
    the service's first. What paho wants to know of TLS and WebSocket is told to `client`.
    """

    def __init__(self, service, identity=None, *, port=None, **client_options):
        letters = random.choices(string.ascii_uppercase + string.digits, k=6)
        client_options.setdefault("client_id", "".join(letters))
        self.client = mqtt.Client(**client_options)
        self.client.on_message = lambda _c, _u, message: self.received.append(
            (message.topic, message.payload)
        )
        self.client.on_connect = lambda _c, _u, _f, code, *_: self._on_connect(code)
        self.topic = identity.path if identity else None
        self.received = []
        self.connect_code = None
        self._connected = threading.Event()
        self._port = port or service.port

    def _on_connect(self, code):
        self.connect_code = code
        self._connected.set()

    def connect(self):
        self.client.connect("127.0.0.1", self._port, 60)
        self.client.loop_start()
        assert self._connected.wait(60), "no CONNACK within 60 s"
        return self

    def send(self, samples, qos=1, topic=None):
        """JSON of Python values; with QoS 1 returns after the PUBACK."""
        self.publish(json.dumps(samples), qos, topic)

    def publish(self, payload, qos=1, topic=None):
        info = self.client.publish(topic or self.topic, payload, qos)
        assert info.rc == mqtt.MQTT_ERR_SUCCESS, mqtt.error_string(info.rc)
        info.wait_for_publish(60)
        assert info.is_published(), "no acknowledgement within 60 s"

    def wait_for(self, topic):
        """The payload of the first message on this topic."""
        return wait_until(
            lambda: [payload for its, payload in self.received if its == topic],
            f"a message on {topic} arrives",
        )[0]

    def wait_for_any(self):
        """(topic, payload) of the first message."""
        return wait_until(lambda: self.received, "a message arrives")[0]

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()

    def __enter__(self):
        return self.connect()

    def __exit__(self, *_):
        self.close()
