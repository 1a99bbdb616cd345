// SPDX-License-Identifier: Apache-2.0
#include "lib/extraction/refusal_text.h"

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "lib/extraction/sent_value.h"
#include "lib/utf8/utf8.h"

namespace millrace::extraction {
namespace {

using time_series::kMaxRejectedValueBytes;
using time_series::Rejection;
using time_series::RejectionReason;

// Of a name too long to be one.
constexpr std::size_t kMaxShownBytes = 64;

std::string shown(std::string_view path) {
  if (path.size() <= kMaxShownBytes) return std::string(path);
  return fmt::format("{}…", utf8::without_cut_character(path.substr(0, kMaxShownBytes)));
}

std::string paths_in(const ExtractedSample& sample) {
  std::string paths;
  for (const Refusal& refusal : sample.refusals) {
    if (!paths.empty()) paths += ", ";
    paths += shown(refusal.path);
  }
  const std::size_t left_out = sample.refused - sample.refusals.size();
  return left_out == 0 ? paths : fmt::format("{} and {} more", paths, left_out);
}

std::string detail_of(const ExtractedSample& sample, const ExtractionLimits& limits) {
  switch (sample.refusals.front().reason) {
    case RejectionReason::kTooManyFields:
      return fmt::format(
          "cannot store the sample: it gives more than {} values (setting max-fields-per-sample of "
          "epts)",
          limits.max_fields);
    case RejectionReason::kNameTooLong:
      return fmt::format("cannot store {}: a field's name may have {} bytes at most",
                         paths_in(sample), limits.max_name_bytes);
    case RejectionReason::kStringTooLong:
      return fmt::format(
          "cannot store {}: a string may have {} bytes at most (setting max-string-size of epts)",
          paths_in(sample), limits.max_string_bytes);
    case RejectionReason::kStringNotText:
      return fmt::format(
          "cannot store {}: the string has the character U+0000, or bytes that are not UTF-8; "
          "PostgreSQL holds neither",
          paths_in(sample));
    case RejectionReason::kWrongType:
      return fmt::format(
          "cannot store {}: the value has another type than the series rules say; send that type, "
          "or change the rules",
          paths_in(sample));
    case RejectionReason::kTimestampMissing:
      return fmt::format(
          "cannot store the sample: its time, which the series rules want at path {}, is missing "
          "or "
          "null; send it, or let the rules fall back to server-timestamp",
          paths_in(sample));
    case RejectionReason::kTimestampInvalid:
      return fmt::format(
          "cannot store the sample: its time (path {}) is not of the format that the series rules "
          "say; send that format, or change the rules",
          paths_in(sample));
    default:
      return fmt::format(
          "cannot store {}: the number is too large for a 64-bit floating-point number, which ends "
          "at 1.8e308",
          paths_in(sample));
  }
}

// As text that PostgreSQL takes, whoever published the upload.
std::string kept(std::string_view value) {
  return std::string(utf8::without_cut_character(
      utf8::with_replacements(value).substr(0, kMaxRejectedValueBytes)));
}

}  // namespace

Rejection rejection_of(const ExtractedSample& sample, const ExtractionLimits& limits) {
  const Refusal& first = sample.refusals.front();
  return {first.reason, detail_of(sample, limits), shown(first.path), kept(first.value)};
}

Rejection outside_window(const ExtractedSample& sample, time::UnixMicros time,
                         const CompiledRules& rules) {
  const bool is_sent = sample.time.has_value() && rules.timestamp().has_value();
  Rejection rejection{
      RejectionReason::kTimestampOutOfRange,
      fmt::format("cannot store the sample: its time, {} µs since 1970, is further back than "
                  "accept-past or the application's retention allow, or further ahead than "
                  "accept-future; is the clock of the {} right?",
                  time::to_unix_us(time), is_sent ? "device" : "receiver")};
  if (is_sent) {
    rejection.path = rules.timestamp()->path;
    rejection.value = kept(sent_value(sample.from_time, 0, kMaxRejectedValueBytes));
  }
  return rejection;
}

}  // namespace millrace::extraction
