// SPDX-License-Identifier: Apache-2.0
#include "lib/rpc/generic_wire.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>
#include <grpc/support/time.h>

#include "lib/error/retry_after.h"

namespace millrace::rpc {
namespace {

constexpr std::string_view kPushback = "grpc-retry-pushback-ms";

}  // namespace

grpc::ByteBuffer to_buffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

std::string to_bytes(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  bytes.reserve(buffer.Length());
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

absl::Status check_metadata(const Metadata& metadata) {
  for (const auto& [name, value] : metadata) {
    const bool printable =
        std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (!printable) {
      return absl::InvalidArgumentError(
          fmt::format("cannot send {}: it may hold printable ASCII characters only", name));
    }
  }
  return absl::OkStatus();
}

void prepare(grpc::ClientContext& context, const GenericRequest& request) {
  for (const auto& [name, value] : request.metadata) context.AddMetadata(name, value);
  if (request.timeout.count() > 0) {
    context.set_deadline(gpr_time_add(gpr_now(GPR_CLOCK_REALTIME),
                                      gpr_time_from_millis(request.timeout.count(), GPR_TIMESPAN)));
  }
}

Metadata trailers_of(const grpc::ClientContext& context) {
  Metadata trailers;
  for (const auto& [name, value] : context.GetServerTrailingMetadata()) {
    const std::string_view key(name.data(), name.size());
    if (key.ends_with("-bin") || key == "grpc-status" || key == "grpc-message") continue;
    trailers.emplace_back(key, std::string(value.data(), value.size()));
  }
  return trailers;
}

absl::Status with_pushback(const absl::Status& status, const Metadata& trailers) {
  for (const auto& [name, value] : trailers) {
    if (name != kPushback) continue;
    std::int64_t wait = 0;
    const char* const end = value.data() + value.size();
    const auto [rest, fault] = std::from_chars(value.data(), end, wait);
    if (fault == std::errc() && rest == end && wait >= 0) {
      return error::with_retry_after(status, std::chrono::milliseconds{wait});
    }
  }
  return status;
}

}  // namespace millrace::rpc
