// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/waiting_list.h"

#include <gtest/gtest.h>

namespace millrace::registry_client {
namespace {

using Place = WaitingList::Place;

class WaitingListTest : public testing::Test {
 protected:
  Place add(const std::string& version, const std::string& token) {
    WaitingList::Done done = [this](const LookUp&) { ++answered_; };
    const Place place = list_.add({version, token}, done);
    EXPECT_EQ(static_cast<bool>(done), place == Place::kRefused) << "kept by whom?";
    return place;
  }

  WaitingList list_{3};
  int answered_ = 0;
};

TEST_F(WaitingListTest, LookUpsOfOneTokenShareAList) {
  EXPECT_FALSE(list_.has("v", "t"));
  EXPECT_EQ(add("v", "t"), Place::kFirst);
  EXPECT_EQ(add("v", "t"), Place::kShared);
  EXPECT_EQ(add("v", "u"), Place::kFirst);
  EXPECT_TRUE(list_.has("v", "t"));
  EXPECT_FALSE(list_.has("w", "t"));
}

TEST_F(WaitingListTest, VersionAndTokenAreNotRunTogether) {
  EXPECT_EQ(add("ab", "c"), Place::kFirst);
  EXPECT_EQ(add("a", "bc"), Place::kFirst);
}

TEST_F(WaitingListTest, MoreThanMayWaitAreRefusedUntilSomebodyIsAnswered) {
  for (const char* token : {"t", "t", "u"}) add("v", token);
  EXPECT_EQ(add("v", "t"), Place::kRefused);
  EXPECT_EQ(add("v", "w"), Place::kRefused);
  EXPECT_FALSE(list_.has("v", "w"));
  EXPECT_EQ(list_.take({"v", "t"}).size(), 2U);
  EXPECT_EQ(add("v", "w"), Place::kFirst);
}

TEST_F(WaitingListTest, AListStandsUntilNobodyIsLeftOnIt) {
  add("v", "t");
  EXPECT_EQ(list_.take({"v", "t"}).size(), 1U);
  EXPECT_TRUE(list_.has("v", "t")) << "those taken are being answered";
  EXPECT_EQ(add("v", "t"), Place::kShared);
  EXPECT_EQ(list_.take({"v", "t"}).size(), 1U);
  EXPECT_TRUE(list_.take({"v", "t"}).empty());
  EXPECT_FALSE(list_.has("v", "t"));
  EXPECT_TRUE(list_.take({"v", "t"}).empty());
}

TEST_F(WaitingListTest, AllAreTakenAtOnce) {
  for (const char* token : {"t", "t", "u"}) add("v", token);
  for (auto& done : list_.take_all()) done({});
  EXPECT_EQ(answered_, 3);
  EXPECT_FALSE(list_.has("v", "t"));
  EXPECT_EQ(add("v", "t"), Place::kFirst);
}

}  // namespace
}  // namespace millrace::registry_client
