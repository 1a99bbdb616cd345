# SPDX-License-Identifier: Apache-2.0
"""Rows of schema time_series written by hand, so that tests of query know every point; and
what these tests share."""

import itertools
import time

import grpc
import pytest

from support.protos import query_pb2
from support.stack import running_stack

_numbers = itertools.count(1)


def recent_us():
    """A whole second of now: the partitions around it exist."""
    return int(time.time()) * 1_000_000


class Rows:
    """An application with series of its own."""

    def __init__(self, stack, name=None):
        self.stack = stack
        self.application = name or f"rows-{next(_numbers)}"
        self.start_us = recent_us()
        self._seq = itertools.count(1)
        self._key = self._insert("application", name=self.application)
        self._endpoints = {}
        self._values = {}

    def _insert(self, table, **columns):
        names = ", ".join(columns)
        places = ", ".join(["%s"] * len(columns))
        key = {"series_value": "value_key"}.get(table, f"{table}_key")
        return self.stack.sql(
            f"INSERT INTO time_series.{table} ({names}) VALUES ({places}) RETURNING {key}",
            list(columns.values()),
        )[0][0]

    def endpoint(self, endpoint_id):
        if endpoint_id not in self._endpoints:
            self._endpoints[endpoint_id] = self._insert(
                "endpoint", application_key=self._key, endpoint_id=endpoint_id
            )
        return self._endpoints[endpoint_id]

    def layout(self, *members):
        """Members are (series, value name, type): 1 number, 2 string, 3 boolean."""
        keys = [self._value(member) for member in members]
        numbers = [key for key, member in zip(keys, members) if member[2] != 2]
        texts = [key for key, member in zip(keys, members) if member[2] == 2]
        assert numbers == sorted(numbers) and texts == sorted(texts)
        return self._insert(
            "layout",
            application_key=self._key,
            number_keys=numbers,
            text_keys=texts,
            digest=repr((numbers, texts)).encode(),
        )

    def _value(self, member):
        if member not in self._values:
            series, value, kind = member
            self._values[member] = self._insert(
                "series_value",
                application_key=self._key,
                series_name=series,
                value_name=value,
                value_type=kind,
            )
        return self._values[member]

    def frame(self, endpoint_id, layout, offset_us, numbers=None, texts=None):
        self.frames(endpoint_id, layout, [(offset_us, numbers, texts)])

    def frames(self, endpoint_id, layout, frames):
        """(offset, numbers, texts) each; in one statement."""
        endpoint = self._link(endpoint_id, layout)
        values = []
        for offset_us, numbers, texts in frames:
            values += [endpoint, layout, self.start_us // 1_000_000, offset_us]
            values += [next(self._seq), numbers, texts]
        if not values:
            return
        row = "(%s, %s, to_timestamp(%s) + %s * interval '1 us', %s, %s::float8[], %s::text[])"
        self.stack.sql(
            "INSERT INTO time_series.frame VALUES " + ", ".join([row] * (len(values) // 7)), values
        )

    def write(self, endpoint_id, frames):
        """[(layout, µs since 1970, numbers, texts)] in one statement; the seq of each."""
        for layout in {frame[0] for frame in frames}:
            self._link(endpoint_id, layout)
        parameters, seqs = [], []
        for layout, time_us, numbers, texts in frames:
            seqs.append(next(self._seq))
            parameters += [self._endpoints[endpoint_id], layout, time_us, seqs[-1], numbers, texts]
        row = "(%s, %s, timestamptz 'epoch' + %s * interval '1 us', %s, %s::float8[], %s::text[])"
        self.stack.sql(
            f"INSERT INTO time_series.frame VALUES {', '.join([row] * len(frames))}", parameters
        )
        return seqs

    def many_frames(self, endpoint_id, layout, count):
        """One a microsecond; the number is its offset."""
        self.stack.sql(
            "INSERT INTO time_series.frame SELECT %s, %s, to_timestamp(%s) + n * interval '1 us',"
            " n, ARRAY[n::float8], NULL FROM generate_series(0, %s) n",
            [self._link(endpoint_id, layout), layout, self.start_us // 1_000_000, count - 1],
        )

    def _link(self, endpoint_id, layout):
        endpoint = self.endpoint(endpoint_id)
        self.stack.sql(
            "INSERT INTO time_series.endpoint_layout VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [endpoint, layout],
        )
        return endpoint

    def reject(self, endpoint_id, offset_us, reason, sample=b"{}", cut=False, detail="why"):
        self.stack.sql(
            "INSERT INTO time_series.rejected_sample VALUES"
            " (%s, %s, to_timestamp(%s) + %s * interval '1 us', %s, 'v1', %s, %s, false, %s, %s,"
            " 1, 'c')",
            [
                *(self._key, endpoint_id, self.start_us // 1_000_000, offset_us),
                *(next(self._seq), reason, detail, sample, cut),
            ],
        )


def make_partition(stack, first_day, day_after):
    """For rows of long ago; of days as in 2018-01-01, which no partition has yet."""
    stack.sql(
        f"CREATE TABLE time_series.frame_of_{first_day.replace('-', '_')}"
        " PARTITION OF time_series.frame"
        f" FOR VALUES FROM ('{first_day}Z') TO ('{day_after}Z')"
    )


def make_last_week(stack):
    """The partition of the week before this one, as epts would have made it then."""
    stack.sql(
        "SET ROLE epts; DO $$ DECLARE week date := date_trunc('week', now() - interval '7 days'); BEGIN"
        " IF to_regclass('time_series.frame_p' || to_char(week, 'YYYYMMDD')) IS NULL THEN"
        " EXECUTE format('CREATE TABLE time_series.frame_p%s PARTITION OF time_series.frame"
        " FOR VALUES FROM (%L) TO (%L)', to_char(week, 'YYYYMMDD'), week, week + 7);"
        " END IF; END $$"
    )


def number(series):
    return (series, "value", 1)


@pytest.fixture(scope="module")
def query_stack(postgres):
    """Registry, epts (for the schema) and query, for all tests of a file."""
    with running_stack(postgres, "registry", "epts", "query") as one:
        yield one


@pytest.fixture
def rows(query_stack):
    return Rows(query_stack)


def request(rows, endpoints=("ep",), series=("auto~a",), **more):
    """Of all that `Rows` may have written."""
    one = query_pb2.GetDataPointsRequest(
        application_name=rows.application,
        endpoint_ids=endpoints,
        time_series_names=series,
        **more,
    )
    if not one.HasField("from"):
        getattr(one, "from").FromMicroseconds(rows.start_us)
    if not one.HasField("to"):
        one.to.FromMicroseconds(rows.start_us + 3_600_000_000)
    return one


def read(rows, one):
    """[(endpoint, series, offset in µs, value)] of single-number series."""
    points = []
    for chunk in rows.stack.query.call.GetDataPoints(one):
        assert 0 < len(chunk.timestamps_us) <= 10_000
        assert [column.name for column in chunk.columns] == ["value"]
        points += [
            (chunk.endpoint_id, chunk.time_series_name, time - rows.start_us, value)
            for time, value in zip(chunk.timestamps_us, chunk.columns[0].numbers)
        ]
    return points


def refused(code, words, call):
    with pytest.raises(grpc.RpcError) as failure:
        list(call())
    assert failure.value.code() is code, failure.value
    assert words in failure.value.details()
