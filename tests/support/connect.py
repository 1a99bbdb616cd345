# SPDX-License-Identifier: Apache-2.0
"""A client of the Connect protocol (https://connectrpc.com/docs/protocol), as browsers speak it.

    query = ConnectClient(stack["gateway"].address, key, QUERY)
    query.ListTimeSeries(query_pb2.ListTimeSeriesRequest(application_name="a"))
    for chunk in query.GetDataPoints(request): ...

Written from the protocol's text, so that it proves what other clients may rely on.
"""

import gzip
import http.client
import json
import struct

from google.protobuf import json_format

from support.protos import query_pb2, registry_pb2

QUERY = query_pb2.DESCRIPTOR.services_by_name["Query"]
REGISTRY = registry_pb2.DESCRIPTOR.services_by_name["Registry"]

END_OF_STREAM = 2


class ConnectError(Exception):
    def __init__(self, error, status, trailers):
        super().__init__(f"{status} {error}")
        self.code = error.get("code")
        self.message = error.get("message", "")
        self.status = status
        self.trailers = trailers


class ConnectClient:
    """`binary`: Protocol Buffers instead of JSON. `headers` go with every call.

    `connect`: makes the connection; for TLS.
    """

    def __init__(self, address, key, service, *, binary=False, headers=None, timeout=30, connect=None):
        self._connect = connect or (lambda: http.client.HTTPConnection(address, timeout=timeout))
        self._service = service
        self._binary = binary
        self._headers = {"Connect-Protocol-Version": "1", **(headers or {})}
        if key is not None:
            self._headers["Authorization"] = f"Bearer {key}"

    def __getattr__(self, name):
        method = self._service.methods_by_name[name]
        call = self._stream if method.server_streaming else self._unary

        def invoke(request, **headers):
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return call(method, request, {**self._headers, **named})

        return invoke

    def _encoded(self, message):
        if self._binary:
            return message.SerializeToString()
        return json_format.MessageToJson(message).encode()

    def _decoded(self, method, body):
        message = method.output_type._concrete_class()  # pylint: disable=protected-access
        return message.FromString(body) if self._binary else json_format.Parse(body, message)

    def _post(self, method, content_type, body, headers):
        connection = self._connect()
        path = f"/{self._service.full_name}/{method.name}"
        connection.request("POST", path, body, {**headers, "Content-Type": content_type})
        return connection, connection.getresponse()

    def _unary(self, method, request, headers):
        content_type = f"application/{'proto' if self._binary else 'json'}"
        body = self._encoded(request)
        if headers.get("Content-Encoding") == "gzip":
            body = gzip.compress(body)
        connection, response = self._post(method, content_type, body, headers)
        try:
            body = response.read()
        finally:
            connection.close()
        if response.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        trailers = {
            name.lower().removeprefix("trailer-"): value
            for name, value in response.getheaders()
            if name.lower().startswith("trailer-")
        }
        if response.status != 200:
            raise ConnectError(json.loads(body), response.status, trailers)
        assert response.headers["Content-Type"] == content_type
        return self._decoded(method, body)

    def _stream(self, method, request, headers):
        content_type = f"application/connect+{'proto' if self._binary else 'json'}"
        body = enveloped(self._encoded(request))
        connection, response = self._post(method, content_type, body, headers)
        if response.status != 200:
            with connection:
                raise ConnectError(json.loads(response.read()), response.status, {})
        assert response.headers["Content-Type"] == content_type
        return ConnectStream(connection, response, lambda body: self._decoded(method, body))


class ConnectStream:
    """Iterates over the messages; an error at the end is raised. close() leaves early."""

    def __init__(self, connection, response, decode):
        self._connection = connection
        self._response = response
        self._decode = decode
        self.trailers = None  # known at the end

    def __iter__(self):
        return self

    def __next__(self):
        if self.trailers is not None:
            raise StopIteration
        flags, length = struct.unpack(">BI", self._exactly(5))
        body = self._exactly(length)
        if flags == 0:
            return self._decode(body)
        assert flags == END_OF_STREAM, flags
        assert self._response.read() == b"", "nothing follows the end"
        end = json.loads(body)
        self.trailers = {name: ", ".join(values) for name, values in end.get("metadata", {}).items()}
        self._connection.close()
        if "error" in end:
            raise ConnectError(end["error"], 200, self.trailers)
        raise StopIteration

    def _exactly(self, length):
        body = self._response.read(length)
        assert len(body) == length, "the stream was cut"
        return body

    def close(self):
        # Without the response's own close the socket stays open.
        self._response.close()
        self._connection.close()


def enveloped(body, flags=0):
    return struct.pack(">BI", flags, len(body)) + body
