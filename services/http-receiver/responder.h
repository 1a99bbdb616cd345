// SPDX-License-Identifier: Apache-2.0
//
// Answers one request with what every answer of the receiver has: the correlation id, and what lets
// pages of allowed sites read it.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "lib/http/cors.h"
#include "lib/http/message.h"

namespace millrace::http_receiver {

// The 1/KP error object as an answer. 503 and 429 get Retry-After.
http::Response error_response(int status, std::string_view reason);

// Adds it to `response`. `origin`: the request's.
void finish(http::Response& response, const std::string& correlation_id, std::string_view origin,
            const http::CorsRules& cors);

// A value; send() once, from any thread.
class Responder {
 public:
  // `cors` must outlive it.
  Responder(http::Reply reply, std::string correlation_id, std::string origin,
            const http::CorsRules& cors)
      : reply_(std::move(reply)),
        correlation_id_(std::move(correlation_id)),
        origin_(std::move(origin)),
        cors_(&cors) {}

  const std::string& correlation_id() const { return correlation_id_; }

  void send(http::Response response) const {
    finish(response, correlation_id_, origin_, *cors_);
    reply_(std::move(response));
  }

 private:
  http::Reply reply_;
  std::string correlation_id_;
  std::string origin_;  // empty: no page asks
  const http::CorsRules* cors_;
};

}  // namespace millrace::http_receiver
