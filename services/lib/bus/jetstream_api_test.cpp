// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/jetstream_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/bus/fake_wire.h"
#include "lib/error/error.h"

namespace millrace::bus::jetstream {
namespace {

TEST(JetStreamApi, AnAnswerWithoutErrorIsItsBody) {
  const auto answer = parse_answer(R"({"type":"x","num_pending":12})");
  ASSERT_TRUE(answer.ok());
  EXPECT_TRUE(answer->error.ok());
  EXPECT_EQ(answer->error_number, 0);
  EXPECT_EQ(integer_of(answer->body, "num_pending", 0), 12);
}

TEST(JetStreamApi, AnErrorIsToldByItsNumber) {
  const auto answer =
      parse_answer(R"({"error":{"code":404,"err_code":10059,"description":"stream not found"}})");
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->error_number, kStreamNotFound);
  EXPECT_EQ(answer->error.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(error::message(answer->error), testing::HasSubstr("stream not found (10059)"));
}

TEST(JetStreamApi, ServiceUnavailableMayWorkLater) {
  const auto answer = parse_answer(
      R"({"error":{"code":503,"err_code":10008,"description":"temporarily unavailable"}})");
  ASSERT_TRUE(answer.ok());
  EXPECT_TRUE(absl::IsUnavailable(answer->error));
}

TEST(JetStreamApi, AClusterWhoseNodesAreNotThereYetMayWorkLater) {
  const auto answer = parse_answer(
      R"({"error":{"code":400,"err_code":10005,"description":"no suitable peers for placement"}})");
  ASSERT_TRUE(answer.ok());
  EXPECT_TRUE(absl::IsUnavailable(answer->error));
  EXPECT_THAT(error::message(answer->error), testing::HasSubstr("no suitable peers"));
}

TEST(JetStreamApi, WhatIsNoJsonObjectIsAnError) {
  for (const char* text : {"", "OK", "[1]", "{"}) EXPECT_FALSE(parse_answer(text).ok()) << text;
}

TEST(JetStreamApi, AMemberOfAnotherTypeIsAsGoodAsMissing) {
  const auto answer = parse_answer(R"({"a":"1","b":2})");
  EXPECT_EQ(integer_of(answer->body, "a", 9), 9);
  EXPECT_EQ(integer_of(answer->body, "c", 9), 9);
  EXPECT_EQ(text_of(answer->body, "b"), "");
  EXPECT_EQ(text_of(answer->body, "a"), "1");
}

TEST(JetStreamApi, NoAnswerMeansJetStreamIsAway) {
  FakeOutside outside;
  FakeWire wire(outside.clock);
  const auto answer = ask(wire, "STREAM.INFO.S", "");
  EXPECT_TRUE(absl::IsUnavailable(answer.status()));
  EXPECT_EQ(wire.requests()[0].first, "$JS.API.STREAM.INFO.S");
}

}  // namespace
}  // namespace millrace::bus::jetstream
