// SPDX-License-Identifier: Apache-2.0
#include "gateway/rpc_methods.h"

#include <gmock/gmock.h>

#include "gateway/caller_fixture.h"
#include "lib/error/error.h"

#include "millrace/query/v1/query.pb.h"

namespace millrace::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const google::protobuf::Descriptor& request_type() {
  return *query::v1::GetDataPointsRequest::descriptor();
}

TEST(RpcMethods, EveryMethodOfBothServicesIsThere) {
  PlayedCaller query;
  PlayedCaller registry;
  const RpcMethods methods{Upstreams(query, registry)};
  const RpcMethod* const list = methods.find("/millrace.query.v1.Query/ListTimeSeries");
  ASSERT_NE(list, nullptr);
  EXPECT_EQ(list->caller, &query);
  EXPECT_EQ(list->label, "Query.ListTimeSeries");
  EXPECT_FALSE(list->is_stream());
  EXPECT_TRUE(methods.find("/millrace.query.v1.Query/Subscribe")->is_stream());
  EXPECT_EQ(methods.find("/millrace.registry.v1.Registry/GetApplication")->caller, &registry);
  EXPECT_EQ(methods.find("/millrace.query.v1.Query/Nothing"), nullptr);
  EXPECT_EQ(methods.find("millrace.query.v1.Query/ListTimeSeries"), nullptr);
  EXPECT_THAT(methods.services(),
              ElementsAre("millrace.query.v1.Query", "millrace.registry.v1.Registry"));
}

TEST(RpcMethods, JsonBecomesAMessageAndBack) {
  const auto bytes = json_to_message(
      request_type(),
      R"({"applicationName":"a","endpoint_ids":["e"],"from":"2026-01-02T03:04:05Z","limit":"7"})");
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  query::v1::GetDataPointsRequest request;
  ASSERT_TRUE(request.ParseFromString(*bytes));
  EXPECT_EQ(request.application_name(), "a");
  EXPECT_EQ(request.from().seconds(), 1767323045);
  EXPECT_EQ(request.limit(), 7);
  const auto json = message_to_json(request_type(), *bytes);
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_THAT(*json, HasSubstr(R"("endpointIds":["e"])"));
  EXPECT_THAT(*json, HasSubstr(R"("from":"2026-01-02T03:04:05Z")"));
}

TEST(RpcMethods, JsonThatDoesNotFitIsRefusedWithItsPlace) {
  for (const char* const json :
       {"", "[]", "1", "{", "{}{}", R"({"applicationNme":"a"})", R"({"limit":"many"})",
        R"({"from":"yesterday"})", R"({"endpointIds":{}})", "{\"applicationName\":\"\xff\"}"}) {
    const auto bytes = json_to_message(request_type(), json);
    EXPECT_EQ(bytes.status().code(), absl::StatusCode::kInvalidArgument) << json;
  }
  EXPECT_THAT(error::message(json_to_message(request_type(), R"({"limt":1})").status()),
              HasSubstr("limt"));
}

TEST(RpcMethods, DepthIsBounded) {
  std::string json = R"({"applicationName":)";
  json.append(100'000, '[');
  EXPECT_EQ(json_to_message(request_type(), json).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(RpcMethods, BytesThatAreNoMessageAreRefused) {
  EXPECT_TRUE(check_message(request_type(), "").ok());
  const absl::Status status = check_message(request_type(), "\xff\xff\xff");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(error::message(status), HasSubstr("millrace.query.v1.GetDataPointsRequest"));
}

}  // namespace
}  // namespace millrace::gateway
