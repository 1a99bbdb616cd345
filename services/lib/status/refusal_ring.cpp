// SPDX-License-Identifier: Apache-2.0
#include "lib/status/refusal_ring.h"

#include <algorithm>
#include <utility>

#include "lib/utf8/utf8.h"

namespace millrace::status {
namespace {

constexpr std::size_t kMaxNameBytes = 128;
constexpr std::size_t kMaxReasonBytes = 512;
constexpr std::int32_t kDefaultLimit = 20;
constexpr std::int32_t kMaxLimit = 100;

void cut(std::string& text, std::size_t longest) {
  if (text.size() > longest) text.resize(longest);
}

std::string key_of(const Refused& refused) {
  std::string key;
  key.reserve(refused.app_version_name.size() + 1 + refused.endpoint_id.size());
  key += refused.app_version_name;
  key += '\0';
  key += refused.endpoint_id;
  return key;
}

bool is_wanted(const Refused& refused, const v1::RefusalsRequest& request) {
  if (!request.endpoint_id().empty()) return refused.endpoint_id == request.endpoint_id();
  return refused.endpoint_id.empty() && refused.app_version_name == request.app_version_name();
}

// Reasons may quote what a device sent; the bus carries UTF-8 only.
std::string text_of(const std::string& bytes) {
  return utf8::with_replacements(utf8::without_cut_character(bytes));
}

v1::Refusal message_of(const Refused& refused) {
  v1::Refusal message;
  message.set_refused_at_us(time::to_unix_us(refused.at));
  message.set_app_version_name(text_of(refused.app_version_name));
  message.set_endpoint_id(text_of(refused.endpoint_id));
  message.set_correlation_id(text_of(refused.correlation_id));
  message.set_status_code(refused.status_code);
  message.set_reason_phrase(text_of(refused.reason));
  message.set_times(refused.times);
  return message;
}

}  // namespace

void RefusalRing::add(Refused refused) {
  cut(refused.app_version_name, kMaxNameBytes);
  cut(refused.endpoint_id, kMaxNameBytes);
  cut(refused.correlation_id, kMaxNameBytes);
  cut(refused.reason, kMaxReasonBytes);
  std::string key = key_of(refused);
  const concurrency::MutexLock lock(mutex_);
  const auto found = newest_.find(key);
  if (found != newest_.end() && found->second->status_code == refused.status_code &&
      found->second->reason == refused.reason) {
    Refused& same = *found->second;
    same.times += refused.times;
    same.at = refused.at;
    same.correlation_id = std::move(refused.correlation_id);
    entries_.splice(entries_.begin(), entries_, found->second);
    return;
  }
  entries_.push_front(std::move(refused));
  newest_.insert_or_assign(std::move(key), entries_.begin());
  if (entries_.size() > capacity_) drop_oldest();
}

void RefusalRing::drop_oldest() {
  const auto oldest = std::prev(entries_.end());
  complete_since_ = std::max(complete_since_, oldest->at);
  const auto newest = newest_.find(key_of(*oldest));
  if (newest != newest_.end() && newest->second == oldest) newest_.erase(newest);
  entries_.erase(oldest);
}

v1::RefusalsResponse RefusalRing::find(const v1::RefusalsRequest& request) const {
  const std::int32_t limit =
      request.limit() <= 0 ? kDefaultLimit : std::min(request.limit(), kMaxLimit);
  v1::RefusalsResponse response;
  const concurrency::MutexLock lock(mutex_);
  response.set_complete_since_us(time::to_unix_us(complete_since_));
  for (const Refused& refused : entries_) {
    if (response.refusals_size() == limit) break;
    if (is_wanted(refused, request)) *response.add_refusals() = message_of(refused);
  }
  return response;
}

}  // namespace millrace::status
