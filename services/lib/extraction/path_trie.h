// SPDX-License-Identifier: Apache-2.0
//
// All paths that rules name, as one tree: what a parser that goes down into a sample meets next is
// found from where it is, and where no path goes on nothing has to be looked at. Immutable once
// built; then safe to use from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/series_rules/path.h"

namespace millrace::extraction {

class PathTrie {
 public:
  using Node = std::uint32_t;
  static constexpr Node kNone = UINT32_MAX;
  static constexpr Node kRoot = 0;  // the sample

  struct Element {
    std::uint32_t index = 0;
    Node node = kNone;
  };

  PathTrie();

  // The node at the end of `path`, made where it is missing.
  Node add(const series_rules::Path& path);

  std::size_t size() const { return places_.size(); }
  // Only of other nodes than the root.
  Node parent(Node node) const { return places_[node].parent; }
  // Whether paths go on in an object, or in an array, that is at `node`.
  bool has_members(Node node) const { return places_[node].has_members; }
  bool has_elements(Node node) const { return !places_[node].elements.empty(); }
  // kNone: no path leads there.
  Node member(Node node, std::string_view name) const;
  // Of an array, ascending by index.
  std::span<const Element> elements(Node node) const { return places_[node].elements; }

 private:
  struct Place {
    Node parent = kNone;
    std::string name = {};  // of a member
    bool has_members = false;
    std::vector<Element> elements = {};
  };

  Node add_place(Node parent, std::string name);
  Node add_member(Node node, const std::string& name);
  Node add_element(Node node, std::uint32_t index);
  void insert(Node node);
  std::size_t slot_of(Node parent, std::string_view name) const;

  std::vector<Place> places_;
  // Members by parent and name, open addressing, at most half full.
  std::vector<Node> members_;
};

}  // namespace millrace::extraction
