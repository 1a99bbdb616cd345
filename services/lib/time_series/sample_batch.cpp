// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/sample_batch.h"

#include <algorithm>
#include <utility>

namespace millrace::time_series {
namespace {

constexpr char kTypeLetters[] = {'?', 'n', 's', 'b'};

ValueType type_of(char letter) {
  if (letter == 's') return ValueType::kString;
  return letter == 'b' ? ValueType::kBoolean : ValueType::kNumber;
}

}  // namespace

void append_value_name(std::string& shape, ValueType type, std::string_view series_prefix,
                       std::string_view series_rest, std::string_view value) {
  shape += kTypeLetters[static_cast<std::size_t>(type)];
  shape += series_prefix;
  shape += series_rest;
  shape += '\0';
  shape += value;
  shape += '\0';
}

std::vector<ValueName> value_names(std::string_view shape) {
  std::vector<ValueName> names;
  while (!shape.empty()) {
    const std::size_t series_end = shape.find('\0');
    const std::size_t value_end = shape.find('\0', series_end + 1);
    names.push_back({shape.substr(1, series_end - 1),
                     shape.substr(series_end + 1, value_end - series_end - 1),
                     type_of(shape.front())});
    shape.remove_prefix(value_end + 1);
  }
  return names;
}

bool is_string(std::string_view single_name) {
  return type_of(single_name.front()) == ValueType::kString;
}

std::vector<std::string_view> single_names(std::string_view shape) {
  std::vector<std::string_view> singles;
  while (!shape.empty()) {
    const std::size_t end = shape.find('\0', shape.find('\0') + 1) + 1;
    singles.push_back(shape.substr(0, end));
    shape.remove_prefix(end);
  }
  return singles;
}

std::size_t name_count(std::string_view shape) {
  return static_cast<std::size_t>(std::count(shape.begin(), shape.end(), '\0')) / 2;
}

void SampleBatch::clear() {
  messages_.clear();
  uploads_.clear();
  shapes_.clear();
  samples_.clear();
  numbers_.clear();
  texts_.clear();
  rejections_.clear();
  shape_of_key_.clear();
}

void SampleBatch::begin_message(std::uint64_t stream_sequence) {
  messages_.push_back({.stream_sequence = stream_sequence});
}

void SampleBatch::begin_upload(const Upload& upload) {
  uploads_.push_back(upload);
  uploads_.back().message =
      messages_.empty() ? kNone : static_cast<std::uint32_t>(messages_.size() - 1);
}

void SampleBatch::count_empty(std::uint64_t samples) {
  uploads_.back().empty_samples += static_cast<std::uint32_t>(samples);
  if (!messages_.empty()) messages_.back().empty_samples += samples;
}

void SampleBatch::count_transmitted(std::uint64_t points) {
  if (!messages_.empty()) messages_.back().transmitted_points += points;
}

void SampleBatch::add_sample(const Facts& facts, std::string_view shape,
                             std::span<const double> numbers,
                             std::span<const std::string_view> texts) {
  Sample& sample = samples_.emplace_back();
  sample.upload = static_cast<std::uint32_t>(uploads_.size() - 1);
  sample.weight = facts.weight;
  sample.seq = facts.seq;
  sample.time = facts.time;
  sample.received_at = facts.received_at;
  sample.json = facts.json;
  if (shape.empty()) return;
  sample.shape = shape_index(shape);
  sample.first_number = static_cast<std::uint32_t>(numbers_.size());
  numbers_.insert(numbers_.end(), numbers.begin(), numbers.end());
  sample.first_text = static_cast<std::uint32_t>(texts_.size());
  texts_.insert(texts_.end(), texts.begin(), texts.end());
}

void SampleBatch::reject(Rejection rejection) {
  Sample& sample = samples_.back();
  if (sample.rejection != kNone) return;
  sample.rejection = static_cast<std::uint32_t>(rejections_.size());
  rejections_.push_back(std::move(rejection));
}

void SampleBatch::refuse_storage(std::size_t index, Rejection rejection) {
  Sample& sample = samples_[index];
  sample.shape = kNone;
  sample.rejection = static_cast<std::uint32_t>(rejections_.size());
  rejections_.push_back(std::move(rejection));
}

// Samples of one kind mostly come one after another, so the last key is compared before any is
// hashed.
std::uint32_t SampleBatch::shape_index(std::string_view names) {
  const std::string_view application = uploads_.back().application_name;
  if (samples_.size() > 1) {
    const std::uint32_t before = samples_[samples_.size() - 2].shape;
    if (before != kNone && shapes_[before].names == names &&
        shapes_[before].application_name == application) {
      return before;
    }
  }
  key_.assign(application);
  key_ += '\0';
  key_ += names;
  if (const auto found = shape_of_key_.find(std::string_view(key_)); found != shape_of_key_.end()) {
    return found->second;
  }
  const auto index = static_cast<std::uint32_t>(shapes_.size());
  shapes_.push_back({std::string(application), std::string(names)});
  shape_of_key_.emplace(key_, index);
  return index;
}

}  // namespace millrace::time_series
