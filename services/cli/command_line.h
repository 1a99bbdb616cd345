// SPDX-License-Identifier: Apache-2.0
//
// The command line as a whole: global options, one file for each noun, errors and exit status.
#pragma once

#include <functional>
#include <istream>
#include <ostream>
#include <string>

#include <CLI/CLI.hpp>
#include <absl/status/status.h>

#include "cli/output.h"
#include "cli/session.h"
#include "lib/time/clock.h"

namespace millrace::cli {

// What a person sits at.
struct Terminal {
  bool is_out = false;  // stdout goes to one
  bool is_err = false;
  int columns = 0;  // of stdout; 0: not known
};

// What the program works on; all of it outlives run().
struct Streams {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  const time::Clock& clock;
  Terminal terminal = {};
};

// What a command gets when it runs.
struct Run {
  Session& session;
  Output& output;
  std::istream& in;
  std::ostream& err;
  const time::Clock& clock;
  const Terminal terminal;

  // What a person should know beside the answer; stdout stays for that.
  void note(const std::string& text);
};

// A command's callback sets `command`; it runs after the whole line was understood.
struct Commands {
  CLI::App& root;
  std::function<absl::Status(Run&)> command;
};

// 0: done; 1: failed, said why on stderr; 2: wrong usage, said what is wrong on stderr.
int run(int argc, const char* const* argv, const Streams& streams);

}  // namespace millrace::cli
