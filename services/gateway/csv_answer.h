// SPDX-License-Identifier: Apache-2.0
//
// What is said around an export as CSV: who gets it, and as which file. Pure.
#pragma once

#include <string>
#include <string_view>

#include "gateway/epts_request.h"
#include "lib/http/message.h"

namespace millrace::gateway {

// Of the field Accept: it names text/csv, and not JSON at least as strongly (RFC 9110, 12.5.1).
bool prefers_csv(std::string_view accept);

// "greenhouse-20260101T000000Z-20260201T000000Z.csv": a name that no file system or header minds.
std::string export_file_name(const EptsDataRequest& request);

// The answer without its body: text/csv, to be saved.
http::Response csv_answer(const EptsDataRequest& request);

}  // namespace millrace::gateway
