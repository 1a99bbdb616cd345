// SPDX-License-Identifier: Apache-2.0
#include "lib/telemetry/plain_value.h"

#include <algorithm>

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "lib/telemetry/json_number.h"
#include "lib/telemetry/sample_json.h"

namespace millrace::telemetry {
namespace {

constexpr std::size_t kMaxUnitBytes = 32;
constexpr std::string_view kBlanks = " \t\r\n";

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

absl::Status refused(std::string_view why) {
  return absl::InvalidArgumentError(fmt::format(
      "cannot read the body as a plain value: {}; send a number and its unit, as in 47%", why));
}

std::string_view without_blanks(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(kBlanks), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '\x7F';
}

bool is_unit(std::string_view text) {
  return text.size() <= kMaxUnitBytes && text.find_first_of("0123456789+-., \t\r\n") != 0 &&
         std::none_of(text.begin(), text.end(), is_control);
}

void write_string(JsonWriter& writer, std::string_view text) {
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

// Not by the writer's own check, which reads beyond the end of a string whose last character is
// cut.
bool is_utf8_json(std::string_view json) {
  return check_upload(json, SampleLimits{}).ok();
}

}  // namespace

absl::StatusOr<std::string> plain_value_to_json(std::string_view metric, std::string_view body) {
  const std::string_view text = without_blanks(body);
  const std::size_t number_length = json_number_length(text);
  if (number_length == 0) return refused("it does not begin with a number");
  const std::string_view number = text.substr(0, number_length);
  const std::string_view unit = text.substr(number_length);
  if (!is_unit(unit)) {
    return refused(fmt::format(
        "what follows the number must be a unit of at most {} bytes that begins with no digit, "
        "sign, point, comma or blank",
        kMaxUnitBytes));
  }

  rapidjson::StringBuffer json;
  JsonWriter writer(json);
  writer.StartObject();
  write_string(writer, fmt::format("{}-value", metric));
  writer.RawValue(number.data(), number.size(), rapidjson::kNumberType);
  write_string(writer, fmt::format("{}-unit", metric));
  write_string(writer, unit.empty() ? "number" : unit);
  writer.EndObject();
  std::string result(json.GetString(), json.GetSize());
  if (!is_utf8_json(result)) return refused("the unit is not UTF-8");
  return result;
}

}  // namespace millrace::telemetry
