# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What a command says. $program is its name.

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

# size_of FILE_OR_FOLDER: 12M, for people.
size_of() { du -sh --apparent-size "$1" | cut -f 1; }
