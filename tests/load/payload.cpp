// SPDX-License-Identifier: Apache-2.0
#include "load/payload.h"

#include <fmt/format.h>

namespace millrace::load {
namespace {

constexpr std::string_view kHead = R"({"n":)";

}  // namespace

absl::StatusOr<Payload> numbered_sample(std::size_t bytes) {
  const std::size_t least = kHead.size() + kNumberWidth + 1;
  if (bytes < least) {
    return absl::InvalidArgumentError(
        fmt::format("a numbered sample has at least {} bytes, not {}", least, bytes));
  }
  Payload payload{std::string(kHead), kHead.size()};
  payload.text.append(kNumberWidth - 1, ' ');
  payload.text.push_back('0');
  for (int field = 1;; ++field) {
    const std::string next =
        fmt::format(R"(,"value_{:02}":{}.{:03})", field, 20 + field % 70, (field * 397) % 1000);
    if (payload.text.size() + next.size() + 1 > bytes) break;
    payload.text += next;
  }
  payload.text.append(bytes - 1 - payload.text.size(), ' ');
  payload.text.push_back('}');
  return payload;
}

void write_number(std::int64_t number, char* digits) {
  for (std::size_t at = kNumberWidth; at > 0; --at) {
    const bool leading = number == 0 && at < kNumberWidth;
    digits[at - 1] = leading ? ' ' : static_cast<char>('0' + number % 10);
    number /= 10;
  }
}

}  // namespace millrace::load
