# SPDX-License-Identifier: Apache-2.0
"""The messages and stubs of proto/, generated when first imported.

    from support.protos import query_pb2, registry_pb2
"""

import atexit
import importlib
import shutil
import subprocess
import sys
import tempfile

from support.paths import ROOT


def _generate():
    folder = tempfile.mkdtemp(prefix="millrace-protos-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    root = ROOT / "proto"
    subprocess.run(
        [
            *("protoc", "-I", root, f"--python_out={folder}", f"--grpc_out={folder}"),
            "--plugin=protoc-gen-grpc=/usr/bin/grpc_python_plugin",
            *sorted(str(path.relative_to(root)) for path in root.glob("millrace/**/*.proto")),
        ],
        check=True,
    )
    sys.path.append(folder)


_generate()


def _load(name):
    return importlib.import_module(f"millrace.{name}")


api_key_pb2 = _load("identity.v1.api_key_pb2")
application_pb2 = _load("identity.v1.application_pb2")
client_credentials_pb2 = _load("identity.v1.client_credentials_pb2")
configuration_pb2 = _load("configuration.v1.configuration_pb2")
dashboard_pb2 = _load("registry.v1.dashboard_pb2")
data_points_pb2 = _load("telemetry.v1.data_points_pb2")
data_points_interest_pb2 = _load("telemetry.v1.data_points_interest_pb2")
data_samples_pb2 = _load("telemetry.v1.data_samples_pb2")
query_pb2 = _load("query.v1.query_pb2")
query_pb2_grpc = _load("query.v1.query_pb2_grpc")
registry_pb2 = _load("registry.v1.registry_pb2")
registry_pb2_grpc = _load("registry.v1.registry_pb2_grpc")
status_pb2 = _load("status.v1.status_pb2")
token_pb2 = _load("identity.v1.token_pb2")
