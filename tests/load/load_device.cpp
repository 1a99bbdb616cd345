// SPDX-License-Identifier: Apache-2.0
#include "load/load_device.h"

#include <chrono>

namespace millrace::load {
namespace {

constexpr std::chrono::milliseconds kReconnectAfter{50};

}  // namespace

LoadDevice::LoadDevice(LoadRun& run, boost::asio::io_context& io, boost::asio::ssl::context* tls)
    : run_(run), stream_(io, tls), retry_(io) {}

void LoadDevice::start() {
  const ClientStream::Tcp::endpoint where(boost::asio::ip::address_v4::loopback(),
                                          run_.options().port);
  broken_ = false;
  ++pending_;
  stream_.async_connect(where, {}, [self = shared_from_this()](const ClientStream::Error& error) {
    --self->pending_;
    if (error) return self->lose("cannot connect: " + error.message());
    self->read();
    self->opened();
  });
}

void LoadDevice::write(const std::string& bytes) {
  writing_ = true;
  ++pending_;
  stream_.async_write(bytes,
                      [self = shared_from_this()](const ClientStream::Error& error, std::size_t) {
                        --self->pending_;
                        self->writing_ = false;
                        if (self->broken_) return self->reopen_when_quiet();
                        if (error) return self->lose("cannot write: " + error.message());
                        self->written();
                      });
}

void LoadDevice::read() {
  ++pending_;
  stream_.async_read_some(
      boost::asio::buffer(buffer_),
      [self = shared_from_this()](const ClientStream::Error& error, std::size_t count) {
        --self->pending_;
        if (self->broken_) return self->reopen_when_quiet();
        if (error) return self->lose("connection lost: " + error.message());
        self->in_.append(self->buffer_.data(), count);
        self->received();
        if (self->broken_) return self->reopen_when_quiet();
        self->read();
      });
}

void LoadDevice::lose(const std::string& why) {
  if (broken_) return;
  broken_ = true;
  connected_ = false;
  run_.lose(unanswered(), why);
  forget();
  in_.clear();
  stream_.close();
  reopen_when_quiet();
}

void LoadDevice::reopen_when_quiet() {
  if (pending_ > 0 || !run_.options().reconnect) return;
  stream_.reset();
  retry_.expires_after(kReconnectAfter);
  retry_.async_wait([self = shared_from_this()](const ClientStream::Error& error) {
    if (!error) self->start();
  });
}

}  // namespace millrace::load
