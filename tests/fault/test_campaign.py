# SPDX-License-Identifier: Apache-2.0
"""A short campaign with two epts; tests/fault/run is the long one."""

from fault import campaign


def test_every_sample_is_stored_once_however_often_two_epts_and_their_servers_are_killed(stack):
    stack.start("epts", name="epts-2")
    result = campaign.run(stack, samples=60_000, kills=8, seed=4)
    assert result.acknowledged >= 60_000
    assert sum(result.killed.values()) == 8
