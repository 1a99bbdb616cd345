# SPDX-License-Identifier: Apache-2.0
"""Private ports on 127.0.0.1 that stay the same when a part is killed and started again."""

import random
import socket

# Below the range from which the system takes the local ports of outgoing connections.
_FIRST, _LAST = 15000, 31000
_given = set()


def free_port():
    for _ in range(1000):
        port = random.randrange(_FIRST, _LAST)
        if port in _given:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port
    raise RuntimeError(f"cannot find a free port between {_FIRST} and {_LAST}")
