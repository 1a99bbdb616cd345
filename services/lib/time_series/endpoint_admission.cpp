// SPDX-License-Identifier: Apache-2.0
#include "lib/time_series/endpoint_admission.h"

#include <algorithm>
#include <map>
#include <utility>

#include "lib/error/error.h"

namespace millrace::time_series {

struct EndpointAdmission::Open {
  Newcomer* newcomer = nullptr;
  EndpointUsage::Exact* exact = nullptr;  // null: the endpoint is far from its bounds
  bool as_it_is = true;
  // Otherwise: which of the shape's values.
  std::vector<std::string_view> names;
  std::vector<std::uint32_t> allowed;
  std::vector<std::uint32_t> refused;
};

absl::Status EndpointAdmission::admit(const SampleBatch& batch, std::vector<Newcomer>& newcomers,
                                      ShapeResolver::Resolved& shapes) {
  usage_.begin();
  MILLRACE_RETURN_IF_ERROR(take_recorded(newcomers, shapes));
  std::vector<Open> open;
  for (Newcomer& newcomer : newcomers) {
    if (newcomer.answer == nullptr) open.emplace_back().newcomer = &newcomer;
  }
  if (!open.empty()) {
    MILLRACE_RETURN_IF_ERROR(decide(batch, open));
    MILLRACE_RETURN_IF_ERROR(resolve(batch, open, shapes));
    MILLRACE_RETURN_IF_ERROR(resolve_restricted(batch, open));
    MILLRACE_RETURN_IF_ERROR(record(open));
    MILLRACE_RETURN_IF_ERROR(count(batch, open));
  }
  usage_.finish();
  return absl::OkStatus();
}

// After a start all endpoints are newcomers to this connection, and hardly any to the tables.
absl::Status EndpointAdmission::take_recorded(std::vector<Newcomer>& newcomers,
                                              const ShapeResolver::Resolved& shapes) {
  std::vector<EndpointCatalogue::EndpointLayout> pairs;
  for (const Newcomer& newcomer : newcomers) {
    const auto& shape = shapes[newcomer.shape];
    if (shape == nullptr) continue;
    const EndpointUsage::Exact* bounded = usage_.find_bounded(newcomer.endpoint_key);
    for (const ResolvedShape::Part& part : shape->parts) {
      // Of an endpoint at a bound it is known what it has.
      if (bounded != nullptr && !bounded->layouts.contains(part.layout_key)) continue;
      pairs.push_back({newcomer.endpoint_key, part.layout_key});
    }
  }
  if (!pairs.empty()) MILLRACE_RETURN_IF_ERROR(endpoints_.find_recorded(std::move(pairs)));
  for (Newcomer& newcomer : newcomers) {
    const auto& shape = shapes[newcomer.shape];
    if (shape == nullptr) continue;
    const bool recorded =
        std::all_of(shape->parts.begin(), shape->parts.end(), [&](const ResolvedShape::Part& part) {
          return endpoints_.is_recorded({newcomer.endpoint_key, part.layout_key});
        });
    if (recorded) newcomer.answer = shape;
  }
  return absl::OkStatus();
}

absl::Status EndpointAdmission::decide(const SampleBatch& batch, std::vector<Open>& open) {
  EndpointUsage::Demands demands;
  for (Open& one : open) {
    const std::int32_t endpoint_key = one.newcomer->endpoint_key;
    one.exact = usage_.find_bounded(endpoint_key);
    if (one.exact != nullptr) continue;
    const std::size_t names = name_count(batch.shapes()[one.newcomer->shape].names);
    EndpointUsage::Demand& demand = demands[endpoint_key];
    demand.values += names;
    demand.layouts += names > 1 ? 1 : 0;
  }
  MILLRACE_ASSIGN_OR_RETURN(const auto exceeding, usage_.may_exceed(demands));
  for (const std::int32_t endpoint_key : exceeding) {
    MILLRACE_RETURN_IF_ERROR(usage_.read(endpoint_key).status());
  }
  for (Open& one : open) {
    if (one.exact == nullptr) one.exact = usage_.find_bounded(one.newcomer->endpoint_key);
    if (one.exact != nullptr) MILLRACE_RETURN_IF_ERROR(decide_by_name(batch, one, *one.exact));
  }
  return absl::OkStatus();
}

absl::Status EndpointAdmission::decide_by_name(const SampleBatch& batch, Open& open,
                                               EndpointUsage::Exact& exact) {
  const SampleBatch::Shape& shape = batch.shapes()[open.newcomer->shape];
  const std::int32_t endpoint_key = open.newcomer->endpoint_key;
  MILLRACE_ASSIGN_OR_RETURN(Application * application, series_.application(shape.application_name));
  open.names = single_names(shape.names);
  for (std::uint32_t i = 0; i < open.names.size(); ++i) {
    MILLRACE_ASSIGN_OR_RETURN(const bool allowed,
                              may_have(*application, open.names[i], endpoint_key, exact));
    (allowed ? open.allowed : open.refused).push_back(i);
  }
  open.as_it_is = open.refused.empty();
  if (!open.as_it_is || open.names.size() == 1) return absl::OkStatus();
  MILLRACE_ASSIGN_OR_RETURN(open.as_it_is, usage_.has_layout_room(endpoint_key, exact));
  if (open.as_it_is) ++exact.new_layouts;
  return absl::OkStatus();
}

absl::StatusOr<bool> EndpointAdmission::may_have(Application& application, std::string_view name,
                                                 std::int32_t endpoint_key,
                                                 EndpointUsage::Exact& exact) {
  const auto key = application.value_keys.find(name);
  const bool exists = key != application.value_keys.end();
  if (exists && exact.values.contains(key->second)) return true;
  // The application refuses it, whatever the endpoint may have.
  if (!exists && application.series_full) return true;
  if (exact.new_names.contains(name)) return true;
  MILLRACE_ASSIGN_OR_RETURN(const bool has_room, usage_.has_value_room(endpoint_key, exact));
  if (!has_room) return exists && exact.values.contains(key->second);
  exact.new_names.emplace(name);
  return true;
}

absl::Status EndpointAdmission::resolve(const SampleBatch& batch, std::vector<Open>& open,
                                        ShapeResolver::Resolved& shapes) {
  std::vector<std::uint32_t> wanted;
  for (const Open& one : open) {
    if (one.as_it_is && shapes[one.newcomer->shape] == nullptr) {
      wanted.push_back(one.newcomer->shape);
    }
  }
  MILLRACE_ASSIGN_OR_RETURN(const auto resolved, shapes_.resolve(batch, wanted));
  for (const std::uint32_t shape : wanted) shapes[shape] = resolved[shape];
  for (Open& one : open) {
    if (one.as_it_is) one.newcomer->answer = shapes[one.newcomer->shape];
  }
  return absl::OkStatus();
}

absl::Status EndpointAdmission::resolve_restricted(const SampleBatch& batch,
                                                   std::vector<Open>& open) {
  std::map<std::string_view, std::vector<ShapeResolver::Restricted>> by_application;
  for (Open& one : open) {
    if (one.as_it_is) continue;
    by_application[batch.shapes()[one.newcomer->shape].application_name].push_back(
        {std::move(one.names), one.allowed, one.refused, &one.newcomer->answer});
  }
  for (auto& [application_name, restricted] : by_application) {
    MILLRACE_RETURN_IF_ERROR(shapes_.resolve_restricted(std::string(application_name), restricted));
  }
  return absl::OkStatus();
}

absl::Status EndpointAdmission::record(const std::vector<Open>& open) {
  std::vector<EndpointCatalogue::EndpointLayout> pairs;
  for (const Open& one : open) {
    for (const ResolvedShape::Part& part : one.newcomer->answer->parts) {
      const EndpointCatalogue::EndpointLayout pair{one.newcomer->endpoint_key, part.layout_key};
      if (!endpoints_.is_recorded(pair)) pairs.push_back(pair);
    }
  }
  return pairs.empty() ? absl::OkStatus() : endpoints_.record(std::move(pairs));
}

absl::Status EndpointAdmission::count(const SampleBatch& batch, const std::vector<Open>& open) {
  for (const Open& one : open) {
    if (one.exact == nullptr) continue;
    const SampleBatch::Shape& shape = batch.shapes()[one.newcomer->shape];
    MILLRACE_ASSIGN_OR_RETURN(const Application* application,
                              series_.application(shape.application_name));
    const std::vector<std::string_view> names = single_names(shape.names);
    for (const std::uint32_t number : one.allowed) {
      const auto key = application->value_keys.find(names[number]);
      if (key != application->value_keys.end()) one.exact->values.insert(key->second);
    }
    const auto& parts = one.newcomer->answer->parts;
    if (one.as_it_is && parts.size() == 1 && parts[0].size() > 1) {
      one.exact->layouts.insert(parts[0].layout_key);
    }
  }
  return absl::OkStatus();
}

}  // namespace millrace::time_series
