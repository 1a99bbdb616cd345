// SPDX-License-Identifier: Apache-2.0
//
// Which way the next batch takes (see frame_writer.h). A straight COPY that meets an existing row
// is work for nothing and leaves dead rows behind, so a device that keeps writing to instants that
// are there must not cause one each time: after a failure so many staged batches without a conflict
// have to come first, more after each further failure. For one thread.
#pragma once

#include <algorithm>
#include <cstddef>

#include "lib/time_series/frame_writer.h"

namespace millrace::time_series {

class InsertPathChoice {
 public:
  InsertPath next(Delivery delivery) const {
    return delivery == Delivery::kAgain || clean_needed_ > 0 ? InsertPath::kStaged
                                                             : InsertPath::kDirect;
  }

  void direct_failed() {
    penalty_ = std::min(penalty_ * 2, kMaxPenalty);
    clean_needed_ = penalty_;
    direct_in_a_row_ = 0;
  }

  void direct_succeeded() {
    if (++direct_in_a_row_ >= kMaxPenalty) penalty_ = 1;
  }

  void staged_succeeded(std::size_t conflicts) {
    if (conflicts > 0) {
      clean_needed_ = std::max(clean_needed_, penalty_);
    } else if (clean_needed_ > 0) {
      --clean_needed_;
    }
  }

 private:
  static constexpr int kMaxPenalty = 64;
  int penalty_ = 1;
  int clean_needed_ = 0;
  int direct_in_a_row_ = 0;
};

}  // namespace millrace::time_series
