// SPDX-License-Identifier: Apache-2.0
//
// Who gets the next free place of a pool, fair among clients: the one that has the fewest, among
// equals the one whose turn is longest ago, and of its own requests the oldest. None but kNobody
// may have all places, so that one comes free for others soon, whatever a client does. Without
// threads: the pool's lock guards it. Internal to lib/postgres.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>

#include "lib/concurrency/mutex.h"

namespace millrace::postgres {

class PlaceQueue {
 public:
  // Whoever does not say who he is; one client like others, without a bound.
  static constexpr std::int64_t kNobody = 0;

  // A request; lives with whoever waits, until it has a place or has left.
  struct Waiter {
    std::int64_t client = kNobody;
    bool has_place = false;
    concurrency::CondVar got_place;
  };

  explicit PlaceQueue(std::size_t places);

  // Gets a place at once, or stands in line.
  void enter(Waiter& waiter);
  // Out of the line, without a place.
  void leave(Waiter& waiter);
  // A place of `client` is free: the next in line gets it.
  void give_back(std::int64_t client);

  std::size_t places() const { return places_; }
  std::size_t held_by(std::int64_t client) const;
  // Most places of one client: three of four, all of one.
  std::size_t share() const { return share_; }

 private:
  struct Client {
    std::size_t held = 0;
    std::uint64_t turn = 0;  // when it began to wait, or was last served
    std::deque<Waiter*> waiting;
  };

  bool may_take(std::int64_t id, const Client& client) const;
  Client* next();
  void serve();
  void forget_if_idle(std::int64_t id);

  const std::size_t places_;
  const std::size_t share_;
  std::size_t taken_ = 0;
  std::uint64_t turns_ = 0;
  // Those that have or want a place.
  std::map<std::int64_t, Client> clients_;
};

}  // namespace millrace::postgres
