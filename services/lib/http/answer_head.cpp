// SPDX-License-Identifier: Apache-2.0
#include "lib/http/answer_head.h"

#include <iterator>
#include <utility>  // Boost 1.74's Asio uses std::exchange without it

#include <boost/beast/http/status.hpp>
#include <fmt/format.h>

namespace millrace::http {
namespace {

void append_field(std::string_view name, std::string_view value, std::string& bytes) {
  bytes += name;
  bytes += ": ";
  bytes += value;
  bytes += "\r\n";
}

std::string_view reason_of(int status) {
  namespace beast_http = boost::beast::http;
  const auto text =
      beast_http::obsolete_reason(beast_http::int_to_status(static_cast<unsigned>(status)));
  return {text.data(), text.size()};
}

}  // namespace

bool has_no_body(int status) {
  return status < 200 || status == 204 || status == 304;
}

void append_head(const Response& response, const AnswerForm& form, std::string_view date,
                 std::string& bytes) {
  fmt::format_to(std::back_inserter(bytes), "HTTP/{}.{} {} {}\r\n", form.version / 10,
                 form.version % 10, response.status, reason_of(response.status));
  // Each version says what is not its custom.
  if (form.version >= 11 && !form.keep_alive) append_field("Connection", "close", bytes);
  if (form.version < 11 && form.keep_alive) append_field("Connection", "keep-alive", bytes);
  append_field("Date", date, bytes);
  if (!response.content_type.empty()) append_field("Content-Type", response.content_type, bytes);
  for (const auto& [name, value] : response.headers.all()) append_field(name, value, bytes);
  if (form.chunked) append_field("Transfer-Encoding", "chunked", bytes);
  if (form.content_length.has_value()) {
    fmt::format_to(std::back_inserter(bytes), "Content-Length: {}\r\n", *form.content_length);
  }
  bytes += "\r\n";
}

}  // namespace millrace::http
