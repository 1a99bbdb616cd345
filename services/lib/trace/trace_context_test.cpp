// SPDX-License-Identifier: Apache-2.0
#include "lib/trace/trace_context.h"

#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace millrace::trace {
namespace {

constexpr char kTraceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

// Version, ids and flags put together.
std::string with_version(const std::string& version, const std::string& rest = "") {
  return version + std::string(kTraceparent).substr(2) + rest;
}
std::string with_flags(const std::string& flags) {
  return std::string(kTraceparent).substr(0, 53) + flags;
}

// "invalid", or what is handed on.
std::string parsed(std::string_view traceparent) {
  const auto context = TraceContext::parse(traceparent);
  return context.has_value() ? std::string(context->traceparent()) : "invalid";
}

TEST(TraceContext, HasTheFieldsOfTheHeader) {
  const auto context = TraceContext::parse(kTraceparent);
  ASSERT_TRUE(context.has_value());
  EXPECT_EQ(context->traceparent(), kTraceparent);
  EXPECT_EQ(context->trace_id(), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(context->parent_id(), "b7ad6b7169203331");
  EXPECT_TRUE(context->sampled());
  EXPECT_FALSE(TraceContext::parse(with_flags("00"))->sampled());
}

TEST(TraceContext, KeepsOfTheFlagsOnlySampled) {
  for (const char* flags : {"01", "03", "09", "0b", "0f", "ff", "81"}) {
    EXPECT_EQ(parsed(with_flags(flags)), kTraceparent) << flags;
  }
  for (const char* flags : {"00", "02", "08", "0a", "0c", "0e", "fe", "80"}) {
    EXPECT_EQ(parsed(with_flags(flags)), with_flags("00")) << flags;
  }
}

TEST(TraceContext, AHigherVersionIsReadAsFarAsItIsKnown) {
  for (const std::string& later :
       {with_version("01"), with_version("cc"), with_version("fe"), with_version("01", "-"),
        with_version("01", "-what-the-future-will-be-like"), with_version("01", "-A_z/ ="),
        with_version("01", "-" + std::string(10'000, 'x'))}) {
    EXPECT_EQ(parsed(later), kTraceparent) << later.substr(0, 80);
  }
  for (const std::string& later :
       {with_version("01", "x"), with_version("01", ".what"), with_version("01", " "),
        with_version("01").substr(0, 54), with_version("01").substr(0, 52),
        with_version("01", "-x, " + with_version("01", "-x"))}) {
    EXPECT_EQ(parsed(later), "invalid") << later;
  }
}

TEST(TraceContext, WhatTheSpecificationForbidsIsInvalid) {
  const std::string valid = kTraceparent;
  const std::string twice = valid + "," + valid;
  for (const std::string& text :
       {std::string(), std::string("00"), std::string(55, '0'), std::string(55, '-'),
        // lengths of version 00
        valid.substr(0, 54), valid + "-", valid + "-00", valid + " ", " " + valid, valid + "0",
        // versions
        with_version("ff"), with_version("0"), with_version("000"), with_version("0g"),
        with_version("-0"), with_version("CC"),
        // ids of zeros, upper case, no digits, too short
        std::string("00-00000000000000000000000000000000-b7ad6b7169203331-01"),
        std::string("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"),
        std::string("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"),
        std::string("00-0af7651916cd43dd8448eb211c80319c-B7AD6B7169203331-01"),
        std::string("00-0af7651916cd43dd8448eb211c80319.-b7ad6b7169203331-01"),
        std::string("00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333 -01"),
        std::string("00-0af7651916cd43dd8448eb211c80319-0b7ad6b7169203331-01"),
        // separators
        std::string("00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01"),
        std::string("000af7651916cd43dd8448eb211c80319c0b7ad6b71692033310-01"),
        // flags
        with_flags("0"), with_flags("1 "), with_flags("0A"), with_flags("0x"), with_flags("--"),
        // repeated, and bytes that would break a header
        twice, valid + ", " + valid, valid.substr(0, 53) + std::string("\0001", 2),
        with_flags("\r\n"), std::string("\xff\xff") + valid.substr(2)}) {
    EXPECT_EQ(parsed(text), "invalid") << text;
  }
}

TEST(TraceContext, AChildDiffersInItsParentIdOnly) {
  const auto context = TraceContext::parse(with_flags("00"));
  const TraceContext child = context->child();
  EXPECT_EQ(parsed(child.traceparent()), child.traceparent());
  EXPECT_EQ(child.trace_id(), context->trace_id());
  EXPECT_FALSE(child.sampled());
  EXPECT_TRUE(TraceContext::parse(kTraceparent)->child().sampled());
  EXPECT_NE(child.parent_id(), context->parent_id());
}

TEST(TraceContext, ChildrenDifferAlsoBetweenThreads) {
  constexpr int kThreads = 4;
  constexpr int kChildren = 1'000;
  const auto context = TraceContext::parse(kTraceparent);
  std::vector<std::vector<std::string>> ids(kThreads);
  {
    std::vector<std::jthread> threads;
    for (auto& own : ids) {
      threads.emplace_back([&own, &context] {
        for (int i = 0; i < kChildren; ++i) own.emplace_back(context->child().parent_id());
      });
    }
  }
  std::set<std::string> all;
  for (const auto& own : ids) all.insert(own.begin(), own.end());
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kThreads * kChildren));
}

TEST(TraceContext, GivesLogLinesItsTraceId) {
  EXPECT_EQ(trace_id(TraceContext::parse(kTraceparent)).value(),
            "0af7651916cd43dd8448eb211c80319c");
  EXPECT_FALSE(trace_id(std::nullopt).has_value());
}

}  // namespace
}  // namespace millrace::trace
