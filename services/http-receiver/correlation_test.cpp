// SPDX-License-Identifier: Apache-2.0
#include "http-receiver/correlation.h"

#include <gtest/gtest.h>

namespace millrace::http_receiver {
namespace {

constexpr char kTraceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
constexpr char kTraceId[] = "0af7651916cd43dd8448eb211c80319c";

http::Headers headers(std::initializer_list<std::pair<const char*, std::string>> fields) {
  http::Headers made;
  for (const auto& [name, value] : fields) made.append(name, value);
  return made;
}

TEST(Correlation, IsWhatTheClientGave) {
  Correlations correlations;
  EXPECT_EQ(correlations.of(headers({{"x-request-id", "8f14e45f-ea6d.7:A_b"}})).id,
            "8f14e45f-ea6d.7:A_b");
  EXPECT_EQ(correlations.of(headers({{"X-Request-Id", std::string(64, 'x')}})).id.size(), 64U);
}

TEST(Correlation, IsMadeWhereNoneIsFit) {
  Correlations correlations;
  const std::string first = correlations.of({}).id;
  EXPECT_FALSE(first.empty());
  for (const std::string& bad :
       {std::string("a b"), std::string("\"quoted\""), std::string(65, 'x'), std::string("\xE4")}) {
    const std::string id = correlations.of(headers({{"X-Request-Id", bad}})).id;
    EXPECT_NE(id, bad);
    EXPECT_NE(id, first);
  }
  EXPECT_EQ(correlations.of(headers({{"X-Request-Id", "a"}, {"X-Request-Id", "b"}})).id.find("a,"),
            std::string::npos);
}

TEST(Correlation, IsElseTheTracesId) {
  Correlations correlations;
  const Correlation of_trace = correlations.of(headers({{"TraceParent", kTraceparent}}));
  ASSERT_TRUE(of_trace.trace.has_value());
  EXPECT_EQ(of_trace.trace->traceparent(), kTraceparent);
  EXPECT_EQ(of_trace.id, kTraceId);
  const Correlation both =
      correlations.of(headers({{"traceparent", kTraceparent}, {"X-Request-Id", "abc"}}));
  EXPECT_EQ(both.id, "abc");
  EXPECT_EQ(trace::trace_id(both.trace), kTraceId);
}

TEST(Correlation, WhatIsNoTraceparentIsIgnored) {
  Correlations correlations;
  const std::string given = kTraceparent;
  for (const std::string& bad :
       {std::string("nonsense"), given + ", " + given, "ff" + given.substr(2)}) {
    const Correlation correlation = correlations.of(headers({{"traceparent", bad}}));
    EXPECT_FALSE(correlation.trace.has_value()) << bad;
    EXPECT_FALSE(correlation.id.empty()) << bad;
    EXPECT_NE(correlation.id, kTraceId) << bad;
  }
}

}  // namespace
}  // namespace millrace::http_receiver
