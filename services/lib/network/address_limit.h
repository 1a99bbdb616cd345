// SPDX-License-Identifier: Apache-2.0
//
// How many connections an address may have open at a time, so that one peer cannot take them all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include <absl/container/flat_hash_map.h>
#include <boost/asio/ip/address.hpp>

#include "lib/concurrency/mutex.h"

namespace millrace::network {

// Safe to use from any thread. Its memory is bounded by the connections that are open.
class AddressLimit {
 public:
  // One connection among those of its address, until it is dropped. The limit must outlive it.
  class Place;

  // 0: no limit, and nothing is counted.
  explicit AddressLimit(std::size_t max_per_address) : max_(max_per_address) {}

  // nullopt: so many are open from there as may be. An IPv6 address stands for its /64, which is
  // what one host or household gets; an IPv4 address in IPv6 clothes (::ffff:a.b.c.d) is itself.
  std::optional<Place> take(const boost::asio::ip::address& address);

 private:
  // The network's bits, and whether they are IPv4's.
  using Key = std::pair<std::uint64_t, bool>;

  static Key key_of(const boost::asio::ip::address& address);
  void give_back(const Key& key);

  const std::size_t max_;
  concurrency::Mutex mutex_;
  absl::flat_hash_map<Key, std::size_t> open_ ABSL_GUARDED_BY(mutex_);
};

class AddressLimit::Place {
 public:
  Place(Place&& other) noexcept
      : limit_(std::exchange(other.limit_, nullptr)), key_(std::move(other.key_)) {}
  Place& operator=(Place&&) = delete;
  ~Place() {
    if (limit_ != nullptr) limit_->give_back(key_);
  }

 private:
  friend class AddressLimit;
  Place(AddressLimit* limit, Key key) : limit_(limit), key_(key) {}

  AddressLimit* limit_;  // nullptr: nothing to give back
  Key key_;
};

}  // namespace millrace::network
