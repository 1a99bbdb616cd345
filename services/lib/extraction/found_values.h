// SPDX-License-Identifier: Apache-2.0
//
// What a sample has at the places that paths lead to. Of a member given twice the last one counts,
// with all it holds: a later `a` without `b` leaves nothing at a.b. No step costs more than a few
// comparisons, whatever a device repeats. For one thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "lib/extraction/found_value.h"
#include "lib/extraction/path_trie.h"

namespace millrace::extraction {

class FoundValues {
 public:
  // Forgets the sample before. `trie` must stay valid until the next call.
  void begin_sample(const PathTrie& trie) {
    trie_ = &trie;
    if (places_.size() < trie.size()) places_.resize(trie.size());
    met_.clear();
    first_visit_ = ++visit_;
    places_[PathTrie::kRoot].visit = visit_;
  }

  // `node` is met within the value that is at its parent now.
  void set(PathTrie::Node node, const FoundValue& value) {
    Place& place = places_[node];
    if (place.visit < first_visit_) met_.push_back(node);
    place.visit = ++visit_;
    place.visit_of_parent = places_[trie_->parent(node)].visit;
    place.value = value;
  }

  // Each place met once, in order of the first meeting; what was there may have been replaced.
  std::span<const PathTrie::Node> met() const { return met_; }

  // Null: the sample has nothing there.
  const FoundValue* find(PathTrie::Node node) const {
    const FoundValue* const value = &places_[node].value;
    for (; node != PathTrie::kRoot; node = trie_->parent(node)) {
      const Place& place = places_[node];
      if (place.visit < first_visit_) return nullptr;
      if (place.visit_of_parent != places_[trie_->parent(node)].visit) return nullptr;
    }
    return value;
  }

 private:
  // Each meeting has a number of its own, growing over all samples, so that nothing has to be
  // emptied: what was met in an earlier sample, or in a value since replaced, shows by it.
  struct Place {
    std::uint64_t visit = 0;
    std::uint64_t visit_of_parent = 0;
    FoundValue value;
  };

  const PathTrie* trie_ = nullptr;
  std::vector<Place> places_;  // by node
  std::vector<PathTrie::Node> met_;
  std::uint64_t visit_ = 0;
  std::uint64_t first_visit_ = 0;
};

}  // namespace millrace::extraction
