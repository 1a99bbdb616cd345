// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/io_worker.h"

#include "mqtt-receiver/loopback.h"

namespace millrace::mqtt_receiver {
namespace {

using boost::asio::ip::tcp;
using Code = intake::Receipt::Code;

constexpr std::string_view kTopic = "kp1/demo-v1/dcx/token/json";

// A worker without a listener: the test accepts for it.
class IoWorkerTest : public LoopbackTest {
 protected:
  IoWorkerTest() : acceptor_(accepting_, {boost::asio::ip::address_v4::loopback(), 0}) {}

  std::unique_ptr<Device> adopted_device() {
    auto device = std::make_unique<Device>(acceptor_.local_endpoint().port());
    EXPECT_TRUE(count_.try_enter());
    worker_.adopt({.socket = acceptor_.accept(worker_.context()), .transport = transport_});
    return device;
  }

  ConnectionLimits limits_;
  const ReceiverMetrics receiver_metrics_{metrics_};
  ClientRegistry clients_;
  ByteBudget budget_{1U << 20U, 10};
  ConnectionCount count_{10};
  network::AddressLimit addresses_{0};
  const TransportOptions transport_;
  UploadHandler uploads_{intake_};
  Authenticator authenticator_{credentials_};
  IoWorker worker_{{.limits = limits_,
                    .platform = platform_,
                    .metrics = receiver_metrics_,
                    .clients = clients_,
                    .budget = budget_,
                    .addresses = addresses_,
                    .count = count_}};
  boost::asio::io_context accepting_;
  tcp::acceptor acceptor_;
};

TEST_F(IoWorkerTest, ASocketAdoptedBeforeTheStartIsServedAfterIt) {
  const auto device = adopted_device();
  device->send(mqtt::client_bytes::connect());
  worker_.start(uploads_, authenticator_);
  EXPECT_EQ(device->next(), "CONNACK 0");
}

TEST_F(IoWorkerTest, ReceiptsOfOneWakeUpReachEachTheirConnection) {
  worker_.start(uploads_, authenticator_);
  const auto a = adopted_device();
  const auto b = adopted_device();
  a->connect("a");
  b->connect("b");
  a->send(mqtt::client_bytes::publish_qos_1(1, kTopic, "[1]") +
          mqtt::client_bytes::publish_qos_1(2, kTopic, "[2]"));
  ASSERT_TRUE(intake_.wait_for(2));
  b->send(mqtt::client_bytes::publish_qos_1(3, kTopic, "[3]"));
  ASSERT_TRUE(intake_.wait_for(3));
  for (int i = 0; i < 3; ++i) intake_.answer(Code::kAccepted);
  EXPECT_EQ(a->next(), "PUBACK 1");
  EXPECT_EQ(a->next(), "PUBACK 2");
  EXPECT_EQ(b->next(), "PUBACK 3");
}

TEST_F(IoWorkerTest, MailForAConnectionThatIsNoMoreIsThrownAway) {
  worker_.start(uploads_, authenticator_);
  const auto device = adopted_device();
  device->connect("a");
  worker_.mailbox().put_receipt({.connection = 99, .upload_id = 1, .receipt = {}});
  worker_.mailbox().put_taken_over(99);
  worker_.mailbox().put_revoked_token(99);
  worker_.mailbox().put_checked({.connection = 99, .credentials = {}, .verdict = {}});
  worker_.mailbox().put_revoked_credentials(99);
  device->send(mqtt::client_bytes::pingreq());
  EXPECT_EQ(device->next(), "PINGRESP");
}

TEST_F(IoWorkerTest, ASocketAdoptedAfterTheStopBeganEndsAtOnce) {
  worker_.start(uploads_, authenticator_);
  worker_.begin_stop();
  const auto device = adopted_device();
  EXPECT_EQ(device->next(), "closed");
}

TEST_F(IoWorkerTest, JoiningEndsEveryConnectionAndLetsItLeaveTheCount) {
  worker_.start(uploads_, authenticator_);
  const auto a = adopted_device();
  const auto b = adopted_device();
  a->connect("a");
  b->connect("b");
  worker_.join();
  EXPECT_EQ(a->next(), "closed");
  EXPECT_EQ(b->next(), "closed");
  EXPECT_EQ(count_.open(), 0U);
  EXPECT_EQ(clients_.size(), 0U);
  EXPECT_EQ(budget_.used_bytes(), 0U);
}

TEST_F(IoWorkerTest, WithoutAStartThereIsNothingToJoin) {
  worker_.mailbox().put_revoked_token(1);
  worker_.join();
}

}  // namespace
}  // namespace millrace::mqtt_receiver
