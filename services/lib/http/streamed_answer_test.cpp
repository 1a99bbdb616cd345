// SPDX-License-Identifier: Apache-2.0
#include "lib/http/streamed_answer.h"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/concurrency/wait.h"
#include "lib/http/body_source_fixture.h"
#include "lib/http/server_fixture.h"

namespace millrace::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::chrono::milliseconds kLong{60'000};
const std::string kEnd = "0\r\n\r\n";

// GET is answered with the stream, POST with its body.
class HttpStream : public HttpServer {
 protected:
  void serve(std::shared_ptr<BodySource> source) {
    handler = [source = std::move(source)](Request request, const Reply& reply) {
      Response response;
      response.content_type = "text/csv";
      response.body = request.body;
      if (request.method != "POST") response.stream = source;
      reply(std::move(response));
    };
    start();
  }
  static std::string get(const std::string& more_headers = "", const std::string& version = "1.1") {
    return "GET /x HTTP/" + version + "\r\n" + more_headers + "\r\n";
  }
};

// Gives pieces for ever, and counts them.
class EndlessSource final : public BodySource {
 public:
  explicit EndlessSource(std::string piece) : piece_(std::move(piece)) {}
  void next(Next done) override {
    ++given_;
    done(piece_);
  }
  void cancel() override { cancelled_ = true; }
  int given() const { return given_; }
  bool cancelled() const { return cancelled_; }

 private:
  const std::string piece_;
  std::atomic<int> given_ = 0;
  std::atomic<bool> cancelled_ = false;
};

void wait_until(const std::function<bool()>& holds) {
  while (!holds()) std::this_thread::yield();
}

TEST_F(HttpStream, PiecesBecomeChunksInOrder) {
  serve(
      std::make_shared<ListSource>(std::vector<std::string>{"a", "", "bcd", std::string(20, 'x')}));
  Device one = device();
  one.send(get());
  const std::string head = one.read_head();
  EXPECT_THAT(head, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(head, HasSubstr("Content-Type: text/csv\r\n"));
  EXPECT_THAT(head, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Content-Length")));
  EXPECT_EQ(one.read_until(kEnd),
            "1\r\na\r\n3\r\nbcd\r\n14\r\n" + std::string(20, 'x') + "\r\n" + kEnd);
}

TEST_F(HttpStream, APieceIsSeenAsSoonAsItIsThere) {
  const auto source = std::make_shared<HeldSource>();
  serve(source);
  Device one = device();
  one.send(get());
  EXPECT_THAT(one.read_head(), StartsWith("HTTP/1.1 200 "));  // before any piece
  source->give("first");
  EXPECT_EQ(one.read_until("first\r\n"), "5\r\nfirst\r\n");
  source->give("second");
  EXPECT_EQ(one.read_until("second\r\n"), "6\r\nsecond\r\n");
  source->end();
  EXPECT_EQ(one.read_until(kEnd), kEnd);
  EXPECT_EQ(source->cancelled(), 0);
  EXPECT_EQ(source->asked(), 3);
}

TEST_F(HttpStream, TheConnectionServesFurtherRequestsAfterwards) {
  serve(std::make_shared<ListSource>(std::vector<std::string>{}));
  Device one = device();
  for (int i = 0; i < 3; ++i) {
    one.send(get());
    EXPECT_THAT(one.read_head(), HasSubstr("chunked"));
    EXPECT_EQ(one.read_until(kEnd), kEnd);
    one.send(post("/", "b"));
    EXPECT_THAT(one.read_answer(), EndsWith("\r\n\r\nb"));
  }
}

TEST_F(HttpStream, ARequestPipelinedBehindAStreamIsNotLost) {
  const auto source = std::make_shared<HeldSource>();
  serve(source);
  Device one = device();
  one.send(get() + post("/", "behind") + "POST / HT");
  EXPECT_THAT(one.read_head(), HasSubstr("chunked"));
  source->give("a");
  EXPECT_EQ(one.read_until("a\r\n"), "1\r\na\r\n");
  one.send("TP/1.1\r\nContent-Length: 3\r\n\r\nend");
  source->end();
  EXPECT_EQ(one.read_until(kEnd), kEnd);
  EXPECT_THAT(one.read_answer(), EndsWith("\r\n\r\nbehind"));
  EXPECT_THAT(one.read_answer(), EndsWith("\r\n\r\nend"));
}

TEST_F(HttpStream, MoreThanIsReadAheadWaitsInTheSocket) {
  options.max_body_bytes = 100'000;
  const auto source = std::make_shared<HeldSource>();
  serve(source);
  Device one = device();
  one.send(get() + post("/", std::string(90'000, 'x')));
  EXPECT_THAT(one.read_head(), HasSubstr("chunked"));
  source->give("a");
  source->end();
  EXPECT_THAT(one.read_until(kEnd), EndsWith(kEnd));
  EXPECT_THAT(one.read_answer(), EndsWith(std::string(90'000, 'x')));
}

TEST_F(HttpStream, ASlowReaderIsNotAskedAheadFor) {
  const auto source = std::make_shared<EndlessSource>(std::string(1 << 20, 'x'));
  serve(source);
  Device one = device();
  one.send(get());
  EXPECT_THAT(one.read_head(), HasSubstr("chunked"));
  wait_until([&] { return source->given() > 0; });
  concurrency::sleep_for({}, std::chrono::milliseconds{300});
  // What the sockets of both sides hold is a few MiB.
  EXPECT_LT(source->given(), 40);
  const int before = source->given();
  const std::string some = one.read_bytes(40 << 20);
  EXPECT_EQ(some.size(), 40U << 20);
  EXPECT_GT(source->given(), before);
  one.close();
  wait_until([&] { return source->cancelled(); });
}

TEST_F(HttpStream, APeerThatTakesNothingIsGivenUp) {
  options.write_timeout = std::chrono::milliseconds{50};
  const auto source = std::make_shared<EndlessSource>(std::string(1 << 20, 'x'));
  serve(source);
  Device one = device();
  one.send(get());
  wait_until([&] { return source->cancelled(); });
  EXPECT_THAT(one.read_bytes(64 << 20), Not(EndsWith(kEnd)));
}

TEST_F(HttpStream, ASourceMayBeSilentForLongerThanAnyTimeOut) {
  options.idle_timeout = std::chrono::milliseconds{20};
  options.read_timeout = std::chrono::milliseconds{20};
  options.write_timeout = std::chrono::milliseconds{20};
  const auto source = std::make_shared<HeldSource>();
  serve(source);
  Device one = device();
  one.send(get("Connection: close\r\n"));
  EXPECT_THAT(one.read_head(), HasSubstr("chunked"));
  concurrency::sleep_for({}, std::chrono::milliseconds{100});
  source->give("a");
  concurrency::sleep_for({}, std::chrono::milliseconds{100});
  source->end();
  EXPECT_EQ(one.read_all(), "1\r\na\r\n" + kEnd);
}

TEST_F(HttpStream, TheIdleTimeoutCountsAgainAfterwards) {
  options.idle_timeout = std::chrono::milliseconds{20};
  serve(std::make_shared<ListSource>(std::vector<std::string>{"a"}));
  EXPECT_THAT(exchange(get()), EndsWith(kEnd));
}

TEST_F(HttpStream, ASourceIsToldOnceThatThePeerHasGone) {
  const auto source = std::make_shared<HeldSource>();
  serve(source);
  Device one = device();
  one.send(get());
  EXPECT_THAT(one.read_head(), HasSubstr("chunked"));
  const BodySource::Next owed = source->take();
  one.close();
  source->wait_until_cancelled();
  owed("nobody is there");
  server->stop(kLong);
  EXPECT_EQ(source->cancelled(), 1);
  EXPECT_EQ(source->asked(), 1);
}

TEST_F(HttpStream, AnErrorOfTheSourceCutsTheAnswer) {
  const auto source = std::make_shared<ListSource>(std::vector<std::string>{"a", "b"},
                                                   absl::InternalError("the database went away"));
  serve(source);
  const std::string got = exchange(get());
  EXPECT_THAT(got, EndsWith("1\r\na\r\n1\r\nb\r\n"));
  EXPECT_FALSE(source->cancelled());
}

TEST_F(HttpStream, Http10GetsBareBytesUntilTheEnd) {
  serve(std::make_shared<ListSource>(std::vector<std::string>{"a", "", "bc"}));
  const std::string got = exchange(get("Connection: keep-alive\r\n", "1.0"));
  EXPECT_THAT(got, StartsWith("HTTP/1.0 200 OK\r\n"));
  EXPECT_THAT(got, Not(HasSubstr("chunked")));
  EXPECT_THAT(got, Not(HasSubstr("keep-alive")));
  EXPECT_THAT(got, EndsWith("\r\n\r\nabc"));
}

TEST_F(HttpStream, Http10SeesByAResetThatABodyIsNotWhole) {
  const auto source = std::make_shared<HeldSource>();
  serve(source);
  Device one = device();
  one.send(get("", "1.0"));
  source->give("a");
  EXPECT_THAT(one.read_until("\r\n\r\na"), EndsWith("\r\n\r\na"));
  source->give(absl::InternalError("broken"));
  EXPECT_EQ(one.read_all(), "");
  EXPECT_EQ(one.last_error(), boost::asio::error::connection_reset);
}

TEST_F(HttpStream, AHeadAsksTheSourceNothing) {
  const auto source = std::make_shared<HeldSource>();
  serve(source);
  Device one = device();
  for (int i = 0; i < 2; ++i) {
    one.send("HEAD /x HTTP/1.1\r\n\r\n");
    const std::string head = one.read_head();
    EXPECT_THAT(head, HasSubstr("Content-Type: text/csv\r\n"));
    EXPECT_THAT(head, HasSubstr("Transfer-Encoding: chunked\r\n"));
  }
  one.send(post("/", "b"));
  EXPECT_THAT(one.read_answer(), EndsWith("\r\n\r\nb"));
  EXPECT_EQ(source->asked(), 0);
  EXPECT_EQ(source->cancelled(), 2);
}

TEST_F(HttpStream, AStatusWithoutABodyAsksTheSourceNothing) {
  const auto source = std::make_shared<HeldSource>();
  handler = [&source](const Request&, const Reply& reply) {
    Response response;
    response.status = 304;
    response.stream = source;
    reply(std::move(response));
  };
  start();
  Device one = device();
  one.send(get());
  EXPECT_EQ(without_date(one.read_head()), "HTTP/1.1 304 Not Modified\r\n\r\n");
  source->wait_until_cancelled();
  EXPECT_EQ(source->asked(), 0);
}

TEST_F(HttpStream, StoppingLetsAStreamEnd) {
  const auto source = std::make_shared<HeldSource>();
  serve(source);
  Device idle = device();
  idle.send(post("/", "x"));
  EXPECT_THAT(idle.read_answer(), EndsWith("x"));
  Device one = device();
  one.send(get());
  EXPECT_THAT(one.read_head(), HasSubstr("chunked"));
  bool finished = false;
  {
    std::jthread stopper([&] { finished = server->stop(kLong); });
    EXPECT_EQ(idle.read_all(), "");  // the stop has begun
    source->give("a");
    source->end();
    EXPECT_EQ(one.read_all(), "1\r\na\r\n" + kEnd);
    one.close();
  }
  EXPECT_TRUE(finished);
  EXPECT_EQ(source->cancelled(), 0);
}

TEST_F(HttpStream, StoppingCutsAStreamAtTheDeadline) {
  const auto source = std::make_shared<HeldSource>();
  serve(source);
  Device one = device();
  one.send(get());
  EXPECT_THAT(one.read_head(), HasSubstr("chunked"));
  const BodySource::Next owed = source->take();
  EXPECT_FALSE(server->stop(std::chrono::milliseconds{0}));
  EXPECT_EQ(one.read_all(), "");
  EXPECT_EQ(source->cancelled(), 1);
  server.reset();
  owed("too late, and harmless");
}

TEST_F(HttpStream, AnswersWithoutABodyHaveNoLength) {
  handler = [](const Request& request, const Reply& reply) {
    Response response;
    response.status = request.path == "/304" ? 304 : 204;
    if (request.path == "/304") response.headers.add("ETag", "\"x\"");
    reply(std::move(response));
  };
  start();
  Device one = device();
  one.send("GET /304 HTTP/1.1\r\n\r\n");
  EXPECT_EQ(without_date(one.read_head()), "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n");
  one.send("DELETE / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(without_date(one.read_head()), "HTTP/1.1 204 No Content\r\n\r\n");
}

}  // namespace
}  // namespace millrace::http
