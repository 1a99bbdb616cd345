// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/shape_resolver.h"

#include <algorithm>
#include <map>
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

// The text of each single name of a shape.
std::vector<std::string_view> single_names(std::string_view names) {
  std::vector<std::string_view> singles;
  while (!names.empty()) {
    const std::size_t end = names.find('\0', names.find('\0') + 1) + 1;
    singles.push_back(names.substr(0, end));
    names.remove_prefix(end);
  }
  return singles;
}

// A value that has a key: which, and which of the sample's numbers it is.
struct Slot {
  std::int32_t value_key = 0;
  std::uint32_t number = 0;
};

std::string layout_of(const std::vector<Slot>& slots) {
  std::vector<std::int32_t> keys;
  for (const Slot& slot : slots) keys.push_back(slot.value_key);
  return layout_text(keys);
}

std::string layout_of(const Slot& slot) {
  return layout_text({&slot.value_key, 1});
}

}  // namespace

struct ShapeResolver::Unresolved {
  const SampleBatch::Shape* shape = nullptr;
  std::shared_ptr<const ResolvedShape>* answer = nullptr;
  std::vector<std::string_view> names;
  std::vector<Slot> slots;  // in order of value_key
  std::vector<std::uint32_t> refused;

  std::string refused_names() const {
    std::vector<std::string_view> series;
    for (const std::uint32_t number : refused) {
      if (series.size() == kMaxRefusedNames) break;
      series.push_back(value_names(names[number]).front().series);
    }
    const std::size_t left_out = refused.size() - series.size();
    return left_out == 0 ? fmt::format("{}", fmt::join(series, ", "))
                         : fmt::format("{} and {} more", fmt::join(series, ", "), left_out);
  }

  void find_slots(const Application& application) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto key = application.value_keys.find(names[i]);
      if (key != application.value_keys.end()) {
        slots.push_back({key->second, static_cast<std::uint32_t>(i)});
      } else {
        refused.push_back(static_cast<std::uint32_t>(i));
      }
    }
    std::sort(slots.begin(), slots.end(),
              [](const Slot& a, const Slot& b) { return a.value_key < b.value_key; });
  }

  ResolvedShape resolved(const LayoutCatalogue::Keys& keys) {
    ResolvedShape result;
    result.refused = refused;
    result.refused_names = refused_names();
    if (slots.empty()) return result;
    if (const auto whole = keys.find(layout_of(slots)); whole != keys.end()) {
      ResolvedShape::Part part{whole->second, {}};
      for (const Slot& slot : slots) part.slots.push_back(slot.number);
      result.parts.push_back(std::move(part));
      return result;
    }
    for (const Slot& slot : slots) {
      result.parts.push_back({keys.at(layout_of(slot)), {slot.number}});
    }
    return result;
  }
};

absl::StatusOr<ShapeResolver::Resolved> ShapeResolver::resolve(
    const SampleBatch& batch, const std::vector<std::uint32_t>& wanted) {
  Resolved answer(batch.shapes().size());
  std::map<std::string, std::vector<Unresolved>> missing;
  for (const std::uint32_t index : wanted) {
    const SampleBatch::Shape& shape = batch.shapes()[index];
    if (const auto* known = cache_.find(cache_key(shape))) {
      answer[index] = *known;
    } else {
      missing[shape.application_name].push_back(
          {&shape, &answer[index], single_names(shape.names), {}, {}});
    }
  }
  for (auto& [application_name, shapes] : missing) {
    MILLRACE_RETURN_IF_ERROR(resolve_application(application_name, shapes));
  }
  return answer;
}

absl::Status ShapeResolver::resolve_application(const std::string& application_name,
                                                std::vector<Unresolved>& shapes) {
  MILLRACE_ASSIGN_OR_RETURN(Application * application, series_.application(application_name));
  std::unordered_set<std::string_view> unknown;
  std::vector<std::string_view> unknown_in_order;
  for (const Unresolved& shape : shapes) {
    for (const std::string_view name : shape.names) {
      if (application->value_keys.contains(name) || !unknown.insert(name).second) continue;
      unknown_in_order.push_back(name);
    }
  }
  MILLRACE_RETURN_IF_ERROR(series_.make_values(*application, unknown_in_order));

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
  for (Unresolved& shape : shapes) {
    const std::size_t weight = 1 + shape.names.size();
    auto resolved = std::make_shared<const ResolvedShape>(shape.resolved(keys));
    *shape.answer = resolved;
    cache_.insert(cache_key(*shape.shape), std::move(resolved), weight);
  }
  return absl::OkStatus();
}

}  // namespace millrace::time_series
