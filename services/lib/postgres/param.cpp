// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "lib/postgres/binary.h"
#include "lib/postgres/connection.h"

namespace millrace::postgres {
namespace {

bool has_nul(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

}  // namespace

Param to_param(std::string_view text) {
  return {binary::kText, false, std::string(text), has_nul(text)};
}
Param to_param(const char* text) {
  return to_param(std::string_view(text));
}

Param to_param(std::int64_t number) {
  Param param{binary::kInt8, false, {}, false};
  binary::append_int64(param.bytes, number);
  return param;
}

Param to_param(std::int32_t number) {
  Param param{binary::kInt4, false, {}, false};
  binary::append_int32(param.bytes, number);
  return param;
}

Param to_param(double number) {
  Param param{binary::kFloat8, false, {}, false};
  binary::append_float8(param.bytes, number);
  return param;
}

Param to_param(bool value) {
  return {binary::kBool, false, std::string(1, value ? '\1' : '\0'), false};
}

Param to_param(time::UnixMicros time) {
  Param param{binary::kTimestamptz, false, {}, false};
  binary::append_timestamp(param.bytes, time);
  return param;
}

Param bytea_param(std::string_view bytes) {
  return {binary::kBytea, false, std::string(bytes), false};
}

Param null_param() {
  return {0, true, {}, false};
}

Param to_param(const std::vector<std::int64_t>& numbers) {
  Param param{binary::kInt8Array, false, {}, false};
  binary::append_array_header(param.bytes, binary::kInt8, numbers.size(), false);
  for (const std::int64_t number : numbers) {
    binary::append_int32(param.bytes, 8);
    binary::append_int64(param.bytes, number);
  }
  return param;
}

Param to_param(const std::vector<std::int32_t>& numbers) {
  Param param{binary::kInt4Array, false, {}, false};
  binary::append_array_header(param.bytes, binary::kInt4, numbers.size(), false);
  for (const std::int32_t number : numbers) {
    binary::append_int32(param.bytes, 4);
    binary::append_int32(param.bytes, number);
  }
  return param;
}

Param to_param(const std::vector<std::string>& texts) {
  Param param{binary::kTextArray, false, {}, false};
  binary::append_array_header(param.bytes, binary::kText, texts.size(), false);
  for (const std::string& text : texts) {
    binary::append_int32(param.bytes, static_cast<std::int32_t>(text.size()));
    param.bytes += text;
  }
  param.has_nul = std::any_of(texts.begin(), texts.end(), has_nul);
  return param;
}

}  // namespace millrace::postgres
