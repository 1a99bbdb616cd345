# SPDX-License-Identifier: Apache-2.0
"""A door that takes TLS and hands the bytes on, as a proxy before a gRPC service does (HAProxy,
stunnel, a load balancer): the Grafana plugin sends its key over TLS only.

    with TlsDoor(query.address) as door:
        grpc.secure_channel(door.address, grpc.ssl_channel_credentials(door.certificate))
"""

import asyncio
import contextlib
import ssl
import subprocess
import tempfile
import threading
from pathlib import Path


class TlsDoor:
    def __init__(self, behind):
        self._behind = behind.rpartition(":")[::2]
        self._folder = tempfile.TemporaryDirectory(prefix="millrace-tls-")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self):
        folder = Path(self._folder.name)
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
                *("-keyout", folder / "key.pem", "-out", folder / "certificate.pem"),
                *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            ],
            check=True,
            capture_output=True,
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
        context.set_alpn_protocols(["h2"])  # gRPC's clients insist
        self.certificate = (folder / "certificate.pem").read_bytes()
        self._thread.start()
        opened = asyncio.start_server(self._carry, "127.0.0.1", 0, ssl=context)
        self._server = asyncio.run_coroutine_threadsafe(opened, self._loop).result(30)
        self.address = f"localhost:{self._server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()
        self._folder.cleanup()

    async def _close(self):
        self._server.close()
        carrying = asyncio.all_tasks() - {asyncio.current_task()}
        for task in carrying:
            task.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)

    async def _carry(self, reader, writer):
        behind_reader, behind_writer = await asyncio.open_connection(*self._behind)
        await asyncio.gather(_copy(reader, behind_writer), _copy(behind_reader, writer))


async def _copy(reader, writer):
    with contextlib.suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()
