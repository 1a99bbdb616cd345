// SPDX-License-Identifier: Apache-2.0
#include "query/foreign_refusals.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "lib/error/error.h"

namespace millrace::query {
namespace {

// Whether versions belong to one application, each asked once.
class Owners {
 public:
  Owners(const std::string& application_name, const OwnerOfVersion& owner_of)
      : application_name_(application_name), owner_of_(owner_of) {}

  bool is_own(const std::string& app_version_name) {
    const auto known = own_.find(app_version_name);
    return known != own_.end()
               ? known->second
               : own_.emplace(app_version_name, ask(app_version_name)).first->second;
  }
  // Why one of them could not be told; OK: all were.
  const absl::Status& failure() const { return failure_; }

 private:
  bool ask(const std::string& app_version_name) {
    if (app_version_name.empty()) return false;
    if (own_.size() >= kMaxVersionsAsked) {
      failure_.Update(absl::ResourceExhaustedError("they name too many application versions"));
    }
    if (!failure_.ok()) return false;
    const auto owner = owner_of_(app_version_name);
    failure_.Update(owner.status());
    return owner.ok() && *owner == application_name_;
  }

  const std::string& application_name_;
  const OwnerOfVersion& owner_of_;
  std::map<std::string, bool> own_;
  absl::Status failure_;
};

}  // namespace

void drop_foreign_refusals(const std::string& application_name, const OwnerOfVersion& owner_of,
                           EndpointTraces& traces) {
  Owners owners(application_name, owner_of);
  for (status::v1::RefusalsResponse& response : traces.refusals) {
    auto& refusals = *response.mutable_refusals();
    const auto own = std::stable_partition(
        refusals.begin(), refusals.end(),
        [&](const status::v1::Refusal& one) { return owners.is_own(one.app_version_name()); });
    refusals.erase(own, refusals.end());
  }
  if (!owners.failure().ok()) {
    traces.gaps.push_back(fmt::format(
        "uploads that were refused may be missing: {}, so nobody can tell which of them "
        "are of application {}",
        error::message(owners.failure()), application_name));
  }
}

}  // namespace millrace::query
