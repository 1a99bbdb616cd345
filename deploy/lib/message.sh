# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What backup and restore say. $program is the command's name.

note() { printf '%s: %s\n' "$program" "$*" >&2; }

fail() {
  note "$*"
  exit 1
}

usage_fault() {
  note "$*; see $program --help"
  exit 2
}

# size_of FILE_OR_FOLDER: 12M, for people.
size_of() { du -sh --apparent-size "$1" | cut -f 1; }
