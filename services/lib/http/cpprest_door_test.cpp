// SPDX-License-Identifier: Apache-2.0
#include "lib/http/cpprest_door.h"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace millrace::http {
namespace {

// What a connection was told to answer.
class RecordingConnection final : public Connection {
 public:
  void start() override {}
  void answer(Response response) override { answers.push_back(std::move(response)); }
  void answer_nothing() override { ++unanswered; }
  void close_when_idle() override {}
  void abort() override {}

  std::vector<Response> answers;
  int unanswered = 0;
};

class CpprestDoorTest : public testing::Test {
 protected:
  web::http::http_request request() {
    ReceivedRequest received;
    received.request.method = "BREW";
    received.request.path = "/a%2Fb";
    received.request.query = "x=y";
    received.request.headers.add("X-Request-Id", "7");
    received.request.body = std::string("\0\xFF", 2);
    received.connection = connection;
    return to_cpprest(std::move(received));
  }

  std::shared_ptr<RecordingConnection> connection = std::make_shared<RecordingConnection>();
};

TEST_F(CpprestDoorTest, ARequestComesThroughUnchanged) {
  const web::http::http_request carried = request();
  EXPECT_EQ(carried.method(), "BREW");
  const Request value = exchange_of(carried)->take_request();
  EXPECT_EQ(value.method, "BREW");
  EXPECT_EQ(value.path, "/a%2Fb");
  EXPECT_EQ(value.query, "x=y");
  EXPECT_EQ(value.headers.get("x-request-id"), "7");
  EXPECT_EQ(value.body, std::string("\0\xFF", 2));
}

TEST_F(CpprestDoorTest, AnAnswerGoesBesideCpprestsdkUnchanged) {
  const web::http::http_request carried = request();
  Response response;
  response.status = 503;
  response.headers.add("Retry-After", "5");
  response.content_type = "application/json";
  response.body = R"({"statusCode":503})";
  exchange_of(carried)->prepare(response);
  exchange_of(carried)->answer(web::http::http_response(200));
  ASSERT_EQ(connection->answers.size(), 1U);
  const Response& back = connection->answers[0];
  EXPECT_EQ(back.status, 503);
  EXPECT_EQ(back.headers.get("Retry-After"), "5");
  EXPECT_EQ(back.content_type, "application/json");
  EXPECT_EQ(back.body, response.body);
}

TEST_F(CpprestDoorTest, AnAnswerOfCpprestsdksOwnIsTaken) {
  const web::http::http_request carried = request();
  web::http::http_response response(405);
  response.headers().add("Allow", "POST");
  response.set_body("no", "text/plain");
  exchange_of(carried)->answer(response);
  ASSERT_EQ(connection->answers.size(), 1U);
  const Response& back = connection->answers[0];
  EXPECT_EQ(back.status, 405);
  EXPECT_EQ(back.headers.get("Allow"), "POST");
  EXPECT_EQ(back.headers.all().size(), 1U);
  EXPECT_EQ(back.content_type, "text/plain");
  EXPECT_EQ(back.body, "no");
}

TEST_F(CpprestDoorTest, ARequestThatNobodyAnswersIsGivenUp) {
  static_cast<void>(request());
  EXPECT_EQ(connection->unanswered, 1);
  EXPECT_TRUE(connection->answers.empty());
}

}  // namespace
}  // namespace millrace::http
