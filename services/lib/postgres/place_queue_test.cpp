// SPDX-License-Identifier: Apache-2.0
#include "lib/postgres/place_queue.h"

#include <list>
#include <string>

#include <gmock/gmock.h>

namespace millrace::postgres {
namespace {

constexpr std::int64_t kA = 1;
constexpr std::int64_t kB = 2;
constexpr std::int64_t kC = 3;

class PlaceQueueTest : public ::testing::Test {
 protected:
  PlaceQueue::Waiter& ask(PlaceQueue& queue, std::int64_t client) {
    PlaceQueue::Waiter& waiter = requests_.emplace_back().waiter;
    waiter.client = client;
    queue.enter(waiter);
    return waiter;
  }
  // Gives back a place of `from`; the letters of those who got one by it.
  std::string give_back(PlaceQueue& queue, std::int64_t from) {
    newly_served();
    queue.give_back(from);
    return newly_served();
  }

 private:
  struct Request {
    PlaceQueue::Waiter waiter;
    bool seen = false;
  };

  std::string newly_served() {
    std::string letters;
    for (Request& request : requests_) {
      if (!request.waiter.has_place || request.seen) continue;
      request.seen = true;
      letters += static_cast<char>('A' + request.waiter.client - kA);
    }
    return letters;
  }

  std::list<Request> requests_;  // they must not move
};

TEST_F(PlaceQueueTest, AFreePlaceIsTakenAtOnce) {
  PlaceQueue queue(2);
  EXPECT_TRUE(ask(queue, kA).has_place);
  EXPECT_TRUE(ask(queue, kB).has_place);
  EXPECT_FALSE(ask(queue, kC).has_place);
  EXPECT_EQ(give_back(queue, kA), "C");
}

TEST_F(PlaceQueueTest, OneClientsRequestsAreServedInOrder) {
  PlaceQueue queue(1);
  ask(queue, kA);
  PlaceQueue::Waiter& first = ask(queue, kA);
  PlaceQueue::Waiter& second = ask(queue, kA);
  queue.give_back(kA);
  EXPECT_TRUE(first.has_place);
  EXPECT_FALSE(second.has_place);
}

TEST_F(PlaceQueueTest, ClientsTakeTurnsHoweverManyRequestsOneHas) {
  PlaceQueue queue(1);
  ask(queue, kA);
  for (int i = 0; i < 10; ++i) ask(queue, kA);
  ask(queue, kB);
  ask(queue, kB);
  ask(queue, kC);
  EXPECT_EQ(give_back(queue, kA), "A") << "it waited first";
  EXPECT_EQ(give_back(queue, kA), "B");
  EXPECT_EQ(give_back(queue, kB), "C");
  EXPECT_EQ(give_back(queue, kC), "A");
  EXPECT_EQ(give_back(queue, kA), "B");
  EXPECT_EQ(give_back(queue, kB), "A");
}

TEST_F(PlaceQueueTest, TwoThatComeInTurnsDoNotShutOutAThird) {
  PlaceQueue queue(1);
  ask(queue, kB);
  ask(queue, kC);  // waits from here on
  ask(queue, kA);
  EXPECT_EQ(give_back(queue, kB), "C");
}

TEST_F(PlaceQueueTest, AFreePlaceGoesToWhoHasTheFewest) {
  PlaceQueue queue(4);
  for (int i = 0; i < 3; ++i) ask(queue, kA);
  ask(queue, kB);
  ask(queue, kA);
  ask(queue, kB);
  ask(queue, kC);
  EXPECT_EQ(give_back(queue, kA), "C") << "it has none, A has two and B one";
  EXPECT_EQ(give_back(queue, kA), "A") << "one each: A waited longer than B";
  EXPECT_EQ(give_back(queue, kA), "B");
}

TEST_F(PlaceQueueTest, NoClientHasAllPlaces) {
  PlaceQueue queue(8);
  EXPECT_EQ(queue.share(), 6U);
  for (int i = 0; i < 8; ++i) ask(queue, kA);
  EXPECT_EQ(queue.held_by(kA), 6U);
  EXPECT_TRUE(ask(queue, kB).has_place) << "it does not wait behind A's";
  EXPECT_EQ(give_back(queue, kA), "A") << "its seventh";
  EXPECT_EQ(queue.held_by(kA), 6U);
}

TEST_F(PlaceQueueTest, AShareIsNeverNothing) {
  EXPECT_EQ(PlaceQueue(1).share(), 1U);
  EXPECT_EQ(PlaceQueue(2).share(), 1U);
  EXPECT_EQ(PlaceQueue(3).share(), 2U);
  EXPECT_EQ(PlaceQueue(200).share(), 150U);
}

TEST_F(PlaceQueueTest, WhoDoesNotSayWhoHeIsMayHaveAll) {
  PlaceQueue queue(4);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(ask(queue, PlaceQueue::kNobody).has_place);
}

TEST_F(PlaceQueueTest, WhoHasLeftGetsNothing) {
  PlaceQueue queue(1);
  ask(queue, kA);
  PlaceQueue::Waiter& gone = ask(queue, kB);
  PlaceQueue::Waiter& next = ask(queue, kC);
  queue.leave(gone);
  queue.give_back(kA);
  EXPECT_FALSE(gone.has_place);
  EXPECT_TRUE(next.has_place);
  queue.give_back(kC);
  EXPECT_TRUE(ask(queue, kA).has_place);
}

}  // namespace
}  // namespace millrace::postgres
