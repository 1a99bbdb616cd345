// SPDX-License-Identifier: Apache-2.0
#include "load/http_device.h"

#include <fmt/format.h>

namespace millrace::load {
namespace {

constexpr std::chrono::milliseconds kReconnectAfter{50};
constexpr int kFirstNotSuccess = 300;

}  // namespace

HttpDevice::HttpDevice(HttpFleet& fleet, int number)
    : fleet_(fleet), number_(number), stream_(fleet.io, fleet.tls), retry_(fleet.io) {
  const Payload& payload = fleet.options.payload;
  request_ = fmt::format(
      "POST {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n\r\n",
      fleet.options.path, fleet.run.options().port, payload.text.size());
  number_offset_ = request_.size() + payload.number_at.value_or(0);
  request_ += payload.text;
}

void HttpDevice::start() {
  const ClientStream::Tcp::endpoint where(boost::asio::ip::address_v4::loopback(),
                                          fleet_.run.options().port);
  broken_ = false;
  ++pending_;
  stream_.async_connect(where, {}, [self = shared_from_this()](const ClientStream::Error& error) {
    --self->pending_;
    if (error) return self->lose("cannot connect: " + error.message());
    self->connected_ = true;
    self->parser_.emplace();
    self->read();
    self->send(std::chrono::steady_clock::now());
  });
}

void HttpDevice::send(Instant now) {
  // An answer may come before all of the request was written: a refusal of its size.
  if (!connected_ || started_at_ || writing_) return;
  started_at_ = fleet_.run.next_start(number_, scheduled_, now);
  if (!started_at_) return;
  ++scheduled_;
  if (fleet_.options.payload.number_at) {
    write_number(++fleet_.last_number, request_.data() + number_offset_);
  }
  writing_ = true;
  ++pending_;
  stream_.async_write(request_,
                      [self = shared_from_this()](const ClientStream::Error& error, std::size_t) {
                        --self->pending_;
                        self->writing_ = false;
                        if (self->broken_) return self->reopen_when_quiet();
                        if (error) return self->lose("cannot write: " + error.message());
                        self->send(std::chrono::steady_clock::now());
                      });
}

void HttpDevice::read() {
  ++pending_;
  stream_.async_read_some(
      boost::asio::buffer(buffer_),
      [self = shared_from_this()](const ClientStream::Error& error, std::size_t count) {
        --self->pending_;
        if (self->broken_) return self->reopen_when_quiet();
        if (error) return self->lose("connection lost: " + error.message());
        self->handle_bytes(count);
        if (self->broken_) return self->reopen_when_quiet();
        self->read();
      });
}

void HttpDevice::handle_bytes(std::size_t count) {
  in_.append(buffer_.data(), count);
  while (!in_.empty() && !broken_) {
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

void HttpDevice::lose(const std::string& why) {
  if (broken_) return;
  broken_ = true;
  connected_ = false;
  fleet_.run.lose(unanswered(), why);
  started_at_.reset();
  in_.clear();
  stream_.close();
  reopen_when_quiet();
}

void HttpDevice::reopen_when_quiet() {
  if (pending_ > 0 || !fleet_.run.options().reconnect) return;
  stream_.reset();
  retry_.expires_after(kReconnectAfter);
  retry_.async_wait([self = shared_from_this()](const ClientStream::Error& error) {
    if (!error) self->start();
  });
}

}  // namespace millrace::load
