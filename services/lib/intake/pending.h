// SPDX-License-Identifier: Apache-2.0
//
// An upload between submit() and its answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/intake/intake.h"
#include "lib/registry_client/token_directory.h"
#include "lib/time/clock.h"
#include "lib/trace/trace_context.h"

namespace millrace::intake {

struct Pending {
  std::function<void(const Receipt&)> done;
  std::string correlation_id = {};
  std::optional<trace::TraceContext> trace = std::nullopt;
  std::string app_version_name = {};
  std::string endpoint_id = {};  // empty: not looked up, or nobody's
  std::string json = {};
  time::Instant submitted = {};
  std::size_t body_bytes = 0;
  bool entered = false;  // let in by the gate, which is to be left again
  std::uint32_t samples = 0;
  bool relaxed = false;  // its path
  std::int64_t token_id = 0;
  // With a limit where the upload was taken from the endpoint's quota.
  registry_client::UploadRules quota = {};
};

// Those of one message.
using PendingUploads = std::vector<std::unique_ptr<Pending>>;

}  // namespace millrace::intake
