# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What a person is told.

say() { printf '%s\n' "$*"; }

# Progress and faults; stdout stays for results.
note() { printf '%s: %s\n' "$program" "$*" >&2; }

fail() {
  note "$*"
  exit 1
}

# usage_fault TEXT: exit status 2, as every command of the suite.
usage_fault() {
  note "$*; see $program --help"
  exit 2
}

# last_lines LOG: the end of a log, indented.
last_lines() { tail -n 8 "$1" 2>/dev/null | cut -c 1-400 | sed 's/^/    /' >&2; }
