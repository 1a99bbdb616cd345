// SPDX-License-Identifier: Apache-2.0
//
// For tests: a server of gRPC that answers as it is told, and remembers what it was asked.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/rpc/generic_call.h"

namespace millrace::gateway {

// A stream whose pieces the test gives out; one that is asked for and not there is owed.
class PlayedStream final : public rpc::MessageStream {
 public:
  struct Script {
    std::deque<absl::StatusOr<std::optional<std::string>>> pieces;
    rpc::Metadata trailers;
    Next owed;
    int asked = 0;
    bool cancelled = false;
    bool destroyed = false;

    void give(absl::StatusOr<std::optional<std::string>> piece) {
      if (const Next done = std::exchange(owed, nullptr)) return done(std::move(piece));
      pieces.push_back(std::move(piece));
    }
  };

  explicit PlayedStream(std::shared_ptr<Script> script) : script_(std::move(script)) {}
  ~PlayedStream() override { script_->destroyed = true; }
  PlayedStream(const PlayedStream&) = delete;
  PlayedStream& operator=(const PlayedStream&) = delete;

  void next(Next done) override {
    ++script_->asked;
    if (script_->pieces.empty()) {
      script_->owed = std::move(done);
      return;
    }
    auto piece = std::move(script_->pieces.front());
    script_->pieces.pop_front();
    done(std::move(piece));
  }
  void cancel() override {
    script_->cancelled = true;
    if (const Next done = std::exchange(script_->owed, nullptr)) done(absl::CancelledError());
  }
  rpc::Metadata trailers() const override { return script_->trailers; }

 private:
  const std::shared_ptr<Script> script_;
};

class PlayedCaller final : public rpc::GenericCaller {
 public:
  void unary(rpc::GenericRequest request, std::function<void(rpc::GenericAnswer)> done) override {
    requests.push_back(std::move(request));
    done(answer);
  }
  std::unique_ptr<rpc::MessageStream> stream(rpc::GenericRequest request) override {
    requests.push_back(std::move(request));
    return std::make_unique<PlayedStream>(script);
  }
  void stop() override {}

  std::vector<rpc::GenericRequest> requests;
  rpc::GenericAnswer answer{absl::OkStatus(), {}};
  std::shared_ptr<PlayedStream::Script> script = std::make_shared<PlayedStream::Script>();
};

}  // namespace millrace::gateway
