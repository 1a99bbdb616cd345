// SPDX-License-Identifier: Apache-2.0
//
// What the registry's answers mean: pure. An answer that cannot be read, 503 and codes this version
// does not know count as "away": the registry cannot tell now.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/registry_client/credential_answer.h"
#include "lib/registry_client/endpoint_check.h"
#include "lib/registry_client/token_cache.h"
#include "lib/registry_client/token_directory.h"

#include "millrace/configuration/v1/configuration.pb.h"
#include "millrace/identity/v1/api_key.pb.h"

namespace millrace::registry_client {

// kUnavailable result: away.
LookUp read_token_answer(const absl::StatusOr<std::string>& answer,
                         const std::string& app_version_name);

// To a question about many tokens; a result for each of `tokens`, in their order. Away for one is
// away for all, unless the registry says so of that one alone.
std::vector<LookUp> read_tokens_answer(const absl::StatusOr<std::string>& answer,
                                       const std::vector<TokenKey>& tokens);

// kUnavailable: away. kNotFound: no such application.
absl::StatusOr<std::shared_ptr<const configuration::v1::SeriesRules>> read_rules_answer(
    const absl::StatusOr<std::string>& answer, const std::string& application_name);

// To a look-up without a token: the application that has the version; nothing: there is no such
// version. kUnavailable: away.
absl::StatusOr<std::optional<std::string>> read_owner_answer(
    const absl::StatusOr<std::string>& answer);

// kUnavailable: away. An unknown version is an answer without an application.
absl::StatusOr<CheckedEndpoints> read_endpoint_check_answer(
    const absl::StatusOr<std::string>& answer);

// kUnavailable: away. kUnauthenticated: unknown or revoked.
absl::StatusOr<identity::v1::ApiKeyCheckResponse> read_key_answer(
    const absl::StatusOr<std::string>& answer);

CredentialAnswer read_credential_answer(const absl::StatusOr<std::string>& answer);

// kUnavailable: away.
absl::StatusOr<AuthenticationNews> read_authentication_answer(
    const absl::StatusOr<std::string>& answer);

}  // namespace millrace::registry_client
