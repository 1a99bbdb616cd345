// SPDX-License-Identifier: Apache-2.0
//
// What the series rules of now say about values to people. Pure.
#pragma once

#include "millrace/configuration/v1/configuration.pb.h"
#include "millrace/query/v1/query.pb.h"

namespace millrace::query {

// Sets unit and description of those values that `rules` name.
void describe(const configuration::v1::SeriesRules& rules, v1::ListTimeSeriesResponse& response);

}  // namespace millrace::query
