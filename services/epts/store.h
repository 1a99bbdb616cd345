// SPDX-License-Identifier: Apache-2.0
//
// Where batches of samples go.
#pragma once

#include <span>
#include <vector>

#include <absl/status/status.h>

#include "lib/time_series/sample_batch.h"
#include "lib/time_series/writer_session.h"

namespace millrace::epts {

// For one thread.
class Store {
 public:
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  virtual ~Store() = default;

  // Stores a range of samples in one transaction; doing it again changes nothing. All of a batch at
  // once ends its messages, too, in the same transaction.
  // kInvalidArgument: something in these samples will never be taken. kDeadlineExceeded: too slow;
  // less may do. With error::has_unknown_outcome(): `outcome` is what took place, if it did.
  // Everything else passes by itself or by an operator's hand: try again.
  virtual absl::Status write(const time_series::SampleBatch& batch, time_series::SampleRange range,
                             time_series::Delivery delivery,
                             time_series::WriteOutcome& outcome) = 0;
  // Ends the messages of a batch that was stored in parts; see WriterSession::end_messages().
  virtual absl::Status end_messages(const time_series::SampleBatch& batch,
                                    std::span<const time_series::MessageTally> tallies,
                                    std::vector<bool>& ended) = 0;
};

}  // namespace millrace::epts
