// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/subjects.h"

#include <gtest/gtest.h>

namespace millrace::bus::subjects {
namespace {

TEST(Subjects, DataSamplesNameTheReceiverAndTheShard) {
  EXPECT_EQ(data_samples_received("http-receiver", 3),
            "kaa.v1.events.http-receiver.endpoint.data-collection.data-samples-received.3");
}

TEST(Subjects, DataPointsNameTheSeries) {
  EXPECT_EQ(data_points_received("auto~temperature"),
            "kaa.v1.events.epts.endpoint.data-collection.data-points-received.auto~temperature");
}

TEST(Subjects, ANameIsAlwaysExactlyOneToken) {
  EXPECT_EQ(data_samples_received("a.b *>", 0),
            "kaa.v1.events.a_b___.endpoint.data-collection.data-samples-received.0");
  EXPECT_EQ(data_samples_received("", 0),
            "kaa.v1.events._.endpoint.data-collection.data-samples-received.0");
}

TEST(Subjects, TheShardOfAnEndpointIsFnv1aSoThatEveryVersionAgrees) {
  // 64-bit FNV-1a of "foobar" is 0x85944171f73967e8 (the algorithm's published test vector).
  EXPECT_EQ(shard_of("foobar", 1000), 0x85944171f73967e8ULL % 1000);
  EXPECT_EQ(shard_of("", 1000), 0xcbf29ce484222325ULL % 1000);
}

TEST(Subjects, OneShardOrNoneIsShardZero) {
  EXPECT_EQ(shard_of("endpoint", 1), 0U);
  EXPECT_EQ(shard_of("endpoint", 0), 0U);
}

TEST(Subjects, PointsOfTransmittersAreToldByTheirSubject) {
  const std::string all = data_points_of("modbus_gateway");
  EXPECT_EQ(all, "kaa.v1.events.modbus_gateway.endpoint.data-collection.data-points-received.>");
  EXPECT_EQ(transmitter_of(all), "modbus_gateway");
  EXPECT_FALSE(transmitter_of(data_points_received("auto~a")));
  for (const std::string bad : {"", "*", ">", "a~", "a b"}) {
    EXPECT_FALSE(
        transmitter_of("kaa.v1.events." + bad + ".endpoint.data-collection.data-points-received.x"))
        << bad;
  }
  EXPECT_FALSE(transmitter_of(data_samples_received("http-receiver", 0)));
  EXPECT_FALSE(transmitter_of("kaa.v1.events.x"));
  EXPECT_FALSE(transmitter_of(""));
}

TEST(Subjects, ATransmitterIsNamedByOneToken) {
  EXPECT_TRUE(is_transmitter_name("modbus-1_A"));
  for (const char* bad : {"", "a.b", "*", ">", "a b", "a~", "é"}) {
    EXPECT_FALSE(is_transmitter_name(bad)) << bad;
  }
  EXPECT_FALSE(is_transmitter_name(std::string(65, 'x')));
}

}  // namespace
}  // namespace millrace::bus::subjects
