// SPDX-License-Identifier: Apache-2.0
#include "registry/scope.h"

#include <algorithm>

#include "lib/error/error.h"
#include "registry/application_store.h"
#include "registry/field_rules.h"

namespace millrace::registry {

bool Scope::has(const std::string& application_name) const {
  return !names_ || std::find(names_->begin(), names_->end(), application_name) != names_->end();
}

absl::Status check_application(const rpc::Caller& caller, const std::string& field,
                               const std::string& name) {
  MILLRACE_RETURN_IF_ERROR(check_name(field, name));
  return Scope(caller).has(name) ? absl::OkStatus() : unknown_application(name);
}

}  // namespace millrace::registry
