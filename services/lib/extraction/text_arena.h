// SPDX-License-Identifier: Apache-2.0
//
// Texts that a parser may change in place and whose parts are borrowed for longer than the parsing:
// kept together until all are released at once. For one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::extraction {

class TextArena {
 public:
  // A copy of `text`, and a NUL behind it; stays where it is.
  char* copy(std::string_view text) {
    const std::size_t size = text.size() + 1;
    if (chunks_.empty() || chunks_.back().size - used_ < size) add_chunk(size);
    last_ = used_;
    char* const begin = chunks_.back().bytes.get() + used_;
    std::copy(text.begin(), text.end(), begin);
    begin[text.size()] = '\0';
    used_ += size;
    return begin;
  }

  // Forgets the copy made last; no other was dropped since.
  void drop_last() { used_ = last_; }

  // Forgets all. Keeps one chunk of memory.
  void clear() {
    if (chunks_.size() > 1) chunks_.erase(chunks_.begin() + 1, chunks_.end());
    used_ = last_ = 0;
  }

 private:
  static constexpr std::size_t kChunk = 64 << 10;
  struct Chunk {
    std::unique_ptr<char[]> bytes;  // NOLINT(modernize-avoid-c-arrays): nothing sets them to 0
    std::size_t size = 0;
  };

  void add_chunk(std::size_t at_least) {
    const std::size_t size = std::max(at_least, kChunk);
    // Nothing of it is in use: it is too small.
    if (!chunks_.empty() && used_ == 0) chunks_.pop_back();
    chunks_.push_back({std::unique_ptr<char[]>(new char[size]), size});
    used_ = 0;
  }

  std::vector<Chunk> chunks_;
  std::size_t used_ = 0;  // of the last chunk
  std::size_t last_ = 0;
};

}  // namespace millrace::extraction
