// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/waiting_list.h"

#include <utility>

namespace millrace::registry_client {
namespace {

// Application version names cannot contain a NUL, whatever a device sends as its token.
std::string key_of(const std::string& app_version_name, const std::string& token) {
  return app_version_name + '\0' + token;
}

std::string key_of(const TokenKey& key) {
  return key_of(key.app_version_name, key.token);
}

}  // namespace

WaitingList::Place WaitingList::add(const TokenKey& key, Done& done) {
  concurrency::MutexLock lock(mutex_);
  if (waiting_ >= max_waiting_) return Place::kRefused;
  ++waiting_;
  const auto [list, is_new] = lists_.try_emplace(key_of(key));
  list->second.push_back(std::move(done));
  standing_.store(lists_.size(), std::memory_order_release);
  return is_new ? Place::kFirst : Place::kShared;
}

bool WaitingList::has(const std::string& app_version_name, const std::string& token) {
  if (standing_.load(std::memory_order_acquire) == 0) return false;
  concurrency::MutexLock lock(mutex_);
  return lists_.contains(key_of(app_version_name, token));
}

std::vector<WaitingList::Done> WaitingList::take(const TokenKey& key) {
  concurrency::MutexLock lock(mutex_);
  const auto list = lists_.find(key_of(key));
  if (list == lists_.end()) return {};
  std::vector<Done> taken = std::exchange(list->second, {});
  waiting_ -= taken.size();
  if (taken.empty()) {
    lists_.erase(list);
    standing_.store(lists_.size(), std::memory_order_release);
  }
  return taken;
}

std::vector<WaitingList::Done> WaitingList::take_all() {
  concurrency::MutexLock lock(mutex_);
  std::vector<Done> all;
  for (auto& [key, list] : lists_) {
    for (Done& done : list) all.push_back(std::move(done));
  }
  lists_.clear();
  standing_.store(0, std::memory_order_release);
  waiting_ = 0;
  return all;
}

}  // namespace millrace::registry_client
