// SPDX-License-Identifier: Apache-2.0
//
// What became of an endpoint's samples, in words. Pure.
#pragma once

#include <memory>

#include "query/endpoint_traces.h"

#include "millrace/configuration/v1/configuration.pb.h"
#include "millrace/query/v1/query.pb.h"

namespace millrace::query {

// `rules`: of the application; null: not known.
v1::ExplainEndpointResponse explain(const TraceQuery& query, const EndpointTraces& traces,
                                    const configuration::v1::SeriesRules* rules);

}  // namespace millrace::query
