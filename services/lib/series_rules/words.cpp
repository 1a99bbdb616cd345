// SPDX-License-Identifier: Apache-2.0
#include "lib/series_rules/words.h"

#include <array>

#include <absl/strings/match.h>
#include <absl/strings/string_view.h>

namespace millrace::series_rules {
namespace {

namespace v1 = configuration::v1;

template <class Value>
struct Word {
  Value value;
  std::string_view text;
};

constexpr std::array<Word<v1::TimestampFormat>, 5> kFormats{{
    {v1::TIMESTAMP_FORMAT_ISO8601, "iso8601"},
    {v1::TIMESTAMP_FORMAT_UNIX_EPOCH, "unix-epoch"},
    {v1::TIMESTAMP_FORMAT_MILLIS_UNIX_EPOCH, "millis-unix-epoch"},
    {v1::TIMESTAMP_FORMAT_MICROS_UNIX_EPOCH, "micros-unix-epoch"},
    {v1::TIMESTAMP_FORMAT_NANOS_UNIX_EPOCH, "nanos-unix-epoch"},
}};
constexpr std::array<Word<v1::TimestampFallback>, 2> kFallbacks{{
    {v1::TIMESTAMP_FALLBACK_FAIL, "fail"},
    {v1::TIMESTAMP_FALLBACK_SERVER_TIMESTAMP, "server-timestamp"},
}};
constexpr std::array<Word<v1::ValueType>, 3> kTypes{{
    {v1::VALUE_TYPE_NUMBER, "number"},
    {v1::VALUE_TYPE_STRING, "string"},
    {v1::VALUE_TYPE_BOOLEAN, "boolean"},
}};

// The first word stands for a value that is not set.
template <class Words, class Value>
std::string text_of(const Words& words, Value value) {
  if (value == Value{}) return std::string(words.front().text);
  for (const auto& word : words) {
    if (word.value == value) return std::string(word.text);
  }
  return {};
}

template <class Value, std::size_t size>
std::optional<Value> value_of(const std::array<Word<Value>, size>& words, std::string_view text) {
  for (const auto& word : words) {
    if (absl::EqualsIgnoreCase(absl::string_view(word.text.data(), word.text.size()),
                               absl::string_view(text.data(), text.size()))) {
      return word.value;
    }
  }
  return std::nullopt;
}

template <class Words>
std::string list_of(const Words& words) {
  std::string list;
  for (const auto& word : words) {
    if (!list.empty()) list += ", ";
    list += word.text;
  }
  return list;
}

}  // namespace

std::string word(v1::TimestampFormat format) {
  return text_of(kFormats, format);
}
std::string word(v1::TimestampFallback fallback) {
  return text_of(kFallbacks, fallback);
}
std::string word(v1::ValueType type) {
  return text_of(kTypes, type);
}

std::optional<v1::TimestampFormat> format_of(std::string_view text) {
  return value_of(kFormats, text);
}
std::optional<v1::TimestampFallback> fallback_of(std::string_view text) {
  return value_of(kFallbacks, text);
}
std::optional<v1::ValueType> type_of(std::string_view text) {
  return value_of(kTypes, text);
}

std::string format_words() {
  return list_of(kFormats);
}
std::string fallback_words() {
  return list_of(kFallbacks);
}
std::string type_words() {
  return list_of(kTypes);
}

}  // namespace millrace::series_rules
