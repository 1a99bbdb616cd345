// SPDX-License-Identifier: Apache-2.0
//
// For *_itest.cpp: a nats-server of the test's own, a connection to it, and what tests of JetStream
// say again and again.
#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "lib/bus/await.h"
#include "lib/bus/consumer.h"
#include "lib/bus/jetstream_api.h"
#include "lib/bus/nats_server_process.h"
#include "lib/bus/publisher.h"
#include "lib/bus/streams.h"
#include "lib/bus/subjects.h"

namespace millrace::bus {

inline const std::string& subject() {
  static const std::string kSubject = subjects::data_samples_received("itest", 0);
  return kSubject;
}

class JetStreamTest : public testing::Test {
 protected:
  absl::Status ensure_stream(const StreamOptions& options = {1 << 28, 1, std::chrono::minutes{2}}) {
    return ensure_data_samples_stream(*connection_, options, outside_.platform, std::stop_token());
  }
  std::unique_ptr<Publisher> make_publisher(PublisherOptions options = {}) {
    auto publisher = Publisher::create(*connection_, options, outside_.platform);
    EXPECT_TRUE(publisher.ok()) << publisher.status();
    return *std::move(publisher);
  }
  std::unique_ptr<Consumer> make_consumer(ConsumerOptions options = {}) {
    while (true) {
      auto consumer = Consumer::create(*connection_, options, outside_.platform);
      if (consumer.ok()) return *std::move(consumer);
      EXPECT_TRUE(absl::IsUnavailable(consumer.status())) << consumer.status();
      yield();
    }
  }
  absl::Status publish_and_wait(Publisher& publisher, const std::string& payload) {
    Box<absl::Status> outcome;
    const absl::Status taken = publisher.publish(
        subject(), payload, [&outcome](const absl::Status& status) { outcome.put(status); });
    return taken.ok() ? outcome.take() : taken;
  }
  std::int64_t messages_in_stream() {
    const auto answer = jetstream::ask(*connection_, "STREAM.INFO.DATA_SAMPLES", "");
    EXPECT_TRUE(answer.ok());
    return jetstream::integer_of(answer->body["state"], "messages", -1);
  }
  rapidjson::Document config_of(const char* call) {
    auto answer = jetstream::ask(*connection_, call, "");
    EXPECT_TRUE(answer.ok() && answer->error.ok());
    rapidjson::Document config;
    config.CopyFrom(answer->body["config"], config.GetAllocator());
    return config;
  }

  NatsServerProcess server_;
  RealOutside outside_;
  std::unique_ptr<Connection> connection_ = outside_.connect(server_.url());
};

}  // namespace millrace::bus
