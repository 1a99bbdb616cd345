# SPDX-License-Identifier: Apache-2.0
"""A client of Subscribe that keeps what it got, and goes on by itself where it was.

What came with or before a resume token is kept; what came after the last one is thrown away when
the call breaks, because it comes again.
"""

import threading

import grpc

from support.protos import query_pb2

# What a client waits out and goes on after.
PASSING = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED, grpc.StatusCode.UNKNOWN)


def request_of(application, endpoint_ids=(), series=(), from_us=None, token=""):
    request = query_pb2.SubscribeRequest(
        application_name=application,
        endpoint_ids=endpoint_ids,
        time_series_names=series,
        resume_token=token,
    )
    if from_us is not None:
        getattr(request, "from").FromMicroseconds(from_us)
    return request


def points_of(answer):
    """[(endpoint id, series, time in µs, {value name: value})]"""
    chunk = answer.data_points
    rows = []
    for i, time_us in enumerate(chunk.timestamps_us):
        values = {}
        for column in chunk.columns:
            if not column.present or column.present[i]:
                values[column.name] = (column.numbers or column.strings or column.booleans)[i]
        rows.append((chunk.endpoint_id, chunk.time_series_name, time_us, values))
    return rows


class Subscriber(threading.Thread):
    """`open_call(request)`: begins a call; asked again after each break.

    points, caught_up: what is kept so far. error: what ended it for good.
    """

    def __init__(self, open_call, request):
        super().__init__(daemon=True)
        self._open_call = open_call
        self._request = request
        self._call = None
        self._ending = threading.Event()
        self.token = ""
        self.points = []
        self.caught_up = []
        self.breaks = 0
        self.error = None
        self.start()

    def run(self):
        while not self._ending.is_set():
            request = query_pb2.SubscribeRequest()
            request.CopyFrom(self._request)
            request.resume_token = self.token or self._request.resume_token
            try:
                self._call = self._open_call(request)
                self._take_all()
            except grpc.RpcError as error:
                if self._ending.is_set():
                    return
                if error.code() not in PASSING:
                    self.error = error
                    return
                self.breaks += 1
                self._ending.wait(0.2)

    def _take_all(self):
        points, caught_up = [], []
        for answer in self._call:
            if answer.WhichOneof("kind") == "data_points":
                points += points_of(answer)
            elif answer.WhichOneof("kind") == "caught_up":
                caught_up.append(answer.caught_up)
            if answer.resume_token:
                self.token = answer.resume_token
                self.points += points
                self.caught_up += caught_up
                points, caught_up = [], []

    def end(self):
        self._ending.set()
        if self._call is not None:
            self._call.cancel()
        self.join(30)
