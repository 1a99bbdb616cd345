# SPDX-License-Identifier: Apache-2.0
"""A gRPC client that knows nothing but an address: services, messages and methods come from the
server's reflection.

    with channel(address) as one:
        api = Reflected(one, "grafanav3.GrafanaQueryAPI", metadata=(("api-key", key),))
        api.ListMetrics(api.new("ListMetricsRequest", filter="temp")).Metrics
"""

import atexit
import importlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory


def _generate():
    folder = tempfile.mkdtemp(prefix="millrace-reflection-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    here = Path(__file__).resolve().parent
    subprocess.run(
        [
            *("protoc", "-I", here, f"--python_out={folder}", f"--grpc_out={folder}"),
            *("--plugin=protoc-gen-grpc=/usr/bin/grpc_python_plugin", "reflection.proto"),
        ],
        check=True,
    )
    sys.path.append(folder)
    return importlib.import_module("reflection_pb2"), importlib.import_module("reflection_pb2_grpc")


_pb, _pb_grpc = _generate()


class NoSuchSymbol(Exception):
    """The server's own words."""


class Reflection:
    """What a server says of itself, asked one question a stream."""

    def __init__(self, channel, metadata=()):
        self._stub = _pb_grpc.ServerReflectionStub(channel)
        self._metadata = metadata

    def _ask(self, **question):
        request = _pb.ServerReflectionRequest(**question)
        (answer,) = self._stub.ServerReflectionInfo(
            iter([request]), metadata=self._metadata, timeout=30, wait_for_ready=True
        )
        if answer.HasField("error_response"):
            raise NoSuchSymbol(answer.error_response.error_message)
        return answer

    def services(self):
        answer = self._ask(list_services="")
        return {service.name for service in answer.list_services_response.service}

    def has(self, symbol):
        """As the plugin asks for a version: whether the symbol's file is known."""
        try:
            self._ask(file_containing_symbol=symbol)
        except NoSuchSymbol:
            return False
        return True

    def pool_of(self, symbol):
        """A pool with the symbol's file and all that it imports."""
        files = {}
        self._add(files, self._ask(file_containing_symbol=symbol))
        while missing := {
            name for file in files.values() for name in file.dependency if name not in files
        }:
            self._add(files, self._ask(file_by_filename=missing.pop()))
        pool = descriptor_pool.DescriptorPool()
        left = dict(files)
        while left:
            for name in [n for n, f in left.items() if not left.keys() & set(f.dependency)]:
                pool.Add(left.pop(name))
        return pool

    @staticmethod
    def _add(files, answer):
        for raw in answer.file_descriptor_response.file_descriptor_proto:
            file = descriptor_pb2.FileDescriptorProto.FromString(raw)
            files[file.name] = file


class Reflected:
    """A service whose methods are those of its descriptor; `new` makes messages of its package."""

    def __init__(self, channel, service, metadata=(), timeout=30.0):
        self._pool = Reflection(channel, metadata).pool_of(service)
        self._messages = message_factory.MessageFactory(self._pool)
        self._package = service.rpartition(".")[0]
        self._call_options = {"metadata": metadata, "timeout": timeout, "wait_for_ready": True}
        descriptor = self._pool.FindServiceByName(service)
        self.methods = [method.name for method in descriptor.methods]
        for method in descriptor.methods:
            setattr(self, method.name, self._caller(channel, service, method))

    def message(self, name):
        return self._messages.GetPrototype(self._pool.FindMessageTypeByName(name))

    def new(self, name, **fields):
        return self.message(f"{self._package}.{name}")(**fields)

    def _caller(self, channel, service, method):
        streams = descriptor_pb2.MethodDescriptorProto()
        method.CopyToProto(streams)
        make = channel.unary_stream if streams.server_streaming else channel.unary_unary
        call = make(
            f"/{service}/{method.name}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=self.message(method.output_type.full_name).FromString,
        )
        return lambda request: call(request, **self._call_options)
