// SPDX-License-Identifier: Apache-2.0
//
// What the EPTS REST API asks of query and registry for one request, with that request's key.
// Callbacks run on threads of gRPC, or before the call returns.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <absl/status/statusor.h>
#include <google/protobuf/message.h>

#include "gateway/upstreams.h"
#include "lib/rpc/generic_call.h"

#include "millrace/query/v1/query.pb.h"

namespace millrace::gateway {

// Immutable: safe to use from any thread. `upstreams` must outlive it.
class EptsCalls {
 public:
  // `timeout`: of each call that is answered by one message; streams have none of ours. `share`:
  // what the request has taken, given back when the last part of its answer lets go of this.
  EptsCalls(const Upstreams& upstreams, rpc::Metadata metadata, std::chrono::milliseconds timeout,
            std::shared_ptr<const void> share = nullptr)
      : upstreams_(upstreams),
        metadata_(std::move(metadata)),
        timeout_(timeout),
        share_(std::move(share)) {}

  template <class Response>
  using Done = std::function<void(absl::StatusOr<Response>)>;

  // `method`: ListTimeSeries, …
  template <class Response>
  void ask_query(const std::string& method, const google::protobuf::Message& request,
                 Done<Response> done) const {
    upstreams_.query().unary(call("/millrace.query.v1.Query/", method, request, timeout_),
                             parsed<Response>(std::move(done)));
  }
  template <class Response>
  void ask_registry(const std::string& method, const google::protobuf::Message& request,
                    Done<Response> done) const {
    upstreams_.registry().unary(call("/millrace.registry.v1.Registry/", method, request, timeout_),
                                parsed<Response>(std::move(done)));
  }
  // Messages are DataPointsChunk.
  std::unique_ptr<rpc::MessageStream> points(const query::v1::GetDataPointsRequest& request) const;

 private:
  rpc::GenericRequest call(const char* service, const std::string& method,
                           const google::protobuf::Message& request,
                           std::chrono::milliseconds timeout) const;

  template <class Response>
  static std::function<void(rpc::GenericAnswer)> parsed(Done<Response> done) {
    return [done = std::move(done)](const rpc::GenericAnswer& answer) {
      Response response;
      if (!answer.status.ok()) return done(answer.status);
      if (!response.ParseFromString(answer.message)) {
        return done(absl::DataLossError("cannot read the answer: it is no message of its type"));
      }
      done(std::move(response));
    };
  }

  const Upstreams& upstreams_;
  const rpc::Metadata metadata_;
  const std::chrono::milliseconds timeout_;
  const std::shared_ptr<const void> share_;
};

}  // namespace millrace::gateway
