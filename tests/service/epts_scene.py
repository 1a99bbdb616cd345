# SPDX-License-Identifier: Apache-2.0
"""What the tests of Kaa's EPTS REST API share: a client that sends just what it is told, and an
application whose every point is known."""

import datetime
import gzip
import http.client
import itertools
import json
import urllib.parse

from service.query_rows import Rows, number
from support.protos import configuration_pb2, registry_pb2

_names = itertools.count(1)

UTC = datetime.timezone.utc


class Answer:
    def __init__(self, answer):
        self.status = answer.status
        self.headers = {name.lower(): value for name, value in answer.getheaders()}
        self.raw = answer.read()
        packed = self.headers.get("content-encoding") == "gzip"
        self.body = gzip.decompress(self.raw) if packed else self.raw

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def message(self):
        return self.json["message"]


class Rest:
    """Requests of one key; `query` goes out as it is if it is a text, else form-encoded."""

    def __init__(self, gateway, key, prefix="/epts/api/v1"):
        self.gateway = gateway
        self.key = key
        self.prefix = prefix

    def target(self, path, query=""):
        if not isinstance(query, str):
            query = urllib.parse.urlencode(query, doseq=True)
        return self.prefix + path + (f"?{query}" if query else "")

    def headers(self, more=None):
        own = {"Authorization": f"Bearer {self.key}"} if self.key is not None else {}
        return {**own, **(more or {})}

    def ask(self, method, path, query="", body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=120)
        try:
            if body is not None and not isinstance(body, (bytes, str)):
                body = json.dumps(body)
            connection.request(method, self.target(path, query), body, self.headers(headers))
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, query="", headers=None):
        return self.ask("GET", path, query, headers=headers)

    def open(self, path, query="", headers=None):
        """(connection, answer whose body is not read yet)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=120)
        connection.request("GET", self.target(path, query), headers=self.headers(headers))
        return connection, connection.getresponse()


def iso(us, unit="ms"):
    """As the API writes it."""
    moment = datetime.datetime.fromtimestamp(us // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = us % 1_000_000
    if unit == "ms" or fraction % 1000 == 0:
        return moment + (f".{fraction // 1000:03}Z" if fraction // 1000 else "Z")
    return f"{moment}.{fraction:06}Z"


class EptsScene:
    """An application of the registry whose rows are written by hand."""

    def __init__(self, stack):
        self.stack = stack
        self.application = f"rest-{next(_names)}"
        stack.registry.create_application(self.application)
        self.version = stack.registry.create_app_version(self.application)
        self.rows = Rows(stack, self.application)
        self.start_us = self.rows.start_us

    def add_endpoint(self, endpoint_id):
        stack = self.stack
        return stack.registry.create_endpoint(self.version, endpoint_id=endpoint_id)[0]

    def configure(self, series, *values):
        """A configured series that has no points."""
        rules = configuration_pb2.SeriesRules(auto_extract=True)
        rule = rules.series.add(name=series)
        for value in values:
            rule.values.add(name=value, path=value)
        self.stack.registry.call.ApplySeriesRules(
            registry_pb2.ApplySeriesRulesRequest(
                application_name=self.application, series_rules=rules
            )
        )

    def at(self, offset_us, unit="ms"):
        return iso(self.start_us + offset_us, unit)

    def range(self, seconds=3600):
        return [("fromDate", self.at(0)), ("toDate", self.at(seconds * 1_000_000))]

    def path(self, what):
        return f"/applications/{self.application}/time-series/{what}"


def weather(stack):
    """Two endpoints with points, one without.

    `ep-1`: auto~temperature and auto~humidity at 0 s and 1.5 s; `ep-2`: place at 2.000250 s.
    """
    scene = EptsScene(stack)
    scene.one, scene.two, scene.silent = (
        scene.add_endpoint(f"{scene.application}-{n}") for n in ("1", "2", "silent")
    )
    both = scene.rows.layout(number("auto~humidity"), number("auto~temperature"))
    scene.rows.frames(scene.one, both, [(0, [48, 23], None), (1_500_000, [47.5, 24], None)])
    place = scene.rows.layout(("place", "lat", 1), ("place", "fix", 3), ("place", "name", 2))
    scene.rows.frame(scene.two, place, 2_000_250, [48.25, 1], ['=a "b", c'])
    scene.configure("level", "value", "max")
    return scene
