# SPDX-License-Identifier: Apache-2.0
"""Dashboards that a person arranges, and the map among their widgets."""

from browser.runner import browser_tests

runner, test_in_browser = browser_tests("dashboards.test.mjs")
