# SPDX-License-Identifier: Apache-2.0
"""`millrace series`: rules as files, their history, what differs, and what they would do."""

import itertools
import json
import re

import pytest

from support.cli import Cli

# pylint: disable=redefined-outer-name

_numbers = itertools.count(1)

TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z$")

LOCATION = """\
auto-extract: true
names:
  location:
    values:
      - path: $.location.latitude
        name: latitude
        type: Number
        unit: "°"
retention: 90d
"""

KAA = """\
kaa:
  applications:
    %s:
      versions:
        some-version:
      time-series:
        names:
          location:
            values: [{path: $.lat, name: latitude}]
        timestamp: {path: at, format: millis-unix-epoch, fallback-strategy: server-timestamp}
"""


@pytest.fixture(scope="module")
def cli(shared_stack):
    return Cli(shared_stack)


@pytest.fixture
def app(cli):
    name = f"cli-series-{next(_numbers)}"
    cli("app", "create", name)
    return name


@pytest.fixture
def of_app(app):
    return ("--app", app)


def version_of(cli, app):
    return int(cli.json("app", "show", app)["rulesVersion"])


def test_rules_go_from_file_to_file(cli, app, of_app, tmp_path):
    file = tmp_path / "series.yaml"
    file.write_text(LOCATION, encoding="utf-8")
    (made,) = cli.csv("series", "apply", file, *of_app, "--comment", "a, b")
    assert (made["version"], made["created_by"], made["comment"]) == ("2", "admin", "a, b")
    assert TIME.match(made["created_at"])

    shown = cli("series", "show", *of_app)
    assert shown.startswith(f"# Series rules of application {app}, version 2, made ")
    assert "      - path: location.latitude\n        name: latitude\n" in shown
    cli("series", "apply", "-", *of_app, stdin=shown)
    assert version_of(cli, app) == 2, "what is shown is what holds"
    edited = shown.replace("90d", "36h")
    assert cli.json("series", "apply", "-", *of_app, stdin=edited)["seriesRules"]["version"] == "3"
    assert "retention: 36h\n" in cli("series", "show", *of_app)
    # Back to what it was.
    cli("series", "apply", "-", *of_app, stdin=cli("series", "show", *of_app, "--version", 2))
    assert "retention: 90d\n" in cli("series", "show", *of_app)


def test_rules_are_shown_in_all_formats(cli, of_app):
    cli("series", "apply", "-", *of_app, stdin=LOCATION)
    fields = {row["field"]: row["value"] for row in cli.csv("series", "show", *of_app)}
    assert fields["names.location.latitude.unit"] == "°"
    assert (fields["retention"], fields["auto-extract"]) == ("90d", "true")
    rules = cli.json("series", "show", *of_app)["seriesRules"]
    assert rules["series"][0]["values"][0]["path"] == "location.latitude"


def test_json_is_a_file_too(cli, of_app):
    rules = {"names": {"a": {"values": [{"path": "x.y", "type": "string"}]}}}
    cli("series", "apply", "-", *of_app, stdin=json.dumps(rules))
    assert "        type: string\n" in cli("series", "show", *of_app)


def test_history_and_diff(cli, app, of_app):
    cli("series", "apply", "-", *of_app, "--comment", "first", stdin=LOCATION)
    cli("app", "set", app, "--auto-extract", "off")
    history = cli.csv("series", "history", *of_app)
    assert [row["version"] for row in history] == ["3", "2", "1"]
    assert [row["comment"] for row in history] == ["", "first", ""]
    assert {row["created_by"] for row in history} == {"admin"}
    note = cli.run("series", "history", *of_app, "--limit", 2).stderr.decode()
    assert note.startswith("millrace: note: ") and "--limit" in note

    assert cli.csv("series", "diff", *of_app) == [
        {"field": "auto-extract", "before": "true", "after": "false"}
    ]
    changed = {row["field"] for row in cli.csv("series", "diff", *of_app, "--from", 1)}
    assert "names.location.latitude.path" in changed and "auto-extract" not in changed
    planned = cli.table("series", "diff", *of_app, "--file", "-", stdin=LOCATION)
    assert planned == [{"FIELD": "auto-extract", "BEFORE": "false", "AFTER": "true"}]
    none = cli.run("series", "diff", *of_app, "--from", 3, "--to", 3)
    assert (none.returncode, none.stderr) == (0, b"millrace: note: nothing is different\n")


def test_a_wrong_file_is_refused_with_every_fault_and_nothing_changes(cli, app, of_app, tmp_path):
    file = tmp_path / "wrong.yaml"
    file.write_text(
        "auto-extrakt: true\n"
        "names:\n"
        "  location:\n"
        "    values:\n"
        "      - path: a..b\n"
        "        type: float\n"
        "      - path: c\n"
        "        name: time\n"
        "retention: 5m\n",
        encoding="utf-8",
    )
    for command in (["apply", file], ["diff", "--file", file]):
        head, *faults = cli.fails("series", *command, *of_app).splitlines()
        assert head == f"millrace: cannot use {file}:"
        assert [fault.split(": ")[:2] for fault in faults] == [
            [f"{file}:1", '"auto-extrakt"'],
            [f"{file}:5", "names.location.values[0].path"],
            [f"{file}:6", "names.location.values[0].type"],
            [f"{file}:8", "names.location.values[1].name"],
            [f"{file}:9", "retention"],
        ]
    assert "did you mean auto-extract?" in faults[0]
    assert version_of(cli, app) == 1
    assert "/nowhere" in cli.fails("series", "apply", "/nowhere", *of_app)


def test_the_file_of_kaa_names_its_application(cli, app):
    done = cli.run("series", "apply", "-", stdin=KAA % app)
    assert done.returncode == 0, done.stderr
    assert done.stderr.decode().startswith("millrace: note: standard input:4: ")
    shown = cli("series", "show", "--app", app)
    assert "  format: millis-unix-epoch\n  fallback-strategy: server-timestamp\n" in shown
    assert version_of(cli, app) == 2
    assert "there is no application" in cli.fails(
        "series", "apply", "-", "--app", "other", stdin=KAA % app
    )
    assert "--app is missing" in cli.fails("series", "apply", "-", status=2, stdin="{}")


def test_nothing_is_applied_by_mistake(cli, app, of_app):
    done = cli.run("series", "apply", "-", *of_app, "--dry-run", stdin=LOCATION)
    assert done.returncode == 0 and "nothing was changed" in done.stderr.decode()
    assert version_of(cli, app) == 1
    cli("series", "apply", "-", *of_app, "--expect-version", 1, stdin=LOCATION)
    said = cli.fails("series", "apply", "-", *of_app, "--expect-version", 1, stdin="{}")
    assert "newest version is 2" in said
    assert "it is empty" in cli.fails("series", "apply", "-", *of_app, stdin="")
    assert version_of(cli, app) == 2
    assert "nobody" in cli.fails("series", "show", "--app", "nobody")
    assert "version 9" in cli.fails("series", "show", *of_app, "--version", 9)


# Trying


def test_tries_rules_on_given_samples(cli, app, of_app, tmp_path):
    rules = tmp_path / "series.yaml"
    rules.write_text(LOCATION, encoding="utf-8")
    samples = '[{"location": {"latitude": 48.1}, "a": 1}, {"location": {"latitude": "north"}}]'
    rows = cli.csv("series", "try", *of_app, "--rules", rules, "--samples", "-", stdin=samples)
    points = {(row["sample"], row["series"], row["value"]) for row in rows if row["series"]}
    assert points == {("1", "auto~a", "1"), ("1", "location", "48.1")}
    (refused,) = [row for row in rows if row["reason"]]
    assert (refused["sample"], refused["reason"]) == ("2", "wrong_type")
    assert (refused["path"], refused["value"]) == ("location.latitude", '"north"')
    # Those in force take nothing.
    (first, _) = cli.json("series", "try", *of_app, "--samples", "-", stdin=samples)
    assert (first["dataPoints"], first["rejections"]) == ([], [])
    assert version_of(cli, app) == 1
    assert "given.data_samples" in cli.fails(
        "series", "try", *of_app, "--samples", "-", stdin="no JSON"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--next"],
        ["--rejected", "--next", "--endpoint", "e"],
        ["--rejected", "--wait", "5s"],
        ["--next", "--endpoint", "e", "--reason", "wrong_type"],
        ["--next", "--endpoint", "e", "--wait", "11m"],
        ["--samples", "-", "--rules", "-"],
        ["--samples", "-", "--limit", "5"],
    ],
)
def test_a_trial_that_is_not_clear_is_wrong_usage(cli, of_app, arguments):
    cli.fails("series", "try", *of_app, *arguments, status=2, stdin="{}")
