# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The programs, built when they are not up to date.

build_dir=$root/build/$MILLRACE_LOCAL_PRESET
bin=$build_dir/bin
programs=(millrace-registry millrace-http-receiver millrace-mqtt-receiver millrace-epts
  millrace-query millrace-gateway millrace)

build_programs() {
  # Objects are found in the compiler cache whatever the clone is called.
  export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
  # Also when the clone was moved: CMake refuses a folder that it configured elsewhere.
  if [[ ! -e $build_dir/build.ninja ]] ||
    ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$build_dir/CMakeCache.txt"; then
    note "configuring the $MILLRACE_LOCAL_PRESET build"
    quietly cmake --fresh -S "$root" --preset "$MILLRACE_LOCAL_PRESET"
  fi
  [[ -x $bin/millrace ]] || note "building; this takes some minutes the first time"
  cmake --build "$build_dir" --target "${programs[@]}" --parallel "$(build_jobs)" >&2 ||
    fail "cannot build: see the compiler's messages above"
}

# Prints the output only when the command fails.
quietly() {
  local output
  output=$("$@" 2>&1) || {
    printf '%s\n' "$output" >&2
    fail "cannot configure the build: see CMake's messages above"
  }
}

# As many compilers as there are cores, and as memory can hold: the largest file takes 1.5 GiB.
build_jobs() {
  local by_memory cores
  by_memory=$(awk '/^MemAvailable:/ { print int($2 / 1572864) }' /proc/meminfo)
  cores=$(nproc)
  echo $((by_memory < 1 ? 1 : by_memory < cores ? by_memory : cores))
}
