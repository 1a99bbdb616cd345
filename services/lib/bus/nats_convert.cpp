// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/nats_convert.h"

#include <absl/time/time.h>
#include <fmt/format.h>
#include <nats/nats.h>

namespace millrace::bus {
namespace {

absl::StatusCode code_of(natsStatus status) {
  switch (status) {
    case NATS_OK:
      return absl::StatusCode::kOk;
    case NATS_TIMEOUT:
      return absl::StatusCode::kDeadlineExceeded;
    case NATS_CONNECTION_CLOSED:
    case NATS_CONNECTION_DISCONNECTED:
    case NATS_NO_SERVER:
    case NATS_STALE_CONNECTION:
    case NATS_IO_ERROR:
    case NATS_INSUFFICIENT_BUFFER:
    case NATS_NOT_YET_CONNECTED:
    case NATS_NO_RESPONDERS:
    case NATS_DRAINING:
      return absl::StatusCode::kUnavailable;
    case NATS_CONNECTION_AUTH_FAILED:
    case NATS_NOT_PERMITTED:
      return absl::StatusCode::kPermissionDenied;
    case NATS_INVALID_ARG:
    case NATS_INVALID_SUBJECT:
    case NATS_INVALID_QUEUE_NAME:
    case NATS_ADDRESS_MISSING:
    case NATS_MAX_PAYLOAD:
      return absl::StatusCode::kInvalidArgument;
    case NATS_INVALID_SUBSCRIPTION:
      return absl::StatusCode::kFailedPrecondition;
    case NATS_NOT_FOUND:
      return absl::StatusCode::kNotFound;
    case NATS_SLOW_CONSUMER:
    case NATS_NO_MEMORY:
      return absl::StatusCode::kResourceExhausted;
    default:
      return absl::StatusCode::kInternal;
  }
}

}  // namespace

std::optional<time::UnixMicros> jetstream_moment(const std::string& text) {
  absl::Time moment;
  if (!absl::ParseTime(absl::RFC3339_full, text, &moment, nullptr)) return std::nullopt;
  return time::from_unix_us(absl::ToUnixMicros(moment));
}

absl::Status status_of_nats(int nats_status, const std::string& action) {
  const auto status = static_cast<natsStatus>(nats_status);
  if (status == NATS_OK) return absl::OkStatus();
  natsStatus last = NATS_OK;
  const char* detail = nats_GetLastError(&last);
  std::string message = fmt::format("cannot {}: {}", action, natsStatus_GetText(status));
  // The thread's last error may be an older one.
  if (last == status && detail != nullptr && *detail != '\0')
    message += fmt::format(" ({})", detail);
  return {code_of(status), message};
}

std::string without_credentials(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t begin = scheme == std::string::npos ? 0 : scheme + 3;
  const std::size_t at = url.rfind('@');
  if (at == std::string::npos || at < begin) return url;
  return url.substr(0, begin) + url.substr(at + 1);
}

}  // namespace millrace::bus
