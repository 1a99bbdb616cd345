// SPDX-License-Identifier: Apache-2.0
#include "lib/status/refusal_ring.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "lib/utf8/utf8.h"

namespace millrace::status {
namespace {

constexpr std::size_t kMaxNameBytes = 128;
constexpr std::size_t kMaxReasonBytes = 512;
constexpr std::int32_t kDefaultLimit = 20;
constexpr auto kMaxLimit = static_cast<std::int32_t>(RefusalRing::kMaxOfOne);

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
  Part& part = refused.endpoint_id.empty() ? of_nobody_ : of_endpoints_;
  add_to(part, std::move(key), std::move(refused));
}

void RefusalRing::add_to(Part& part, std::string key, Refused refused) {
  Source& source = part.sources[std::move(key)];
  if (!source.entries.empty()) {
    Refused& newest = *source.entries.back();
    if (newest.status_code == refused.status_code && newest.reason == refused.reason) {
      newest.times += refused.times;
      newest.at = refused.at;
      newest.correlation_id = std::move(refused.correlation_id);
      part.entries.splice(part.entries.begin(), part.entries, source.entries.back());
      return;
    }
  }
  part.entries.push_front(std::move(refused));
  source.entries.push_back(part.entries.begin());
  if (source.entries.size() > kMaxOfOne) {
    const auto oldest = source.entries.front();
    source.complete_since = std::max(source.complete_since, oldest->at);
    part.entries.erase(oldest);
    source.entries.erase(source.entries.begin());
  }
  if (part.entries.size() > part.capacity) drop_oldest(part);
}

// The oldest of all is the oldest of its source: who is added to moves to the front.
void RefusalRing::drop_oldest(Part& part) {
  const auto oldest = std::prev(part.entries.end());
  part.complete_since = std::max(part.complete_since, oldest->at);
  const auto source = part.sources.find(key_of(*oldest));
  source->second.entries.erase(source->second.entries.begin());
  if (source->second.entries.empty()) part.sources.erase(source);
  part.entries.erase(oldest);
}

v1::RefusalsResponse RefusalRing::find(const v1::RefusalsRequest& request) const {
  const std::int32_t limit =
      request.limit() <= 0 ? kDefaultLimit : std::min(request.limit(), kMaxLimit);
  v1::RefusalsResponse response;
  const concurrency::MutexLock lock(mutex_);
  const Part& part = request.endpoint_id().empty() ? of_nobody_ : of_endpoints_;
  time::UnixMicros complete_since = part.complete_since;
  // An endpoint may have sent under several versions.
  for (const Refused& refused : part.entries) {
    if (response.refusals_size() == limit) break;
    if (!is_wanted(refused, request)) continue;
    *response.add_refusals() = message_of(refused);
    const auto source = part.sources.find(key_of(refused));
    complete_since = std::max(complete_since, source->second.complete_since);
  }
  response.set_complete_since_us(time::to_unix_us(complete_since));
  return response;
}

}  // namespace millrace::status
