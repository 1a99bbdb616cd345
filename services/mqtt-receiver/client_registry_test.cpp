// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/client_registry.h"

#include <gtest/gtest.h>

namespace millrace::mqtt_receiver {
namespace {

class ClientRegistryTest : public ::testing::Test {
 protected:
  static std::vector<ConnectionId> told(Mailbox& box) {
    Mail mail;
    box.take(mail);
    return mail.taken_over;
  }

  Mailbox a_{[] {}};
  Mailbox b_{[] {}};
  ClientRegistry clients_;
};

TEST_F(ClientRegistryTest, TheEarlierConnectionIsToldByItsOwnWorker) {
  clients_.claim("x", {&a_, 1});
  clients_.claim("y", {&a_, 2});
  clients_.claim("x", {&b_, 1});
  EXPECT_EQ(told(a_), std::vector<ConnectionId>{1});
  EXPECT_EQ(told(b_), std::vector<ConnectionId>{});
}

TEST_F(ClientRegistryTest, OneThatWasTakenOverReleasesNothing) {
  clients_.claim("x", {&a_, 1});
  clients_.claim("x", {&a_, 2});
  clients_.release("x", {&a_, 1});
  clients_.claim("x", {&a_, 3});
  EXPECT_EQ(told(a_), (std::vector<ConnectionId>{1, 2}));
}

TEST_F(ClientRegistryTest, AReleasedIdIsForgotten) {
  clients_.claim("x", {&a_, 1});
  clients_.release("x", {&a_, 1});
  EXPECT_EQ(clients_.size(), 0U);
  clients_.claim("x", {&a_, 2});
  EXPECT_EQ(told(a_), std::vector<ConnectionId>{});
}

}  // namespace
}  // namespace millrace::mqtt_receiver
