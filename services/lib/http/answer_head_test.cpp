// SPDX-License-Identifier: Apache-2.0
#include "lib/http/answer_head.h"

#include <gtest/gtest.h>

namespace millrace::http {
namespace {

std::string head_of(const Response& response, const AnswerForm& form) {
  std::string bytes = "before|";
  append_head(response, form, "Thu, 01 Jan 1970 00:00:00 GMT", bytes);
  return bytes;
}

TEST(AnswerHead, IsAppendedWithItsFields) {
  Response response;
  response.status = 503;
  response.content_type = "text/plain";
  response.headers.add("Retry-After", "5");
  response.headers.add("X", "y");
  EXPECT_EQ(head_of(response, {.content_length = 12}),
            "before|HTTP/1.1 503 Service Unavailable\r\n"
            "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
            "Content-Type: text/plain\r\n"
            "Retry-After: 5\r\n"
            "X: y\r\n"
            "Content-Length: 12\r\n"
            "\r\n");
}

TEST(AnswerHead, SaysWhatBecomesOfTheConnection) {
  const auto says = [](unsigned version, bool keep_alive, const std::string& field) {
    return head_of({}, {.version = version, .keep_alive = keep_alive}).find(field) !=
           std::string::npos;
  };
  EXPECT_TRUE(says(11, false, "\r\nConnection: close\r\n"));
  EXPECT_FALSE(says(11, true, "Connection"));
  EXPECT_TRUE(says(10, true, "\r\nConnection: keep-alive\r\n"));
  EXPECT_FALSE(says(10, false, "Connection"));
  EXPECT_TRUE(says(10, false, "before|HTTP/1.0 200 OK\r\n"));
}

TEST(AnswerHead, SaysHowTheBodyIsFramed) {
  EXPECT_NE(head_of({}, {.chunked = true}).find("\r\nTransfer-Encoding: chunked\r\n\r\n"),
            std::string::npos);
  EXPECT_EQ(head_of({}, {.chunked = true}).find("Content-Length"), std::string::npos);
  EXPECT_NE(head_of({}, {.content_length = 0}).find("\r\nContent-Length: 0\r\n\r\n"),
            std::string::npos);
}

TEST(AnswerHead, SomeAnswersHaveNoBody) {
  for (const int status : {100, 204, 304}) EXPECT_TRUE(has_no_body(status)) << status;
  for (const int status : {200, 206, 400, 500}) EXPECT_FALSE(has_no_body(status)) << status;
}

}  // namespace
}  // namespace millrace::http
