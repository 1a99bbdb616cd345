// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/pull_protocol.h"

#include <gtest/gtest.h>

namespace millrace::bus {
namespace {

using std::chrono::milliseconds;

TEST(PullProtocol, ARequestNamesItsDurationsInNanoseconds) {
  EXPECT_EQ(to_json(PullRequest{10, 0, milliseconds{1500}, false}),
            R"({"batch":10,"expires":1500000000})");
}

TEST(PullProtocol, ARequestMayBeBoundedInBytesAndEndWhenDrained) {
  EXPECT_EQ(to_json(PullRequest{1000, 8 << 20, milliseconds{1000}, true}),
            R"({"batch":1000,"expires":1000000000,"max_bytes":8388608,"no_wait":true})");
}

TEST(PullProtocol, AnAckSubjectTellsDeliveriesAndSequence) {
  const auto position = parse_ack_subject("$JS.ACK.DATA_SAMPLES.epts.3.41.7.1795415989510083207.4");
  ASSERT_TRUE(position.has_value());
  EXPECT_EQ(position->delivery_count, 3U);
  EXPECT_EQ(position->stream_sequence, 41U);
}

TEST(PullProtocol, AnAckSubjectWithDomainAndAccountTellsTheSame) {
  for (const char* subject : {"$JS.ACK.hub.AB12.DATA_SAMPLES.epts.3.41.7.1795415989510083207.4",
                              "$JS.ACK._.AB12.DATA_SAMPLES.epts.3.41.7.1795415989510083207.4.x"}) {
    const auto position = parse_ack_subject(subject);
    ASSERT_TRUE(position.has_value()) << subject;
    EXPECT_EQ(position->delivery_count, 3U);
    EXPECT_EQ(position->stream_sequence, 41U);
  }
}

TEST(PullProtocol, WhatIsNoAckSubjectIsNone) {
  for (const char* subject : {"", "$JS.ACK.", "$JS.ACK.S.epts.1.2.3.4", "$JS.ACK.S.epts.x.2.3.4.5",
                              "$JS.ACK.S.epts.1.-2.3.4.5", "$JS.ACK.S.epts.1.2.3.4.5.6",
                              "_INBOX.a.1", "$JS.ACK.1.2.3.4.5.6.7.8.9.10.11.12"}) {
    EXPECT_FALSE(parse_ack_subject(subject).has_value()) << subject;
  }
}

TEST(PullProtocol, ANakNamesItsDelayInNanoseconds) {
  EXPECT_EQ(nak(milliseconds{250}), R"(-NAK {"delay": 250000000})");
  EXPECT_EQ(nak(milliseconds{0}), "-NAK");
}

}  // namespace
}  // namespace millrace::bus
