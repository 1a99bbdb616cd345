// SPDX-License-Identifier: Apache-2.0
//
// WriterSession against a bare binary COPY of the same rows: frames of 8 numbers, endpoints in
// turn, a transaction a batch. Makes a database of its own in the server of --database-url and
// drops it. Beside retention: while another thread deletes older frames, as epts does, as long as
// there are any (--old-frames). Late: after the seal of rollups. Prints medians over --runs, and
// the CPU that PostgreSQL's backend took a frame, which is steadier than time on a busy machine.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "lib/concurrency/wait.h"
#include "lib/error/error.h"
#include "lib/postgres/migrator.h"
#include "lib/time_series/frame_retention.h"
#include "lib/time_series/migrations.h"
#include "lib/time_series/writer_session.h"

namespace millrace::time_series {
namespace {

constexpr std::size_t kFields = 8;

struct Options {
  std::string url;
  std::size_t frames = 400'000;
  std::size_t batch = 20'000;
  std::size_t endpoints = 10'000;
  std::size_t old_frames = 400'000;
  int runs = 5;
};

void check(const absl::Status& status) {
  if (status.ok()) return;
  fmt::print(stderr, "writer_bench: {}\n", error::message(status));
  std::exit(1);
}

template <class T>
T check(absl::StatusOr<T> result) {
  check(result.status());
  return *std::move(result);
}

struct Outside {
  log::Logger log{"bench", log::Level::kError};
  metrics::Registry metrics;
  process::Readiness readiness;
  time::SystemClock clock;
  process::Platform platform{log, metrics, readiness, clock};
};

// Of a busy receiver.
constexpr std::size_t kSamplesOfMessage = 500;

// The rows: each endpoint once a second, interleaved.
class Rows {
 public:
  explicit Rows(const Options& options) : options_(options) {
    for (std::size_t i = 0; i < options.endpoints; ++i) {
      endpoints_.push_back(fmt::format("endpoint-{:08}", i));
    }
    for (std::size_t i = 0; i < kFields; ++i) {
      append_value_name(shape_, ValueType::kNumber, "auto~", fmt::format("sensor_{}", i));
    }
  }

  // The batch from frame `first` on, as extraction would hand it over, with a message of the stream
  // for each `per_message` samples; 0: with none, so that no ledger is written.
  void fill(SampleBatch& batch, std::size_t first, std::size_t per_message) {
    batch.clear();
    for (std::size_t i = first; i < last(first); ++i) {
      if (per_message > 0 && i % per_message == 0) batch.begin_message(i / per_message + 1);
      batch.begin_upload({"bench", "bench-v1", endpoints_[i % options_.endpoints], "c", 1});
      SampleBatch::Facts facts;
      facts.seq = static_cast<std::int64_t>(i);
      facts.time = facts.received_at = time_of(i);
      batch.add_sample(facts, shape_, numbers());
    }
  }
  // The same rows for COPY.
  void fill(postgres::CopyBuffer& buffer, std::size_t first) {
    buffer.clear();
    for (std::size_t i = first; i < last(first); ++i) {
      buffer.row(5);
      buffer.int4(static_cast<std::int32_t>(i % options_.endpoints));
      buffer.int4(1);
      buffer.timestamp(time_of(i));
      buffer.int8(static_cast<std::int64_t>(i));
      buffer.float8_array(numbers());
    }
    buffer.finish();
  }

 private:
  std::size_t last(std::size_t first) const {
    return std::min(first + options_.batch, options_.frames);
  }
  time::UnixMicros time_of(std::size_t i) const {
    return start_ + std::chrono::seconds(i / options_.endpoints) +
           std::chrono::microseconds(i % options_.endpoints);
  }
  std::span<const double> numbers() {
    for (double& number : numbers_) number = static_cast<double>(random_() % 100'000) / 100;
    return numbers_;
  }

  const Options& options_;
  const time::UnixMicros start_ =
      time::UnixMicros(week_of(time::SystemClock().now())) + std::chrono::days(1);
  std::mt19937 random_{1};
  std::array<double, kFields> numbers_{};
  std::vector<std::string> endpoints_;
  std::string shape_;
};

// Microseconds of CPU of a backend so far.
double cpu_us(std::int32_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string word;
  double ticks = 0;
  for (int field = 1; file >> word && field <= 15; ++field) {
    if (field >= 14) ticks += std::stod(word);
  }
  return ticks * 1e6 / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

class Bench {
 public:
  Bench(Options options, postgres::ConnectionOptions database)
      : options_(std::move(options)), database_(std::move(database)), rows_(options_) {}

  void run() {
    for (int run = 0; run < options_.runs; ++run) {
      copy("bare COPY, no key", "");
      copy("bare COPY, key (endpoint, time)", ", PRIMARY KEY (endpoint_key, time)");
      copy("bare COPY, key (endpoint, time, layout)",
           ", PRIMARY KEY (endpoint_key, time, layout_key)");
      write("WriterSession, straight, no ledger", Delivery::kFirst, 0);
      write("WriterSession, straight", Delivery::kFirst, kSamplesOfMessage);
      write("WriterSession, straight, a message a sample", Delivery::kFirst, 1);
      write("WriterSession, staged", Delivery::kAgain, kSamplesOfMessage);
      write("WriterSession, straight, beside retention", Delivery::kFirst, kSamplesOfMessage,
            Beside::kRetention);
      write("WriterSession, straight, all of it late", Delivery::kFirst, kSamplesOfMessage,
            Beside::kSeal);
    }
    const double ceiling = median(results_["bare COPY, key (endpoint, time, layout)"].rates);
    fmt::print("{:45} {:>12} {:>10} {:>14}\n", "", "frames/s", "of COPY", "backend µs");
    for (auto& [name, result] : results_) {
      const double rate = median(result.rates);
      fmt::print("{:45} {:>12.0f} {:>9.0f}% {:>14.2f}\n", name, rate, 100 * rate / ceiling,
                 median(result.cpu));
    }
  }

 private:
  struct Result {
    std::vector<double> rates;
    std::vector<double> cpu;
  };

  static double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
  }

  std::unique_ptr<postgres::Connection> connect() {
    return check(postgres::Connection::connect(database_));
  }

  // `batch` handles the frames from the given one on and returns the seconds that count.
  void measure(const std::string& name, std::int32_t pid,
               const std::function<double(std::size_t)>& batch) {
    const double cpu = cpu_us(pid);
    double seconds = 0;
    for (std::size_t first = 0; first < options_.frames; first += options_.batch) {
      seconds += batch(first);
    }
    const auto frames = static_cast<double>(options_.frames);
    results_[name].rates.push_back(frames / seconds);
    results_[name].cpu.push_back((cpu_us(pid) - cpu) / frames);
  }

  static double seconds_of(const std::function<void()>& work) {
    const time::SystemClock clock;
    const time::Instant begun = clock.instant();
    work();
    return std::chrono::duration<double>(clock.instant() - begun).count();
  }

  void copy(const std::string& name, const std::string& key) {
    const auto connection = connect();
    check(connection->execute_script(
        "DROP TABLE IF EXISTS bare; CREATE TABLE bare (endpoint_key int NOT NULL,"
        " layout_key int NOT NULL, time timestamptz NOT NULL, seq bigint NOT NULL,"
        " numbers float8[]" +
        key + "); CHECKPOINT"));
    const std::int32_t pid = check(connection->execute("SELECT pg_backend_pid()")).int4(0, 0);
    measure(name, pid, [&](std::size_t first) {
      rows_.fill(buffer_, first);
      return seconds_of([&] { check(connection->copy_binary("bare", buffer_.data()).status()); });
    });
  }

  // Frames of a year ago, of the bench's own application, in a week that another one keeps.
  void add_old_frames(postgres::Connection& admin) {
    const Week week = week_of(time::SystemClock().now() - std::chrono::days(365));
    check(admin.execute_script(fmt::format(
        "CREATE TABLE time_series.{0} PARTITION OF time_series.frame"
        " FOR VALUES FROM ('{1}') TO ('{2}');"
        "INSERT INTO time_series.{0} SELECT 1 + n % {3}, 1, '{1}'::timestamptz + n * interval '1 "
        "ms',"
        " n, array_fill(n::float8, ARRAY[8]) FROM generate_series(1, {4}) AS n; ANALYZE",
        partition_name(week), date_text(week), date_text(week + std::chrono::weeks(1)),
        options_.endpoints, options_.old_frames)));
  }

  // Until `stop`, or until all of them are gone.
  void delete_old_frames(const std::stop_token& stop) {
    const auto connection = connect();
    FrameRetention retention(concurrency::sleep_for, outside_.platform);
    Removed removed;
    const std::vector<ApplicationRetention> ages{{1, std::chrono::days(30)}, {2, std::nullopt}};
    check(retention.run(
        *connection, outside_.clock.now(), [&ages] { return ages; }, stop, removed));
    fmt::print("deleted {} frames, {}\n", removed.frames,
               stop.stop_requested() ? "until the end" : "and had nothing to do before the end");
  }

  enum class Beside { kNothing, kRetention, kSeal };

  void write(const std::string& name, Delivery delivery, std::size_t per_message,
             Beside beside = Beside::kNothing) {
    check(connect()->execute_script("DROP SCHEMA IF EXISTS time_series CASCADE; CHECKPOINT"));
    check(postgres::migrate(*connect(), "time_series", migrations(), outside_.platform));
    const auto session = check(WriterSession::open(database_, {}, outside_.platform));
    // The catalogue is warm in the long run.
    rows_.fill(batch_, 0, per_message);
    WriteOutcome outcome;
    check(session->write(batch_, {0, batch_.samples().size()}, delivery, outcome));
    const auto admin = connect();
    check(admin->execute_script("TRUNCATE time_series.frame"));
    const std::int32_t pid =
        check(admin->execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                             " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"))
            .int4(0, 0);
    std::jthread deleting;
    // After all of them: each needs a mark for rollups, one an endpoint and batch.
    if (beside == Beside::kSeal)
      check(admin->execute_script("UPDATE time_series.rollup_state SET sealed_until = 2000000"));
    if (beside == Beside::kRetention) {
      add_old_frames(*admin);
      deleting = std::jthread([this](const std::stop_token& stop) { delete_old_frames(stop); });
    }
    measure(name, pid, [&](std::size_t first) {
      rows_.fill(batch_, first, per_message);
      return seconds_of([&] {
        check(session->write(batch_, {0, batch_.samples().size()}, delivery, outcome));
      });
    });
  }

  const Options options_;
  const postgres::ConnectionOptions database_;
  Outside outside_;
  Rows rows_;
  SampleBatch batch_;
  postgres::CopyBuffer buffer_;
  std::map<std::string, Result> results_;
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const std::size_t equals = argument.find('=');
    const std::string_view name = argument.substr(0, equals);
    const std::string value(equals == std::string_view::npos ? "" : argument.substr(equals + 1));
    if (name == "--database-url") options.url = value;
    if (name == "--frames") options.frames = std::stoul(value);
    if (name == "--batch") options.batch = std::stoul(value);
    if (name == "--endpoints") options.endpoints = std::stoul(value);
    if (name == "--old-frames") options.old_frames = std::stoul(value);
    if (name == "--runs") options.runs = std::stoi(value);
  }
  if (options.url.empty() || options.frames == 0 || options.batch == 0 || options.endpoints == 0) {
    fmt::print(stderr,
               "usage: writer_bench --database-url=postgresql://… [--frames=400000] "
               "[--batch=20000] [--endpoints=10000] [--old-frames=400000] [--runs=5]\n");
    std::exit(2);
  }
  return options;
}

int run(const Options& options) {
  postgres::ConnectionOptions server;
  server.url = options.url;
  const auto admin = check(postgres::Connection::connect(server));
  const std::string name = fmt::format("millrace_writer_bench_{}", ::getpid());
  check(admin->execute_script("CREATE DATABASE " + name));
  postgres::ConnectionOptions database = server;
  const bool is_uri = options.url.find("://") != std::string::npos;
  const char* separator = !is_uri ? " " : options.url.find('?') == std::string::npos ? "?" : "&";
  database.url += fmt::format("{}dbname={}", separator, name);
  Bench(options, database).run();
  check(admin->execute_script("DROP DATABASE " + name + " WITH (FORCE)"));
  return 0;
}

}  // namespace
}  // namespace millrace::time_series

int main(int argc, char** argv) {
  return millrace::time_series::run(millrace::time_series::parse(argc, argv));
}
