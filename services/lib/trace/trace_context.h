// SPDX-License-Identifier: Apache-2.0
//
// Where a request stands in a distributed trace: the header `traceparent` of W3C Trace Context,
// level 1 (https://www.w3.org/TR/trace-context-1/, section 3.2), as it comes over HTTP, and as it
// travels in messages and their NATS headers:
//
//   00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
//   version, trace id, parent id (the caller's span), flags; 55 characters in version 00
//
// Millrace hands contexts on and records no spans. It begins no trace of its own, and does not
// carry `tracestate` (docs/decisions/0009-trace-context.md).
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace millrace::trace {

inline constexpr char kTraceparentHeader[] = "traceparent";

// A value; holds no memory of its own beside its 55 bytes.
class TraceContext {
 public:
  static constexpr std::size_t kTraceparentBytes = 55;

  // Nothing when `traceparent` is not valid; whoever sent it is not told, and goes on without a
  // trace. Valid: version 00 in exactly 55 characters; a higher version but ff, whatever follows
  // behind the flags and another "-". Digits are lower-case hexadecimal, neither id is all zeros.
  // A header that came more than once is a list with commas by then, and not valid.
  static std::optional<TraceContext> parse(std::string_view traceparent);

  // As version 00, whatever version it came in. Of the flags only `sampled` (01) is kept: level 1
  // knows no other and wants them set to zero. Valid as long as this object.
  std::string_view traceparent() const { return {text_.data(), text_.size()}; }
  std::string_view trace_id() const { return traceparent().substr(3, 32); }
  std::string_view parent_id() const { return traceparent().substr(36, 16); }
  bool sampled() const { return text_.back() == '1'; }

  // The same trace and flags, with a new parent id: that of what is sent on. From any thread; a
  // thread asks the system for randomness once, not each time.
  TraceContext child() const;

 private:
  TraceContext() = default;

  std::array<char, kTraceparentBytes> text_{};
};

// Of the context, if there is one, and pointing into it: for the field `trace_id` of log lines.
std::optional<std::string_view> trace_id(const std::optional<TraceContext>& context);

}  // namespace millrace::trace
