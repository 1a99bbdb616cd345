// SPDX-License-Identifier: Apache-2.0
#include "lib/log/json_line.h"

#include <cmath>
#include <cstdint>

#include <fmt/format.h>

#include "lib/time/timestamp.h"
#include "lib/utf8/utf8.h"

namespace millrace::log {
namespace {

constexpr std::string_view kEllipsis = "\xE2\x80\xA6";  // U+2026

void append_escaped(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : clean_utf8(text, kLongestTextBytes)) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_value(std::string& out, const std::string& value) {
  append_escaped(out, value);
}

void append_value(std::string& out, std::int64_t value) {
  out += std::to_string(value);
}

// JSON has no NaN and no infinity: those are written as text.
void append_value(std::string& out, double value) {
  const std::string text = fmt::format("{}", value);
  if (std::isfinite(value)) {
    out += text;
  } else {
    append_escaped(out, text);
  }
}

void append_value(std::string& out, bool value) {
  out += value ? "true" : "false";
}

// A field without a value is left out before this.
void append_value(std::string& /*out*/, std::monostate /*value*/) {}

void append_name(std::string& out, std::string_view name) {
  out += out.size() > 1 ? "," : "";
  append_escaped(out, name);
  out += ':';
}

std::string_view level_name(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarning:
      return "warning";
    case Level::kError:
      return "error";
    case Level::kFatal:
      return "fatal";
  }
  return "error";
}

}  // namespace

std::string clean_utf8(std::string_view text, std::size_t longest) {
  std::string out;
  std::size_t fits = 0;  // bytes of `out` that leave room for the ellipsis
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8::character_length(text.substr(at));
    out += length == 0 ? utf8::kReplacement : text.substr(at, length);
    at += length == 0 ? 1 : length;
    if (out.size() + kEllipsis.size() <= longest) fits = out.size();
    if (out.size() > longest) {
      out.resize(fits);
      out += kEllipsis;
      break;
    }
  }
  return out;
}

std::string json_line(const Line& line) {
  std::string out = "{";
  append_name(out, "time");
  append_escaped(out, time::format_rfc3339(line.time));
  append_name(out, "level");
  append_escaped(out, level_name(line.level));
  append_name(out, "service");
  append_escaped(out, line.service);
  append_name(out, "event");
  append_escaped(out, line.event);
  for (const Field& field : line.fields) {
    if (std::holds_alternative<std::monostate>(field.value)) continue;
    append_name(out, field.name);
    std::visit([&out](const auto& value) { append_value(out, value); }, field.value);
  }
  out += '}';
  return out;
}

}  // namespace millrace::log
