// SPDX-License-Identifier: Apache-2.0
#include "gateway/endpoint_pages.h"

#include <algorithm>
#include <utility>

namespace millrace::gateway {
namespace {

// The most that the registry gives.
constexpr std::int32_t kRegistryPage = 1000;

}  // namespace

EndpointPages::EndpointPages(std::shared_ptr<const EptsCalls> calls, std::string application,
                             std::vector<std::string> named, std::size_t page_size)
    : calls_(std::move(calls)),
      application_(std::move(application)),
      page_size_(page_size),
      ids_(std::move(named)),
      all_known_(!ids_.empty()) {}

void EndpointPages::next(Done done) {
  if (given_ < ids_.size() || all_known_) return done(cut_page());
  registry::v1::ListEndpointsRequest request;
  request.set_application_name(application_);
  request.set_page_size(kRegistryPage);
  request.set_page_token(page_token_);
  calls_->ask_registry<registry::v1::ListEndpointsResponse>(
      "ListEndpoints", request,
      [self = shared_from_this(),
       done = std::move(done)](absl::StatusOr<registry::v1::ListEndpointsResponse> page) mutable {
        self->take(std::move(page), std::move(done));
      });
}

void EndpointPages::take(absl::StatusOr<registry::v1::ListEndpointsResponse> page, Done done) {
  if (!page.ok()) return done(page.status());
  ids_.clear();
  given_ = 0;
  for (registry::v1::Endpoint& endpoint : *page->mutable_endpoints()) {
    ids_.push_back(std::move(*endpoint.mutable_endpoint_id()));
  }
  page_token_ = std::move(*page->mutable_next_page_token());
  all_known_ = page_token_.empty();
  // A page may be empty and not the last.
  next(std::move(done));
}

std::vector<std::string> EndpointPages::cut_page() {
  const std::size_t count = std::min(page_size_, ids_.size() - given_);
  const auto first = ids_.begin() + static_cast<std::ptrdiff_t>(given_);
  given_ += count;
  return {first, first + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace millrace::gateway
