// SPDX-License-Identifier: Apache-2.0
#include "lib/extraction/sample_taker.h"

#include <algorithm>
#include <optional>

#include "lib/extraction/sent_value.h"
#include "lib/extraction/timestamp.h"

namespace millrace::extraction {
namespace {

using time_series::RejectionReason;
using time_series::ValueType;

ValueType type_of(FoundValue::Kind kind) {
  if (kind == FoundValue::Kind::kString) return ValueType::kString;
  return kind == FoundValue::Kind::kBoolean ? ValueType::kBoolean : ValueType::kNumber;
}

std::string_view as_sent(std::string_view json, const FoundValue& found) {
  return sent_value(json, found.offset, time_series::kMaxRejectedValueBytes);
}

}  // namespace

void SampleTaker::begin(const CompiledRules& rules) {
  rules_ = &rules;
  fields_.begin_sample(rules);
  found_.begin_sample(rules.paths());
}

void SampleTaker::take(std::string_view json, ExtractedUpload& upload) {
  take_fields(json, upload);
  find_configured();
  if (fields_.too_many() || upload.value_count() + met_.size() > limits_.max_fields) {
    upload.refuse_sample({RejectionReason::kTooManyFields, {}, {}});
    return;
  }
  take_configured(json, upload);
  // A sample that gives nothing needs no time.
  if (upload.value_count() + upload.refused() > 0) take_time(json, upload);
}

void SampleTaker::take_fields(std::string_view json, ExtractedUpload& upload) {
  if (const AutoFields::Field* field = fields_.too_long()) {
    upload.refuse({RejectionReason::kNameTooLong, field->name, as_sent(json, field->value)});
  }
  for (const AutoFields::Field& field : fields_.fields()) {
    if (field.value.kind == FoundValue::Kind::kNull) continue;
    const auto reason =
        upload.add_value({field.name, "value", type_of(field.value.kind), /*is_auto=*/true},
                         field.value, limits_.max_string_bytes);
    if (reason) upload.refuse({*reason, field.name, as_sent(json, field.value)});
  }
}

// In the order of the rules, whatever that of the sample, so that samples of one kind give the same
// values in the same order.
void SampleTaker::find_configured() {
  met_.clear();
  for (const PathTrie::Node node : found_.met()) {
    const auto values = rules_->values_at(node);
    if (values.empty()) continue;
    const FoundValue* found = found_.find(node);
    if (found == nullptr) continue;
    for (const std::uint32_t value : values) met_.push_back({value, found});
  }
  const auto in_order = [](const Met& a, const Met& b) { return a.value < b.value; };
  if (!std::is_sorted(met_.begin(), met_.end(), in_order)) {
    std::sort(met_.begin(), met_.end(), in_order);
  }
}

void SampleTaker::take_configured(std::string_view json, ExtractedUpload& upload) {
  for (std::size_t next = 0; next < met_.size();) next = take_point(next, json, upload);
}

// The values of one series, from met_[first] on: all of them, or none and the first that is
// refused. Returns where the next series begins.
std::size_t SampleTaker::take_point(std::size_t first, std::string_view json,
                                    ExtractedUpload& upload) {
  const std::uint32_t series = rules_->values()[met_[first].value].series_index;
  const std::size_t before = upload.value_count();
  bool refused = false;
  std::size_t at = first;
  for (; at < met_.size(); ++at) {
    const CompiledRules::Value& rule = rules_->values()[met_[at].value];
    if (rule.series_index != series) break;
    if (refused) continue;
    const auto reason = upload.add_value({rule.series, rule.name, rule.type}, *met_[at].found,
                                         limits_.max_string_bytes);
    if (!reason) continue;
    refused = true;
    upload.drop_values(before);
    upload.refuse({*reason, rule.path, as_sent(json, *met_[at].found)});
  }
  return at;
}

void SampleTaker::take_time(std::string_view json, ExtractedUpload& upload) {
  const auto& rule = rules_->timestamp();
  if (!rule) return;
  const FoundValue* found = found_.find(rule->node);
  const bool is_missing = found == nullptr || found->kind == FoundValue::Kind::kNull;
  const auto time = is_missing ? std::nullopt : read_timestamp(*found, rule->format);
  if (time) {
    upload.set_time(*time, json.substr(found->offset));
  } else if (!rule->falls_back) {
    upload.refuse_sample(
        {is_missing ? RejectionReason::kTimestampMissing : RejectionReason::kTimestampInvalid,
         rule->path, found == nullptr ? std::string_view() : as_sent(json, *found)});
  }
}

}  // namespace millrace::extraction
