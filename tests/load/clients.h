// SPDX-License-Identifier: Apache-2.0
//
// Several clients that each ask the same question again and again for some seconds, and the figures
// of it. For the load programs that ask.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include <fmt/format.h>

namespace millrace::load {

struct ClientOptions {
  int clients = 1;
  double seconds = 5;
  int warm_up = 2;  // questions of each client that do not count
};

// One client: asks once, and returns how many rows or points came. Made and used on its thread.
using Ask = std::function<std::int64_t()>;

class Clients {
 public:
  explicit Clients(const ClientOptions& options)
      : options_(options), answers_(static_cast<std::size_t>(options.clients)) {}

  void run(const std::function<Ask()>& make_client) {
    std::vector<std::jthread> threads;
    for (Answers& answers : answers_) {
      threads.emplace_back([&] { run_one(make_client(), answers); });
    }
  }

  void print(std::string_view program, std::string_view question) const {
    std::vector<double> milliseconds;
    std::int64_t rows = 0;
    double rate = 0;
    for (const Answers& answers : answers_) {
      milliseconds.insert(milliseconds.end(), answers.milliseconds.begin(),
                          answers.milliseconds.end());
      rows = answers.rows;
      rate += static_cast<double>(answers.milliseconds.size()) / answers.seconds;
    }
    std::sort(milliseconds.begin(), milliseconds.end());
    fmt::print(
        "{{\"program\":\"{}\",\"question\":\"{}\",\"clients\":{},\"requests\":{},"
        "\"requests_per_second\":{:.3f},\"p50_ms\":{:.3f},\"p99_ms\":{:.3f},\"rows\":{}}}\n",
        program, question, options_.clients, milliseconds.size(), rate, at(milliseconds, 0.5),
        at(milliseconds, 0.99), rows);
  }

 private:
  using Clock = std::chrono::steady_clock;
  struct Answers {
    std::vector<double> milliseconds;
    std::int64_t rows = 0;
    double seconds = 0;
  };

  void run_one(const Ask& ask, Answers& answers) const {
    for (int i = 0; i < options_.warm_up; ++i) ask();
    const Clock::time_point begin = Clock::now();
    do {
      const Clock::time_point asked = Clock::now();
      answers.rows = ask();
      answers.milliseconds.push_back(seconds_since(asked) * 1000);
      answers.seconds = seconds_since(begin);
    } while (answers.seconds < options_.seconds);
  }

  static double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
  }
  static double at(const std::vector<double>& sorted, double part) {
    return sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
  }

  const ClientOptions options_;
  std::vector<Answers> answers_;
};

}  // namespace millrace::load
