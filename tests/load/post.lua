-- SPDX-License-Identifier: Apache-2.0
-- wrk: one sample a request, as a device sends it.
wrk.method = "POST"
wrk.body = '{"temperature":23.5,"humidity":48}'

done = function(summary)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"seconds":%.3f,"refused":%d,"broken":%d}\n',
    summary.requests, summary.duration / 1e6, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
