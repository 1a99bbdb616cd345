// SPDX-License-Identifier: Apache-2.0
//
// What processes refused is kept by endpoint, and they do not know whose it is: what is shown to a
// key that is bound to applications has to be sorted first.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <absl/status/statusor.h>

#include "query/endpoint_traces.h"

namespace millrace::query {

// The application that has a version; nothing: there is no such version.
using OwnerOfVersion =
    std::function<absl::StatusOr<std::optional<std::string>>(const std::string& app_version_name)>;

// Versions that are asked about at most; an endpoint's devices name one or two.
inline constexpr std::size_t kMaxVersionsAsked = 20;

// Removes the refusals of uploads that named a version of another application. Where that cannot be
// told they are removed as well, which is one more gap.
void drop_foreign_refusals(const std::string& application_name, const OwnerOfVersion& owner_of,
                           EndpointTraces& traces);

}  // namespace millrace::query
