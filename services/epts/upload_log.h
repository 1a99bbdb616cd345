// SPDX-License-Identifier: Apache-2.0
//
// What became of each upload, for whoever follows one through the logs of all services.
#pragma once

#include "epts/batch_storer.h"
#include "lib/log/log.h"
#include "lib/time_series/sample_batch.h"

namespace millrace::epts {

// A line of level debug for each upload of a batch that was stored; nothing, at no cost, below that
// level. `stored` of its samples gave points, `rejected` gave none and are in rejected_sample, the
// others hold nothing to store. That a sample gave way to another one of its instant only the
// database knows, so merged samples are among the stored ones. Of a replayed upload that nothing
// was done with, both are 0.
void log_uploads(const time_series::SampleBatch& batch, const BatchStorer::Stored& stored,
                 log::Logger& log);

}  // namespace millrace::epts
