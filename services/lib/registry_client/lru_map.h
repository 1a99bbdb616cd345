// SPDX-License-Identifier: Apache-2.0
//
// A map with a bound: what was used longest ago goes first. Every operation but erase_if and
// for_each takes constant time. For one thread at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <unordered_map>
#include <utility>

namespace millrace::registry_client {

// `View` is what a Key is looked up by without making one, as std::string_view is to std::string:
// it may point into the Key it was made from.
template <typename Key, typename View, typename Value, typename Hash = std::hash<View>>
class LruMap {
 public:
  using Item = std::pair<const Key, Value>;

  explicit LruMap(std::size_t max_entries) : max_entries_(max_entries) {}

  // Null when absent. Counts as a use. Valid until the next change of the map.
  Value* find(const View& key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    order_.splice(order_.begin(), order_, found->second);
    return &found->second->second;
  }

  // What a new key would push out; null while there is room.
  const Item* next_to_go() const {
    return order_.empty() || order_.size() < max_entries_ ? nullptr : &order_.back();
  }

  // Adds or replaces, pushing out what was used longest ago. The item as it is kept; null when the
  // bound is 0.
  const Item* put(const View& key, Value value) {
    if (max_entries_ == 0) return nullptr;
    if (Value* const present = find(key)) {
      *present = std::move(value);
      return &order_.front();
    }
    if (order_.size() >= max_entries_) {
      index_.erase(View(order_.back().first));
      order_.pop_back();
    }
    order_.emplace_front(Key(key), std::move(value));
    index_.emplace(View(order_.front().first), order_.begin());
    return &order_.front();
  }

  bool erase(const View& key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return false;
    const auto item = found->second;
    index_.erase(found);
    order_.erase(item);
    return true;
  }

  template <typename Predicate>
  std::size_t erase_if(Predicate predicate) {
    std::size_t erased = 0;
    for (auto item = order_.begin(); item != order_.end();) {
      if (!predicate(*item)) {
        ++item;
        continue;
      }
      index_.erase(View(item->first));
      item = order_.erase(item);
      ++erased;
    }
    return erased;
  }

  // Does not count as a use.
  template <typename Visitor>
  void for_each(Visitor visit) {
    for (auto& [key, value] : order_) visit(value);
  }

  std::size_t size() const { return order_.size(); }

 private:
  const std::size_t max_entries_;
  std::list<Item> order_;  // most recently used first
  std::unordered_map<View, typename std::list<Item>::iterator, Hash> index_;
};

}  // namespace millrace::registry_client
