// SPDX-License-Identifier: Apache-2.0
//
// Decides how the samples of an endpoint are stored that bring a layout it did not have before:
// as they are; or, where the endpoint is at its bound of layouts, as one frame a value; or, where
// it is at its bound of series, without the values that would be new to it. Shapes that no endpoint
// may store as they are make neither values nor layouts. For one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/status.h>

#include "lib/time_series/endpoint_catalogue.h"
#include "lib/time_series/endpoint_usage.h"
#include "lib/time_series/sample_batch.h"
#include "lib/time_series/series_catalogue.h"
#include "lib/time_series/shape_resolver.h"

namespace millrace::time_series {

class EndpointAdmission {
 public:
  EndpointAdmission(SeriesCatalogue& series, ShapeResolver& shapes, EndpointCatalogue& endpoints,
                    EndpointUsage& usage)
      : series_(series), shapes_(shapes), endpoints_(endpoints), usage_(usage) {}

  // An endpoint with a shape that it is not known to have.
  struct Newcomer {
    std::int32_t endpoint_key = 0;
    std::uint32_t shape = 0;                      // of the batch
    std::shared_ptr<const ResolvedShape> answer;  // never null after admit()
  };
  // Answers all newcomers, each pair once; what their frames need is committed afterwards. `shapes`
  // gains the shapes that are resolved now.
  absl::Status admit(const SampleBatch& batch, std::vector<Newcomer>& newcomers,
                     ShapeResolver::Resolved& shapes);

 private:
  struct Open;  // a newcomer that is being decided

  absl::Status take_recorded(std::vector<Newcomer>& newcomers,
                             const ShapeResolver::Resolved& shapes);
  absl::Status decide(const SampleBatch& batch, std::vector<Open>& open);
  absl::Status decide_by_name(const SampleBatch& batch, Open& open, EndpointUsage::Exact& exact);
  absl::StatusOr<bool> may_have(Application& application, std::string_view name,
                                std::int32_t endpoint_key, EndpointUsage::Exact& exact);
  absl::Status resolve(const SampleBatch& batch, std::vector<Open>& open,
                       ShapeResolver::Resolved& shapes);
  absl::Status resolve_restricted(const SampleBatch& batch, std::vector<Open>& open);
  absl::Status record(const std::vector<Open>& open);
  absl::Status count(const SampleBatch& batch, const std::vector<Open>& open);

  SeriesCatalogue& series_;
  ShapeResolver& shapes_;
  EndpointCatalogue& endpoints_;
  EndpointUsage& usage_;
};

}  // namespace millrace::time_series
