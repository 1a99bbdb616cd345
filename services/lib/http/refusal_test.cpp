// SPDX-License-Identifier: Apache-2.0
#include "lib/http/refusal.h"

#include <utility>  // Boost 1.74's Asio uses std::exchange without it
#include <vector>

#include <boost/asio/error.hpp>
#include <boost/beast/http/error.hpp>
#include <gtest/gtest.h>

namespace millrace::http {
namespace {

using HttpError = boost::beast::http::error;

TEST(Refusal, SaysWhichLimitWasPassed) {
  ServerOptions options;
  options.max_body_bytes = 7;
  options.max_header_bytes = 8;
  const Refusal body = refusal_of(HttpError::body_limit, options);
  EXPECT_EQ(body.status, 413);
  EXPECT_EQ(body.reason, "cannot take a body of more than 7 bytes; send smaller batches");
  for (const HttpError error : {HttpError::header_limit, HttpError::buffer_overflow}) {
    const Refusal head = refusal_of(error, options);
    EXPECT_EQ(head.status, 431);
    EXPECT_EQ(head.reason, "cannot take more than 8 bytes of request line and header fields");
  }
  EXPECT_EQ(refusal_of(HttpError::bad_version, options).status, 400);
}

TEST(Refusal, EveryFaultHasAStatusAndSaysWhatToChange) {
  const std::vector<std::pair<Refusal, int>> rows{
      {too_many_fields(), 431},         {no_uri(), 400},        {unknown_expectation(), 417},
      {unknown_transfer_coding(), 501}, {body_too_slow(), 408}, {receiving_full(), 503}};
  for (const auto& [refusal, status] : rows) {
    EXPECT_EQ(refusal.status, status);
    EXPECT_FALSE(refusal.reason.empty());
    EXPECT_LT(static_cast<std::size_t>(refusal.fault), kFaultNames.size());
  }
  EXPECT_STREQ(kFaultNames.at(static_cast<std::size_t>(Fault::kTransferCoding)), "transfer_coding");
}

TEST(Refusal, OnlyAFaultOfTheMessageIsAnswered) {
  EXPECT_TRUE(is_message_error(HttpError::bad_target));
  EXPECT_FALSE(is_message_error(HttpError::end_of_stream));
  EXPECT_FALSE(is_message_error(HttpError::partial_message));
  EXPECT_FALSE(is_message_error(boost::asio::error::connection_reset));
}

}  // namespace
}  // namespace millrace::http
