// SPDX-License-Identifier: Apache-2.0
#include "epts/done_messages.h"

#include <functional>
#include <string_view>

namespace millrace::epts {
namespace {

// Enough of a payload to have its first correlation id and receipt time.
constexpr std::size_t kPrefixBytes = 256;

std::uint64_t fingerprint(const bus::PulledMessage& message) {
  const std::string_view payload = message.payload();
  const std::size_t text = std::hash<std::string_view>{}(payload.substr(0, kPrefixBytes));
  return (text * 31 + payload.size()) * 0x9E3779B97F4A7C15 + message.stream_sequence();
}

}  // namespace

void DoneMessages::add(const HeldMessage& message) {
  const std::uint64_t key = fingerprint(*message.message);
  concurrency::MutexLock lock(mutex_);
  samples_.insert(key, message.sample_count);
}

std::optional<std::uint32_t> DoneMessages::find(const bus::PulledMessage& message) {
  const std::uint64_t key = fingerprint(message);
  concurrency::MutexLock lock(mutex_);
  const std::uint32_t* const samples = samples_.find(key);
  return samples == nullptr ? std::nullopt : std::optional(*samples);
}

}  // namespace millrace::epts
