// SPDX-License-Identifier: Apache-2.0
#include "gateway/endpoint_pages.h"

#include <gmock/gmock.h>

#include "gateway/epts_fixture.h"

namespace millrace::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class EndpointPagesOf : public EptsFixture {
 protected:
  absl::StatusOr<std::vector<std::string>> next(EndpointPages& pages) {
    absl::StatusOr<std::vector<std::string>> page;
    pages.next([&page](absl::StatusOr<std::vector<std::string>> ids) { page = std::move(ids); });
    return page;
  }
  std::shared_ptr<EndpointPages> pages_of(std::vector<std::string> named, std::size_t size) {
    return std::make_shared<EndpointPages>(calls, "app", std::move(named), size);
  }
};

TEST_F(EndpointPagesOf, NamedOnesComeInTheirOrderWithoutTheRegistry) {
  const auto pages = pages_of({"b", "a", "c"}, 2);
  EXPECT_THAT(*next(*pages), ElementsAre("b", "a"));
  EXPECT_THAT(*next(*pages), ElementsAre("c"));
  EXPECT_THAT(*next(*pages), IsEmpty());
  EXPECT_THAT(*next(*pages), IsEmpty());
  EXPECT_THAT(registry.calls, IsEmpty());
}

TEST_F(EndpointPagesOf, AllOfAnApplicationComeFromTheRegistryPageByPage) {
  has_endpoints(5, 3);
  const auto pages = pages_of({}, 2);
  EXPECT_THAT(*next(*pages), ElementsAre("e0", "e1"));
  EXPECT_THAT(registry.calls, SizeIs(1));
  EXPECT_THAT(*next(*pages), ElementsAre("e2"));
  EXPECT_THAT(*next(*pages), ElementsAre("e3", "e4"));
  EXPECT_THAT(*next(*pages), IsEmpty());
  ASSERT_THAT(registry.calls, SizeIs(2));
  EXPECT_EQ(registry.calls[0].method, "/millrace.registry.v1.Registry/ListEndpoints");
  EXPECT_EQ(registry.calls[0].metadata, (rpc::Metadata{{"authorization", "Bearer key"}}));
  EXPECT_EQ(registry.calls[0].timeout, std::chrono::milliseconds{1000});
}

TEST_F(EndpointPagesOf, APageWithoutEndpointsIsNotTheEnd) {
  using Request = registry::v1::ListEndpointsRequest;
  using Response = registry::v1::ListEndpointsResponse;
  registry.on<Request, Response>("ListEndpoints", [](const Request& request) {
    EXPECT_EQ(request.application_name(), "app");
    Response response;
    if (request.page_token().empty()) {
      response.set_next_page_token("more");
    } else {
      response.add_endpoints()->set_endpoint_id("late");
    }
    return absl::StatusOr<Response>(response);
  });
  const auto pages = pages_of({}, 10);
  EXPECT_THAT(*next(*pages), ElementsAre("late"));
  EXPECT_THAT(*next(*pages), IsEmpty());
}

TEST_F(EndpointPagesOf, TheRegistrysRefusalIsTheAnswer) {
  using Request = registry::v1::ListEndpointsRequest;
  using Response = registry::v1::ListEndpointsResponse;
  registry.on<Request, Response>("ListEndpoints", [](const Request&) {
    return absl::StatusOr<Response>(absl::NotFoundError("no application app"));
  });
  EXPECT_TRUE(absl::IsNotFound(next(*pages_of({}, 10)).status()));
}

}  // namespace
}  // namespace millrace::gateway
