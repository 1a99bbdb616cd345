// SPDX-License-Identifier: Apache-2.0
//
// From the shape of a sample to the frames that hold it: which layout, and which of the sample's
// numbers and texts goes into which slot. For one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/postgres/connection.h"
#include "lib/time_series/layout_catalogue.h"
#include "lib/time_series/recent_cache.h"
#include "lib/time_series/sample_batch.h"
#include "lib/time_series/series_catalogue.h"

namespace millrace::time_series {

struct ResolvedShape {
  struct Part {
    std::int32_t layout_key = 0;
    // Slot i takes number slots[i] of the sample's numbers; and the same of its texts.
    std::vector<std::uint32_t> slots = {};
    std::vector<std::uint32_t> text_slots = {};

    std::size_t size() const { return slots.size() + text_slots.size(); }
  };
  // One, unless the application has as many layouts as it may: then one a value. None: no value of
  // the shape may be stored.
  std::vector<Part> parts;
  // Of the shape's names those whose values may not be stored, because the application or the
  // endpoint has as many series as it may.
  std::vector<std::uint32_t> refused;
  bool endpoint_is_full = false;  // which of the two; the endpoint where both are
  std::string refused_names;  // of their series, for people; the first ones where there are many
};

class ShapeResolver {
 public:
  ShapeResolver(SeriesCatalogue& series, LayoutCatalogue& layouts)
      : series_(series), layouts_(layouts) {}

  // One entry for each shape of a batch, null where not wanted.
  using Resolved = std::vector<std::shared_ptr<const ResolvedShape>>;
  // `wanted`: indices into batch.shapes(). Makes nothing: what would need a value or a layout that
  // does not exist stays null.
  absl::StatusOr<Resolved> find(const SampleBatch& batch, const std::vector<std::uint32_t>& wanted);
  // Makes what is missing, up to the bounds of the application.
  absl::StatusOr<Resolved> resolve(const SampleBatch& batch,
                                   const std::vector<std::uint32_t>& wanted);

  // A shape of which an endpoint may have some values, each in a frame of its own.
  struct Restricted {
    std::vector<std::string_view> names;
    std::vector<std::uint32_t> allowed;
    std::vector<std::uint32_t> refused;
    std::shared_ptr<const ResolvedShape>* answer = nullptr;
  };
  absl::Status resolve_restricted(const std::string& application_name,
                                  const std::vector<Restricted>& shapes);

 private:
  struct Unresolved;
  using ByApplication = std::map<std::string, std::vector<Unresolved>>;

  ByApplication take_cached(const SampleBatch& batch, const std::vector<std::uint32_t>& wanted,
                            Resolved& answer);
  absl::Status find_in(const std::string& application_name, std::vector<Unresolved>& shapes);
  absl::Status resolve_in(const std::string& application_name, std::vector<Unresolved>& shapes);
  void answer(Unresolved& shape, const LayoutCatalogue::Keys& keys);

  SeriesCatalogue& series_;
  LayoutCatalogue& layouts_;
  // By application and names. The weight is the number of names, so at most some 100 MB.
  RecentCache<std::string, std::shared_ptr<const ResolvedShape>> cache_{1'000'000};
};

}  // namespace millrace::time_series
