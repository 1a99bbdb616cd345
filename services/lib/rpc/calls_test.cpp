// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <set>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <grpcpp/test/server_context_test_spouse.h>

#include "lib/error/error.h"
#include "lib/error/retry_after.h"
#include "lib/rpc/server.h"

namespace millrace::rpc {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class AnyKey final : public KeyVerifier {
 public:
  absl::StatusOr<Caller> verify(const std::string&) override {
    return Caller{1, "any", Role::kAdmin, {}};
  }
};

class RpcCalls : public ::testing::Test {
 protected:
  grpc::Status run(const std::function<absl::Status(const Caller&)>& handler,
                   const std::vector<std::string>& traceparents = {}) {
    grpc::ServerContext context;
    grpc::testing::ServerContextTestSpouse spouse(&context);
    spouse.AddClientMetadata("authorization", "Bearer x");
    for (const std::string& one : traceparents) spouse.AddClientMetadata("traceparent", one);
    AnyKey verifier;
    const grpc::Status status = Calls(platform_, verifier).run(context, "Do", handler);
    trailing_ = spouse.GetTrailingMetadata();
    return status;
  }

  std::multimap<std::string, std::string> trailing_;  // metadata of the last answer

  time::ManualClock clock_;
  std::string lines_;  // of the log
  log::Logger log_{"test", log::Level::kError, clock_,
                   [this](std::string_view line) { lines_ += line; }};
  metrics::Registry metrics_;
  process::Readiness readiness_;
  process::Platform platform_{log_, metrics_, readiness_, clock_};
};

TEST_F(RpcCalls, HandsOverTheCallerAndTheStatus) {
  const grpc::Status status = run([](const Caller& caller) {
    EXPECT_EQ(caller.key_name, "any");
    return absl::NotFoundError("no such thing");
  });
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "no such thing");
}

TEST_F(RpcCalls, CountsEachCallByItsCode) {
  (void)run([](const Caller&) { return absl::OkStatus(); });
  (void)run([](const Caller&) { return absl::NotFoundError("x"); });
  EXPECT_THAT(metrics_.expose(),
              HasSubstr("millrace_rpc_requests_total{code=\"NOT_FOUND\",method=\"Do\"} 1"));
  EXPECT_THAT(metrics_.expose(), HasSubstr("millrace_rpc_duration_seconds_count{method=\"Do\"} 2"));
}

TEST_F(RpcCalls, TellsWhenToTryAgain) {
  const auto full = [](const Caller&) {
    return error::with_retry_after(absl::ResourceExhaustedError("full"),
                                   std::chrono::milliseconds{1000});
  };
  std::set<int> waits;
  for (int i = 0; i < 20; ++i) {
    clock_.advance(std::chrono::microseconds{137'137});
    EXPECT_EQ(run(full).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    ASSERT_EQ(trailing_.count("grpc-retry-pushback-ms"), 1U);
    waits.insert(std::stoi(trailing_.find("grpc-retry-pushback-ms")->second));
  }
  EXPECT_GE(*waits.begin(), 1000);
  EXPECT_LT(*waits.rbegin(), 2000);
  EXPECT_GT(waits.size(), 10U) << "not all at once";
}

TEST_F(RpcCalls, SaysNothingOfTryingAgainWhereItWouldNotHelp) {
  (void)run([](const Caller&) { return absl::ResourceExhaustedError("ask for less"); });
  EXPECT_TRUE(trailing_.empty());
}

TEST_F(RpcCalls, KeepsInternalCausesToItself) {
  for (const auto& handler : std::initializer_list<std::function<absl::Status(const Caller&)>>{
           [](const Caller&) { return absl::InternalError("secret cause"); },
           [](const Caller&) -> absl::Status { throw std::runtime_error("secret cause"); }}) {
    const grpc::Status status = run(handler);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
    EXPECT_THAT(status.error_message(), Not(HasSubstr("secret")));
  }
}

TEST_F(RpcCalls, AFailureIsLoggedWithTheTraceOfTheCall) {
  const std::string traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const auto fail = [](const Caller&) { return absl::InternalError("cause"); };
  (void)run(fail, {traceparent});
  EXPECT_THAT(lines_, HasSubstr(R"("trace_id":"0af7651916cd43dd8448eb211c80319c")"));
  for (const std::vector<std::string>& none :
       {std::vector<std::string>{}, {"nonsense"}, {traceparent, traceparent}}) {
    lines_.clear();
    (void)run(fail, none);
    EXPECT_THAT(lines_, HasSubstr(R"("error":"cause")"));
    EXPECT_THAT(lines_, Not(HasSubstr("trace_id")));
  }
}

TEST_F(RpcCalls, ACallWithoutADeadlineHasTheHandlersOwnLimit) {
  grpc::ServerContext context;
  EXPECT_EQ(time_left(context, std::chrono::milliseconds{500}), std::chrono::milliseconds{500});
}

TEST_F(RpcCalls, ACallOfTheCallbackApiIsCountedWhenItEnds) {
  grpc::ServerContext context;
  grpc::testing::ServerContextTestSpouse spouse(&context);
  spouse.AddClientMetadata("authorization", "Bearer x");
  spouse.AddClientMetadata("traceparent",
                           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  EXPECT_EQ(*presented_key(context), sha256("x"));
  AnyKey verifier;
  const Calls calls(platform_, verifier);
  const Calls::Begun call = calls.begin(context, "Follow");
  EXPECT_THAT(metrics_.expose(), Not(HasSubstr("Follow")));
  const grpc::Status status = calls.end(context, call, absl::InternalError("secret cause"));
  EXPECT_THAT(status.error_message(), Not(HasSubstr("secret")));
  EXPECT_THAT(lines_, HasSubstr(R"("trace_id":"0af7651916cd43dd8448eb211c80319c")"));
  EXPECT_THAT(metrics_.expose(),
              HasSubstr("millrace_rpc_requests_total{code=\"INTERNAL\",method=\"Follow\"} 1"));
}

}  // namespace
}  // namespace millrace::rpc
