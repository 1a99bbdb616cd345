// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with a deployment, in words, and what to do about it. Pure.
#pragma once

#include <set>
#include <string>

#include "query/deployment.h"

#include "millrace/query/v1/query.pb.h"

namespace millrace::query {

// `without`: services whose silence is no finding.
v1::DiagnoseResponse diagnose(const Deployment& deployment, const std::set<std::string>& without);

}  // namespace millrace::query
