// SPDX-License-Identifier: Apache-2.0
//
// Where our socket layer and cpprestsdk meet. cpprestsdk lets a program bring its own server
// beneath http_listener (http_server_api::register_server_api); CpprestDoor is that server. What
// cpprestsdk carries from a request to its answer is the method and the status; the rest goes
// beside it, in the Exchange: copying header fields into its maps and back, and bodies through its
// streams, would cost more than all else that is done for a request.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "lib/http/connection.h"
#include "lib/http/cpprest.h"
#include "lib/http/message.h"

namespace millrace::http {

// A request and what answers it.
class Exchange final : public web::http::details::_http_server_context {
 public:
  explicit Exchange(ReceivedRequest received)
      : connection_(std::move(received.connection)), request_(std::move(received.request)) {}
  // An exchange that nobody answered is answered with 500.
  ~Exchange() override;

  Request take_request() { return std::move(request_); }
  // The answer that respond() is to give.
  void prepare(Response response) { prepared_ = std::move(response); }
  // With what was prepared, else with `made_by_cpprest`.
  void answer(const web::http::http_response& made_by_cpprest);

 private:
  std::shared_ptr<Connection> connection_;  // until answered
  Request request_;
  std::optional<Response> prepared_;
};

web::http::http_request to_cpprest(ReceivedRequest received);
// Of `from`, which must come from to_cpprest(), while it has no answer; else nullptr.
Exchange* exchange_of(const web::http::http_request& from);
// An answer that cpprestsdk made by itself.
Response to_value(const web::http::http_response& from);

// Learns which listener to hand requests to; the sockets are none of its business, because
// cpprestsdk owns it and deletes it when it likes.
class CpprestDoor final : public web::http::experimental::details::http_server {
 public:
  using Listener = web::http::experimental::listener::details::http_listener_impl;

  // `registered` is set while a listener is open, and must outlive the door.
  explicit CpprestDoor(Listener*& registered) : registered_(registered) {}

  pplx::task<void> start() override { return pplx::task_from_result(); }
  pplx::task<void> stop() override { return pplx::task_from_result(); }
  pplx::task<void> register_listener(Listener* listener) override {
    registered_ = listener;
    return pplx::task_from_result();
  }
  pplx::task<void> unregister_listener(Listener*) override {
    registered_ = nullptr;
    return pplx::task_from_result();
  }
  pplx::task<void> respond(web::http::http_response response) override;

 private:
  Listener*& registered_;
};

// Runs cpprestsdk's continuations at once on the thread that causes them: each is a few
// instructions, and its default, a pool of forty threads, costs a wake-up for every answer. Once in
// a process, before anything else of cpprestsdk.
void use_inline_scheduler();

}  // namespace millrace::http
