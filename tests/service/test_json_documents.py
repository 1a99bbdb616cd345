# SPDX-License-Identifier: Apache-2.0
"""The documents of docs/json.md over HTTP and MQTT, and the page against its data."""

import json

import pytest

from service.receiver_scene import uploads_of
from support.device import HttpDevice, MqttDevice
from support.json_documents import PAGE, documents, page_with, tables
from support.stack import running_stack

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
DOCUMENTS = documents()


@pytest.fixture(name="stack", scope="module")
def stack_fixture(postgres):
    with running_stack(postgres, "registry", "http-receiver", "mqtt-receiver") as stack:
        yield stack


def check_stored(stack, identity):
    """What was accepted is in the stream as it came, with its number of samples; nothing else is."""
    stored = [(event.data_samples, event.sample_count) for event in uploads_of(stack, identity)]
    assert stored == [
        (one.body.removeprefix(BYTE_ORDER_MARK), one.samples)
        for one in DOCUMENTS
        if one.samples > 0
    ]


def test_http_answers_as_the_page_says(stack):
    identity = stack.registry.create_device()
    device = HttpDevice(stack["http-receiver"], identity)
    for one in DOCUMENTS:
        answer = device.post(one.body)
        assert answer.status == one.status, (one.shown, answer.body)
        assert one.accepted or one.reason in answer.error["reasonPhrase"], one.shown
    check_stored(stack, identity)


def test_mqtt_answers_as_the_page_says(stack):
    identity = stack.registry.create_device()
    with MqttDevice(stack["mqtt-receiver"], identity) as device:
        for number, one in enumerate(DOCUMENTS):
            topic = f"{identity.path}/{number}"
            device.publish(one.body, topic=topic)
            answered = "status" if one.accepted else "error"
            payload = device.wait_for(f"{topic}/{answered}")
            if one.accepted:
                assert payload == b"", one.shown
                continue
            error = json.loads(payload)
            assert error["statusCode"] == one.status, one.shown
            assert one.reason in error["reasonPhrase"], one.shown
    check_stored(stack, identity)


def test_the_page_tells_what_the_data_says():
    assert PAGE.read_text(encoding="utf-8") == page_with(tables())
