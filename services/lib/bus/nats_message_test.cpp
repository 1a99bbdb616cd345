// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/nats_message.h"

#include <gtest/gtest.h>

namespace millrace::bus {
namespace {

// Headers need the library opened, which a connection does otherwise.
class NatsMessage : public testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_EQ(nats_Open(-1), NATS_OK); }
};

TEST_F(NatsMessage, CarriesSubjectPayloadReplyAndId) {
  const auto message = make_nats_message({"a.b", std::string("x\0y", 3), "inbox.1", "the-id"});
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(subject_of(message->get()), "a.b");
  EXPECT_EQ(payload_of(message->get()), std::string_view("x\0y", 3));
  EXPECT_EQ(reply_to_of(message->get()), "inbox.1");
  const char* id = nullptr;
  ASSERT_EQ(natsMsgHeader_Get(message->get(), "Nats-Msg-Id", &id), NATS_OK);
  EXPECT_STREQ(id, "the-id");
}

TEST_F(NatsMessage, CarriesATraceInItsHeader) {
  constexpr char kTraceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const auto message =
      make_nats_message({"a.b", "x", "", "", trace::TraceContext::parse(kTraceparent)});
  ASSERT_TRUE(message.ok());
  const char* traceparent = nullptr;
  ASSERT_EQ(natsMsgHeader_Get(message->get(), "traceparent", &traceparent), NATS_OK);
  EXPECT_STREQ(traceparent, kTraceparent);
}

TEST_F(NatsMessage, WithoutReplyThereIsNone) {
  const auto message = make_nats_message({"a.b", "x", "", ""});
  ASSERT_TRUE(message.ok());
  EXPECT_TRUE(reply_to_of(message->get()).empty());
}

TEST_F(NatsMessage, AStatusIsReadWithItsWords) {
  const auto message = make_nats_message({"a.b", "", "", ""});
  ASSERT_EQ(natsMsgHeader_Set(message->get(), "Status", "409"), NATS_OK);
  ASSERT_EQ(natsMsgHeader_Set(message->get(), "Description", "Consumer Deleted"), NATS_OK);
  const ServerStatus status = server_status_of(message->get());
  EXPECT_EQ(status.code, kConflict);
  EXPECT_EQ(status.text, "Consumer Deleted");
}

TEST_F(NatsMessage, AMessageWithAPayloadIsNoStatus) {
  const auto message = make_nats_message({"a.b", "x", "", ""});
  ASSERT_EQ(natsMsgHeader_Set(message->get(), "Status", "409"), NATS_OK);
  EXPECT_EQ(server_status_of(message->get()).code, kNoStatus);
}

TEST_F(NatsMessage, AnEmptyMessageWithoutHeadersIsNoStatus) {
  const auto message = make_nats_message({"a.b", "", "", ""});
  EXPECT_EQ(server_status_of(message->get()).code, kNoStatus);
  EXPECT_TRUE(server_status_of(message->get()).text.empty());
}

}  // namespace
}  // namespace millrace::bus
