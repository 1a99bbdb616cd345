// SPDX-License-Identifier: Apache-2.0
#include "lib/http/request_head.h"

#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "lib/http/refusal.h"
#include "lib/http/target.h"

namespace millrace::http {
namespace {

using boost::beast::http::field;

constexpr std::size_t kUsualFields = 8;

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

bool read_request_head(const ReceivedHead& received, Request& head) {
  head = {};
  head.method = view(received.method_string());
  head.headers.reserve(kUsualFields);
  std::size_t fields = 0;
  for (const auto& one : received) {
    if (fields++ == kMaxHeaderFields) break;
    head.headers.append(std::string(view(one.name_string())), view(one.value()));
  }
  const std::optional<Target> target = parse_target(view(received.target()));
  if (!target.has_value()) return false;
  head.path = target->path;
  head.query = target->query;
  return true;
}

bool has_too_many_fields(const ReceivedHead& head) {
  return static_cast<std::size_t>(std::distance(head.begin(), head.end())) > kMaxHeaderFields;
}

bool knows_transfer_coding(const ReceivedHead& head) {
  const std::size_t fields = head.count(field::transfer_encoding);
  if (fields == 0) return true;
  return fields == 1 && head.version() >= 11 &&
         equal_ignoring_case(view(head[field::transfer_encoding]), "chunked");
}

}  // namespace millrace::http
