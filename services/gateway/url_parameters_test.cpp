// SPDX-License-Identifier: Apache-2.0
#include "gateway/url_parameters.h"

#include <gmock/gmock.h>

#include "lib/error/error.h"

namespace millrace::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

UrlParameters parsed(std::string_view query) {
  auto parameters = UrlParameters::parse(query);
  EXPECT_TRUE(parameters.ok()) << parameters.status();
  return parameters.ok() ? *std::move(parameters) : UrlParameters();
}

std::string refusal(std::string_view query) {
  return error::message(UrlParameters::parse(query).status());
}

TEST(UrlParameters, AreDecodedAsFormsWriteThem) {
  EXPECT_THAT(parsed("a=1&b=x%20y+z&&c&d=&%61%3d=%2B%3D").all(),
              ElementsAre(Pair("a", "1"), Pair("b", "x y z"), Pair("c", ""), Pair("d", ""),
                          Pair("a=", "+=")));
  EXPECT_TRUE(parsed("").all().empty());
  EXPECT_TRUE(parsed("c").has("c"));
  EXPECT_FALSE(parsed("c").has("C"));
}

TEST(UrlParameters, AListIsCommasOrRepeatsOrBoth) {
  EXPECT_THAT(parsed("s=a,b").list("s"), ElementsAre("a", "b"));
  EXPECT_THAT(parsed("s=a&s=b").list("s"), ElementsAre("a", "b"));
  EXPECT_THAT(parsed("s=a%2C+b,+c&x=y&s=+d+").list("s"), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(parsed("s=,a,,a,&s=a").list("s"), ElementsAre("a"));
  EXPECT_TRUE(parsed("s=,&s=").list("s").empty());
  EXPECT_THAT(parsed("s=a,b&s=c").values("s"), ElementsAre("a,b", "c"));
}

TEST(UrlParameters, WhatIsNoTextIsRefusedByName) {
  EXPECT_THAT(refusal("a=1&b=%zz"), HasSubstr("b: bad percent-encoding"));
  EXPECT_THAT(refusal("b=%4"), HasSubstr("b: bad percent-encoding"));
  EXPECT_THAT(refusal("b=%ff"), HasSubstr("b: is not UTF-8"));
  EXPECT_THAT(refusal("b=x%00y"), HasSubstr("b: has a control character"));
  EXPECT_THAT(refusal("%0a=1"), HasSubstr("the name of a parameter: has a control character"));
}

TEST(UrlParameters, TheirNumberIsBounded) {
  std::string many;
  for (std::size_t i = 0; i < UrlParameters::kMaxParameters; ++i) many += "a&";
  EXPECT_TRUE(UrlParameters::parse(many).ok());
  many += 'b';
  EXPECT_THAT(refusal(many), HasSubstr("more than 20000 parameters"));
}

}  // namespace
}  // namespace millrace::gateway
