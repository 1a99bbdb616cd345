// SPDX-License-Identifier: Apache-2.0
#include "lib/metrics/metric.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "lib/concurrency/mutex.h"

namespace millrace::metrics {
namespace {

// prometheus-cpp throws for a name the format forbids or that another kind of metric has. Names are
// literals of ours, so that is a bug, found by whatever test first runs the line.
template <typename Add>
auto* add_or_abort(const std::string& name, Add add) {
  try {
    return &add();
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "bug: cannot register metric %s: %s\n", name.c_str(), fault.what());
    std::abort();
  }
}

}  // namespace

void Counter::increment(double by) const {
  static_cast<prometheus::Counter*>(counter_)->Increment(by);
}

double Counter::value() const {
  return static_cast<prometheus::Counter*>(counter_)->Value();
}

void Gauge::set(double value) const {
  static_cast<prometheus::Gauge*>(gauge_)->Set(value);
}

void Gauge::add(double by) const {
  static_cast<prometheus::Gauge*>(gauge_)->Increment(by);
}

double Gauge::value() const {
  return static_cast<prometheus::Gauge*>(gauge_)->Value();
}

void Histogram::observe(double value) const {
  static_cast<prometheus::Histogram*>(histogram_)->Observe(value);
}

void Histogram::observe(std::span<const double> values) const {
  // All buckets cost as much as one observation each.
  if (values.size() <= bounds_->size()) {
    for (const double value : values) observe(value);
    return;
  }
  thread_local std::vector<double> increments;
  increments.assign(bounds_->size() + 1, 0);
  double sum = 0;
  for (const double value : values) {
    const auto bucket = std::lower_bound(bounds_->begin(), bounds_->end(), value);
    ++increments[static_cast<std::size_t>(bucket - bounds_->begin())];
    sum += value;
  }
  static_cast<prometheus::Histogram*>(histogram_)->ObserveMultiple(increments, sum);
}

struct Registry::State {
  prometheus::Registry registry;

  mutable concurrency::Mutex mutex;
  std::map<void*, std::shared_ptr<const std::vector<double>>> bounds ABSL_GUARDED_BY(mutex);
  std::vector<std::function<void()>> refreshers ABSL_GUARDED_BY(mutex);
};

Registry::Registry() : state_(std::make_unique<State>()) {}

Registry::~Registry() = default;

Counter Registry::counter(const std::string& name, const std::string& help, const Labels& labels) {
  return Counter(add_or_abort(name, [&]() -> prometheus::Counter& {
    return prometheus::BuildCounter().Name(name).Help(help).Register(state_->registry).Add(labels);
  }));
}

Gauge Registry::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  return Gauge(add_or_abort(name, [&]() -> prometheus::Gauge& {
    return prometheus::BuildGauge().Name(name).Help(help).Register(state_->registry).Add(labels);
  }));
}

Histogram Registry::histogram(const std::string& name, const std::string& help,
                              const std::vector<double>& bounds, const Labels& labels) {
  void* const histogram = add_or_abort(name, [&]() -> prometheus::Histogram& {
    return prometheus::BuildHistogram()
        .Name(name)
        .Help(help)
        .Register(state_->registry)
        .Add(labels, bounds);
  });
  const concurrency::MutexLock lock(state_->mutex);
  auto& first = state_->bounds[histogram];
  if (first == nullptr) first = std::make_shared<const std::vector<double>>(bounds);
  return {histogram, first};
}

void Registry::on_scrape(std::function<void()> refresh) {
  const concurrency::MutexLock lock(state_->mutex);
  state_->refreshers.push_back(std::move(refresh));
}

std::string Registry::expose() const {
  std::vector<std::function<void()>> refreshers;
  {
    const concurrency::MutexLock lock(state_->mutex);
    refreshers = state_->refreshers;
  }
  for (const auto& refresh : refreshers) refresh();
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

const std::vector<double>& latency_bounds_seconds() {
  static const std::vector<double> kBounds{0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                           0.01,    0.025,  0.05,    0.1,    0.25,  0.5,    1,
                                           2.5,     5,      10,      30,     60};
  return kBounds;
}

}  // namespace millrace::metrics
