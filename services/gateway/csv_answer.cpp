// SPDX-License-Identifier: Apache-2.0
#include "gateway/csv_answer.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "gateway/parameter_faults.h"
#include "lib/time/timestamp.h"

namespace millrace::gateway {
namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t at = rest.find(separator);
  const std::string_view taken = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return trimmed(taken);
}

// 0 to 1; what is no weight counts as none given.
double weight_of(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view value = take_until(parameters, ';');
    if (!http::equal_ignoring_case(take_until(value, '='), "q")) continue;
    double weight = 0;
    const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), weight);
    const bool is_weight = fault == std::errc{} && end == value.data() + value.size();
    return is_weight && weight >= 0 && weight <= 1 ? weight : 1;
  }
  return 1;
}

// "20260101T000000Z": a colon is not for names of files.
std::string compact(time::UnixMicros time) {
  std::string text = time::format_rfc3339_brief(std::chrono::floor<std::chrono::seconds>(time));
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

}  // namespace

bool prefers_csv(std::string_view accept) {
  double csv = 0;
  double json = 0;
  while (!accept.empty()) {
    std::string_view range = take_until(accept, ',');
    const std::string_view type = take_until(range, ';');
    if (http::equal_ignoring_case(type, "text/csv")) csv = weight_of(range);
    if (http::equal_ignoring_case(type, "application/json")) json = weight_of(range);
  }
  return csv > json;
}

std::string export_file_name(const EptsDataRequest& request) {
  std::string application = request.application.substr(0, 63);
  std::replace_if(
      application.begin(), application.end(),
      [](char c) {
        return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 c == '-' || c == '_');
      },
      '_');
  return fmt::format("{}-{}-{}.csv", application, compact(request.range.from),
                     compact(request.range.to));
}

http::Response csv_answer(const EptsDataRequest& request) {
  http::Response response;
  response.content_type = "text/csv; charset=utf-8; header=present";
  response.headers.add("Content-Disposition",
                       fmt::format("attachment; filename=\"{}\"", export_file_name(request)));
  return response;
}

}  // namespace millrace::gateway
