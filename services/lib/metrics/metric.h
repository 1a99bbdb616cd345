// SPDX-License-Identifier: Apache-2.0
//
// Counters, gauges and histograms in Prometheus' format. The only user of prometheus-cpp. Names:
// millrace_<part>_<what>_<unit>, counters end in _total. Label sets are bounded: never a device's
// text, an endpoint or a token as a label. An invalid name, or one name for two kinds of metric, is
// a bug and ends the process with a line on stderr.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace millrace::metrics {

using Labels = std::map<std::string, std::string>;

// Handles are cheap to copy and live as long as the Registry; safe to use from any thread.
class Counter {
 public:
  void increment(double by = 1.0) const;
  double value() const;

 private:
  friend class Registry;
  explicit Counter(void* counter) : counter_(counter) {}
  void* counter_;
};

class Gauge {
 public:
  void set(double value) const;
  void add(double by) const;
  double value() const;

 private:
  friend class Registry;
  explicit Gauge(void* gauge) : gauge_(gauge) {}
  void* gauge_;
};

class Histogram {
 public:
  void observe(double value) const;
  // At no more than the cost of one for each bucket: for what comes in hundreds.
  void observe(std::span<const double> values) const;

 private:
  friend class Registry;
  Histogram(void* histogram, std::shared_ptr<const std::vector<double>> bounds)
      : histogram_(histogram), bounds_(std::move(bounds)) {}
  void* histogram_;
  std::shared_ptr<const std::vector<double>> bounds_;  // of its buckets
};

class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // The same name and labels give the same metric; of a histogram the bounds given first count.
  // Look metrics up once, in a constructor: this takes a lock.
  Counter counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram histogram(const std::string& name, const std::string& help,
                      const std::vector<double>& bounds, const Labels& labels = {});

  // Called on each scrape, to set gauges that are read elsewhere. Must not block, and must stay
  // callable as long as the admin server runs, which is until Service::stop() has returned.
  void on_scrape(std::function<void()> refresh);

  // Prometheus text format, for /metrics.
  std::string expose() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Seconds from 50 µs to 60 s, for latencies.
const std::vector<double>& latency_bounds_seconds();

}  // namespace millrace::metrics
