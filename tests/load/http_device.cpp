// SPDX-License-Identifier: Apache-2.0
#include "load/http_device.h"

#include <fmt/format.h>

namespace millrace::load {
namespace {

constexpr int kFirstNotSuccess = 300;

}  // namespace

HttpDevice::HttpDevice(HttpFleet& fleet, int number)
    : LoadDevice(fleet.run, fleet.io, fleet.tls), fleet_(fleet), number_(number) {
  const Payload& payload = fleet.options.payload;
  request_ = fmt::format(
      "POST {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n\r\n",
      fleet.options.path, fleet.run.options().port, payload.text.size());
  number_offset_ = request_.size() + payload.number_at.value_or(0);
  request_ += payload.text;
}

void HttpDevice::opened() {
  connected_ = true;
  parser_.emplace();
  send(std::chrono::steady_clock::now());
}

void HttpDevice::written() {
  send(std::chrono::steady_clock::now());
}

void HttpDevice::send(Instant now) {
  // An answer may come before all of the request was written: a refusal of its size.
  if (!connected_ || started_at_ || writing()) return;
  started_at_ = fleet_.run.next_start(number_, scheduled_, now);
  if (!started_at_) return;
  ++scheduled_;
  if (fleet_.options.payload.number_at) {
    write_number(++fleet_.last_number, request_.data() + number_offset_);
  }
  write(request_);
}

void HttpDevice::received() {
  while (!in_.empty() && !broken()) {
    boost::beast::error_code error;
    const std::size_t taken = parser_->put(boost::asio::buffer(in_), error);
    in_.erase(0, taken);
    if (error == boost::beast::http::error::need_more) return;
    if (error) return fleet_.run.fail("the answer is no HTTP: " + error.message());
    if (!parser_->is_done()) continue;
    const int status = parser_->get().result_int();
    const bool keep_alive = parser_->keep_alive();
    parser_.emplace();
    if (status >= 200) handle_answer(status, keep_alive);
  }
}

void HttpDevice::handle_answer(int status, bool keep_alive) {
  if (!started_at_) return fleet_.run.fail(fmt::format("an answer {} to nothing", status));
  const Instant now = std::chrono::steady_clock::now();
  fleet_.run.complete(*started_at_, now);
  started_at_.reset();
  if (status >= kFirstNotSuccess) {
    fleet_.run.refuse();
    if (!fleet_.options.tolerate_refusals) {
      return fleet_.run.fail(fmt::format("an upload is refused with {}", status));
    }
  }
  if (!keep_alive) return lose("the server ends the connection");
  send(now);
}

void HttpDevice::forget() {
  started_at_.reset();
}

}  // namespace millrace::load
