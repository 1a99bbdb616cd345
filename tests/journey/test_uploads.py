# SPDX-License-Identifier: Apache-2.0
"""The cases of docs/uploads.md, end to end: what is answered, and what becomes of it."""

import dataclasses
import json

import pytest

from support.device import HttpDevice, MqttDevice
from support.ledger import accepted, settle, waiting_messages

MIB = 1 << 20


@dataclasses.dataclass(frozen=True)
class Case:
    """`points`: {series: values in order of time}; `reasons`: of rejected samples."""

    title: str
    body: bytes
    status: int = 200
    points: dict = dataclasses.field(default_factory=dict)
    reasons: tuple = ()

    def __str__(self):
        return self.title


def deep(levels):
    return b"[" * levels + b"]" * levels


def batch(sample, count):
    return b"[" + b",".join([sample] * count) + b"]"


def padded(size):
    """A sample of exactly `size` bytes."""
    head, tail = b'{"a":1,"padding":"', b'"}'
    return head + b"x" * (size - len(head) - len(tail)) + tail


CASES = [
    Case("a single object", b'{"a":1}', points={"a": [1]}),
    Case("a batch", b'[{"a":1},{"a":2},{"b":3}]', points={"a": [1, 2], "b": [3]}),
    Case("nested values are not extracted", b'{"a":1,"n":{"b":2},"m":[3]}', points={"a": [1]}),
    Case("a number as a sample", b"17"),
    Case("numbers as samples of a batch", b"[85,34]"),
    Case("an array as a sample of a batch", b"[[85,34]]"),
    Case("a string, true and null as samples", b'["text",true,null]'),
    Case("an empty array", b"[]"),
    Case("an empty object", b"{}"),
    Case("fields that differ by case only", b'{"a":1,"A":2}', points={"a": [1], "A": [2]}),
    Case("the last of duplicate keys", b'{"a":1,"a":2}', points={"a": [2]}),
    Case("timestamp is no series", b'{"timestamp":1600000000000,"a":1}', points={"a": [1]}),
    Case("keys of other characters", '{"a b":1,"ü":2,"a":3,"":4}'.encode(), points={"a": [3]}),
    Case("an escaped NUL in a string", b'{"s":"text\\u0000","b":1}', points={"b": [1]}),
    Case("an escaped NUL in a key", b'{"s\\u0000":2,"b":1}', points={"b": [1]}),
    Case("strings, booleans and null", b'{"a":"1","b":true,"c":null,"d":-1}', points={"d": [-1]}),
    Case(
        "a number above every double",
        b'{"a":1e400,"b":1}',
        points={"b": [1]},
        reasons=("number_out_of_range",),
    ),
    Case("only a number above every double", b'{"a":-1e400}', reasons=("number_out_of_range",)),
    Case("a number below every double", b'{"a":1e-400}', points={"a": [0]}),
    Case("an integer above 2^53", b'{"a":9007199254740993}', points={"a": [9007199254740992]}),
    Case("a byte order mark", b'\xef\xbb\xbf{"a":1}', points={"a": [1]}),
    Case("the largest body", padded(MIB), points={"a": [1]}),
    Case("64 levels", b'{"a":1,"n":' + deep(63) + b"}", points={"a": [1]}),
    Case("10,000 samples", batch(b'{"a":1}', 10_000), points={"a": [1] * 10_000}),
    Case("an empty body", b"", 400),
    Case("no JSON", b"temperature=23", 400),
    Case("NaN", b'{"a":NaN}', 400),
    Case("Infinity", b'{"a":-Infinity}', 400),
    Case("a leading zero", b'{"a":01}', 400),
    Case("a trailing comma", b'{"a":1,}', 400),
    Case("single quotes", b"{'a':1}", 400),
    Case("a second value behind the first", b'{"a":1}{"a":2}', 400),
    Case("half an object", b'[{"a":1},{"a"', 400),
    Case("invalid UTF-8", b'{"a":"\xff"}', 400),
    Case("UTF-8 of a surrogate", b'{"a":"\xed\xa0\x80"}', 400),
    Case("an escaped lone surrogate", b'{"a":"\\ud800"}', 400),
    Case("a raw NUL byte", b'{"a":"\x00"}', 400),
    Case("65 levels", b'{"a":1,"n":' + deep(64) + b"}", 400),
    Case("100,000 levels", deep(100_000), 400),
    Case("100,000 levels left open", b"[" * 100_000, 400),
    Case("10,001 samples", batch(b"1", 10_001), 413),
    Case("a body too large by one byte", padded(MIB + 1), 413),
]


def send_over_http(stack, device, body):
    """(status, body of the answer)"""
    answer = HttpDevice(stack["http-receiver"], device).post(body)
    return answer.status, answer.body


def send_over_mqtt(stack, device, body):
    """The same, as /status and /error say it; the PUBACK comes in either case."""
    with MqttDevice(stack["mqtt-receiver"], device) as client:
        client.publish(body, qos=1, topic=f"{device.path}/7")
        topic, answer = client.wait_for_any()
    if topic == f"{device.path}/7/status":
        return 200, answer
    assert topic == f"{device.path}/7/error"
    return json.loads(answer)["statusCode"], answer


@pytest.mark.parametrize("send", [send_over_http, send_over_mqtt], ids=["http", "mqtt"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_upload(shared_stack, case, send):
    stack = shared_stack
    device = stack.registry.create_device(auto_extract=True)
    before = accepted(stack)

    status, answer = send(stack, device, case.body)

    assert status == case.status, answer
    if status == 200:
        assert answer == b""
    else:
        error = json.loads(answer)
        assert set(error) == {"statusCode", "reasonPhrase"}
        assert error["statusCode"] == case.status and error["reasonPhrase"]
        assert accepted(stack) == before
    settle(stack)
    series = {f"auto~{name}": values for name, values in case.points.items()}
    assert stack.query.series(device) == sorted(series)
    for name, values in series.items():
        assert stack.query.values(device, name) == values
    rejected = stack.query.rejected(device.application)
    assert tuple(sample.reason for sample in rejected) == case.reasons


def test_two_samples_without_a_time_in_one_batch_are_a_microsecond_apart(shared_stack):
    device = shared_stack.registry.create_device(auto_extract=True)
    answer = HttpDevice(shared_stack["http-receiver"], device).send([{"a": 1}, {"a": 1}])
    assert answer.status == 200
    settle(shared_stack)
    (first, _), (second, _) = shared_stack.query.points(device, "auto~a")["auto~a"]
    assert second - first == 1


def test_a_rejected_value_can_be_looked_up_with_its_sample(shared_stack):
    device = shared_stack.registry.create_device(auto_extract=True)
    body = b'{"a":1e400,"b":1}'
    assert HttpDevice(shared_stack["http-receiver"], device).post(body).status == 200
    settle(shared_stack)
    (rejected,) = shared_stack.query.rejected(device.application, device.endpoint_id)
    assert rejected.sample == body.decode()
    assert rejected.partly_stored
    assert rejected.app_version_name == device.app_version
    assert "auto~a" in rejected.detail or '"a"' in rejected.detail or " a" in rejected.detail


def test_the_ledger_balances_and_nothing_is_left_in_the_stream(shared_stack):
    device = shared_stack.registry.create_device(auto_extract=True)
    link = HttpDevice(shared_stack["http-receiver"], device)
    ends = settle(shared_stack)
    for body in (b'[{"a":1},{"a":2}]', b'{"a":1e400}', b'{"s":"text"}', b"[]", b"{"):
        link.post(body)
    after = settle(shared_stack)
    grown = {end: after[end] - ends[end] for end in ends}
    assert grown == {"stored": 2, "merged": 0, "rejected": 1, "empty": 1}
    assert waiting_messages(shared_stack) == 0
