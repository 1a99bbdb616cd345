# SPDX-License-Identifier: Apache-2.0
"""Programs of strangers: one that knows only reflection, and those of docs/grpc-api.md as they
stand there."""

import json
import re
import subprocess
import sys

import grpc
import pytest

from service.query_rows import (  # noqa: F401  (fixtures)
    Rows,
    number,
    query_stack,
    rows,
)
from support.api import channel
from support.child import clean_environment
from support.paths import ROOT
from support.protos import query_pb2, registry_pb2
from support.reflection import NoSuchSymbol, Reflected, Reflection

# pylint: disable=redefined-outer-name

PAGE = ROOT / "docs" / "grpc-api.md"
A = number("auto~a")


@pytest.fixture(scope="module")
def key(query_stack):
    return query_stack.admin_key


@pytest.fixture(scope="module")
def reflected(query_stack, key):
    with channel(query_stack["query"].address) as one:
        yield Reflected(one, "millrace.query.v1.Query", (("authorization", f"Bearer {key}"),))


# With reflection alone


@pytest.mark.parametrize(
    "program, compiled", [("query", query_pb2), ("registry", registry_pb2)]
)
def test_reflection_tells_the_contract_as_it_is(query_stack, program, compiled):
    (name,) = compiled.DESCRIPTOR.services_by_name
    service = compiled.DESCRIPTOR.services_by_name[name]
    with channel(query_stack[program].address) as one:
        reflection = Reflection(one)
        assert {service.full_name, "grpc.health.v1.Health"} <= reflection.services()
        pool = reflection.pool_of(service.full_name)
        with pytest.raises(NoSuchSymbol):
            reflection.pool_of("millrace.query.v9.Query")
    told = pool.FindServiceByName(service.full_name)
    assert [method.name for method in told.methods] == [m.name for m in service.methods]
    assert told.file.serialized_pb == compiled.DESCRIPTOR.serialized_pb


def test_a_client_with_reflection_only_reads_points(rows, reflected):
    both = rows.layout(A, ("state", "value", 2))
    rows.frames("ep", both, [(n, [n], [f"s{n}"]) for n in range(5)])
    listed = reflected.ListTimeSeries(
        reflected.new("ListTimeSeriesRequest", application_name=rows.application)
    )
    assert [series.name for series in listed.time_series] == ["auto~a", "state"]

    request = reflected.new(
        "GetDataPointsRequest",
        application_name=rows.application,
        endpoint_ids=["ep"],
        time_series_names=["auto~a", "state"],
        limit=3,
    )
    getattr(request, "from").FromMicroseconds(rows.start_us)
    request.to.FromMicroseconds(rows.start_us + 1_000_000)
    points = []
    for _ in range(4):  # pages of three, by token
        for chunk in reflected.GetDataPoints(request):
            (column,) = chunk.columns
            values = column.numbers or column.strings
            points += [(time - rows.start_us, v) for time, v in zip(chunk.timestamps_us, values)]
            request.resume_token = chunk.resume_token
    assert points == [(n, n) for n in range(5)] + [(n, f"s{n}") for n in range(5)]

    last = reflected.GetLastDataPoints(
        reflected.new("GetLastDataPointsRequest", application_name=rows.application)
    )
    values = [getattr(p.values[0], p.values[0].WhichOneof("kind")) for p in last.data_points]
    assert values == [4, "s4"]


def test_a_client_with_reflection_only_is_told_what_is_wrong(reflected):
    with pytest.raises(grpc.RpcError) as failure:
        reflected.ListTimeSeries(reflected.new("ListTimeSeriesRequest"))
    assert failure.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert failure.value.details().startswith("application_name: ")


# The programs of the page


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)


def program(name):
    """The block whose first line says how it is used under that name."""
    (found,) = [block for block in blocks("python") if f"python3 {name} " in block.split("\n")[0]]
    return found


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """A folder with both, and the stubs that the page's own commands have made."""
    folder = tmp_path_factory.mktemp("stranger")
    (commands,) = blocks("sh")
    environment = {**clean_environment(), "PROTO": str(ROOT / "proto")}
    subprocess.run(["sh", "-eu", "-c", commands], cwd=folder, env=environment, check=True)
    for name in ("read.py", "call.py"):
        (folder / name).write_text(program(name), "utf-8")
    return folder


def run(programs, *words):
    return subprocess.run(
        [sys.executable, *words],
        cwd=programs,
        env=clean_environment(),
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )


def test_the_compiled_program_of_the_page(programs, rows, key):
    layout = rows.layout(A, ("place", "name", 2), ("place", "fix", 3))
    rows.frames("ep", layout, [(0, [1.5, 1], ["x"]), (1, [None, 0], ["y"])])
    address = rows.stack["query"].address
    done = run(programs, "read.py", address, key, rows.application, "ep")
    assert (done.returncode, done.stderr) == (0, "")
    start = rows.start_us
    assert sorted(done.stdout.splitlines()) == sorted(
        [
            f"{start},auto~a,value,1.5",
            f"{start},place,fix,True",
            f"{start + 1},place,fix,False",
            f"{start},place,name,x",
            f"{start + 1},place,name,y",
        ]
    )
    assert run(programs, "read.py", address, key, rows.application, "none").returncode == 1
    done = run(programs, "read.py", address, "wrong", rows.application, "ep")
    assert done.returncode == 1


def test_the_reflecting_program_of_the_page(programs, rows, key):
    rows.frame("ep", rows.layout(A), 0, [2.5])
    address, service = rows.stack["query"].address, "millrace.query.v1.Query"
    asked = json.dumps({"applicationName": rows.application})
    done = run(programs, "call.py", address, key, service, "GetLastDataPoints", asked)
    assert (done.returncode, done.stderr) == (0, "")
    (point,) = json.loads(done.stdout)["dataPoints"]
    assert point["endpointId"] == "ep" and point["values"][0]["number"] == 2.5

    stream = json.dumps(
        {
            "applicationName": rows.application,
            "endpointIds": ["ep"],
            "timeSeriesNames": ["auto~a"],
            "from": "2020-01-01T00:00:00Z",
            "to": "2100-01-01T00:00:00Z",
        }
    )
    done = run(programs, "call.py", address, key, service, "GetDataPoints", stream)
    assert json.loads(done.stdout)["timestampsUs"] == [str(rows.start_us)]

    for words, fault in [
        ((key, service, "GetLastDataPoints", "{}"), "INVALID_ARGUMENT: application_name"),
        (("wrong", service, "GetLastDataPoints", asked), "UNAUTHENTICATED"),
        ((key, "no.Service", "Method", "{}"), "does not know no.Service"),
    ]:
        done = run(programs, "call.py", address, *words)
        assert done.returncode == 1 and fault in done.stderr, done.stderr
