// SPDX-License-Identifier: Apache-2.0
#include "lib/http/server_metrics.h"

#include <string>

namespace millrace::http {
namespace {

constexpr int kStatuses[] = {0,   200, 204, 301, 302, 304, 400, 401, 403, 404, 405, 408,
                             409, 413, 415, 417, 429, 431, 500, 501, 502, 503, 504};

// Made once, and for a bounded set of codes.
std::map<int, metrics::Counter> response_counters(metrics::Registry& registry) {
  std::map<int, metrics::Counter> counters;
  for (const int status : kStatuses) {
    const std::string code = status == 0 ? "other" : std::to_string(status);
    counters.emplace(
        status, registry.counter("millrace_http_responses_total",
                                 "Answers to HTTP requests by status code.", {{"code", code}}));
  }
  return counters;
}

template <typename Values>
std::vector<metrics::Counter> counters_of(metrics::Registry& registry, const std::string& name,
                                          const std::string& help, const std::string& label,
                                          const Values& values) {
  std::vector<metrics::Counter> counters;
  for (const char* value : values) {
    counters.push_back(registry.counter(name, help, {{label, value}}));
  }
  return counters;
}

void count(const std::vector<metrics::Counter>& counters, auto which) {
  counters[static_cast<std::size_t>(which)].increment();
}

}  // namespace

ServerMetrics::ServerMetrics(metrics::Registry& registry)
    : connections_(registry.gauge("millrace_http_connections", "Open connections.")),
      tls_connections_(
          registry.gauge("millrace_http_tls_connections",
                         "Open connections over TLS, in their handshake or after it.")),
      unwelcome_(counters_of(
          registry, "millrace_http_refused_connections_total",
          "Connections closed as they came: too many are open, or the PROXY protocol's header "
          "is not there.",
          "reason", std::array{"max_connections", "max_connections_per_address", "proxy_header"})),
      timed_out_(counters_of(
          registry, "millrace_http_timed_out_connections_total",
          "Connections closed because what they waited for did not come in time.", "awaited",
          std::array{"proxy_header", "handshake", "request", "head", "body", "answer_taken"})),
      refused_(counters_of(registry, "millrace_http_refused_requests_total",
                           "Requests answered with an error before they were read to their end.",
                           "reason", kFaultNames)),
      cut_answers_(registry.counter("millrace_http_cut_answers_total",
                                    "Streamed answers cut short because their source failed.")),
      failed_handshakes_(
          registry.counter("millrace_http_failed_handshakes_total",
                           "Connections that came to no TLS session: other protocols, "
                           "time-outs, clients that do not trust the certificate.")),
      responses_(response_counters(registry)) {}

void ServerMetrics::opened(bool tls) const {
  connections_.add(1);
  if (tls) tls_connections_.add(1);
}

void ServerMetrics::closed(bool tls) const {
  connections_.add(-1);
  if (tls) tls_connections_.add(-1);
}

void ServerMetrics::unwelcome(Unwelcome reason) const {
  count(unwelcome_, reason);
}

void ServerMetrics::timed_out(Awaited awaited) const {
  count(timed_out_, awaited);
}

void ServerMetrics::refused(Fault fault) const {
  count(refused_, fault);
}

void ServerMetrics::answered(int status) const {
  const auto known = responses_.find(status);
  (known == responses_.end() ? responses_.at(0) : known->second).increment();
}

}  // namespace millrace::http
