// SPDX-License-Identifier: Apache-2.0
#include "lib/log/log.h"

#include <vector>

#include <spdlog/logger.h>
#include <spdlog/sinks/sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "lib/concurrency/mutex.h"
#include "lib/log/json_line.h"
#include "lib/log/rate_limit.h"

namespace millrace::log {
namespace {

// Not spdlog's base_sink: Debian's library has it compiled for its own mutexes only.
class WriteSink final : public spdlog::sinks::sink {
 public:
  explicit WriteSink(Write write) : write_(std::move(write)) {}

  void log(const spdlog::details::log_msg& message) override {
    std::string line(message.payload.data(), message.payload.size());
    line += '\n';
    const concurrency::MutexLock lock(mutex_);
    write_(line);
  }
  void flush() override {}
  void set_pattern(const std::string& /*pattern*/) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter> /*formatter*/) override {}

 private:
  concurrency::Mutex mutex_;
  const Write write_ ABSL_GUARDED_BY(mutex_);
};

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarning:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
    case Level::kFatal:
      return spdlog::level::critical;
  }
  return spdlog::level::err;
}

const time::Clock& system_clock() {
  static const time::SystemClock kClock;
  return kClock;
}

}  // namespace

struct Logger::State {
  State(std::string name, Level level, const time::Clock& time, spdlog::sink_ptr sink)
      : service(std::move(name)), clock(time), logger(service, std::move(sink)) {
    logger.set_pattern("%v");  // the line is made here; spdlog filters, locks and writes
    logger.set_level(spdlog_level(level));
  }

  void write(Level level, std::string_view event, std::span<const Field> fields) {
    const auto severity = spdlog_level(level);
    if (!logger.should_log(severity)) return;
    logger.log(severity, spdlog::string_view_t(json_line({.time = clock.now(),
                                                          .level = level,
                                                          .service = service,
                                                          .event = event,
                                                          .fields = fields})));
  }

  const std::string service;
  const time::Clock& clock;
  spdlog::logger logger;
  RateLimit warnings;
};

Logger::Logger(std::string service, Level level)
    : state_(std::make_unique<State>(std::move(service), level, system_clock(),
                                     std::make_shared<spdlog::sinks::stderr_sink_mt>())) {}

Logger::Logger(std::string service, Level level, const time::Clock& clock, Write write)
    : state_(std::make_unique<State>(std::move(service), level, clock,
                                     std::make_shared<WriteSink>(std::move(write)))) {}

Logger::~Logger() = default;

bool Logger::writes(Level level) const {
  return state_->logger.should_log(spdlog_level(level));
}

void Logger::debug(std::string_view event, std::initializer_list<Field> fields) {
  state_->write(Level::kDebug, event, fields);
}

void Logger::info(std::string_view event, std::initializer_list<Field> fields) {
  state_->write(Level::kInfo, event, fields);
}

void Logger::warning(std::string_view event, std::initializer_list<Field> fields) {
  state_->write(Level::kWarning, event, fields);
}

void Logger::error(std::string_view event, std::initializer_list<Field> fields) {
  state_->write(Level::kError, event, fields);
}

void Logger::fatal(std::string_view event, std::initializer_list<Field> fields) {
  state_->write(Level::kFatal, event, fields);
}

void Logger::warning_limited(std::string_view event, std::initializer_list<Field> fields) {
  const auto suppressed = state_->warnings.admit(event, state_->clock.instant());
  if (!suppressed) return;
  if (*suppressed == 0) {
    state_->write(Level::kWarning, event, fields);
    return;
  }
  std::vector<Field> with_count(fields);
  with_count.emplace_back("suppressed", *suppressed);
  state_->write(Level::kWarning, event, with_count);
}

}  // namespace millrace::log
