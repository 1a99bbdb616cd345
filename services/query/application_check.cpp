// SPDX-License-Identifier: Apache-2.0
#include "query/application_check.h"

#include "lib/error/error.h"

namespace millrace::query {

absl::Status no_such_application(const std::string& name) {
  return absl::NotFoundError("application_name: there is no application " + name);
}

absl::Status check_application_exists(registry_client::RulesDirectory& applications,
                                      const std::string& name) {
  const auto known = applications.rules(name);
  if (known.ok()) return absl::OkStatus();
  if (absl::IsNotFound(known.status())) return no_such_application(name);
  return error::prefixed("cannot tell whether application " + name + " exists", known.status());
}

}  // namespace millrace::query
