// SPDX-License-Identifier: Apache-2.0
//
// When an answer that broke off is asked for again behind what came already. What never began is
// not: the person is told at once. Pure.
#pragma once

#include <chrono>
#include <optional>

#include <absl/status/status.h>

namespace millrace::cli {

class Resumption {
 public:
  // In a row, without anything received; about 40 s together.
  static constexpr int kMaxTries = 10;

  // Something came that the answer can be continued behind.
  void received() {
    begun_ = true;
    tries_ = 0;
  }
  // How long to wait before the next try; nothing: `failure` is final.
  std::optional<std::chrono::milliseconds> pause_after(const absl::Status& failure);

 private:
  bool begun_ = false;
  int tries_ = 0;
};

}  // namespace millrace::cli
