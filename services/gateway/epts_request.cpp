// SPDX-License-Identifier: Apache-2.0
#include "gateway/epts_request.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "gateway/json_body.h"
#include "gateway/parameter_faults.h"
#include "lib/error/error.h"
#include "lib/http/message.h"

namespace millrace::gateway {
namespace {

constexpr std::size_t kMaxEndpointIdBytes = 128;
constexpr std::size_t kMaxSeriesNameBytes = 512;
constexpr std::size_t kMaxApplicationNameBytes = 63;

struct NameRule {
  std::size_t max_bytes = 0;
  std::size_t max_names = kMaxEptsNames;
};
constexpr NameRule kEndpointIds{kMaxEndpointIdBytes};
constexpr NameRule kSeriesNames{kMaxSeriesNameBytes};
// One call of query names all of them.
constexpr NameRule kLastSeriesNames{kMaxSeriesNameBytes, 1000};

std::vector<std::string> checked_list(ParameterFaults& faults, const std::string& name,
                                      std::vector<std::string> elements, const NameRule& rule) {
  if (elements.size() > rule.max_names) {
    faults.add(
        name, fmt::format("has {} names, at most {} are allowed", elements.size(), rule.max_names));
  }
  for (const std::string& element : elements) {
    if (element.empty() || element.size() > rule.max_bytes) {
      faults.add(name, fmt::format("a name has {} bytes, must have 1 to {}", element.size(),
                                   rule.max_bytes));
      break;
    }
  }
  return elements;
}

// Nothing: it is not there, or at fault.
std::optional<std::string> only_value(ParameterFaults& faults, const UrlParameters& parameters,
                                      const std::string& name) {
  const std::vector<std::string> values = parameters.values(name);
  if (values.empty()) return std::nullopt;
  if (std::any_of(values.begin(), values.end(),
                  [&](const std::string& value) { return value != values.front(); })) {
    faults.add(name, "is given more than once");
    return std::nullopt;
  }
  return values.front();
}

std::optional<time::UnixMicros> checked_time(ParameterFaults& faults, const std::string& name,
                                             const std::string& text, time::UnixMicros now) {
  const auto time = parse_epts_time(text, now);
  if (time.ok()) return *time;
  faults.add(name, error::message(time.status()));
  return std::nullopt;
}

std::optional<time::UnixMicros> needed_time(ParameterFaults& faults,
                                            const UrlParameters& parameters,
                                            const std::string& name, time::UnixMicros now) {
  if (!parameters.has(name)) {
    faults.add(name, "is missing");
    return std::nullopt;
  }
  const auto text = only_value(faults, parameters, name);
  return text ? checked_time(faults, name, *text, now) : std::nullopt;
}

// One of the words that a parameter may be, whatever the case of letters.
template <class Value>
struct Word {
  const char* text;
  Value value;
};
template <class Value, std::size_t N>
Value word_of(ParameterFaults& faults, const UrlParameters& parameters, const std::string& name,
              const Word<Value> (&words)[N], Value usual) {
  const auto given = only_value(faults, parameters, name);
  if (!given) return usual;
  std::string allowed;
  for (const Word<Value>& word : words) {
    if (http::equal_ignoring_case(*given, word.text)) return word.value;
    if (!allowed.empty()) allowed += ", ";
    allowed += word.text;
  }
  faults.add(name, fmt::format("is {}, must be one of {}", shown(*given), allowed));
  return usual;
}

constexpr Word<query::v1::IncludeTime> kIncludeTimes[] = {{"from", query::v1::INCLUDE_TIME_FROM},
                                                          {"to", query::v1::INCLUDE_TIME_TO},
                                                          {"both", query::v1::INCLUDE_TIME_BOTH},
                                                          {"none", query::v1::INCLUDE_TIME_NONE}};
constexpr Word<query::v1::Order> kOrders[] = {{"ASC", query::v1::ORDER_ASCENDING},
                                              {"DESC", query::v1::ORDER_DESCENDING}};
constexpr Word<TimeUnit> kUnits[] = {{"ms", TimeUnit::kMilliseconds},
                                     {"us", TimeUnit::kMicroseconds}};
constexpr Word<bool> kSwitch[] = {{"true", true}, {"false", false}};

EptsRange range_of(ParameterFaults& faults, const UrlParameters& parameters, time::UnixMicros now,
                   TimeUnit unit) {
  const auto from = needed_time(faults, parameters, "fromDate", now);
  const auto to = needed_time(faults, parameters, "toDate", now);
  // Kaa's own default is not known; its clients say `both` where they say anything.
  const auto include =
      word_of(faults, parameters, "includeTime", kIncludeTimes, query::v1::INCLUDE_TIME_BOTH);
  if (!from || !to) return {};
  if (*from > *to) faults.add("fromDate", "must not be later than toDate");
  return epts_range({*from, *to}, include, unit);
}

absl::StatusOr<EptsDataRequest> data_request(std::string application,
                                             const UrlParameters& parameters, time::UnixMicros now,
                                             bool is_csv) {
  ParameterFaults faults;
  EptsDataRequest request;
  request.application = std::move(application);
  request.endpoint_ids =
      checked_list(faults, "endpointId", parameters.list("endpointId"), kEndpointIds);
  request.series_names =
      checked_list(faults, "timeSeriesName", parameters.list("timeSeriesName"), kSeriesNames);
  if (request.series_names.empty()) faults.add("timeSeriesName", "is missing");
  if (is_csv) {
    request.unit = TimeUnit::kMicroseconds;
    request.spreadsheet_safe =
        word_of(faults, parameters, "spreadsheetSafe", kSwitch, request.spreadsheet_safe);
  } else {
    request.unit = word_of(faults, parameters, "timestampPrecision", kUnits, request.unit);
  }
  request.range = range_of(faults, parameters, now, request.unit);
  request.order = word_of(faults, parameters, "sort", kOrders, request.order);
  faults.add_mistyped(parameters,
                      {"endpointId", "timeSeriesName", "fromDate", "toDate", "includeTime", "sort",
                       is_csv ? "spreadsheetSafe" : "timestampPrecision"});
  MILLRACE_RETURN_IF_ERROR(faults.status());
  return request;
}

// Members of the body of a POST, whatever of them there is.
class LastMembers {
 public:
  LastMembers(ParameterFaults& faults, const rapidjson::Value& body)
      : faults_(faults), body_(body) {}

  std::vector<std::string> strings(const std::string& name) const {
    std::vector<std::string> strings;
    const rapidjson::Value* value = find(name);
    if (value == nullptr) return strings;
    bool all = value->IsArray();
    if (all) {
      for (const rapidjson::Value& element : value->GetArray()) {
        all = all && element.IsString();
        if (element.IsString())
          strings.emplace_back(element.GetString(), element.GetStringLength());
      }
    }
    if (!all) faults_.add(name, "must be an array of strings");
    return strings;
  }
  std::optional<std::string> string(const std::string& name) const {
    const rapidjson::Value* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (value->IsString()) return std::string(value->GetString(), value->GetStringLength());
    faults_.add(name, "must be a string");
    return std::nullopt;
  }
  std::int64_t count(const std::string& name, std::int64_t usual) const {
    const rapidjson::Value* value = find(name);
    if (value == nullptr) return usual;
    if (value->IsInt64() && value->GetInt64() >= 0) return value->GetInt64();
    faults_.add(name, "must be a whole number, 0 or more");
    return usual;
  }

 private:
  const rapidjson::Value* find(const std::string& name) const {
    if (!body_.IsObject()) return nullptr;
    const auto member = body_.FindMember(name.c_str());
    return member == body_.MemberEnd() || member->value.IsNull() ? nullptr : &member->value;
  }

  ParameterFaults& faults_;
  const rapidjson::Value& body_;
};

void append_new(std::vector<std::string>& names, const std::vector<std::string>& more) {
  names.insert(names.end(), more.begin(), more.end());
}

void add_body(ParameterFaults& faults, const rapidjson::Value& body, time::UnixMicros now,
              EptsLastRequest& request) {
  const LastMembers members(faults, body);
  append_new(request.series_names,
             checked_list(faults, "timeSeriesNames", members.strings("timeSeriesNames"),
                          kLastSeriesNames));
  // Kaa's clients send endpointIDs; endpointIds would be passed over, and mean all endpoints.
  for (const char* name : {"endpointIDs", "endpointIds"}) {
    append_new(request.endpoint_ids,
               checked_list(faults, name, members.strings(name), kEndpointIds));
  }
  if (const auto before = members.string("beforeDate")) {
    request.before = checked_time(faults, "beforeDate", *before, now);
  }
  request.offset = members.count("offset", 0);
  request.limit = members.count("limit", request.limit);
  std::vector<std::string> names;
  if (body.IsObject()) {
    for (const auto& member : body.GetObject()) {
      names.emplace_back(member.name.GetString(), member.name.GetStringLength());
    }
  }
  faults.add_mistyped(
      names, {"timeSeriesNames", "endpointIDs", "endpointIds", "beforeDate", "offset", "limit"});
}

}  // namespace

absl::StatusOr<EptsConfigRequest> config_request(const UrlParameters& parameters) {
  ParameterFaults faults;
  EptsConfigRequest request;
  request.application_names = checked_list(
      faults, "applicationNames", parameters.list("applicationNames"), {kMaxApplicationNameBytes});
  faults.add_mistyped(parameters, {"applicationNames"});
  MILLRACE_RETURN_IF_ERROR(faults.status());
  return request;
}

absl::StatusOr<EptsDataRequest> points_request(std::string application,
                                               const UrlParameters& parameters,
                                               time::UnixMicros now) {
  return data_request(std::move(application), parameters, now, false);
}

absl::StatusOr<EptsDataRequest> csv_request(std::string application,
                                            const UrlParameters& parameters, time::UnixMicros now) {
  return data_request(std::move(application), parameters, now, true);
}

absl::StatusOr<EptsLastRequest> last_request(std::string application,
                                             const UrlParameters& parameters,
                                             const std::string& body, time::UnixMicros now) {
  ParameterFaults faults;
  EptsLastRequest request;
  request.application = std::move(application);
  request.endpoint_ids =
      checked_list(faults, "endpointId", parameters.list("endpointId"), kEndpointIds);
  request.series_names =
      checked_list(faults, "timeSeriesName", parameters.list("timeSeriesName"), kLastSeriesNames);
  if (const auto before = only_value(faults, parameters, "beforeDate")) {
    request.before = checked_time(faults, "beforeDate", *before, now);
  }
  request.unit = word_of(faults, parameters, "timestampPrecision", kUnits, request.unit);
  faults.add_mistyped(parameters,
                      {"endpointId", "timeSeriesName", "beforeDate", "timestampPrecision"});
  if (!body.empty()) {
    MILLRACE_ASSIGN_OR_RETURN(const rapidjson::Document document, parse_json_body(body));
    if (!document.IsObject()) faults.add("the body", "must be a JSON object");
    add_body(faults, document, now, request);
  }
  MILLRACE_RETURN_IF_ERROR(faults.status());
  return request;
}

}  // namespace millrace::gateway
