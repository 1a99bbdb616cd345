// SPDX-License-Identifier: Apache-2.0
#include "lib/network/address_limit.h"

namespace millrace::network {
namespace {

constexpr int kPrefixBytes = 8;  // of /64

}  // namespace

AddressLimit::Key AddressLimit::key_of(const boost::asio::ip::address& address) {
  if (address.is_v4()) return {address.to_v4().to_uint(), true};
  const boost::asio::ip::address_v6 wide = address.to_v6();
  if (wide.is_v4_mapped()) {
    return {boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, wide).to_uint(), true};
  }
  const auto bytes = wide.to_bytes();
  std::uint64_t prefix = 0;
  for (int i = 0; i < kPrefixBytes; ++i) prefix = prefix << 8 | bytes[static_cast<std::size_t>(i)];
  return {prefix, false};
}

std::optional<AddressLimit::Place> AddressLimit::take(const boost::asio::ip::address& address) {
  if (max_ == 0) return Place(nullptr, {});
  const Key key = key_of(address);
  concurrency::MutexLock lock(mutex_);
  std::size_t& open = open_[key];
  if (open == max_) return std::nullopt;
  ++open;
  return Place(this, key);
}

void AddressLimit::give_back(const Key& key) {
  concurrency::MutexLock lock(mutex_);
  const auto found = open_.find(key);
  if (--found->second == 0) open_.erase(found);
}

}  // namespace millrace::network
