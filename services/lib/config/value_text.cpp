// SPDX-License-Identifier: Apache-2.0
#include "lib/config/value_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include <absl/status/status.h>
#include <fmt/format.h>

namespace millrace::config {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

// From the largest, so that the first one without remainder is the one to print.
constexpr std::array kByteUnits{Unit{"TiB", std::int64_t{1} << 40}, Unit{"GiB", 1 << 30},
                                Unit{"MiB", 1 << 20}, Unit{"KiB", 1 << 10}};
constexpr std::array kDurationUnits{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000},
                                    Unit{"s", 1'000}, Unit{"ms", 1}};
constexpr std::string_view kDigits = "0123456789";

// The number before the unit, times `factor`; -1 when it is no number or too large.
std::int64_t scaled(std::string_view digits, std::int64_t factor) {
  std::int64_t number = 0;
  const char* end = digits.data() + digits.size();
  const auto [rest, fault] = std::from_chars(digits.data(), end, number);
  if (digits.empty() || fault != std::errc() || rest != end) return -1;
  if (number > std::numeric_limits<std::int64_t>::max() / factor) return -1;
  return number * factor;
}

template <std::size_t N>
std::int64_t parse_with_unit(std::string_view text, const std::array<Unit, N>& units) {
  const std::size_t digits = std::min(text.find_first_not_of(kDigits), text.size());
  for (const Unit& unit : units) {
    if (text.substr(digits) == unit.name) return scaled(text.substr(0, digits), unit.factor);
  }
  return -1;
}

template <std::size_t N>
std::string format_with_unit(std::int64_t value, const std::array<Unit, N>& units) {
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.factor == 0) {
      return fmt::format("{}{}", value / unit.factor, unit.name);
    }
  }
  return {};
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}

// Hexadecimal digits, colons, dots (mapped IPv4) and a zone ("%eth0"); the resolver checks the
// rest.
bool is_ipv6_character(char c) {
  return is_host_character(c) || c == ':' || c == '%';
}

}  // namespace

absl::StatusOr<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, fault] = std::from_chars(text.data(), end, number);
  if (text.empty() || fault != std::errc() || rest != end) {
    return absl::InvalidArgumentError("must be a whole number");
  }
  return number;
}

absl::StatusOr<std::int64_t> parse_bytes(std::string_view text) {
  std::int64_t bytes = parse_with_unit(text, kByteUnits);
  if (bytes < 0) bytes = parse_with_unit(text, std::array{Unit{"B", 1}, Unit{"", 1}});
  if (bytes < 0) {
    return absl::InvalidArgumentError(
        "must be a size: digits and B, KiB, MiB, GiB or TiB, for example 64KiB");
  }
  return bytes;
}

std::string format_bytes(std::int64_t bytes) {
  const std::string text = format_with_unit(bytes, kByteUnits);
  return text.empty() ? std::to_string(bytes) : text;
}

absl::StatusOr<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const std::int64_t duration_ms = parse_with_unit(text, kDurationUnits);
  if (duration_ms < 0) {
    return absl::InvalidArgumentError(
        "must be a duration: digits and ms, s, m, h or d, for example 5s");
  }
  return std::chrono::milliseconds{duration_ms};
}

std::string format_duration(std::chrono::milliseconds duration) {
  const std::string text = format_with_unit(duration.count(), kDurationUnits);
  return text.empty() ? "0s" : text;
}

absl::StatusOr<Listen> parse_listen(std::string_view text) {
  const absl::Status fault = absl::InvalidArgumentError(
      "must be host:port with a port from 0 to 65535, for example 0.0.0.0:8080 or [::1]:8080");
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return fault;
  std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);

  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty() ||
      !std::all_of(host.begin(), host.end(), bracketed ? is_ipv6_character : is_host_character)) {
    return fault;
  }
  const std::int64_t port =
      port_text.find_first_not_of(kDigits) == std::string_view::npos ? scaled(port_text, 1) : -1;
  if (port < 0 || port > std::numeric_limits<std::uint16_t>::max()) return fault;
  return Listen{std::string(host), static_cast<std::uint16_t>(port)};
}

std::string format_listen(const Listen& listen) {
  const bool ipv6 = listen.host.find(':') != std::string::npos;
  return ipv6 ? fmt::format("[{}]:{}", listen.host, listen.port)
              : fmt::format("{}:{}", listen.host, listen.port);
}

std::string without_credentials(std::string_view urls) {
  constexpr std::string_view kScheme = "://";
  std::string out;
  while (!urls.empty()) {
    // A comma ends a URL only where another scheme follows: it may stand in a password too, whose
    // beginning must not be shown.
    const std::size_t scheme = urls.find(kScheme);
    const std::size_t begin = scheme == std::string_view::npos ? 0 : scheme + kScheme.size();
    const std::size_t next = urls.find(kScheme, begin);
    const std::size_t comma =
        next == std::string_view::npos ? next : urls.substr(0, next).rfind(',');
    const std::size_t end = comma == std::string_view::npos ? urls.size() : comma + 1;
    const std::size_t at = urls.substr(0, end).rfind('@');
    if (at == std::string_view::npos || at < begin) {
      out += urls.substr(0, end);
    } else {
      out += urls.substr(0, begin);
      out += "***";
      out += urls.substr(at, end - at);
    }
    urls.remove_prefix(end);
  }
  return out;
}

}  // namespace millrace::config
