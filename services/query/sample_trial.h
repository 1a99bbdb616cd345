// SPDX-License-Identifier: Apache-2.0
//
// What series rules would make of samples: the extraction of epts, without its storage. What only
// shows when points are stored (too many series) is not tried. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <absl/status/status.h>

#include "lib/extraction/compiled_rules.h"
#include "lib/extraction/extraction.h"
#include "lib/extraction/refusal_text.h"
#include "lib/time/clock.h"

#include "millrace/query/v1/query.pb.h"

namespace millrace::query {

// For one thread.
class SampleTrial {
 public:
  struct Upload {
    std::string_view json;
    std::uint32_t sample_count = 0;
    time::UnixMicros received_at;
    std::string_view endpoint_id;
    std::string_view content_type = {};  // empty: JSON
  };
  // A failure ends the trial and is returned.
  using Take = std::function<absl::Status(const v1::TriedSample&)>;

  explicit SampleTrial(std::shared_ptr<const extraction::CompiledRules> rules)
      : rules_(std::move(rules)), extraction_(limits_) {}

  // One answer for each sample; one for the whole of an upload that nothing can be made of, such as
  // points of a transmitter, which no rules are for. `now`
  // decides whether times are acceptable.
  absl::Status run(const Upload& upload, time::UnixMicros now, const Take& take);

 private:
  v1::TriedSample tried(const extraction::ExtractedSample& sample, time::UnixMicros received_at,
                        time::UnixMicros now) const;

  const std::shared_ptr<const extraction::CompiledRules> rules_;
  const extraction::ExtractionLimits limits_;
  const extraction::AcceptanceWindow window_;
  extraction::Extraction extraction_;
};

}  // namespace millrace::query
