// SPDX-License-Identifier: Apache-2.0
//
// What the fields of requests about client credentials may hold, as registry.proto says it. A
// failure is kInvalidArgument and names the field and the rule.
#pragma once

#include <string>

#include <absl/status/status.h>

#include "millrace/registry/v1/registry.pb.h"

namespace millrace::registry {

absl::Status check_user_name(const std::string& field, const std::string& value);
// Never quotes the value.
absl::Status check_password(const std::string& field, const std::string& value);
// The form in which a receiver will show it: anything else would never match.
absl::Status check_certificate(const std::string& field,
                               const identity::v1::ClientCertificate& certificate);
// Each transport once, and none that cannot do what is asked.
absl::Status check_transports(const v1::UpdateClientAuthenticationRequest& request);

}  // namespace millrace::registry
