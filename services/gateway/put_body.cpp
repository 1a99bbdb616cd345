// SPDX-License-Identifier: Apache-2.0
#include "gateway/put_body.h"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "gateway/json_body.h"
#include "gateway/parameter_faults.h"
#include "lib/error/error.h"
#include "lib/time/iso8601.h"

namespace millrace::gateway {
namespace {

using query::v1::PutPoint;

// Of PutDataPointsRequest.
constexpr std::size_t kMaxPoints = 10'000;
constexpr int kMaxSeries = 1000;
constexpr std::size_t kMaxBytes = 1 << 20;
constexpr std::size_t kMaxEndpointIdBytes = 128;
constexpr std::size_t kMaxSeriesNameBytes = 512;
// Tags and lengths around a point, around an element of series, and around all of them.
constexpr std::size_t kPointFrame = 8;
constexpr std::size_t kSeriesFrame = 32;
constexpr std::size_t kRequestFrame = 256;

std::string_view text_of(const rapidjson::Value& value) {
  return {value.GetString(), value.GetStringLength()};
}

// A step of a JSON pointer.
std::string below(const std::string& pointer, std::string_view name) {
  std::string longer = pointer;
  longer += '/';
  for (const char c : name) {
    if (c == '~') {
      longer += "~0";
    } else if (c == '/') {
      longer += "~1";
    } else {
      longer += c;
    }
  }
  return longer;
}
std::string below(const std::string& pointer, std::size_t index) {
  return fmt::format("{}/{}", pointer, index);
}
// RFC 6901 calls the whole document "".
std::string place_of(const std::string& pointer) {
  return pointer.empty() ? "the body" : pointer;
}

class Batches {
 public:
  explicit Batches(const std::string& app_version_name) : app_version_name_(app_version_name) {}

  // A new element of `series` begins; `pointer`: of its array.
  void begin_series(std::string_view endpoint_id, std::string_view name, std::string pointer) {
    endpoint_id_ = endpoint_id;
    name_ = name;
    pointer_ = std::move(pointer);
    series_ = nullptr;
  }

  // False: it alone is larger than a call may be.
  bool add(PutPoint point, std::size_t index) {
    const std::size_t size = point.ByteSizeLong() + kPointFrame;
    const std::size_t series_size = endpoint_id_.size() + name_.size() + kSeriesFrame;
    if (kRequestFrame + series_size + size > kMaxBytes) return false;
    const std::size_t more = size + (series_ == nullptr ? series_size : 0);
    const bool is_full = done_.empty() || done_.back().points == kMaxPoints ||
                         bytes_ + more > kMaxBytes ||
                         (series_ == nullptr && done_.back().request.series_size() == kMaxSeries);
    if (is_full) begin_batch();
    if (series_ == nullptr) add_series(index, series_size);
    *series_->add_data_points() = std::move(point);
    bytes_ += size;
    ++done_.back().points;
    return true;
  }

  std::vector<PutBatch> take() { return std::move(done_); }

 private:
  void begin_batch() {
    done_.emplace_back().request.set_app_version_name(app_version_name_);
    bytes_ = kRequestFrame;
    series_ = nullptr;
  }
  void add_series(std::size_t index, std::size_t size) {
    series_ = done_.back().request.add_series();
    series_->set_endpoint_id(endpoint_id_);
    series_->set_time_series_name(name_);
    done_.back().origins.push_back({pointer_, index});
    bytes_ += size;
  }

  const std::string app_version_name_;
  std::vector<PutBatch> done_;
  std::size_t bytes_ = 0;  // of the last batch
  std::string endpoint_id_;
  std::string name_;
  std::string pointer_;
  query::v1::EndpointSeriesPoints* series_ = nullptr;  // in the last batch
};

class BodyReader {
 public:
  explicit BodyReader(const std::string& app_version_name) : batches_(app_version_name) {}

  absl::StatusOr<std::vector<PutBatch>> read(const rapidjson::Value& body) {
    if (body.IsArray()) {
      for (rapidjson::SizeType i = 0; i < body.Size(); ++i) {
        read_endpoints(body[i], below({}, std::size_t{i}));
      }
    } else {
      read_endpoints(body, {});
    }
    MILLRACE_RETURN_IF_ERROR(faults_.status());
    return batches_.take();
  }

 private:
  void read_endpoints(const rapidjson::Value& endpoints, const std::string& pointer) {
    if (!endpoints.IsObject()) {
      return faults_.add(place_of(pointer), "must be an object of endpoints, by their ids");
    }
    for (const auto& endpoint : endpoints.GetObject()) {
      if (!is_name(text_of(endpoint.name), kMaxEndpointIdBytes, "an endpoint id", pointer))
        continue;
      const std::string place = below(pointer, text_of(endpoint.name));
      if (!endpoint.value.IsObject()) {
        faults_.add(place, "must be an object of series, by their names");
        continue;
      }
      for (const auto& series : endpoint.value.GetObject()) {
        if (!is_name(text_of(series.name), kMaxSeriesNameBytes, "a name", place)) continue;
        read_series(text_of(endpoint.name), text_of(series.name), series.value,
                    below(place, text_of(series.name)));
      }
    }
  }

  // Long ones are refused before they stand in the place of everything below them.
  bool is_name(std::string_view name, std::size_t max_bytes, const char* what,
               const std::string& pointer) {
    if (!name.empty() && name.size() <= max_bytes) return true;
    faults_.add(place_of(pointer), fmt::format("{} has {} bytes, must have 1 to {}: {}", what,
                                               name.size(), max_bytes, shown(name)));
    return false;
  }

  void read_series(std::string_view endpoint_id, std::string_view name,
                   const rapidjson::Value& points, const std::string& pointer) {
    if (!points.IsArray()) return faults_.add(pointer, "must be an array of points");
    batches_.begin_series(endpoint_id, name, pointer);
    for (rapidjson::SizeType i = 0; i < points.Size(); ++i) {
      auto point = read_point(points[i], pointer, i);
      if (point && !batches_.add(*std::move(point), i)) {
        faults_.add(below(pointer, std::size_t{i}), "is larger than 1 MiB");
      }
    }
  }

  std::optional<PutPoint> read_point(const rapidjson::Value& point, const std::string& series,
                                     rapidjson::SizeType index) {
    const auto fault = [&](const char* member, const std::string& what) {
      faults_.add(below(below(series, std::size_t{index}), member), what);
      return std::nullopt;
    };
    if (!point.IsObject()) {
      faults_.add(below(series, std::size_t{index}),
                  "must be an object with \"timestamp\" and \"values\"");
      return std::nullopt;
    }
    const auto timestamp = point.FindMember("timestamp");
    if (timestamp == point.MemberEnd() || !timestamp->value.IsString()) {
      return fault("timestamp", "must be a string");
    }
    const auto time = time::parse_iso8601(text_of(timestamp->value));
    if (!time) {
      return fault("timestamp", fmt::format("{} is no time; must be like 2020-07-31T13:55:23.123Z",
                                            shown(text_of(timestamp->value))));
    }
    const auto values = point.FindMember("values");
    if (values == point.MemberEnd() || !values->value.IsObject() || values->value.ObjectEmpty()) {
      return fault("values", "must be an object with at least one value");
    }
    PutPoint read;
    read.set_timestamp_us(time::to_unix_us(*time));
    for (const auto& value : values->value.GetObject()) {
      if (!read_value(value.value, text_of(value.name), *read.add_values())) {
        return fault("values", fmt::format("{} must be a number, a string, a boolean or null",
                                           shown(text_of(value.name))));
      }
    }
    return read;
  }

  static bool read_value(const rapidjson::Value& value, std::string_view name,
                         query::v1::NamedValue& to) {
    to.set_name(std::string(name));
    if (value.IsNumber()) {
      to.set_number(value.GetDouble());
    } else if (value.IsString()) {
      to.set_string(std::string(text_of(value)));
    } else if (value.IsBool()) {
      to.set_boolean(value.GetBool());
    } else {
      return value.IsNull();
    }
    return true;
  }

  ParameterFaults faults_;
  Batches batches_;
};

// "[3]" at the beginning of `text`, which then begins behind it.
std::optional<std::size_t> take_index(std::string_view& text, std::string_view name) {
  if (!text.starts_with(name) || !text.substr(name.size()).starts_with('[')) return std::nullopt;
  const char* const first = text.data() + name.size() + 1;
  const char* const last = text.data() + text.size();
  std::size_t index = 0;
  const auto [end, fault] = std::from_chars(first, last, index);
  if (fault != std::errc{} || end == last || *end != ']') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end + 1 - text.data()));
  return index;
}

}  // namespace

absl::StatusOr<std::vector<PutBatch>> put_batches(const std::string& app_version_name,
                                                  const std::string& body) {
  MILLRACE_ASSIGN_OR_RETURN(const rapidjson::Document document, parse_json_body(body));
  return BodyReader(app_version_name).read(document);
}

std::string with_place_in_body(const PutBatch& batch, const std::string& message) {
  std::string_view rest = message;
  const auto series = take_index(rest, "series");
  if (!series || *series >= batch.origins.size()) return message;
  const PutBatch::Origin& origin = batch.origins[*series];
  const auto point = take_index(rest, ".data_points");
  const std::string place =
      point ? below(origin.pointer, origin.first_point + *point) : origin.pointer;
  if (rest.starts_with('.')) rest.remove_prefix(1);
  if (rest.starts_with(": ")) rest.remove_prefix(2);
  return fmt::format("{}: {}", place, rest);
}

}  // namespace millrace::gateway
