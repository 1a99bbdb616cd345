# SPDX-License-Identifier: Apache-2.0
"""Certificates for services that speak TLS, made with the command openssl.

    certificate = Certificate(folder, "query")
    stack.start("query", **certificate.settings)
    grpc.secure_channel(address, grpc.ssl_channel_credentials(certificate.path.read_bytes()))
"""

import subprocess


class Certificate:
    """Signed by itself, so that it is its own authority; for localhost and 127.0.0.1."""

    def __init__(self, folder, name):
        self.path = folder / f"{name}.crt"
        self.key_path = folder / f"{name}.key"
        self.renew()

    @property
    def settings(self):
        return {"tls_certificate": self.path, "tls_key": self.key_path}

    def renew(self):
        """Another certificate and key, in the same files."""
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
                *("-keyout", self.key_path, "-out", self.path, "-subj", f"/CN={self.path.stem}"),
                *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
            ],
            check=True,
            capture_output=True,
        )


class Authority:
    """Signs certificates of clients: Authority(folder, "Plant CA").client("pump", 4711)"""

    def __init__(self, folder, name):
        self._own = Certificate(folder, name)
        self.path = self._own.path

    def client(self, name, serial_number):
        """(path of the certificate, path of its key)"""
        folder = self.path.parent
        path, key_path = folder / f"{name}.crt", folder / f"{name}.key"
        request = subprocess.run(
            [
                *("openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes"),
                *("-keyout", key_path, "-subj", f"/CN={name}"),
            ],
            check=True,
            capture_output=True,
        ).stdout
        subprocess.run(
            [
                *("openssl", "x509", "-req", "-days", "2", "-set_serial", str(serial_number)),
                *("-CA", self.path, "-CAkey", self._own.key_path, "-out", path),
            ],
            input=request,
            check=True,
            capture_output=True,
        )
        return path, key_path
