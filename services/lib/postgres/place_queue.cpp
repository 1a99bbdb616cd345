// SPDX-License-Identifier: Apache-2.0
#include "lib/postgres/place_queue.h"

#include <algorithm>
#include <utility>

namespace millrace::postgres {
namespace {

std::size_t share_of(std::size_t places) {
  return places <= 1 ? places : places - std::max<std::size_t>(1, places / 4);
}

}  // namespace

PlaceQueue::PlaceQueue(std::size_t places) : places_(places), share_(share_of(places)) {}

void PlaceQueue::enter(Waiter& waiter) {
  Client& client = clients_[waiter.client];
  // A newcomer stands behind those that wait: otherwise two that come in turns shut out a third.
  if (client.waiting.empty()) client.turn = ++turns_;
  client.waiting.push_back(&waiter);
  serve();
}

void PlaceQueue::leave(Waiter& waiter) {
  std::erase(clients_[waiter.client].waiting, &waiter);
  forget_if_idle(waiter.client);
}

void PlaceQueue::give_back(std::int64_t client) {
  --clients_[client].held;
  --taken_;
  forget_if_idle(client);
  serve();
}

std::size_t PlaceQueue::held_by(std::int64_t client) const {
  const auto found = clients_.find(client);
  return found == clients_.end() ? 0 : found->second.held;
}

bool PlaceQueue::may_take(std::int64_t id, const Client& client) const {
  return !client.waiting.empty() && (id == kNobody || client.held < share_);
}

PlaceQueue::Client* PlaceQueue::next() {
  Client* best = nullptr;
  for (auto& [id, client] : clients_) {
    if (!may_take(id, client)) continue;
    const bool is_better =
        best == nullptr || std::pair(client.held, client.turn) < std::pair(best->held, best->turn);
    if (is_better) best = &client;
  }
  return best;
}

void PlaceQueue::serve() {
  while (taken_ < places_) {
    Client* const client = next();
    if (client == nullptr) return;
    Waiter& waiter = *client->waiting.front();
    client->waiting.pop_front();
    client->turn = ++turns_;
    ++client->held;
    ++taken_;
    waiter.has_place = true;
    waiter.got_place.notify_one();
  }
}

void PlaceQueue::forget_if_idle(std::int64_t id) {
  const auto found = clients_.find(id);
  if (found != clients_.end() && found->second.held == 0 && found->second.waiting.empty()) {
    clients_.erase(found);
  }
}

}  // namespace millrace::postgres
