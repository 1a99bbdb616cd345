// SPDX-License-Identifier: Apache-2.0
#include <latch>

#include "lib/bus/subjects.h"
#include "registry/registry_fixture.h"
#include "registry/responders.h"

#include "millrace/identity/v1/token.pb.h"

namespace millrace::registry {
namespace {

constexpr std::chrono::milliseconds kLong{30'000};

class RespondersItest : public RegistryItest {
 protected:
  RespondersItest() {
    make_app_version();
    token_ = make_endpoint("e1").token();
  }
  static std::string request_for(const std::string& token) {
    identity::v1::EndpointTokenRequest request;
    request.set_app_version_name("v1");
    request.set_token(token);
    return request.SerializeAsString();
  }
  static int status_in(const absl::StatusOr<std::string>& answer) {
    identity::v1::EndpointTokenResponse response;
    return answer.ok() && response.ParseFromString(*answer) ? response.status_code() : 0;
  }

  std::string token_;
  LookUps look_ups_{pool_, platform_};
};

TEST_F(RespondersItest, AnswersRequestsSideBySide) {
  const auto server = connect_to_nats();
  const auto client = connect_to_nats();
  const auto responders = Responders::start(*server, look_ups_, {4, 1}, platform_);
  ASSERT_TRUE(responders.ok()) << responders.status();
  constexpr int kRequests = 1000;
  std::latch answered(kRequests);
  std::atomic<int> known = 0;
  for (int i = 0; i < kRequests; ++i) {
    client->request_async(bus::subjects::kEndpointTokenRequest,
                          request_for(i % 2 == 0 ? token_ : "unknown"), kLong,
                          [&](const absl::StatusOr<std::string>& answer) {
                            known += status_in(answer) == 200 ? 1 : 0;
                            answered.count_down();
                          });
  }
  answered.wait();
  EXPECT_EQ(known, kRequests / 2);
}

TEST_F(RespondersItest, ManyTokensAreAskedForInOneRequest) {
  const auto server = connect_to_nats();
  const auto client = connect_to_nats();
  const auto responders = Responders::start(*server, look_ups_, {1, 1}, platform_);
  identity::v1::EndpointTokensRequest request;
  // As long as they may be.
  for (int i = 0; i < kMaxTokensInQuestion; ++i) {
    auto& sought = *request.add_tokens();
    sought.set_app_version_name("v1");
    sought.set_token(i == 200 ? token_ : std::string(128, 'x'));
  }
  const auto answer =
      client->request(bus::subjects::kEndpointTokensRequest, request.SerializeAsString(), kLong);
  ASSERT_TRUE(answer.ok()) << answer.status();
  identity::v1::EndpointTokensResponse response;
  ASSERT_TRUE(response.ParseFromString(*answer));
  ASSERT_EQ(response.answers_size(), kMaxTokensInQuestion) << response.reason_phrase();
  EXPECT_EQ(response.answers(199).status_code(), 404);
  EXPECT_EQ(response.answers(200).status_code(), 200);
}

TEST_F(RespondersItest, ReplicasShareTheRequests) {
  const auto server = connect_to_nats();
  const auto client = connect_to_nats();
  const auto first = Responders::start(*server, look_ups_, {1, 1}, platform_);
  const auto second = Responders::start(*server, look_ups_, {1, 1}, platform_);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(status_in(client->request(bus::subjects::kEndpointTokenRequest, request_for(token_),
                                        kLong)),
              200);
  }
  const auto counted = metrics_.counter("millrace_registry_look_ups_total", "",
                                        {{"kind", "token"}, {"status", "200"}});
  EXPECT_EQ(counted.value(), 100) << "each request was answered once";
}

TEST_F(RespondersItest, AnswersNobodyAfterItStopped) {
  const auto server = connect_to_nats();
  const auto client = connect_to_nats();
  const auto responders = Responders::start(*server, look_ups_, {1, 1}, platform_);
  (*responders)->stop();
  EXPECT_EQ(client->request(bus::subjects::kEndpointTokenRequest, request_for(token_), kLong)
                .status()
                .code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace millrace::registry
