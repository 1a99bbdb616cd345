# SPDX-License-Identifier: Apache-2.0
"""From signing in to the first points, and who may do what."""

from browser.runner import browser_tests

runner, test_in_browser = browser_tests("setup.test.mjs")
