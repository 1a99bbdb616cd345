// SPDX-License-Identifier: Apache-2.0
//
// A rejected sample as the message that sends it through extraction once more. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lib/time_series/rejected_reader.h"
#include "query/sample_stream.h"

namespace millrace::query {

// Of which application, and the version of the series rules that it meets.
struct ReplayTarget {
  std::string application_name;
  std::int64_t rules_version = 0;
};

// Nothing: only the beginning of the sample was kept, or none of it. The id is the same for the
// same row under the same rules: what is sent twice within the stream's duplicate window is in it
// once. A row that was rejected anew is another one.
std::optional<StreamMessage> replay_message(const ReplayTarget& target,
                                            const time_series::RejectedSample& sample);

}  // namespace millrace::query
