// SPDX-License-Identifier: Apache-2.0
//
// A bounded map that forgets what was not used for long. Two generations instead of a list of all
// entries: a look-up that hits touches no other entry, and what nobody asked for during a whole
// generation goes at once. Holds at least the most recently used half of its capacity. For one
// thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>

namespace millrace::time_series {

// Looks up std::string keys by std::string_view without making a string.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept {
    return std::hash<std::string_view>{}(text);
  }
};

template <class Key, class Value>
class RecentCache {
 public:
  // `capacity`: the sum of the entries' weights, at least 2.
  explicit RecentCache(std::size_t capacity) : half_(capacity / 2) {}

  // Null when absent. Valid until the next insert().
  template <class Asked>
  Value* find(const Asked& key) {
    if (const auto young = young_.find(key); young != young_.end()) return &young->second.value;
    const auto old = old_.find(key);
    if (old == old_.end()) return nullptr;
    auto node = old_.extract(old);
    const std::size_t weight = node.mapped().weight;
    make_room(weight);
    young_weight_ += weight;
    return &young_.insert(std::move(node)).position->second.value;
  }

  // Replaces what was there.
  Value& insert(Key key, Value value, std::size_t weight = 1) {
    erase(key);
    make_room(weight);
    young_weight_ += weight;
    return young_.emplace(std::move(key), Entry{std::move(value), weight}).first->second.value;
  }

  void erase(const Key& key) {
    old_.erase(key);
    const auto young = young_.find(key);
    if (young == young_.end()) return;
    young_weight_ -= young->second.weight;
    young_.erase(young);
  }

  std::size_t size() const { return young_.size() + old_.size(); }

 private:
  struct Entry {
    Value value;
    std::size_t weight;
  };
  using Hash = std::conditional_t<std::is_same_v<Key, std::string>, TextHash, std::hash<Key>>;
  using Map = std::unordered_map<Key, Entry, Hash, std::equal_to<>>;

  void make_room(std::size_t weight) {
    if (young_weight_ + weight <= half_ || young_.empty()) return;
    old_ = std::exchange(young_, Map());
    young_weight_ = 0;
  }

  const std::size_t half_;
  Map young_;
  Map old_;
  std::size_t young_weight_ = 0;
};

}  // namespace millrace::time_series
