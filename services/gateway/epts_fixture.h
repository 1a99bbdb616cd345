// SPDX-License-Identifier: Apache-2.0
//
// For tests of the EPTS REST API: a query and a registry that answer as the test says, and what a
// source gives in all.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "gateway/answer_source.h"
#include "gateway/epts_calls.h"
#include "gateway/fake_upstream.h"
#include "gateway/upstreams.h"

#include "millrace/query/v1/query.pb.h"
#include "millrace/registry/v1/registry.pb.h"

namespace millrace::gateway {

class EptsFixture : public testing::Test {
 protected:
  // The registry has the endpoints e0, e1, … in pages of `page`.
  void has_endpoints(int count, int page) {
    using Request = registry::v1::ListEndpointsRequest;
    using Response = registry::v1::ListEndpointsResponse;
    registry.on<Request, Response>("ListEndpoints", [count, page](const Request& request) {
      Response response;
      const int first = request.page_token().empty() ? 0 : std::stoi(request.page_token());
      for (int i = first; i < count && i < first + page; ++i) {
        response.add_endpoints()->set_endpoint_id(fmt::format("e{}", i));
      }
      if (first + page < count) response.set_next_page_token(std::to_string(first + page));
      return absl::StatusOr<Response>(response);
    });
  }

  // One number a point, at 0 µs, 1 µs, … since 1970.
  static query::v1::DataPointsChunk chunk(const std::string& endpoint, const std::string& series,
                                          int points = 1, const std::string& token = "t") {
    query::v1::DataPointsChunk chunk;
    chunk.set_endpoint_id(endpoint);
    chunk.set_time_series_name(series);
    chunk.set_resume_token(token);
    query::v1::ValueColumn& column = *chunk.add_columns();
    column.set_name("value");
    column.set_type(query::v1::VALUE_TYPE_NUMBER);
    for (int i = 0; i < points; ++i) {
      chunk.add_timestamps_us(i);
      column.add_numbers(i);
    }
    return chunk;
  }

  // Everything that `source` gives; its pieces are counted in `pieces`.
  absl::StatusOr<std::string> all_of(http::BodySource& source) {
    std::string text;
    for (pieces = 0;; ++pieces) {
      absl::StatusOr<std::optional<std::string>> given;
      int times = 0;
      source.next([&](absl::StatusOr<std::optional<std::string>> piece) {
        given = std::move(piece);
        ++times;
      });
      EXPECT_EQ(times, 1);
      if (!given.ok()) return given.status();
      if (!given->has_value()) return text;
      text += **given;
    }
  }

  FakeUpstream query;
  FakeUpstream registry;
  Upstreams upstreams{query, registry};
  std::shared_ptr<const EptsCalls> calls = std::make_shared<const EptsCalls>(
      upstreams, rpc::Metadata{{"authorization", "Bearer key"}}, std::chrono::milliseconds{1000});
  int pieces = 0;
};

}  // namespace millrace::gateway
