// SPDX-License-Identifier: Apache-2.0
//
// Ids that no other process, restart or thread gives out: message ids, inboxes, correlation ids.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace millrace::bus {

// Twenty random letters and digits (100 bits) from the system's source: fit for one token of a
// subject.
std::string random_token();

// A random prefix and a counter. Safe to use from any thread.
class UniqueIds {
 public:
  UniqueIds() : prefix_(random_token() + "-") {}

  std::string next();

 private:
  const std::string prefix_;
  std::atomic<std::uint64_t> count_{0};
};

}  // namespace millrace::bus
