// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/shape_resolver.h"

#include <algorithm>
#include <map>
#include <span>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lib/error/error.h"

namespace millrace::time_series {
namespace {

// Series a rejection names; a device may have invented thousands.
constexpr std::size_t kMaxRefusedNames = 10;

std::string cache_key(const SampleBatch::Shape& shape) {
  return shape.application_name + '\0' + shape.names;
}

// A value that has a key: which, and which of the sample's numbers or texts it is.
struct Slot {
  std::int32_t value_key = 0;
  bool is_text = false;
  std::uint32_t position = 0;
};

std::string layout_of(std::span<const Slot> slots) {
  std::vector<std::int32_t> numbers;
  std::vector<std::int32_t> texts;
  for (const Slot& slot : slots) (slot.is_text ? texts : numbers).push_back(slot.value_key);
  return layout_text(numbers, texts);
}

std::string layout_of(const Slot& slot) {
  return layout_of(std::span(&slot, 1));
}

ResolvedShape::Part part_of(std::int32_t layout_key, std::span<const Slot> slots) {
  ResolvedShape::Part part{layout_key};
  for (const Slot& slot : slots) {
    (slot.is_text ? part.text_slots : part.slots).push_back(slot.position);
  }
  return part;
}

// Of each name: the value as a slot, still without its key.
std::vector<Slot> slots_of(const std::vector<std::string_view>& names) {
  std::vector<Slot> slots;
  std::uint32_t numbers = 0;
  std::uint32_t texts = 0;
  for (const std::string_view name : names) {
    const bool is_text = is_string(name);
    slots.push_back({0, is_text, is_text ? texts++ : numbers++});
  }
  return slots;
}

std::string series_of(const std::vector<std::string_view>& names,
                      const std::vector<std::uint32_t>& numbers) {
  std::vector<std::string_view> series;
  for (const std::uint32_t number : numbers) {
    if (series.size() == kMaxRefusedNames) break;
    series.push_back(value_names(names[number]).front().series);
  }
  const std::size_t left_out = numbers.size() - series.size();
  return left_out == 0 ? fmt::format("{}", fmt::join(series, ", "))
                       : fmt::format("{} and {} more", fmt::join(series, ", "), left_out);
}

// The names that have no key yet, each once, in their order.
class NewNames {
 public:
  explicit NewNames(const Application& application) : application_(application) {}
  void add(std::string_view name) {
    if (application_.value_keys.contains(name) || !seen_.insert(name).second) return;
    in_order_.push_back(name);
  }
  const std::vector<std::string_view>& in_order() const { return in_order_; }

 private:
  const Application& application_;
  std::unordered_set<std::string_view> seen_;
  std::vector<std::string_view> in_order_;
};

}  // namespace

struct ShapeResolver::Unresolved {
  const SampleBatch::Shape* shape = nullptr;
  std::shared_ptr<const ResolvedShape>* answer = nullptr;
  std::vector<std::string_view> names;
  std::vector<Slot> slots;  // in order of value_key
  std::vector<std::uint32_t> refused;

  void find_slots(const Application& application) {
    slots = slots_of(names);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto key = application.value_keys.find(names[i]);
      if (key != application.value_keys.end()) {
        slots[i].value_key = key->second;
      } else {
        refused.push_back(static_cast<std::uint32_t>(i));
      }
    }
    std::erase_if(slots, [](const Slot& slot) { return slot.value_key == 0; });
    std::sort(slots.begin(), slots.end(),
              [](const Slot& a, const Slot& b) { return a.value_key < b.value_key; });
  }

  ResolvedShape resolved(const LayoutCatalogue::Keys& keys) {
    ResolvedShape result;
    result.refused = refused;
    result.refused_names = series_of(names, refused);
    if (slots.empty()) return result;
    if (const auto whole = keys.find(layout_of(slots)); whole != keys.end()) {
      result.parts.push_back(part_of(whole->second, slots));
      return result;
    }
    for (const Slot& slot : slots) {
      result.parts.push_back(part_of(keys.at(layout_of(slot)), std::span(&slot, 1)));
    }
    return result;
  }
};

ShapeResolver::ByApplication ShapeResolver::take_cached(const SampleBatch& batch,
                                                        const std::vector<std::uint32_t>& wanted,
                                                        Resolved& answer) {
  answer.resize(batch.shapes().size());
  ByApplication missing;
  for (const std::uint32_t index : wanted) {
    const SampleBatch::Shape& shape = batch.shapes()[index];
    if (const auto* known = cache_.find(cache_key(shape))) {
      answer[index] = *known;
    } else {
      missing[shape.application_name].push_back(
          {&shape, &answer[index], single_names(shape.names), {}, {}});
    }
  }
  return missing;
}

void ShapeResolver::answer(Unresolved& shape, const LayoutCatalogue::Keys& keys) {
  const std::size_t weight = 1 + shape.names.size();
  auto resolved = std::make_shared<const ResolvedShape>(shape.resolved(keys));
  *shape.answer = resolved;
  cache_.insert(cache_key(*shape.shape), std::move(resolved), weight);
}

absl::StatusOr<ShapeResolver::Resolved> ShapeResolver::find(
    const SampleBatch& batch, const std::vector<std::uint32_t>& wanted) {
  Resolved answer;
  for (auto& [application_name, shapes] : take_cached(batch, wanted, answer)) {
    MILLRACE_RETURN_IF_ERROR(find_in(application_name, shapes));
  }
  return answer;
}

absl::Status ShapeResolver::find_in(const std::string& application_name,
                                    std::vector<Unresolved>& shapes) {
  MILLRACE_ASSIGN_OR_RETURN(const Application* application, series_.application(application_name));
  std::vector<std::string> texts;
  for (Unresolved& shape : shapes) {
    shape.find_slots(*application);
    if (!shape.refused.empty() && !application->series_full) shape.slots.clear();
    if (!shape.slots.empty()) texts.push_back(layout_of(shape.slots));
  }
  LayoutCatalogue::Keys keys;
  if (!texts.empty()) {
    MILLRACE_ASSIGN_OR_RETURN(keys, layouts_.existing(*application, std::move(texts)));
  }
  for (Unresolved& shape : shapes) {
    const bool refused_whole = shape.slots.empty() && application->series_full;
    if (refused_whole || (!shape.slots.empty() && keys.contains(layout_of(shape.slots)))) {
      this->answer(shape, keys);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<ShapeResolver::Resolved> ShapeResolver::resolve(
    const SampleBatch& batch, const std::vector<std::uint32_t>& wanted) {
  Resolved answer;
  for (auto& [application_name, shapes] : take_cached(batch, wanted, answer)) {
    MILLRACE_RETURN_IF_ERROR(resolve_in(application_name, shapes));
  }
  return answer;
}

absl::Status ShapeResolver::resolve_in(const std::string& application_name,
                                       std::vector<Unresolved>& shapes) {
  MILLRACE_ASSIGN_OR_RETURN(Application * application, series_.application(application_name));
  NewNames unknown(*application);
  for (const Unresolved& shape : shapes) {
    for (const std::string_view name : shape.names) unknown.add(name);
  }
  MILLRACE_RETURN_IF_ERROR(series_.make_values(*application, unknown.in_order()));

  std::vector<std::string> texts;
  for (Unresolved& shape : shapes) {
    shape.find_slots(*application);
    if (!shape.slots.empty()) texts.push_back(layout_of(shape.slots));
  }
  MILLRACE_ASSIGN_OR_RETURN(LayoutCatalogue::Keys keys, layouts_.keys(*application, texts));
  std::vector<std::string> singles;
  for (const Unresolved& shape : shapes) {
    if (shape.slots.empty() || keys.contains(layout_of(shape.slots))) continue;
    for (const Slot& slot : shape.slots) singles.push_back(layout_of(slot));
  }
  if (!singles.empty()) {
    MILLRACE_ASSIGN_OR_RETURN(LayoutCatalogue::Keys more,
                              layouts_.keys(*application, std::move(singles)));
    keys.merge(more);
  }
  for (Unresolved& shape : shapes) answer(shape, keys);
  return absl::OkStatus();
}

// Nothing of it is remembered: another endpoint may well have the whole shape.
absl::Status ShapeResolver::resolve_restricted(const std::string& application_name,
                                               const std::vector<Restricted>& shapes) {
  MILLRACE_ASSIGN_OR_RETURN(Application * application, series_.application(application_name));
  NewNames unknown(*application);
  for (const Restricted& shape : shapes) {
    for (const std::uint32_t number : shape.allowed) unknown.add(shape.names[number]);
  }
  MILLRACE_RETURN_IF_ERROR(series_.make_values(*application, unknown.in_order()));

  const auto key_of = [&](std::string_view name) {
    const auto found = application->value_keys.find(name);
    return found == application->value_keys.end() ? 0 : found->second;
  };
  std::vector<std::string> texts;
  for (const Restricted& shape : shapes) {
    for (const std::uint32_t number : shape.allowed) {
      const std::string_view name = shape.names[number];
      const Slot slot{key_of(name), is_string(name)};
      if (slot.value_key != 0) texts.push_back(layout_of(slot));
    }
  }
  MILLRACE_ASSIGN_OR_RETURN(const LayoutCatalogue::Keys keys,
                            layouts_.keys(*application, std::move(texts)));
  for (const Restricted& shape : shapes) {
    ResolvedShape resolved;
    resolved.refused = shape.refused;
    resolved.endpoint_is_full = !shape.refused.empty();
    std::vector<Slot> slots = slots_of(shape.names);
    for (const std::uint32_t number : shape.allowed) {
      Slot& slot = slots[number];
      slot.value_key = key_of(shape.names[number]);
      if (slot.value_key != 0) {
        resolved.parts.push_back(part_of(keys.at(layout_of(slot)), std::span(&slot, 1)));
      } else {
        resolved.refused.push_back(number);
      }
    }
    resolved.refused_names = series_of(shape.names, resolved.refused);
    *shape.answer = std::make_shared<const ResolvedShape>(std::move(resolved));
  }
  return absl::OkStatus();
}

}  // namespace millrace::time_series
