// SPDX-License-Identifier: Apache-2.0
#include "lib/http/content_coding.h"

#include <optional>
#include <string>

#include <fmt/format.h>

#include "lib/http/gzip_deflater.h"
#include "lib/http/inflate.h"

namespace millrace::http {
namespace {

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

// Of the parameters behind a coding; a parameter that is no weight is passed over.
int weight_among(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view value = cut_off(parameters, ';');
    const std::string_view name = cut_off(value, '=');
    if (equal_ignoring_case(name, "q")) return weight_of(cut_off(value, ',')).value_or(0);
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
    if (equal_ignoring_case(name, "x-gzip")) name.remove_prefix(2);  // its old name
    if (equal_ignoring_case(name, coding)) named = weight;
    if (name == "*") any = weight;
    if (equal_ignoring_case(name, "identity")) identity = weight;
  }
  const int weight = named.value_or(any.value_or(0));
  return weight > 0 && weight >= identity;
}

absl::Status decode_content(std::string_view coding, std::string& body, std::size_t max_bytes) {
  if (coding.empty() || equal_ignoring_case(coding, "identity")) return absl::OkStatus();
  absl::StatusOr<std::string> inflated;
  if (equal_ignoring_case(coding, "gzip") || equal_ignoring_case(coding, "x-gzip")) {
    inflated = inflate_gzip(body, max_bytes);
  } else if (equal_ignoring_case(coding, "deflate")) {
    inflated = inflate_deflate(body, max_bytes);
  } else {
    return absl::UnimplementedError(fmt::format(
        "cannot decode Content-Encoding \"{}\"; send gzip or deflate, once, or none", coding));
  }
  if (!inflated.ok()) return inflated.status();
  body = *std::move(inflated);
  return absl::OkStatus();
}

void gzip_if_accepted(const Request& request, Response& response, GzipFlush flush) {
  if (!response.headers.get("Content-Encoding").empty()) return;
  response.headers.append("Vary", "Accept-Encoding");
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
