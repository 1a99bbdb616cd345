# SPDX-License-Identifier: Apache-2.0
"""The rules of the repository, one module a subject; each has check(tree) that yields Faults."""
