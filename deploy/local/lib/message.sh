# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What a person is told: what every command here says, and what only a deployment has to.
# shellcheck source-path=SCRIPTDIR
source "$root/deploy/lib/message.sh"

say() { printf '%s\n' "$*"; }

# last_lines LOG: the end of a log, indented.
last_lines() { tail -n 8 "$1" 2>/dev/null | cut -c 1-400 | sed 's/^/    /' >&2; }
