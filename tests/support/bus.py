# SPDX-License-Identifier: Apache-2.0
"""A NATS client on a bare socket: raw bytes to subjects, requests, JetStream's JSON API.

Debian has no NATS library for Python, and tests must be able to send what our own never would.
"""

import json
import secrets
import socket


class Bus:
    """For one thread. Messages: (subject, reply, payload).

    `headers` are those of the message that next_message() gave last, names in lower case.
    """

    def __init__(self, nats, timeout=30.0):
        self._socket = socket.create_connection(("127.0.0.1", nats.port), timeout)
        # A request is several small writes: Nagle would hold each back for an acknowledgement.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._stream = self._socket.makefile("rb")
        self._last_sid = 0
        self._messages = []
        self.headers = {}
        self.server = json.loads(self._stream.readline().removeprefix(b"INFO "))
        about = {"verbose": False, "headers": True, "lang": "python", "version": "0"}
        about["auth_token"] = nats.token
        self._send(f"CONNECT {json.dumps(about)}\r\n".encode())
        self.flush()

    def _send(self, data):
        self._socket.sendall(data)

    def publish(self, subject, payload, reply="", headers=None):
        if isinstance(payload, str):
            payload = payload.encode()
        if not headers:
            self._send(b"PUB %s %s %d\r\n" % (subject.encode(), reply.encode(), len(payload)))
        else:
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            block = f"NATS/1.0\r\n{lines}\r\n".encode()
            sizes = b"%d %d" % (len(block), len(block) + len(payload))
            self._send(b"HPUB %s %s %s\r\n" % (subject.encode(), reply.encode(), sizes) + block)
        self._send(payload + b"\r\n")

    def subscribe(self, subject, queue_group=""):
        """Active at the server when it returns."""
        self._last_sid += 1
        self._send(f"SUB {subject} {queue_group} {self._last_sid}\r\n".encode())
        self.flush()
        return self._last_sid

    def flush(self):
        """Returns when the server has handled everything sent so far."""
        self._send(b"PING\r\n")
        while self._read_one() != "PONG":
            pass

    def next_message(self, timeout=30.0):
        """The next message of any subscription; socket.timeout when none comes."""
        self._socket.settimeout(timeout)
        while not self._messages:
            self._read_one()
        *message, self.headers = self._messages.pop(0)
        return tuple(message)

    def request(self, subject, payload, timeout=30.0):
        """The answer's payload."""
        inbox = f"_INBOX.{secrets.token_hex(8)}"
        sid = self.subscribe(inbox)
        self._send(f"UNSUB {sid} 1\r\n".encode())
        self.publish(subject, payload, inbox)
        while True:
            its_subject, _, body = self.next_message(timeout)
            if its_subject == inbox:
                return body

    def jetstream(self, call, **arguments):
        """JetStream's API: jetstream("STREAM.INFO.DATA_SAMPLES")["state"]["messages"]"""
        body = json.dumps(arguments) if arguments else b""
        answer = json.loads(self.request(f"$JS.API.{call}", body))
        assert "error" not in answer, answer["error"]
        return answer

    def _read_one(self):
        line = self._stream.readline()
        assert line, "nats-server closed the connection"
        word, _, rest = line.rstrip(b"\r\n").partition(b" ")
        word = word.decode().upper()
        if word in ("MSG", "HMSG"):
            self._messages.append(self._read_message(word, rest.decode().split()))
        elif word == "PING":
            self._send(b"PONG\r\n")
        elif word == "-ERR":
            raise RuntimeError(f"nats-server: {rest.decode()}")
        return word

    def _read_message(self, word, parts):
        total = int(parts[-1])
        head = int(parts[-2]) if word == "HMSG" else 0
        fixed = 4 if word == "HMSG" else 3
        reply = parts[2] if len(parts) > fixed else ""
        data = self._stream.read(total + 2)[:-2]
        return parts[0], reply, data[head:], _headers(data[:head])

    def close(self):
        self._stream.close()
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _headers(block):
    """Of the bytes before a message's payload: a line with version and status, and one a header."""
    lines = block.decode().split("\r\n")[1:]
    fields = (line.partition(":") for line in lines if line)
    return {name.lower(): value.strip() for name, _, value in fields}
