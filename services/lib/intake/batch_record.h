// SPDX-License-Identifier: Apache-2.0
//
// One upload as the bytes it has inside a DataSamplesBatch. Records one after the other are a
// serialized batch, so a message grows by appending, and nothing is serialized twice.
#pragma once

#include <string>

#include "millrace/telemetry/v1/data_samples.pb.h"

namespace millrace::intake {

std::string batch_record(const telemetry::v1::DataSamplesEvent& event);

}  // namespace millrace::intake
