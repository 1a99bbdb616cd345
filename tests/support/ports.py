# SPDX-License-Identifier: Apache-2.0
"""Private ports on 127.0.0.1 that stay the same when a part is killed and started again."""

import itertools
import socket

# Below the range from which the system takes the local ports of outgoing connections.
_FIRST, _LAST = 15000, 31000
# Each test process takes ports from a block of its own: a port that was found free would else be
# taken by a test beside it before the part it is meant for listens, or while that part is killed.
_BLOCK = 1000

_block = None


class _Block:
    """Ours for as long as this process lives."""

    def __init__(self):
        self._claim, first = self._claim_one()
        self.ports = itertools.cycle(range(first, first + _BLOCK))

    @staticmethod
    def _claim_one():
        for first in range(_FIRST, _LAST, _BLOCK):
            claim = socket.socket(socket.AF_UNIX)
            try:
                # An abstract name: nothing to clean up, and gone with its owner.
                claim.bind(f"\0millrace-test-ports-{first}")
            except OSError:
                claim.close()
            else:
                return claim, first
        raise RuntimeError(
            f"cannot find free ports: all blocks from {_FIRST} to {_LAST} are in use by tests"
        )


def free_port():
    """Comes round again only after some hundred others."""
    global _block  # pylint: disable=global-statement
    _block = _block or _Block()
    for port in itertools.islice(_block.ports, _BLOCK):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise RuntimeError(f"cannot find a free port: {_BLOCK} ports were tried")
