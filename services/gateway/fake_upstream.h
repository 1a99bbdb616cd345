// SPDX-License-Identifier: Apache-2.0
//
// For tests: a service behind the gateway that answers as the test says, at once and on the thread
// that asks.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <google/protobuf/message.h>

#include "lib/rpc/generic_call.h"

namespace millrace::gateway {

class FakeUpstream final : public rpc::GenericCaller {
 public:
  // Of a stream: its messages, then its status.
  struct Played {
    std::vector<std::string> messages = {};
    absl::Status end = absl::OkStatus();
  };

  // What the method of that name (the last part of its path) answers to each call.
  template <class Request, class Response>
  void on(const std::string& method,
          std::function<absl::StatusOr<Response>(const Request&)> answer) {
    unary_[method] = [answer = std::move(answer)](const std::string& bytes) {
      Request request;
      request.ParseFromString(bytes);
      const absl::StatusOr<Response> response = answer(request);
      if (!response.ok()) return rpc::GenericAnswer{response.status(), {}};
      return rpc::GenericAnswer{absl::OkStatus(), response->SerializeAsString()};
    };
  }
  template <class Request>
  void on_stream(const std::string& method, std::function<Played(const Request&)> answer) {
    streams_[method] = [answer = std::move(answer)](const std::string& bytes) {
      Request request;
      request.ParseFromString(bytes);
      return answer(request);
    };
  }

  void unary(rpc::GenericRequest request, std::function<void(rpc::GenericAnswer)> done) override {
    calls.push_back(request);
    const auto found = unary_.find(method_of(request));
    if (found == unary_.end()) return done({absl::UnimplementedError(request.method), {}});
    done(found->second(request.message));
  }
  std::unique_ptr<rpc::MessageStream> stream(rpc::GenericRequest request) override {
    calls.push_back(request);
    const auto found = streams_.find(method_of(request));
    if (found == streams_.end()) {
      return std::make_unique<Stream>(*this, Played{{}, absl::UnimplementedError(request.method)});
    }
    return std::make_unique<Stream>(*this, found->second(request.message));
  }
  void stop() override {}

  std::vector<rpc::GenericRequest> calls;
  int messages_read = 0;
  int cancelled = 0;
  int open_streams = 0;

 private:
  class Stream final : public rpc::MessageStream {
   public:
    Stream(FakeUpstream& owner, Played played) : owner_(owner), played_(std::move(played)) {
      ++owner_.open_streams;
    }
    ~Stream() override { --owner_.open_streams; }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    void next(Next done) override {
      if (cancelled_) return done(absl::CancelledError("cancelled"));
      if (at_ < played_.messages.size()) {
        ++owner_.messages_read;
        return done(std::optional(played_.messages[at_++]));
      }
      if (!played_.end.ok()) return done(played_.end);
      done(std::optional<std::string>());
    }
    void cancel() override {
      ++owner_.cancelled;
      cancelled_ = true;
    }
    rpc::Metadata trailers() const override { return {}; }

   private:
    FakeUpstream& owner_;
    const Played played_;
    std::size_t at_ = 0;
    bool cancelled_ = false;
  };

  static std::string method_of(const rpc::GenericRequest& request) {
    return request.method.substr(request.method.rfind('/') + 1);
  }

  std::map<std::string, std::function<rpc::GenericAnswer(const std::string&)>> unary_;
  std::map<std::string, std::function<Played(const std::string&)>> streams_;
};

}  // namespace millrace::gateway
