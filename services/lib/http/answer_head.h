// SPDX-License-Identifier: Apache-2.0
//
// Status line and fields of an answer, as the bytes that are sent. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "lib/http/message.h"

namespace millrace::http {

// What is said about the connection and the body's length.
struct AnswerForm {
  unsigned version = 11;  // 10 or 11
  bool keep_alive = true;
  bool chunked = false;
  std::optional<std::size_t> content_length = std::nullopt;  // none: nothing is said
};

// RFC 7230, 3.3.2: these have no body, and no word about its length.
bool has_no_body(int status);

// `date`: of the field Date. Field values must hold no line breaks; nothing checks them.
void append_head(const Response& response, const AnswerForm& form, std::string_view date,
                 std::string& bytes);

}  // namespace millrace::http
