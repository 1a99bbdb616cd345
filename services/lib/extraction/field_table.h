// SPDX-License-Identifier: Apache-2.0
//
// Which fields a sample has given so far, so that of a name given twice the last one wins. Emptied
// in no time: entries of earlier samples are told by their number. For one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <absl/hash/hash.h>
#include <absl/strings/string_view.h>

namespace millrace::extraction {

class FieldTable {
 public:
  // Room for `max_fields` fields.
  explicit FieldTable(std::size_t max_fields) {
    std::size_t size = 16;
    while (size < 2 * max_fields) size *= 2;
    slots_.resize(size);
  }

  void begin_sample() { ++sample_; }

  // Nothing: the name is new in this sample.
  std::optional<std::uint32_t> find(std::string_view name) const {
    const Slot& slot = slots_[position(name)];
    return slot.sample == sample_ ? std::optional(slot.field) : std::nullopt;
  }

  // `name` is new in this sample, which has less than max_fields so far.
  void add(std::string_view name, std::uint32_t field) {
    slots_[position(name)] = {name, sample_, field};
  }

 private:
  struct Slot {
    std::string_view name;
    std::uint64_t sample = 0;
    std::uint32_t field = 0;
  };

  // Of the slot that has the name, or may get it.
  std::size_t position(std::string_view name) const {
    const std::size_t mask = slots_.size() - 1;
    // Seeded anew in each process, so that nobody can choose names that collide.
    std::size_t at = absl::Hash<absl::string_view>()(absl::string_view(name.data(), name.size()));
    for (at &= mask; slots_[at].sample == sample_ && slots_[at].name != name;) at = (at + 1) & mask;
    return at;
  }

  std::vector<Slot> slots_;
  std::uint64_t sample_ = 0;
};

}  // namespace millrace::extraction
