// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/publisher.h"

#include <atomic>

#include <gtest/gtest.h>

#include "lib/bus/fake_wire.h"

namespace millrace::bus {
namespace {

using std::chrono::milliseconds;

TEST(Publisher, OptionsThatMakeNoSenseAreRefused) {
  FakeOutside outside;
  FakeWire wire(outside.clock);
  for (const PublisherOptions& options :
       {PublisherOptions{milliseconds{0}, milliseconds{10}, 1},
        PublisherOptions{milliseconds{20}, milliseconds{10}, 1},
        PublisherOptions{milliseconds{10}, milliseconds{20}, 0}}) {
    EXPECT_EQ(Publisher::create(wire, options, outside.platform).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST(Publisher, AnAcknowledgementThatIsDeliveredEndsAPublish) {
  FakeOutside outside;
  FakeWire wire(outside.clock);
  auto publisher = *Publisher::create(wire, {}, outside.platform);
  int done = 0;
  ASSERT_TRUE(publisher->publish("s", "x", [&done](const absl::Status&) { ++done; }).ok());
  wire.deliver({wire.sent()[0].reply_to, R"({"stream":"S","seq":1})", kNoStatus});
  EXPECT_EQ(done, 1);
  EXPECT_EQ(publisher->in_flight(), 0U);
}

TEST(Publisher, AReconnectionWakesItToSendAgain) {
  FakeOutside outside;
  FakeWire wire(outside.clock);
  auto publisher = *Publisher::create(wire, {}, outside.platform);
  concurrency::Mutex mutex;
  concurrency::CondVar sent;
  int count = 0;
  wire.on_send([&](const Outgoing&) {
    concurrency::MutexLock lock(mutex);
    ++count;
    sent.notify_all();
  });
  ASSERT_TRUE(publisher->publish("s", "x", [](const absl::Status&) {}).ok());
  wire.reconnect();
  concurrency::MutexLock lock(mutex);
  while (count < 2) sent.wait(mutex);
}

TEST(Publisher, DestroyingItFailsWhatIsInFlight) {
  FakeOutside outside;
  FakeWire wire(outside.clock);
  auto publisher = *Publisher::create(wire, {}, outside.platform);
  absl::Status status;
  ASSERT_TRUE(publisher->publish("s", "x", [&status](const absl::Status& s) { status = s; }).ok());
  publisher.reset();
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
}

TEST(Publisher, AReconnectionAfterItIsGoneTouchesNothing) {
  FakeOutside outside;
  FakeWire wire(outside.clock);
  (*Publisher::create(wire, {}, outside.platform)).reset();
  wire.reconnect();
  EXPECT_TRUE(wire.sent().empty());
}

}  // namespace
}  // namespace millrace::bus
