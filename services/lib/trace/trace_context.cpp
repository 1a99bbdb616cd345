// SPDX-License-Identifier: Apache-2.0
#include "lib/trace/trace_context.h"

#include <algorithm>
#include <cstdint>
#include <random>

namespace millrace::trace {
namespace {

// Places in the text; the three dashes stand between the fields.
constexpr std::size_t kTraceIdAt = 3;
constexpr std::size_t kTraceIdDigits = 32;
constexpr std::size_t kParentIdAt = 36;
constexpr std::size_t kParentIdDigits = 16;
constexpr std::size_t kFlagsAt = 53;
constexpr std::size_t kFlagsDigits = 2;

constexpr char kDigits[] = "0123456789abcdef";

bool is_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_digit);
}

bool is_id(std::string_view text) {
  return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

// Nobody can know what a later version puts behind the flags, but for the dash before it. A comma
// is the sign of a header that was repeated: the HTTP library makes a list of it.
bool has_valid_end(std::string_view version, std::string_view rest) {
  if (version == "00") return rest.empty();
  return rest.empty() || (rest.front() == '-' && rest.find(',') == std::string_view::npos);
}

bool is_valid(std::string_view text) {
  if (text.size() < TraceContext::kTraceparentBytes) return false;
  const std::string_view version = text.substr(0, 2);
  return is_hex(version) && version != "ff" && text[kTraceIdAt - 1] == '-' &&
         is_id(text.substr(kTraceIdAt, kTraceIdDigits)) && text[kParentIdAt - 1] == '-' &&
         is_id(text.substr(kParentIdAt, kParentIdDigits)) && text[kFlagsAt - 1] == '-' &&
         is_hex(text.substr(kFlagsAt, kFlagsDigits)) &&
         has_valid_end(version, text.substr(TraceContext::kTraceparentBytes));
}

// The lowest bit of a hexadecimal digit; '0' to '9' and 'a' to 'f' alternate.
bool is_odd(char digit) {
  return digit <= '9' ? (digit - '0') % 2 == 1 : (digit - 'a') % 2 == 1;
}

// Not zero, which no span has. Ids need to differ, not to be secret.
std::uint64_t new_span_id() {
  thread_local std::mt19937_64 generator = [] {
    std::random_device source;
    std::seed_seq seed{source(), source(), source(), source()};
    return std::mt19937_64(seed);
  }();
  std::uint64_t id = generator();
  while (id == 0) id = generator();
  return id;
}

}  // namespace

std::optional<TraceContext> TraceContext::parse(std::string_view traceparent) {
  if (!is_valid(traceparent)) return std::nullopt;
  TraceContext context;
  std::copy_n(traceparent.begin(), kTraceparentBytes, context.text_.begin());
  context.text_[0] = context.text_[1] = context.text_[kFlagsAt] = '0';
  context.text_.back() = is_odd(context.text_.back()) ? '1' : '0';
  return context;
}

TraceContext TraceContext::child() const {
  TraceContext context = *this;
  std::uint64_t id = new_span_id();
  for (std::size_t i = 0; i < kParentIdDigits; ++i, id >>= 4) {
    context.text_[kParentIdAt + i] = kDigits[id & 0xFU];
  }
  return context;
}

std::optional<std::string_view> trace_id(const std::optional<TraceContext>& context) {
  if (!context.has_value()) return std::nullopt;
  return context->trace_id();
}

}  // namespace millrace::trace
