// SPDX-License-Identifier: Apache-2.0
//
// libFuzzer target: whatever an upload holds, extraction ends, gives what its rules allow within
// the limits, and gives the same again. The first byte chooses the rules.
#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include <google/protobuf/text_format.h>

#include "lib/extraction/refusal_text.h"
#include "lib/telemetry/sample_json.h"
#include "lib/utf8/utf8.h"

namespace millrace::extraction {
namespace {

constexpr ExtractionLimits kLimits{.max_fields = 5, .max_name_bytes = 4, .max_string_bytes = 6};

constexpr std::array kRules = {
    "auto_extract: true",
    "auto_extract: true auto_extract_strings_and_booleans: true auto_extract_exclusions: 'b'"
    " timestamp { path: 'a' }",
    "series { name: 'p' values { path: 'a' } values { path: 'b' name: 'x' type: VALUE_TYPE_STRING "
    "} }"
    " series { name: 'q' values { path: 'a' type: VALUE_TYPE_BOOLEAN } }",
    "series { name: 'p' values { path: 'a.b' } values { path: 'a.a[1]' name: 'x' } }"
    " series { name: 'q' values { path: 'a' type: VALUE_TYPE_STRING } }"
    " series { name: 'r' values { path: 'a.a[0].b[2]' } }"
    " timestamp { path: 'a.c' format: TIMESTAMP_FORMAT_UNIX_EPOCH"
    " fallback: TIMESTAMP_FALLBACK_SERVER_TIMESTAMP }",
    "auto_extract: true auto_extract_strings_and_booleans: true"
    " series { name: 'p' values { path: 'a[0][0]' } values { path: 'a[2]' name: 'x' } }"
    " timestamp { path: 'b.a' format: TIMESTAMP_FORMAT_NANOS_UNIX_EPOCH }",
};

const CompiledRules& rules_for(std::uint8_t byte) {
  static const auto kCompiled = [] {
    std::array<std::shared_ptr<const CompiledRules>, kRules.size()> all;
    for (std::size_t i = 0; i < kRules.size(); ++i) {
      configuration::v1::SeriesRules rules;
      if (!google::protobuf::TextFormat::ParseFromString(kRules[i], &rules)) std::abort();
      all[i] = CompiledRules::compile(rules).value();
    }
    return all;
  }();
  return *kCompiled[byte % kRules.size()];
}

void check_text(std::string_view text, std::size_t max_bytes) {
  if (text.size() > max_bytes || !utf8::is_valid(text)) std::abort();
}

// What PostgreSQL would be given.
std::string check(const ExtractedSample& sample) {
  std::string all;
  if (sample.values.size() > kLimits.max_fields) std::abort();
  for (const ExtractedValue& value : sample.values) {
    check_text(value.text, kLimits.max_string_bytes);
    if (value.text.find('\0') != std::string_view::npos) std::abort();
    all += std::string(value.series) + std::string(value.name) + std::to_string(value.number) +
           std::string(value.text);
  }
  if (sample.refused > 0) {
    const auto rejection = rejection_of(sample, kLimits);
    check_text(rejection.value, time_series::kMaxRejectedValueBytes);
    check_text(rejection.detail, 4096);
    if (rejection.value.find('\0') != std::string::npos) std::abort();
    all += rejection.detail + rejection.value;
  }
  return all;
}

std::string extract(Extraction& extraction, std::string_view json, std::uint32_t count,
                    const CompiledRules& rules) {
  std::string all;
  if (!extraction.extract(json, count, rules).ok()) return "refused";
  if (extraction.samples().size() != count) std::abort();
  for (const ExtractedSample& sample : extraction.samples()) all += check(sample);
  return all;
}

}  // namespace
}  // namespace millrace::extraction

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace millrace::extraction;
  if (size == 0) return 0;
  const std::string_view json(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const CompiledRules& rules = rules_for(bytes[0]);
  const auto checked =
      millrace::telemetry::check_upload(json, {.max_depth = 16, .max_samples = 50});
  const std::uint32_t count = checked.ok() ? checked->sample_count : 1;
  static Extraction used(kLimits);
  Extraction fresh(kLimits);
  const std::string told = extract(fresh, json, count, rules);
  // What a receiver takes can be extracted, but for a byte order mark, which receivers drop.
  if (checked.ok() && checked->json.size() == json.size() && told == "refused") std::abort();
  // Nothing of earlier uploads shows.
  if (extract(used, json, count, rules) != told) std::abort();
  used.release_texts();
  return 0;
}
