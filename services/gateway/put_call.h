// SPDX-License-Identifier: Apache-2.0
//
// Puts points batch after batch, and answers when the last of them is in the stream.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "gateway/epts_calls.h"
#include "gateway/put_body.h"
#include "lib/http/message.h"

namespace millrace::gateway {

class PutCall : public std::enable_shared_from_this<PutCall> {
 public:
  PutCall(std::shared_ptr<const EptsCalls> calls, std::vector<PutBatch> batches, http::Reply reply);

  // `reply` gets 200 with {}, or the error of the first batch that failed, with how many points
  // were put before it. Without a batch the key is checked all the same.
  void start();

 private:
  void check_key();
  void put_next();
  absl::Status explained(const absl::Status& failure) const;

  const std::shared_ptr<const EptsCalls> calls_;
  std::vector<PutBatch> batches_;
  const http::Reply reply_;
  std::size_t next_ = 0;
  std::size_t points_put_ = 0;
};

}  // namespace millrace::gateway
