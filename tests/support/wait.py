# SPDX-License-Identifier: Apache-2.0
"""Waiting for a condition instead of for time."""

import time

# How long a condition may take to come true. Generous: reached only by a failing test, also on a
# sanitizer build on a busy machine.
PATIENCE = 60.0


def wait_until(condition, what, within=PATIENCE, every=0.02):
    """Calls `condition` until it returns something true, and returns that.

    Exceptions count as "not yet"; the last one is shown when the time is over.
    """
    end = time.monotonic() + within
    last = None
    while True:
        try:
            last = condition()
            if last:
                return last
        except Exception as error:  # pylint: disable=broad-except
            last = error
        if time.monotonic() > end:
            raise AssertionError(f"waited {within:g} s in vain until {what}; last: {last!r}")
        time.sleep(every)
