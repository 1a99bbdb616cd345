// SPDX-License-Identifier: Apache-2.0
#include "lib/rpc/generic_call.h"

#include <atomic>
#include <future>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <grpcpp/generic/async_generic_service.h>

#include "lib/error/error.h"
#include "lib/error/retry_after.h"

namespace millrace::rpc {
namespace {

using ::testing::HasSubstr;

constexpr std::chrono::seconds kLong{20};

std::string text_of(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(buffer.Dump(&slices).ok());
  std::string bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

grpc::ByteBuffer buffer_of(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

// What the server below does, by the method's name:
//   /t.T/Echo     one message: "<request>|<authorization>"
//   /t.T/Count    as many messages as the request says, then OK with a trailer
//   /t.T/Full     RESOURCE_EXHAUSTED with a pushback of 700 ms
//   /t.T/Endless  a message each time one is taken
//   /t.T/Silent   nothing, until cancelled
class Played final : public grpc::ServerGenericBidiReactor {
 public:
  Played(grpc::GenericCallbackServerContext* context, std::atomic<int>& written,
         std::atomic<int>& cancelled)
      : context_(context), method_(context->method()), written_(written), cancelled_(cancelled) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return finish();
    if (method_ == "/t.T/Full") {
      if (finished_.exchange(true)) return;
      context_->AddTrailingMetadata("grpc-retry-pushback-ms", "700");
      return Finish({grpc::StatusCode::RESOURCE_EXHAUSTED, "full"});
    }
    if (method_ == "/t.T/Silent") return;
    left_ = method_ == "/t.T/Endless" ? -1 : 1;
    if (method_ == "/t.T/Count") left_ = std::stoi(text_of(request_));
    write();
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return finish();
    ++written_;
    write();
  }
  void OnCancel() override {
    ++cancelled_;
    // Of the others the read or write under way fails, and nothing may begin after the end.
    if (method_ == "/t.T/Silent") finish();
  }
  void OnDone() override { delete this; }

 private:
  void write() {
    if (left_ == 0) return finish();
    --left_;
    std::string text = next_number();
    if (method_ == "/t.T/Echo") {
      const auto& metadata = context_->client_metadata();
      const auto key = metadata.find("authorization");
      text = fmt::format("{}|{}", text_of(request_),
                         key == metadata.end()
                             ? std::string_view()
                             : std::string_view(key->second.data(), key->second.size()));
    }
    // Large, so that few of them fill the windows of flow control.
    if (method_ == "/t.T/Endless") text.resize(256 << 10, ' ');
    answer_ = buffer_of(text);
    StartWrite(&answer_);
  }
  std::string next_number() { return std::to_string(number_++); }
  void finish() {
    if (finished_.exchange(true)) return;
    context_->AddTrailingMetadata("t-number", std::to_string(number_));
    Finish(grpc::Status::OK);
  }

  grpc::GenericCallbackServerContext* const context_;
  const std::string method_;
  std::atomic<int>& written_;
  std::atomic<int>& cancelled_;
  std::atomic<bool> finished_ = false;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer answer_;
  int left_ = 0;
  int number_ = 0;
};

class PlayedService final : public grpc::CallbackGenericService {
 public:
  std::atomic<int> written = 0;
  std::atomic<int> cancelled = 0;

 private:
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new Played(context, written, cancelled);
  }
};

// One thing from another thread.
template <typename T>
class Awaited {
 public:
  void set(T value) { promise_.set_value(std::move(value)); }
  T get() {
    auto future = promise_.get_future();
    EXPECT_EQ(future.wait_for(kLong), std::future_status::ready);
    return future.get();
  }

 private:
  std::promise<T> promise_;
};

using Piece = absl::StatusOr<std::optional<std::string>>;

Piece next_of(MessageStream& stream) {
  const auto piece = std::make_shared<Awaited<Piece>>();
  stream.next([piece](Piece got) { piece->set(std::move(got)); });
  return piece->get();
}

class GenericCall : public ::testing::Test {
 protected:
  void SetUp() override {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterCallbackGenericService(&service_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    caller_ = make(port_);
  }
  void TearDown() override {
    caller_.reset();
    server_->Shutdown(std::chrono::system_clock::time_point{});
    server_->Wait();
  }

  std::unique_ptr<GenericCaller> make(int port, GenericLimits limits = {}) {
    ChannelOptions options;
    options.address = fmt::format("127.0.0.1:{}", port);
    options.max_message_bytes = 1 << 20;
    options.own_connection = true;
    return make_generic_caller(options, {"query", "query-address"}, limits, platform_);
  }
  static GenericAnswer unary(GenericCaller& caller, GenericRequest request) {
    const auto answer = std::make_shared<Awaited<GenericAnswer>>();
    caller.unary(std::move(request), [answer](GenericAnswer got) { answer->set(std::move(got)); });
    return answer->get();
  }
  void wait_for(const std::atomic<int>& count, int wanted) {
    const auto deadline = system_.instant() + kLong;
    while (count < wanted && system_.instant() < deadline) std::this_thread::yield();
    EXPECT_GE(count, wanted);
  }

  log::Logger log_{"test", log::Level::kFatal};
  metrics::Registry metrics_;
  process::Readiness readiness_;
  time::SystemClock system_;
  process::Platform platform_{log_, metrics_, readiness_, system_};
  PlayedService service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<GenericCaller> caller_;
};

TEST_F(GenericCall, HandsOverBytesAndMetadata) {
  const GenericAnswer answer =
      unary(*caller_, {"/t.T/Echo", "hello", {{"authorization", "Bearer k"}}, kLong});
  EXPECT_TRUE(answer.status.ok()) << answer.status;
  EXPECT_EQ(answer.message, "hello|Bearer k");
  EXPECT_EQ(answer.trailers, (Metadata{{"t-number", "1"}}));
}

TEST_F(GenericCall, SaysWhenToTryAgainAsTheServerDid) {
  const GenericAnswer answer = unary(*caller_, {"/t.T/Full", "", {}, kLong});
  EXPECT_EQ(answer.status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(error::message(answer.status), "full");
  EXPECT_EQ(error::retry_after(answer.status), std::chrono::milliseconds{700});
  EXPECT_EQ(answer.trailers, (Metadata{{"grpc-retry-pushback-ms", "700"}}));
}

TEST_F(GenericCall, AStreamGivesItsMessagesInOrderThenItsEnd) {
  const auto stream = caller_->stream({"/t.T/Count", "3"});
  for (const char* const wanted : {"0", "1", "2"}) {
    const Piece piece = next_of(*stream);
    ASSERT_TRUE(piece.ok()) << piece.status();
    EXPECT_EQ(*piece, wanted);
  }
  for (int again = 0; again < 2; ++again) {
    const Piece end = next_of(*stream);
    ASSERT_TRUE(end.ok()) << end.status();
    EXPECT_EQ(*end, std::nullopt);
  }
  EXPECT_EQ(stream->trailers(), (Metadata{{"t-number", "3"}}));
}

TEST_F(GenericCall, AStreamIsNotReadAhead) {
  const auto stream = caller_->stream({"/t.T/Endless", ""});
  ASSERT_TRUE(next_of(*stream).ok());
  // What the windows of flow control and the sockets hold, and then no more: a moment later it is
  // the same.
  int seen = -1;
  for (int same = 0; same < 20;) {
    const int now = service_.written;
    same = now == seen ? same + 1 : 0;
    seen = now;
    std::this_thread::yield();
    std::promise<void> pause;
    pause.get_future().wait_for(std::chrono::milliseconds{10});
  }
  EXPECT_LT(seen, 200) << "of 256 KiB each";
  ASSERT_TRUE(next_of(*stream).ok());
}

TEST_F(GenericCall, AStreamThatIsCancelledWhileItIsAskedEnds) {
  const auto stream = caller_->stream({"/t.T/Silent", ""});
  const auto piece = std::make_shared<Awaited<Piece>>();
  stream->next([piece](Piece got) { piece->set(std::move(got)); });
  stream->cancel();
  EXPECT_EQ(piece->get().status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(next_of(*stream).status().code(), absl::StatusCode::kCancelled);
}

TEST_F(GenericCall, AStreamThatIsDroppedEndsAtTheServer) {
  auto stream = caller_->stream({"/t.T/Endless", ""});
  ASSERT_TRUE(next_of(*stream).ok());
  stream.reset();
  wait_for(service_.cancelled, 1);
}

TEST_F(GenericCall, TheDeadlineOfTheRequestIsTheCalls) {
  const GenericAnswer answer =
      unary(*caller_, {"/t.T/Silent", "", {}, std::chrono::milliseconds{50}});
  EXPECT_EQ(answer.status.code(), absl::StatusCode::kDeadlineExceeded);
  const auto stream = caller_->stream({"/t.T/Silent", "", {}, std::chrono::milliseconds{50}});
  EXPECT_EQ(next_of(*stream).status().code(), absl::StatusCode::kDeadlineExceeded);
}

// gRPC would end the process.
TEST_F(GenericCall, MetadataThatCannotBeSentEndsTheCallAlone) {
  for (const char* const value : {"Bearer \xff", "a\nb", "\x01", "\x7f", "\xc3\xa4"}) {
    const GenericRequest request{"/t.T/Echo", "", {{"authorization", value}}, kLong};
    const GenericAnswer answer = unary(*caller_, request);
    EXPECT_EQ(answer.status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(error::message(answer.status), HasSubstr("cannot send authorization"));
    EXPECT_EQ(next_of(*caller_->stream(request)).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST_F(GenericCall, AnswersAreBounded) {
  const std::string large(3 << 20, 'x');
  const GenericAnswer answer = unary(*caller_, {"/t.T/Echo", large, {}, kLong});
  EXPECT_EQ(answer.status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(error::retry_after(answer.status), std::nullopt);
}

TEST_F(GenericCall, CallsAtATimeAreBounded) {
  const auto narrow = make(port_, {1, 1});
  const auto first = narrow->stream({"/t.T/Silent", ""});
  const auto second = narrow->stream({"/t.T/Silent", ""});
  const Piece refused = next_of(*second);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_NE(error::retry_after(refused.status()), std::nullopt);

  const auto waiting = std::make_shared<Awaited<GenericAnswer>>();
  narrow->unary({"/t.T/Silent", ""},
                [waiting](GenericAnswer got) { waiting->set(std::move(got)); });
  const GenericAnswer answer = unary(*narrow, {"/t.T/Echo", "", {}, kLong});
  EXPECT_EQ(answer.status.code(), absl::StatusCode::kResourceExhausted);
  narrow->stop();
  EXPECT_EQ(waiting->get().status.code(), absl::StatusCode::kCancelled);
}

TEST_F(GenericCall, AStopEndsWhatIsAtWorkAndRefusesTheRest) {
  const auto stream = caller_->stream({"/t.T/Silent", ""});
  const auto piece = std::make_shared<Awaited<Piece>>();
  stream->next([piece](Piece got) { piece->set(std::move(got)); });
  const auto idle = caller_->stream({"/t.T/Endless", ""});
  caller_->stop();
  EXPECT_EQ(piece->get().status().code(), absl::StatusCode::kCancelled);
  EXPECT_FALSE(next_of(*idle).ok());
  EXPECT_EQ(unary(*caller_, {"/t.T/Echo", ""}).status.code(), absl::StatusCode::kUnavailable);
}

TEST_F(GenericCall, AServerThatIsAwayIsNamedWithWhatToDo) {
  const auto away = make(1);
  const GenericAnswer answer = unary(*away, {"/t.T/Echo", "", {}, kLong});
  EXPECT_EQ(answer.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(error::message(answer.status), HasSubstr("cannot reach query"));
  EXPECT_THAT(error::message(answer.status), HasSubstr("query-address"));
}

}  // namespace
}  // namespace millrace::rpc
