# SPDX-License-Identifier: Apache-2.0
"""The command `millrace` against the whole suite: every command, every format, errors, exit
statuses."""

import itertools
import json
import re
import subprocess

import pytest

from support.cli import Cli
from support.paths import BIN
from support.ports import free_port
from support.wait import wait_until

_numbers = itertools.count(1)

TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z$")


@pytest.fixture(scope="module")
def cli(shared_stack):
    return Cli(shared_stack)


@pytest.fixture
def name():
    """A new name."""
    return f"cli-{next(_numbers)}"


@pytest.fixture
def device(cli, name):  # pylint: disable=redefined-outer-name
    """An application with auto-extraction, a version and an endpoint, all called `name`."""
    cli("app", "create", name, "--auto-extract", "on")
    cli("app-version", "create", name, "--app", name)
    cli("endpoint", "create", "--app-version", name, "--id", name, "--token", name)
    return name


# pylint: disable=redefined-outer-name


def send(cli, device, document, how="--http"):
    return cli.json("send", how, "--app-version", device, "--token", device, stdin=document)


def wait_for_points(cli, device, count):
    def enough():
        rows = cli.csv("query", "--app", device, "--endpoint", device)
        return rows if len(rows) >= count else None

    return wait_until(enough, f"{count} values are stored")


# Administration


def test_applications(cli, name):
    made = cli.json("app", "create", name, "--display-name", "A name, with a comma")
    assert (made["name"], made["autoExtract"], made["rulesVersion"]) == (name, False, "1")
    assert cli.json("app", "show", name) == made
    assert made in cli.json("app", "list")["applications"]
    changed = cli.json("app", "set", name, "--auto-extract", "on")
    assert changed["autoExtract"] and changed["displayName"] == made["displayName"]
    assert not cli.json("app", "set", name, "--auto-extract", "off")["autoExtract"]
    (row,) = [row for row in cli.csv("app", "list") if row["name"] == name]
    assert row["display_name"] == "A name, with a comma"
    assert row["auto_extract"] == "off" and TIME.match(row["created_at"])
    (row,) = cli.table("app", "show", name)
    assert (row["NAME"], row["DISPLAY NAME"]) == (name, "A name, with a comma")


def test_what_the_devices_of_an_application_may_upload(cli, name):
    made = cli.json("app", "create", name, "--max-uploads-per-second", "0.5")
    assert (made["maxUploadsPerSecond"], made["maxUploadBurst"]) == (0.5, 0)
    assert not made["relaxedResourcePaths"]
    arguments = ("--max-upload-burst", "10", "--relaxed-resource-paths", "on")
    changed = cli.json("app", "set", name, *arguments)
    assert (changed["maxUploadsPerSecond"], changed["maxUploadBurst"]) == (0.5, 10)
    assert changed["relaxedResourcePaths"]
    (row,) = [row for row in cli.csv("app", "list") if row["name"] == name]
    assert row["max_uploads_per_second"] == "0.5" and row["relaxed_resource_paths"] == "on"
    assert cli.json("app", "set", name, "--max-uploads-per-second", "0")["maxUploadBurst"] == 10
    assert "0.001" in cli.fails("app", "set", name, "--max-uploads-per-second", "-1")
    cli("app-version", "create", name, "--app", name)
    cli("endpoint", "create", "--app-version", name, "--id", name)
    own = ("--max-uploads-per-second", "50", "--max-upload-burst", "9")
    assert cli.json("endpoint", "set-quota", name, *own)["maxUploadsPerSecond"] == 50
    assert cli.csv("endpoint", "show", name)[0]["own_quota"] == "50/s, 9 at once"
    assert "maxUploadsPerSecond" not in cli.json("endpoint", "set-quota", name)
    assert cli.csv("endpoint", "list", "--app", name)[0]["own_quota"] == ""


def test_application_versions(cli, name):
    cli("app", "create", name)
    made = cli.json("app-version", "create", f"{name}-v1", "--app", name)
    assert cli.json("app-version", "list", "--app", name) == {
        "appVersions": [made],
        "nextPageToken": "",
    }
    assert cli.csv("app-version", "list", "--app", name)[0]["application_name"] == name
    assert made in cli.json("app-version", "list")["appVersions"]
    assert cli.table("app-version", "list", "--app", name)[0]["NAME"] == f"{name}-v1"


def test_endpoints(cli, name):
    cli("app", "create", name)
    cli("app-version", "create", name, "--app", name)
    made = cli.json("endpoint", "create", "--app-version", name)
    assert len(made["token"]) == 20
    chosen = cli.csv("endpoint", "create", "--app-version", name, "--id", name, "--token", "t")
    assert chosen == [
        {"endpoint_id": name, "application_name": name, "app_version_name": name, "token": "t"}
    ]
    shown = cli.json("endpoint", "show", name)
    assert shown["tokens"][0]["state"] == "TOKEN_STATE_INACTIVE"
    assert "inactive" in cli.table("endpoint", "show", name)[0]["TOKENS"]
    listed = cli.json("endpoint", "list", "--app", name)["endpoints"]
    assert {one["endpointId"] for one in listed} == {made["endpoint"]["endpointId"], name}
    assert len(cli.csv("endpoint", "list", "--app", name)) == 2


def test_endpoints_are_searched(cli, device):
    cli("endpoint", "create", "--app-version", device, "--id", f"{device}.Pump", "--token", "p")
    cli("token", "suspend", "--app", device, "--token", "p")

    def found(*arguments):
        rows = cli.csv("endpoint", "list", "--app", device, *arguments)
        return [row["endpoint_id"].removeprefix(device) for row in rows]

    assert found() == ["", ".Pump"]
    assert found("--search", "pUMP") == found("--state", "suspended") == [".Pump"]
    assert found("--app-version", device, "--state", "inactive") == [""]
    assert found("--search", "%") == []
    listed = cli.json("endpoint", "list", "--app", device, "--search", "pump")
    assert (listed["total"], listed["nextPageToken"]) == (1, "")
    assert "no-such" in cli.fails("endpoint", "list", "--app-version", "no-such")
    assert "--state" in cli.fails("endpoint", "list", "--state", "asleep", status=2)


def test_dashboards(cli, device, tmp_path):
    document = {
        "title": "Pumps, all",
        "widgets": [
            {
                "title": "Temperature",
                "placement": {"columns": 12, "rows": 4},
                "sources": [{"timeSeriesName": "auto~temperature"}],
                "chart": {"rangeSeconds": "3600"},
            }
        ],
    }
    path = tmp_path / "pumps.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    assert "--app is missing" in cli.fails("dashboard", "import", path, status=2)
    made = cli.json("dashboard", "import", path, "--app", device)
    assert (made["title"], made["version"], made["updatedBy"]) == ("Pumps, all", "1", "admin")
    (row,) = cli.csv("dashboard", "list", "--app", device)
    assert (row["title"], row["application_name"]) == ("Pumps, all", device)
    assert TIME.match(row["updated_at"])
    (row,) = cli.table("dashboard", "list", "--app", device)
    assert row["DASHBOARD ID"] == made["dashboardId"]
    exported = cli("dashboard", "export", made["dashboardId"])
    assert json.loads(exported) == made
    # What was exported can be imported: as another one, or in place of the first.
    again = cli.json("dashboard", "import", "-", stdin=exported)
    assert again["dashboardId"] != made["dashboardId"]
    assert again["widgets"] == made["widgets"]
    changed = exported.replace("Pumps, all", "Pumps")
    replace = ("dashboard", "import", "-", "--replace", made["dashboardId"])
    replaced = cli.json(*replace, "--expect-version", 1, stdin=changed)
    assert (replaced["dashboardId"], replaced["version"]) == (made["dashboardId"], "2")
    said = cli.fails(*replace, "--expect-version", 1, stdin=exported)
    assert "its version is 2" in said
    assert len(cli.json("dashboard", "list", "--app", device)["dashboards"]) == 2
    cli("dashboard", "delete", again["dashboardId"])
    said = cli.fails("dashboard", "export", again["dashboardId"])
    assert "cannot find dashboard" in said
    said = cli.fails("dashboard", "import", "-", "--app", device, stdin='{"tittle": 1}')
    assert "tittle" in said
    said = cli.fails("dashboard", "import", "-", "--app", device, stdin='{"title": ""}')
    assert "dashboard.title" in said


def test_endpoints_with_many_tokens_are_listed_whole(cli, shared_stack, device):
    """1,000 of them, the most that a page may have, are over the 4 MiB of a gRPC message."""
    shared_stack.sql(
        """
        WITH endpoint AS (
          INSERT INTO registry.endpoint (application_key, app_version_key, endpoint_id)
          SELECT application_key, app_version_key, name || '-' || repeat('x', 100) || number
          FROM registry.app_version, generate_series(1, 999) AS number WHERE name = %s
          RETURNING application_key, endpoint_key)
        INSERT INTO registry.token (application_key, endpoint_key, sha256, state)
        SELECT application_key, endpoint_key,
          sha256(convert_to(endpoint_key || ' ' || number, 'UTF8')),
          CASE WHEN number > 20 THEN 4 ELSE 2 END
        FROM endpoint, generate_series(1, 40) AS number
        """,
        [device],
    )
    listed = cli.json("endpoint", "list", "--app", device)["endpoints"]
    assert sum(len(json.dumps(one)) for one in listed) > 4 << 20
    assert len({one["endpointId"] for one in listed}) == 1000
    assert {len(one["tokens"]) for one in listed} == {1, 40}
    ids = [one["endpointId"] for one in listed]
    assert ids == sorted(ids)


def test_tokens(cli, device):
    (token,) = cli.json("endpoint", "show", device)["tokens"]
    number = token["tokenId"]
    assert cli.table("token", "suspend", "--token-id", number)[0]["STATE"] == "suspended"
    by_text = ("--app", device, "--token", device)
    assert cli.csv("token", "activate", *by_text)[0]["state"] == "active"
    assert cli.json("token", "revoke", *by_text)["state"] == "TOKEN_STATE_REVOKED"
    assert "cannot" in cli.fails("token", "activate", "--token-id", number)
    further = cli.json("token", "create", device, "--token", f"{device}-2")
    assert further["token"] == f"{device}-2" and further["metadata"]["endpointId"] == device
    assert "--token-id" in cli.fails("token", "suspend", status=2)


def test_keys(cli, name):
    made = cli.json("key", "create", name)
    number = made["metadata"]["keyId"]
    assert cli.json("app", "list", MILLRACE_KEY=made["key"])
    assert {row["name"] for row in cli.csv("key", "list")} >= {"admin", name}
    assert made["key"] not in cli("key", "list")
    shown = cli.json("key", "show", MILLRACE_KEY=made["key"])
    assert (shown["keyId"], shown["name"], shown["role"]) == (number, name, "API_KEY_ROLE_ADMIN")
    assert cli.table("key", "show")[0]["NAME"] == "admin"
    assert cli.table("key", "revoke", number)[0]["REVOKED AT"]
    assert "--key-file" in cli.fails("app", "list", MILLRACE_KEY=made["key"])


def test_keys_with_limits(cli, name, shared_stack):
    mine, other = (shared_stack.registry.create_application() for _ in range(2))
    made = cli.json("key", "create", name, "--role", "operator", "--app", mine, "--app", other)
    assert made["metadata"]["role"] == "API_KEY_ROLE_OPERATOR"
    (row,) = cli.table("key", "create", f"{name}-r", "--app", mine)
    assert (row["ROLE"], row["APPLICATIONS"]) == ("reader", mine)
    rows = {row["name"]: row for row in cli.csv("key", "list")}
    assert (rows["admin"]["role"], rows["admin"]["applications"]) == ("admin", "all")
    assert rows[name]["applications"].split() == sorted([mine, other])
    listed = cli.csv("app", "list", MILLRACE_KEY=row["KEY"])
    assert [app["name"] for app in listed] == [mine]
    assert "cannot find" in cli.fails("app", "show", other, MILLRACE_KEY=row["KEY"])
    denied = cli.fails("app", "create", f"{name}-a", MILLRACE_KEY=row["KEY"])
    assert "reader" in denied and "admin" in denied
    assert "--role" in cli.fails("key", "create", f"{name}-x", "--role", "boss", status=2)
    assert "application_names" in cli.fails(
        "key", "create", f"{name}-x", "--role", "admin", "--app", mine
    )


def test_the_key_may_be_given_in_every_way(cli, shared_stack):
    key, file = shared_stack.admin_key, str(shared_stack.admin_key_file)
    for arguments, environment in (
        (["--key", key], {}),
        (["--key-file", file], {}),
        ([], {"MILLRACE_KEY": key}),
        ([], {"MILLRACE_KEY_FILE": file}),
    ):
        given = {"MILLRACE_KEY_FILE": "", **environment}
        cli("app", "list", *arguments, **given)
        cli(*arguments, "app", "list", **given)
    assert "key" in cli.fails("app", "list", MILLRACE_KEY_FILE="")
    assert "/nowhere" in cli.fails("app", "list", MILLRACE_KEY_FILE="/nowhere")
    assert "API key" in cli.fails("app", "list", MILLRACE_KEY="wrong")


# Sending


@pytest.mark.parametrize("how", ["--http", "--mqtt"])
def test_sends_and_shows_the_servers_answer(cli, device, how):
    transport = how[2:]
    upload = ("send", how, "--app-version", device, "--token", device)
    assert cli.json(*upload, '{"a": 1}') == {
        "transport": transport,
        "statusCode": 200,
        "reasonPhrase": "OK",
    }
    assert cli.csv(*upload, stdin='[{"a": 2}]')[0]["status_code"] == "200"
    assert cli.table(*upload, "-", stdin='{"a": 3}')[0]["TRANSPORT"] == transport
    assert {row["value"] for row in wait_for_points(cli, device, 3)} == {"1", "2", "3"}


@pytest.mark.parametrize("how", ["--http", "--mqtt"])
def test_a_refused_upload_is_a_failure_with_the_answer(cli, device, how):
    for token, document, status in ((device, "no JSON", 400), ("nobody", "{}", 404)):
        done = cli.run(
            *("send", how, "--app-version", device, "--token", token, document),
            *("--format", "json"),
        )
        assert done.returncode == 1, done
        assert json.loads(done.stdout)["statusCode"] == status
        assert str(status) in done.stderr.decode()


# Reading


def test_series(cli, device):
    send(cli, device, '{"temperature": 23, "humidity": 48}')
    wait_for_points(cli, device, 2)
    texts = {"unit": "", "description": ""}
    expected = [
        {"series": f"auto~{field}", "value_name": "value", "type": "number"} | texts
        for field in ("humidity", "temperature")
    ]
    assert cli.csv("series", "list", "--app", device) == expected
    assert cli.csv("series", "list", "--app", device, "--endpoint", device) == expected
    assert cli.table("series", "list", "--app", device)[1]["SERIES"] == "auto~temperature"
    names = [s["name"] for s in cli.json("series", "list", "--app", device)["timeSeries"]]
    assert names == ["auto~humidity", "auto~temperature"]


def test_query_in_all_formats(cli, device):
    send(cli, device, '[{"b": 0.1, "a": 1e300}, {"b": 9007199254740993}, {"a": -5}]')
    rows = wait_for_points(cli, device, 4)
    assert list(rows[0]) == ["timestamp", "endpoint_id", "series", "value_name", "value"]
    assert [(row["series"], row["value"]) for row in rows] == [
        ("auto~a", "1e+300"),
        ("auto~a", "-5"),
        ("auto~b", "0.1"),
        ("auto~b", "9007199254740992"),
    ]
    assert all(TIME.match(row["timestamp"]) for row in rows)
    assert {row["endpoint_id"] for row in rows} == {device}
    of_range = ("query", "--app", device, "--endpoint", device)
    as_table = cli.table(*of_range)
    assert [list(row.values()) for row in as_table] == [list(row.values()) for row in rows]
    chunks = cli.json(*of_range)
    assert [chunk["timeSeriesName"] for chunk in chunks] == ["auto~a", "auto~b"]
    assert chunks[0]["columns"][0]["numbers"] == [1e300, -5]
    assert all(chunk["resumeToken"] for chunk in chunks)
    b = cli.csv(*of_range, "--series", "auto~b", "--order", "descending", "--limit", "1")
    assert [row["value"] for row in b] == ["9007199254740992"]
    assert cli.csv(*of_range, "--series", "auto~b", "--series", "auto~none") == rows[2:]
    # The newest point.
    last = {row["series"]: row["value"] for row in cli.csv("last", "--app", device)}
    assert last == {"auto~a": "-5", "auto~b": "9007199254740992"}
    assert list(cli.csv("last", "--app", device)[0]) == list(rows[0])
    point = cli.json("last", "--app", device, "--endpoint", device, "--series", "auto~a")
    assert point["dataPoints"][0]["values"] == [{"name": "value", "number": -5}]
    assert cli.csv("last", "--app", device, "--before", "now-1h") == []


def test_ranges_of_query(cli, device):
    send(cli, device, '[{"a": 1}, {"a": 2}, {"a": 3}]')
    rows = wait_for_points(cli, device, 3)
    times = [row["timestamp"] for row in rows]
    of_range = ("query", "--app", device, "--endpoint", device)

    def values(*more):
        return [row["value"] for row in cli.csv(*of_range, *more)]

    assert values("--from", times[0], "--to", times[2]) == ["1", "2"]
    for include, wanted in (("to", "23"), ("both", "123"), ("none", "2")):
        got = values("--from", times[0], "--to", times[2], "--include-time", include)
        assert "".join(got) == wanted
    for more in (["--last", "15m"], ["--from", "now-7d"], ["--from", "2020-01-01"]):
        assert values(*more) == ["1", "2", "3"]
    assert values("--to", "now-1h") == []
    assert values("--from", "now-2h", "--to", "now-1h") == []
    assert cli.json(*of_range, "--to", "now-1h") == []
    assert cli(*of_range, "--to", "now-1h").split() == [
        *("TIMESTAMP", "ENDPOINT", "ID", "SERIES", "VALUE", "NAME", "VALUE")
    ]


def test_a_long_range_is_printed_as_it_comes(cli, device, shared_stack):
    samples = ",".join(f'{{"n": {i}}}' for i in range(1000))
    for _ in range(12):
        send(cli, device, f"[{samples}]")
    last = wait_until(
        lambda: shared_stack["epts"].metric("millrace_epts_samples_total", outcome="stored")
        and cli.csv("query", "--app", device, "--endpoint", device)[11_999:],
        "all samples are stored",
    )
    assert last[0]["value"] == "999"
    chunks = cli.json("query", "--app", device, "--endpoint", device)
    assert sum(len(chunk["timestampsUs"]) for chunk in chunks) == 12_000
    assert len(chunks) > 1


def test_query_shows_all_series_also_where_one_request_cannot_name_them(cli, device):
    """Query takes 1,000 names in a request; an application may have ten times as many series."""
    other = f"{device}-2"
    cli("endpoint", "create", "--app-version", device, "--id", other, "--token", other)
    fields = [f"f{number:04}" for number in range(1200)]
    for first in (0, 500):  # together as many as an endpoint may have
        send(cli, device, json.dumps({field: first for field in fields[first : first + 500]}))
    more = json.dumps({field: 1 for field in [fields[0], *fields[1000:]]})
    cli(*("send", "--http", "--app-version", device, "--token", other, more))
    of_range = ("query", "--app", device, "--endpoint", device, "--endpoint", other)
    rows = wait_until(
        lambda: len(found := cli.csv(*of_range)) == 1201 and found, "all values are readable"
    )
    got = [(row["endpoint_id"], row["series"]) for row in rows]
    one_answer = [(device, f"auto~{field}") for field in fields[:1000]]
    one_answer += [(other, f"auto~{field}") for field in [fields[0], *fields[1000:]]]
    assert got == one_answer
    assert len(cli.json(*of_range)) == 1201
    # The limit is that of the whole answer, also where it ends between two requests.
    for limit in (999, 1000, 1001, 1100, 1200):
        assert cli.csv(*of_range, "--limit", limit) == rows[:limit]


def test_rejected_samples(cli, device):
    send(cli, device, '{"good": 1, "bad": 1e400}')
    rows = wait_until(
        lambda: cli.csv("rejected", "list", "--app", device), "the rejected sample is there"
    )
    assert rows[0]["reason"] == "number_out_of_range" and rows[0]["partly_stored"] == "yes"
    assert "bad" in rows[0]["detail"] and TIME.match(rows[0]["received_at"])
    (sample,) = cli.json("rejected", "list", "--app", device)["rejectedSamples"]
    assert sample["endpointId"] == device and "1e400" in sample["sample"]
    listed = ("rejected", "list", "--app", device)
    assert cli.table(*listed, "--endpoint", device, "--from", "now-1h", "--limit", 5)
    assert cli.csv(*listed, "--to", "now-1h") == []
    assert cli.csv(*listed, "--endpoint", "nobody") == []
    assert rows[0]["path"] == "bad" and rows[0]["value"] == "1e400"
    assert len(cli.csv(*listed, "--reason", "number_out_of_range")) == 1
    assert cli.csv(*listed, "--reason", "too_many_fields") == []
    assert "must be one of" in cli.fails(*listed, "--reason", "bad luck")


def test_rejected_samples_are_replayed(cli, device):
    for _ in range(3):
        send(cli, device, '{"good": 1, "bad": 1e400}')
    listed = ("rejected", "list", "--app", device)
    wait_until(lambda: len(cli.csv(*listed)) == 3, "the rejected samples are there")
    done = cli.run("rejected", "replay", "--app", device, "--format", "json")
    assert done.returncode == 0 and b"note: what can be stored now" in done.stderr
    assert json.loads(done.stdout) == {"replayed": "3", "cut": "0", "nextPageToken": ""}
    chosen = ("rejected", "replay", "--app", device, "--reason", "too_many_fields")
    assert cli.csv(*chosen) == [{"replayed": "0", "cut": "0"}]
    assert len(cli.csv(*listed)) == 3, "nothing has been mended"


def test_answers_that_end_at_their_limit_say_so_on_stderr(cli, device):
    for _ in range(3):
        send(cli, device, '{"a": 1, "b": 2, "bad": 1e400}')
    rejected = ("rejected", "list", "--app", device)
    wait_until(lambda: len(cli.csv(*rejected)) == 3, "the rejected samples are there")
    wait_for_points(cli, device, 6)
    for form in ("table", "csv", "json"):
        for command, limit, words in (
            (("last", "--app", device), 1, "there may be more"),
            (rejected, 2, "there are more"),
        ):
            done = cli.run(*command, "--limit", limit, "--format", form)
            assert done.returncode == 0 and done.stdout
            (note,) = done.stderr.decode().splitlines()
            assert note.startswith("millrace: note: ") and words in note and "--limit" in note
            # Where nothing is left out there is no note: the call sees to it.
            cli(*command, "--limit", 3, "--format", form)
    assert cli.json(*rejected)["nextPageToken"] == ""


# Errors


def test_what_the_services_refuse_is_said_with_status_1(cli, device):
    assert device in cli.fails("app", "create", device)
    assert "name" in cli.fails("app", "create", "NOT ALLOWED")
    assert '"nobody"; app list' in cli.fails("app", "show", "nobody")
    assert "nobody" in cli.fails("app-version", "create", "x", "--app", "nobody")
    assert "nobody" in cli.fails("endpoint", "show", "nobody")
    assert "nobody" in cli.fails("series", "list", "--app", "nobody")
    for form in ("table", "json", "csv"):
        said = cli.fails(
            *("query", "--app", "nobody", "--endpoint", "e", "--series", "s", "--format", form)
        )
        assert "nobody" in said
    assert "key" in cli.fails("key", "revoke", 999_999)


def test_a_service_that_is_away_is_named_with_its_option(cli):
    port = free_port()
    for command, variable, option in (
        (["app", "list"], "MILLRACE_REGISTRY_ADDRESS", "--registry-address"),
        (["last", "--app", "a"], "MILLRACE_QUERY_ADDRESS", "--query-address"),
        (
            ["send", "--mqtt", "--app-version", "a", "--token", "t", "{}"],
            "MILLRACE_MQTT_ADDRESS",
            "--mqtt-address",
        ),
    ):
        said = cli.fails(*command, **{variable: f"127.0.0.1:{port}"})
        assert f"127.0.0.1:{port}" in said and option in said
    said = cli.fails(
        *("send", "--http", "--app-version", "a", "--token", "t", "{}"),
        MILLRACE_HTTP_URL=f"http://127.0.0.1:{port}",
    )
    assert str(port) in said and "--http-url" in said


def test_wrong_usage_is_status_2(cli):
    for arguments in (
        [],
        ["nonsense"],
        ["app"],
        ["app", "create"],
        ["app", "create", "a", "b"],
        ["app", "list", "--format", "xml"],
        ["query", "--app", "a"],
        ["query", "--app", "a", "--endpoint", "e", "--from", "some day"],
        ["query", "--app", "a", "--endpoint", "e", "--last", "1h", "--to", "now"],
        ["send", "--app-version", "a", "--token", "t", "{}"],
    ):
        cli.fails(*arguments, status=2)


def test_a_closed_output_is_no_success(cli, device):
    send(cli, device, '{"a": 1}')
    wait_for_points(cli, device, 1)
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [str(BIN / "millrace"), "query", "--app", device, "--endpoint", device],
            env=cli.environment,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1 and b"standard output" in done.stderr
