# SPDX-License-Identifier: Apache-2.0
"""Somebody whose devices send nested samples says in a file which of it becomes series."""

import pytest

from support.cli import Cli
from support.device import HttpDevice
from support.ledger import settle
from support.wait import wait_until

# pylint: disable=redefined-outer-name

SAMPLE = '{"location": {"latitude": 48.13, "longitude": 11.57, "place": "tower"}, "battery": 91}'

FIRST = """\
names:
  location:
    values:
      - path: location.latitude
        name: latitude
        unit: "°"
      - path: location.place
        name: place
        type: string
"""


@pytest.fixture
def cli(stack):
    return Cli(stack)


@pytest.fixture
def device(stack):
    return stack.registry.create_device(auto_extract=False)


def last_of(stack, device):
    """{series: {value name: value}} of the newest points."""
    found = stack.query.last(device.application, [device.endpoint_id])
    return {series: values for (_, series), (_, values) in found.items()}


def send_until(stack, device, wanted):
    """A change has a second to arrive."""
    client = HttpDevice(stack["http-receiver"], device)

    def try_once():
        assert client.post(SAMPLE).status == 200
        settle(stack)
        return last_of(stack, device) == wanted

    wait_until(try_once, f"samples give {wanted}", within=10, every=0.1)
    client.close()


def test_a_location_is_configured_tried_changed_and_looked_back_at(stack, cli, device, tmp_path):
    of_app = ("--app", device.application)
    file = tmp_path / "series.yaml"
    file.write_text(FIRST, encoding="utf-8")
    tried = cli.csv("series", "try", *of_app, "--rules", file, "--samples", "-", stdin=SAMPLE)
    assert [(row["value_name"], row["value"]) for row in tried] == [
        *(("latitude", "48.13"), ("place", "tower"))
    ]
    cli("series", "apply", file, *of_app, "--comment", "where they are")
    send_until(stack, device, {"location": {"latitude": 48.13, "place": "tower"}})
    (latitude, _) = cli.csv("series", "list", *of_app)
    assert (latitude["series"], latitude["value_name"], latitude["unit"]) == (
        *("location", "latitude", "°"),
    )

    # Changed: longitude too, and the battery by itself.
    shown = cli("series", "show", *of_app)
    file.write_text(
        shown.replace("auto-extract: false", "auto-extract: true")
        + "      - {path: location.longitude, name: longitude}\n",
        encoding="utf-8",
    )
    fields = [row["field"] for row in cli.csv("series", "diff", *of_app, "--file", file)]
    assert fields == [
        "auto-extract",
        "names.location.longitude.path",
        "names.location.longitude.type",
    ]
    cli("series", "apply", file, *of_app, "--expect-version", 2)
    both = {"latitude": 48.13, "place": "tower", "longitude": 11.57}
    send_until(stack, device, {"location": both, "auto~battery": {"value": 91}})

    history = cli.csv("series", "history", *of_app)
    assert [(row["version"], row["comment"]) for row in history] == [
        *(("3", ""), ("2", "where they are"), ("1", ""))
    ]
    assert [row["field"] for row in cli.csv("series", "diff", *of_app)] == fields

    # A file with mistakes changes nothing.
    file.write_text(FIRST.replace("name: place", "name: time") + "retention: 5\n", encoding="utf-8")
    said = cli.fails("series", "apply", file, *of_app)
    assert f"{file}:8: names.location.values[1].name: " in said
    assert f"{file}:10: retention: " in said
    assert len(cli.csv("series", "history", *of_app)) == 3
    send_until(stack, device, {"location": both, "auto~battery": {"value": 91}})
