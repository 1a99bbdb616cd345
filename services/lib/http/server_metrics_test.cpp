// SPDX-License-Identifier: Apache-2.0
#include "lib/http/server_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::http {
namespace {

using testing::HasSubstr;

TEST(ServerMetrics, CountByReason) {
  metrics::Registry registry;
  const ServerMetrics metrics(registry);
  metrics.opened(true);
  metrics.opened(false);
  metrics.closed(false);
  metrics.unwelcome(Unwelcome::kMaxConnectionsPerAddress);
  metrics.unwelcome(Unwelcome::kProxyHeader);
  metrics.timed_out(Awaited::kAnswer);
  metrics.timed_out(Awaited::kProxyHeader);
  metrics.refused(Fault::kTransferCoding);
  metrics.answered(503);
  metrics.answered(599);
  const std::string text = registry.expose();
  for (const char* line :
       {"\nmillrace_http_connections 1\n", "\nmillrace_http_tls_connections 1\n",
        "millrace_http_refused_connections_total{reason=\"max_connections_per_address\"} 1\n",
        "millrace_http_refused_connections_total{reason=\"max_connections\"} 0\n",
        "millrace_http_refused_connections_total{reason=\"proxy_header\"} 1\n",
        "millrace_http_timed_out_connections_total{awaited=\"answer_taken\"} 1\n",
        "millrace_http_timed_out_connections_total{awaited=\"proxy_header\"} 1\n",
        "millrace_http_refused_requests_total{reason=\"transfer_coding\"} 1\n",
        "millrace_http_responses_total{code=\"503\"} 1\n",
        "millrace_http_responses_total{code=\"other\"} 1\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

}  // namespace
}  // namespace millrace::http
