// SPDX-License-Identifier: Apache-2.0
#include "lib/extraction/number_text.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>

namespace millrace::extraction {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The number after 'e', limited to what keeps sums with the length of a text from overflowing.
std::int64_t exponent_in(std::string_view text) {
  constexpr std::int64_t kLimit = std::int64_t{1} << 40;
  const std::size_t e = text.find_first_of("eE");
  if (e == std::string_view::npos) return 0;
  std::int64_t exponent = 0;
  for (const char c : text.substr(e + 1)) {
    if (is_digit(c) && exponent < kLimit) exponent = exponent * 10 + (c - '0');
  }
  return text[e + 1] == '-' ? -exponent : exponent;
}

// Of a number that is out of a double's range: whether it is too small and not too large.
// std::from_chars tells both by the same error.
bool is_below_range(std::string_view text) {
  const std::string_view digits = text.substr(0, text.find_first_of("eE"));
  const std::size_t first = digits.find_first_of("123456789");
  if (first == std::string_view::npos) return true;
  const std::size_t point = std::min(digits.find('.'), digits.size());
  // The power of ten of the first digit that counts.
  const std::int64_t power = first < point ? static_cast<std::int64_t>(point - first) - 1
                                           : -static_cast<std::int64_t>(first - point);
  return power + exponent_in(text) < 0;
}

// Adds a digit. False: an int64 has no room for it.
bool append_digit(std::int64_t& number, int digit) {
  if (number > (std::numeric_limits<std::int64_t>::max() - digit) / 10) return false;
  number = number * 10 + digit;
  return true;
}

}  // namespace

std::optional<double> parse_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) {
    if (is_below_range(text)) return 0;
    return std::nullopt;
  }
  if (error != std::errc() || number > std::numeric_limits<double>::max() ||
      number < std::numeric_limits<double>::lowest()) {
    return std::nullopt;
  }
  return number + 0.0;  // -0 + 0 is 0
}

std::int64_t scaled_floor(std::string_view text, int power) {
  const bool negative = text.starts_with('-');
  const std::string_view digits = text.substr(0, text.find_first_of("eE")).substr(negative ? 1 : 0);
  // So many digits stand before the point once it has been moved; there may be fewer, or less than
  // none.
  const std::int64_t whole = static_cast<std::int64_t>(std::min(digits.find('.'), digits.size())) +
                             exponent_in(text) + power;
  std::int64_t number = 0;
  bool fits = true;
  bool has_fraction = false;
  std::int64_t place = 0;
  for (const char c : digits) {
    if (c == '.') continue;
    if (place++ < whole) {
      fits = fits && append_digit(number, c - '0');
    } else {
      has_fraction = has_fraction || c != '0';
    }
  }
  // The zeros that moving the point adds. They end with the room, however many there are.
  while (number != 0 && place++ < whole && fits) fits = append_digit(number, 0);
  if (!fits) {
    return negative ? std::numeric_limits<std::int64_t>::min()
                    : std::numeric_limits<std::int64_t>::max();
  }
  return negative ? -number - (has_fraction ? 1 : 0) : number;
}

}  // namespace millrace::extraction
