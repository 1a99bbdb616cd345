// SPDX-License-Identifier: Apache-2.0
//
// Which applications somebody may use. To whom an application is closed it does not exist, nor does
// anything in it: the answer is word for word that for a name nobody has.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <absl/status/status.h>

#include "lib/rpc/server.h"

namespace millrace::registry {

class Scope {
 public:
  static Scope all() { return Scope(std::nullopt); }
  static Scope of(std::string application_name) {
    return Scope(std::vector<std::string>{std::move(application_name)});
  }
  // What the caller's key is bound to.
  explicit Scope(const rpc::Caller& caller)
      : names_(caller.is_bound() ? std::optional(caller.application_names) : std::nullopt) {}

  bool has(const std::string& application_name) const;
  // Nothing: all, also those made later.
  const std::optional<std::vector<std::string>>& names() const { return names_; }

 private:
  explicit Scope(std::optional<std::vector<std::string>> names) : names_(std::move(names)) {}

  std::optional<std::vector<std::string>> names_;
};

// Of a request's field that names an application: kInvalidArgument for what is no name, kNotFound
// for one that is closed to the caller.
absl::Status check_application(const rpc::Caller& caller, const std::string& field,
                               const std::string& name);

}  // namespace millrace::registry
