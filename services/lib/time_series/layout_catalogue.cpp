// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/layout_catalogue.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lib/error/error.h"

namespace millrace::time_series {
namespace {

// Layouts in one statement: at most 11 MB of text.
constexpr std::size_t kChunk = 1000;

std::string cache_key(std::int32_t application_key, const std::string& text) {
  return fmt::format("{}:{}", application_key, text);
}

std::vector<std::string> chunk_of(const std::vector<std::string>& texts, std::size_t first) {
  const auto begin = texts.begin() + static_cast<std::ptrdiff_t>(first);
  return {begin, begin + static_cast<std::ptrdiff_t>(std::min(kChunk, texts.size() - first))};
}

}  // namespace

std::string layout_text(std::span<const std::int32_t> number_keys,
                        std::span<const std::int32_t> text_keys) {
  return fmt::format("{}|{}", fmt::join(number_keys, ","), fmt::join(text_keys, ","));
}

bool is_single(const std::string& layout_text) {
  return layout_text.find(',') == std::string::npos &&
         (layout_text.front() == '|' || layout_text.back() == '|');
}

absl::StatusOr<LayoutCatalogue::Keys> LayoutCatalogue::existing(const Application& application,
                                                                std::vector<std::string> texts) {
  Keys keys;
  std::vector<std::string> missing;
  MILLRACE_RETURN_IF_ERROR(look_up(application.key, std::move(texts), missing, keys));
  return keys;
}

absl::StatusOr<LayoutCatalogue::Keys> LayoutCatalogue::keys(Application& application,
                                                            std::vector<std::string> texts) {
  Keys keys;
  std::vector<std::string> missing;
  MILLRACE_RETURN_IF_ERROR(look_up(application.key, std::move(texts), missing, keys));
  if (application.layouts_full) {
    std::erase_if(missing, [](const std::string& text) { return !is_single(text); });
  }
  if (!missing.empty()) MILLRACE_RETURN_IF_ERROR(make(application, missing, keys));
  return keys;
}

// Divides `texts`, each once, into those that exist and those that do not.
absl::Status LayoutCatalogue::look_up(std::int32_t application_key, std::vector<std::string> texts,
                                      std::vector<std::string>& missing, Keys& keys) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  for (std::string& text : texts) {
    if (const std::int32_t* known = cache_.find(cache_key(application_key, text))) {
      keys.emplace(std::move(text), *known);
    } else {
      missing.push_back(std::move(text));
    }
  }
  return find(application_key, missing, keys);
}

// Moves what exists from `missing` to `keys`.
absl::Status LayoutCatalogue::find(std::int32_t application_key, std::vector<std::string>& missing,
                                   Keys& keys) {
  for (std::size_t first = 0; first < missing.size(); first += kChunk) {
    MILLRACE_ASSIGN_OR_RETURN(
        const auto rows,
        connection_.execute(
            "SELECT asked.text, l.layout_key FROM unnest($2::text[]) AS asked (text)"
            " JOIN time_series.layout l ON l.application_key = $1"
            " AND l.digest = sha256(convert_to(asked.text, 'UTF8'))",
            {postgres::to_param(application_key), postgres::to_param(chunk_of(missing, first))}));
    for (int row = 0; row < rows.rows(); ++row) {
      std::string text(rows.text(row, 0));
      std::string key = cache_key(application_key, text);
      const std::size_t weight = key.size() + 64;
      cache_.insert(std::move(key), rows.int4(row, 1), weight);
      keys.insert_or_assign(std::move(text), rows.int4(row, 1));
    }
  }
  std::erase_if(missing, [&keys](const std::string& text) { return keys.contains(text); });
  return absl::OkStatus();
}

absl::Status LayoutCatalogue::make(Application& application, std::vector<std::string>& missing,
                                   Keys& keys) {
  MILLRACE_ASSIGN_OR_RETURN(auto transaction, postgres::Transaction::begin(connection_));
  MILLRACE_RETURN_IF_ERROR(lock_application(connection_, application.key));
  // Under the lock nobody else makes any: what is missing now has to be made.
  MILLRACE_RETURN_IF_ERROR(find(application.key, missing, keys));
  MILLRACE_ASSIGN_OR_RETURN(std::size_t left, room(application.key));
  std::erase_if(missing, [&left](const std::string& text) {
    if (is_single(text)) return false;
    if (left == 0) return true;
    --left;
    return false;
  });
  for (std::size_t first = 0; first < missing.size(); first += kChunk) {
    const auto inserted = connection_.execute(
        "INSERT INTO time_series.layout (application_key, number_keys, text_keys, digest)"
        " SELECT $1, string_to_array(split_part(text, '|', 1), ',')::int[],"
        " string_to_array(split_part(text, '|', 2), ',')::int[], sha256(convert_to(text, 'UTF8'))"
        " FROM unnest($2::text[]) AS made (text)",
        {postgres::to_param(application.key), postgres::to_param(chunk_of(missing, first))});
    if (!inserted.ok()) return inserted.status();
  }
  MILLRACE_RETURN_IF_ERROR(transaction.commit());
  application.layouts_full = left == 0;
  return find(application.key, missing, keys);
}

absl::StatusOr<std::size_t> LayoutCatalogue::room(std::int32_t application_key) {
  MILLRACE_ASSIGN_OR_RETURN(
      const auto rows,
      connection_.execute("SELECT count(*) FROM time_series.layout WHERE application_key = $1"
                          " AND cardinality(number_keys) + cardinality(text_keys) > 1",
                          {postgres::to_param(application_key)}));
  const auto made = static_cast<std::size_t>(rows.int8(0, 0));
  return made < max_layouts_ ? max_layouts_ - made : 0;
}

}  // namespace millrace::time_series
