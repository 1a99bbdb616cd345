// SPDX-License-Identifier: Apache-2.0
#include "lib/network/address_limit.h"

#include <vector>

#include <gtest/gtest.h>

namespace millrace::network {
namespace {

boost::asio::ip::address address(const char* text) {
  return boost::asio::ip::make_address(text);
}

TEST(AddressLimit, AnAddressHasSoManyPlaces) {
  AddressLimit limit(2);
  std::optional<AddressLimit::Place> first = limit.take(address("192.0.2.1"));
  const std::optional<AddressLimit::Place> second = limit.take(address("192.0.2.1"));
  EXPECT_TRUE(first.has_value());
  EXPECT_TRUE(second.has_value());
  EXPECT_FALSE(limit.take(address("192.0.2.1")).has_value());
  EXPECT_TRUE(limit.take(address("192.0.2.2")).has_value());
  first.reset();
  EXPECT_TRUE(limit.take(address("192.0.2.1")).has_value());
}

TEST(AddressLimit, APlaceThatIsMovedIsGivenBackOnce) {
  AddressLimit limit(1);
  {
    std::optional<AddressLimit::Place> place = limit.take(address("192.0.2.1"));
    const AddressLimit::Place moved(*std::move(place));
    place.reset();
    EXPECT_FALSE(limit.take(address("192.0.2.1")).has_value());
  }
  EXPECT_TRUE(limit.take(address("192.0.2.1")).has_value());
}

TEST(AddressLimit, AnAddressOfIpv6StandsForItsNetwork) {
  AddressLimit limit(1);
  const auto place = limit.take(address("2001:db8:1:2::1"));
  EXPECT_FALSE(limit.take(address("2001:db8:1:2:ffff::9")).has_value());
  EXPECT_TRUE(limit.take(address("2001:db8:1:3::1")).has_value());
}

TEST(AddressLimit, Ipv4InIpv6ClothesIsIpv4) {
  AddressLimit limit(1);
  const auto place = limit.take(address("::ffff:192.0.2.1"));
  EXPECT_FALSE(limit.take(address("192.0.2.1")).has_value());
  EXPECT_TRUE(limit.take(address("::ffff:192.0.2.2")).has_value());
  // Whose first 64 bits are those of an IPv4 address.
  EXPECT_TRUE(limit.take(address("::c000:201:0:0:0:1")).has_value());
}

TEST(AddressLimit, WithoutALimitEverybodyHasAPlace) {
  AddressLimit limit(0);
  std::vector<AddressLimit::Place> places;
  for (int i = 0; i < 1'000; ++i) places.push_back(*limit.take(address("192.0.2.1")));
  EXPECT_EQ(places.size(), 1'000U);
}

}  // namespace
}  // namespace millrace::network
