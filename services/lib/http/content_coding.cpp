// SPDX-License-Identifier: Apache-2.0
#include "lib/http/content_coding.h"

#include <algorithm>
#include <optional>
#include <string>

#include <absl/strings/ascii.h>

#include "lib/http/gzip_deflater.h"

namespace millrace::http {
namespace {

constexpr std::string_view kBlanks = " \t";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// What stands before `separator`; `rest` becomes what is behind it.
std::string_view cut_off(std::string_view& rest, char separator) {
  const std::size_t at = rest.find(separator);
  const std::string_view part = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view{} : rest.substr(at + 1);
  return trimmed(part);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// In thousandths: 0, 0.25, 1.000. nullopt: no weight.
std::optional<int> weight_of(std::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  int thousandths = (text[0] - '0') * 1'000;
  if (text.size() == 1) return thousandths;
  if (text[1] != '.' || text.size() > 5) return std::nullopt;
  int unit = 100;
  for (const char c : text.substr(2)) {
    if (!is_digit(c)) return std::nullopt;
    thousandths += (c - '0') * unit;
    unit /= 10;
  }
  return thousandths <= 1'000 ? std::optional<int>(thousandths) : std::nullopt;
}

bool equals(std::string_view text, std::string_view lower_case) {
  return text.size() == lower_case.size() &&
         std::equal(text.begin(), text.end(), lower_case.begin(),
                    [](char a, char b) { return absl::ascii_tolower(a) == b; });
}

// Of the parameters behind a coding; a parameter that is no weight is passed over.
int weight_among(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view value = cut_off(parameters, ';');
    const std::string_view name = cut_off(value, '=');
    if (equals(name, "q")) return weight_of(trimmed(value)).value_or(0);
  }
  return 1'000;
}

}  // namespace

bool accepts_coding(std::string_view accept_encoding, std::string_view coding) {
  std::optional<int> named;
  std::optional<int> any;
  int identity = 0;
  while (!accept_encoding.empty()) {
    std::string_view parameters = cut_off(accept_encoding, ',');
    std::string_view name = cut_off(parameters, ';');
    const int weight = weight_among(parameters);
    if (equals(name, "x-gzip")) name.remove_prefix(2);  // its old name
    if (equals(name, coding)) named = weight;
    if (name == "*") any = weight;
    if (equals(name, "identity")) identity = weight;
  }
  const int weight = named.value_or(any.value_or(0));
  return weight > 0 && weight >= identity;
}

void gzip_if_accepted(const Request& request, Response& response, GzipFlush flush) {
  if (!response.headers.get("Content-Encoding").empty()) return;
  response.headers.add("Vary", "Accept-Encoding");
  if (!accepts_coding(request.headers.get("Accept-Encoding"), "gzip")) return;
  if (response.stream != nullptr) {
    response.stream = gzip_source(std::move(response.stream), flush);
  } else if (response.body.size() >= kMinGzipBytes) {
    response.body = gzip(response.body);
  } else {
    return;
  }
  response.headers.add("Content-Encoding", "gzip");
}

}  // namespace millrace::http
