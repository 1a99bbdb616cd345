// SPDX-License-Identifier: Apache-2.0
//
// JSON lines on stderr, one per event: {"time":…,"level":…,"service":…,"event":"…", fields…}. Uses
// spdlog.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "lib/time/clock.h"

namespace millrace::log {

// A field of a line. Field names are snake_case with the unit last (duration_ms). Values are
// escaped and cut after 1,024 bytes; bytes that are no UTF-8 are replaced. A field made from an
// empty optional is left out of the line.
struct Field {
  std::string_view name;
  std::variant<std::string, std::int64_t, double, bool, std::monostate> value;

  Field(std::string_view n, std::string v) : name(n), value(std::move(v)) {}
  Field(std::string_view n, std::string_view v) : name(n), value(std::string(v)) {}
  Field(std::string_view n, const char* v) : name(n), value(std::string(v)) {}
  Field(std::string_view n, std::optional<std::string_view> v) : name(n), value(std::monostate()) {
    if (v.has_value()) value = std::string(*v);
  }
  Field(std::string_view n, bool v) : name(n), value(v) {}
  Field(std::string_view n, double v) : name(n), value(v) {}
  template <std::integral T>
  requires(!std::same_as<T, bool>) Field(std::string_view n, T v)
      : name(n), value(static_cast<std::int64_t>(v)) {}
};

enum class Level { kDebug, kInfo, kWarning, kError, kFatal };

// Takes one whole line, newline included. Calls never overlap.
using Write = std::function<void(std::string_view line)>;

// Safe to call from any thread.
class Logger {
 public:
  // Lines below `level` are dropped. `service` stands in every line.
  Logger(std::string service, Level level);
  // The same with the time and the place of the lines chosen by a test.
  Logger(std::string service, Level level, const time::Clock& clock, Write write);
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  // Whether lines of this level are written: to be asked where a line costs something to put
  // together and is mostly dropped.
  bool writes(Level level) const;

  // `event` is a constant sentence without values ("connected to NATS"); values go into fields.
  void debug(std::string_view event, std::initializer_list<Field> fields = {});
  void info(std::string_view event, std::initializer_list<Field> fields = {});
  void warning(std::string_view event, std::initializer_list<Field> fields = {});
  void error(std::string_view event, std::initializer_list<Field> fields = {});

  // The process ends because of this; only lib/process says it.
  void fatal(std::string_view event, std::initializer_list<Field> fields = {});

  // For lines that a device or a broken peer could cause without end: at most one line per event
  // text and second; the next one that passes carries `suppressed` with the count swallowed.
  void warning_limited(std::string_view event, std::initializer_list<Field> fields = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millrace::log
