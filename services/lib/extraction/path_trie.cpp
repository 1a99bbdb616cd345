// SPDX-License-Identifier: Apache-2.0
#include "lib/extraction/path_trie.h"

#include <algorithm>
#include <utility>
#include <variant>

#include <absl/hash/hash.h>
#include <absl/strings/string_view.h>

namespace millrace::extraction {

PathTrie::PathTrie() : places_(1), members_(16, kNone) {}

PathTrie::Node PathTrie::add(const series_rules::Path& path) {
  Node node = kRoot;
  for (const series_rules::PathStep& step : path) {
    if (const auto* index = std::get_if<std::uint32_t>(&step)) {
      node = add_element(node, *index);
    } else {
      node = add_member(node, std::get<std::string>(step));
    }
  }
  return node;
}

PathTrie::Node PathTrie::member(Node node, std::string_view name) const {
  return places_[node].has_members ? members_[slot_of(node, name)] : kNone;
}

PathTrie::Node PathTrie::add_member(Node node, const std::string& name) {
  if (const Node known = member(node, name); known != kNone) return known;
  const Node added = add_place(node, name);
  places_[node].has_members = true;
  if (2 * places_.size() > members_.size()) {
    members_.assign(2 * members_.size(), kNone);
    for (Node each = 1; each < places_.size(); ++each) insert(each);
  } else {
    insert(added);
  }
  return added;
}

PathTrie::Node PathTrie::add_element(Node node, std::uint32_t index) {
  const auto place_of = [&] {
    auto& elements = places_[node].elements;
    return std::lower_bound(elements.begin(), elements.end(), index,
                            [](const Element& a, std::uint32_t b) { return a.index < b; });
  };
  const auto known = place_of();
  if (known != places_[node].elements.end() && known->index == index) return known->node;
  const Node added = add_place(node, {});
  places_[node].elements.insert(place_of(), {index, added});
  return added;
}

PathTrie::Node PathTrie::add_place(Node parent, std::string name) {
  places_.push_back({parent, std::move(name)});
  return static_cast<Node>(places_.size() - 1);
}

// An element has no name, which no member's is.
void PathTrie::insert(Node node) {
  const Place& place = places_[node];
  if (!place.name.empty()) members_[slot_of(place.parent, place.name)] = node;
}

// Of the member's node, or the empty one it would get.
std::size_t PathTrie::slot_of(Node parent, std::string_view name) const {
  const std::size_t mask = members_.size() - 1;
  // Seeded anew in each process, so that nobody can choose names that collide.
  std::size_t at = absl::Hash<std::pair<Node, absl::string_view>>()(
      {parent, absl::string_view(name.data(), name.size())});
  for (at &= mask; members_[at] != kNone; at = (at + 1) & mask) {
    const Place& place = places_[members_[at]];
    if (place.parent == parent && place.name == name) break;
  }
  return at;
}

}  // namespace millrace::extraction
