// SPDX-License-Identifier: Apache-2.0
//
// The endpoints that a request means, some at a time: those it names, or all of its application,
// which the registry tells page by page. So neither a call behind it nor our memory grows with
// their number.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "gateway/epts_calls.h"

#include "millrace/registry/v1/registry.pb.h"

namespace millrace::gateway {

// One next() at a time, from any thread.
class EndpointPages : public std::enable_shared_from_this<EndpointPages> {
 public:
  // Empty: that was all.
  using Done = std::function<void(absl::StatusOr<std::vector<std::string>>)>;

  // `named`: in the order given; empty: all of the application, in order of id. `page_size`: at
  // most 1000.
  EndpointPages(std::shared_ptr<const EptsCalls> calls, std::string application,
                std::vector<std::string> named, std::size_t page_size);

  void next(Done done);

 private:
  void take(absl::StatusOr<registry::v1::ListEndpointsResponse> page, Done done);
  std::vector<std::string> cut_page();

  const std::shared_ptr<const EptsCalls> calls_;
  const std::string application_;
  const std::size_t page_size_;
  std::vector<std::string> ids_;  // known, from `given_` on not given out yet
  std::size_t given_ = 0;
  std::string page_token_;
  bool all_known_ = false;
};

}  // namespace millrace::gateway
