// SPDX-License-Identifier: Apache-2.0
#include "lib/intake/receipts.h"

#include <utility>

#include <fmt/format.h>

#include "lib/error/error.h"

namespace millrace::intake {
namespace {

using registry_client::LookUp;
using Code = Receipt::Code;

// Busy, or the registry restarts: over soon.
constexpr std::chrono::seconds kRetrySoon{1};
// The bus is away, or the stream is full until EPTS has drained some of it.
constexpr std::chrono::seconds kRetryLater{5};

Receipt refused(Code code, std::string reason) {
  return {.code = code, .reason_phrase = std::move(reason)};
}

Receipt unavailable(std::string reason, std::chrono::seconds retry_after) {
  return {
      .code = Code::kUnavailable, .reason_phrase = std::move(reason), .retry_after = retry_after};
}

Receipt receipt_of_fate(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return accepted();
    case absl::StatusCode::kResourceExhausted:
      return unavailable("the server's store of samples is full; try again later", kRetryLater);
    case absl::StatusCode::kCancelled:
      return unavailable("the server stops; try again", kRetrySoon);
    default:
      return unavailable("the server's message bus does not answer; try again later", kRetryLater);
  }
}

}  // namespace

Receipt accepted() {
  return {.code = Code::kAccepted};
}

Receipt body_too_large(std::size_t bytes, std::size_t max_bytes) {
  return refused(
      Code::kTooLarge,
      fmt::format("cannot take a body of {} bytes: the limit is {}; send smaller batches", bytes,
                  max_bytes));
}

Receipt too_many_waiting() {
  return unavailable("too many uploads wait for the server's message bus; try again", kRetrySoon);
}

Receipt receipt_of_check(const absl::Status& status) {
  const bool too_large = status.code() == absl::StatusCode::kResourceExhausted;
  return refused(too_large ? Code::kTooLarge : Code::kBadRequest, error::message(status));
}

Receipt receipt_of_look_up(const LookUp& look_up) {
  switch (look_up.result) {
    case LookUp::Result::kUnknown:
      return refused(Code::kNotFound, look_up.reason);
    case LookUp::Result::kForbidden:
      return refused(Code::kForbidden, look_up.reason);
    case LookUp::Result::kKnown:
      return accepted();
    case LookUp::Result::kUnavailable:
      break;
  }
  return unavailable(look_up.reason, kRetrySoon);
}

Receipt too_many(const LookUp& look_up, std::chrono::nanoseconds wait) {
  return {.code = Code::kTooManyRequests,
          .reason_phrase = fmt::format(
              "the endpoint uploads more than {} times a second, its quota (max_uploads_per_second "
              "of application \"{}\", or its own); wait, and put more samples into an upload",
              look_up.rules.max_uploads_per_second, look_up.identity->application_name),
          .retry_after = std::chrono::ceil<std::chrono::seconds>(wait)};
}

Receipt relaxed_path_refused(const registry_client::Identity& identity) {
  return refused(
      Code::kNotFound,
      fmt::format(
          "unknown path: application \"{}\" takes nothing below json "
          "(relaxed_resource_paths is off); use kp1/<app-version>/dcx/<endpoint-token>/json",
          identity.application_name));
}

Receipt receipt_of_publish(const absl::Status& status) {
  Receipt receipt = receipt_of_fate(status);
  receipt.may_be_stored = error::has_unknown_outcome(status);
  return receipt;
}

}  // namespace millrace::intake
