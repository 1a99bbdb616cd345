// SPDX-License-Identifier: Apache-2.0
//
// Points as text, written piece by piece: in the form of Kaa's EPTS REST API or as CSV. It holds
// one chunk at a time. For one thread at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include <absl/status/status.h>

#include "gateway/epts_time.h"

#include "millrace/query/v1/query.pb.h"

namespace millrace::gateway {

class PointsText {
 public:
  virtual ~PointsText() = default;
  // Before the first chunk.
  virtual void begin(std::string& text) = 0;
  // The next chunk; the one before has been written. kDataLoss: it does not hang together.
  virtual absl::Status take(query::v1::DataPointsChunk chunk) = 0;
  // Appends points until `text` has `enough` bytes; false: the chunk has no more.
  virtual bool write(std::string& text, std::size_t enough) = 0;
  // After the last chunk.
  virtual void end(std::string& text) = 0;
};

// [{"<endpoint>":{"<series>":[{"timestamp":"…","values":{"value":23}},…]}},…]: an element for each
// endpoint and series that has points. A point has every value of its series, null where it has an
// explicit null or none.
std::unique_ptr<PointsText> points_as_json(TimeUnit unit);

// The lines of `millrace query --format csv` (lib/csv/point_rows.h). `spreadsheet_safe`: texts that
// a spreadsheet would take for a formula get an apostrophe before them.
std::unique_ptr<PointsText> points_as_csv(bool spreadsheet_safe);

}  // namespace millrace::gateway
