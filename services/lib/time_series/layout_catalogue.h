// SPDX-License-Identifier: Apache-2.0
//
// The keys of layouts: which values, in which slots, a frame holds. Made at first sight up to a
// bound per application; layouts of one value are always made (there are as many as values), so
// that a sample whose layout is one too many is stored as one frame a value. What the catalogue
// remembers is committed; see series_catalogue.h. For one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <absl/status/status.h>

#include "lib/postgres/connection.h"
#include "lib/time_series/recent_cache.h"
#include "lib/time_series/series_catalogue.h"

namespace millrace::time_series {

// The text a layout is known by, '<number keys>|<text keys>' as in layout.digest; both ascend.
std::string layout_text(std::span<const std::int32_t> number_keys,
                        std::span<const std::int32_t> text_keys = {});
// Whether a layout of this text holds one value only.
bool is_single(const std::string& layout_text);

class LayoutCatalogue {
 public:
  // `max_layouts`: of one application, layouts of one value not counted.
  LayoutCatalogue(postgres::Connection& connection, std::size_t max_layouts)
      : connection_(connection), max_layouts_(max_layouts) {}

  using Keys = std::unordered_map<std::string, std::int32_t>;

  // The keys of those of `texts` that exist.
  absl::StatusOr<Keys> existing(const Application& application, std::vector<std::string> texts);
  // The keys of `texts`, made where missing. Those beyond the bound are absent from the answer.
  absl::StatusOr<Keys> keys(Application& application, std::vector<std::string> texts);

 private:
  absl::Status look_up(std::int32_t application_key, std::vector<std::string> texts,
                       std::vector<std::string>& missing, Keys& keys);
  absl::Status find(std::int32_t application_key, std::vector<std::string>& missing, Keys& keys);
  absl::Status make(Application& application, std::vector<std::string>& missing, Keys& keys);
  absl::StatusOr<std::size_t> room(std::int32_t application_key);

  postgres::Connection& connection_;
  const std::size_t max_layouts_;
  // By application key and text; weights are bytes.
  RecentCache<std::string, std::int32_t> cache_{16 << 20};
};

}  // namespace millrace::time_series
