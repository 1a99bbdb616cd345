// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/connection.h"

#include <algorithm>

#include <boost/asio/buffer.hpp>
#include <fmt/format.h>
#include <netinet/tcp.h>

namespace millrace::mqtt_receiver {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Then the others of the worker have their turn.
constexpr int kReadsPerTurn = 4;

// How long a peer that is told goodbye may take to hear it.
constexpr std::chrono::milliseconds kLingerTimeout{1000};

// Memory of an output buffer that is kept while nothing waits.
constexpr std::size_t kKeptOutputBytes = 4096;

// A peer that vanished without a word and asked for no keep alive is found by TCP after four
// minutes: 120 s of silence, then four probes 30 s apart.
using KeepAliveIdle = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPIDLE>;
using KeepAliveInterval = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPINTVL>;
using KeepAliveProbes = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPCNT>;

bool would_block(const error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again;
}

// The peer is owed a readable end: a goodbye, or acknowledgements sent just before. Not one that
// holds too much memory, or does not read.
bool ends_in_order(CloseReason reason, bool said_goodbye) {
  if (reason == CloseReason::kMemoryExhausted || reason == CloseReason::kSlowReader) return false;
  return said_goodbye || reason == CloseReason::kShutdown;
}

}  // namespace

Connection::Connection(ConnectionId id, Socket socket, ConnectionSurroundings& surroundings)
    : id_(id),
      surroundings_(surroundings),
      socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      session_(surroundings.limits.session, *surroundings.client_ids,
               surroundings.platform.clock.instant()) {}

void Connection::start() {
  configure_socket();
  settle();
}

void Connection::configure_socket() {
  // A socket the peer has closed already refuses options; reading from it says so soon enough.
  error_code ignored;
  const auto endpoint = socket_.remote_endpoint(ignored);
  peer_ = fmt::format("{}:{}", endpoint.address().to_string(ignored), endpoint.port());
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  socket_.set_option(KeepAliveIdle(120), ignored);
  socket_.set_option(KeepAliveInterval(30), ignored);
  socket_.set_option(KeepAliveProbes(4), ignored);
}

void Connection::wait_readable() {
  if (waiting_readable_ || state_ == State::kEnded) return;
  if (state_ == State::kOpen && !session_.wants_input()) return;
  waiting_readable_ = true;
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](const error_code& error) {
    self->waiting_readable_ = false;
    if (error || self->state_ == State::kEnded) return;
    if (self->state_ == State::kLingering) return self->discard_available();
    self->read_available();
  });
}

void Connection::read_available() {
  std::vector<char>& buffer = surroundings_.read_buffer;
  for (int turn = 0; turn < kReadsPerTurn && session_.wants_input(); ++turn) {
    error_code error;
    const std::size_t count = socket_.read_some(asio::buffer(buffer), error);
    if (would_block(error)) break;
    if (error) {
      if (!end_reason_) end_reason_ = CloseReason::kPeerClosed;
      break;
    }
    surroundings_.metrics.received_bytes.increment(static_cast<double>(count));
    Actions actions;
    session_.receive({buffer.data(), count}, now(), actions);
    apply(actions);
    if (count < buffer.size()) break;
  }
  settle();
}

void Connection::take_receipt(const UploadReceipt& receipt) {
  if (state_ != State::kOpen) return;
  if (receipt.receipt.token_id != 0 && receipt.receipt.token_id != last_token_id_) {
    last_token_id_ = receipt.receipt.token_id;
    surroundings_.tokens.add(id_, last_token_id_);
  }
  Actions actions;
  session_.answer(receipt.upload_id, receipt.receipt, now(), actions);
  apply(actions);
}

void Connection::flush() {
  if (state_ == State::kOpen) settle();
}

void Connection::begin_stop() {
  if (state_ != State::kOpen) return;
  Actions actions;
  session_.begin_stop(now(), actions);
  apply(actions);
  settle();
}

void Connection::end(CloseReason reason) {
  if (state_ == State::kLingering) return finish();
  if (state_ == State::kOpen) begin_end(reason);
}

void Connection::apply(Actions& actions) {
  surroundings_.metrics.count(actions.tally);
  if (actions.connected) {
    connected_ = true;
    surroundings_.metrics.connects_accepted.increment();
    if (!session_.client_id().empty()) {
      surroundings_.clients.claim(session_.client_id(), {&surroundings_.mailbox, id_});
    }
  }
  for (Submission& submission : actions.submissions) {
    surroundings_.uploads.submit(std::move(submission), {&surroundings_.mailbox, id_});
  }
  for (intake::OutsideRefusal& refusal : actions.refusals) {
    surroundings_.uploads.note(std::move(refusal));
  }
  if (actions.will) surroundings_.uploads.submit_unanswered(*std::move(actions.will));
  output_.append(actions.output);
  if (actions.close && !end_reason_) end_reason_ = actions.close;
  if (actions.authentication) authenticate(*actions.authentication);
}

// Whoever comes is served.
void Connection::authenticate(const ConnectCredentials& /*credentials*/) {
  Actions actions;
  session_.authenticated({}, now(), actions);
  apply(actions);
}

// After an event, or several: sends what waits, holds the session or lets it go on, and waits for
// what comes next.
void Connection::settle() {
  while (true) {
    send_output();
    if (pending_output() > surroundings_.limits.max_output_bytes && !end_reason_) {
      end_reason_ = CloseReason::kSlowReader;
    }
    if (end_reason_) return begin_end(*end_reason_);

    const std::size_t held_bytes = session_.held_bytes() + pending_output();
    surroundings_.budget.update(budgeted_bytes_, held_bytes);
    budgeted_bytes_ = held_bytes;
    const Hold hold = wanted_hold(held_bytes);
    if (end_reason_) continue;
    if (hold == hold_ && (hold == Hold::kDecoding || !session_.has_more())) break;
    hold_ = hold;
    Actions actions;
    session_.go_on(hold, now(), actions);
    apply(actions);
  }
  update_gauges();
  arm_timer();
  wait_readable();
}

Hold Connection::wanted_hold(std::size_t held_bytes) {
  // Released well below where it was held, so that a slow reader does not toggle with every write.
  const bool held = hold_ == Hold::kDecoding;
  if (pending_output() > surroundings_.limits.max_output_bytes / (held ? 8 : 2)) {
    return Hold::kDecoding;
  }
  if (!surroundings_.budget.refuses(held_bytes)) return Hold::kNone;
  // Uploads in flight will be answered, and answers read, and free theirs. The beginning of a
  // packet would stay for ever.
  if (!session_.has_uploads_in_flight() && !session_.has_more() && pending_output() == 0 &&
      hold_ != Hold::kDecoding) {
    end_reason_ = CloseReason::kMemoryExhausted;
  }
  return Hold::kReading;
}

void Connection::update_gauges() {
  const bool paused = state_ == State::kOpen && !session_.wants_input();
  if (paused == counted_paused_) return;
  counted_paused_ = paused;
  surroundings_.metrics.paused_connections.add(paused ? 1 : -1);
}

void Connection::send_output() {
  if (waiting_writable_) return;
  while (pending_output() > 0) {
    error_code error;
    const std::size_t count =
        socket_.write_some(asio::buffer(output_.data() + sent_, pending_output()), error);
    if (would_block(error)) return wait_writable();
    if (error) {
      output_.clear();
      sent_ = 0;
      if (!end_reason_) end_reason_ = CloseReason::kPeerClosed;
      return;
    }
    sent_ += count;
    surroundings_.metrics.sent_bytes.increment(static_cast<double>(count));
  }
  sent_ = 0;
  output_.clear();
  // swap, because assigning an empty string keeps the capacity.
  if (output_.capacity() > kKeptOutputBytes) std::string().swap(output_);
}

void Connection::wait_writable() {
  // What has been sent is not kept longer than half of the rest is.
  if (sent_ > output_.size() / 2) {
    output_.erase(0, sent_);
    sent_ = 0;
  }
  stalled_since_ = now();  // something was taken just now, or nothing waited before
  waiting_writable_ = true;
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const error_code& error) {
    self->waiting_writable_ = false;
    if (error || self->state_ == State::kEnded) return;
    if (self->state_ == State::kLingering) return self->linger();
    self->settle();
  });
}

void Connection::arm_timer() {
  time::Instant deadline = std::min(session_.next_deadline(), linger_until_);
  // Lingering has a shorter time-out of its own.
  if (waiting_writable_ && state_ == State::kOpen) {
    deadline = std::min(deadline, stalled_since_ + surroundings_.limits.write_timeout);
  }
  // A timer that fires too early finds nothing to do and is armed again: cheaper than moving it
  // with each packet.
  if (deadline >= timer_at_) return;
  timer_at_ = deadline;
  timer_.expires_after(deadline - now());
  timer_.async_wait([self = shared_from_this()](const error_code& error) {
    if (error || self->state_ == State::kEnded) return;
    self->timer_at_ = time::Instant::max();
    self->on_timer();
  });
}

void Connection::on_timer() {
  const time::Instant at = now();
  if (state_ == State::kLingering) {
    if (at >= linger_until_) return finish();
    return arm_timer();
  }
  Actions actions;
  session_.tick(at, actions);
  apply(actions);
  if (waiting_writable_ && at >= stalled_since_ + surroundings_.limits.write_timeout) {
    if (!end_reason_) end_reason_ = CloseReason::kSlowReader;
  }
  settle();
}

void Connection::begin_end(CloseReason reason) {
  Actions parting;
  session_.end(reason, parting);
  apply(parting);
  count_end(reason);
  log_end(reason);
  if (!session_.client_id().empty()) {
    surroundings_.clients.release(session_.client_id(), {&surroundings_.mailbox, id_});
  }
  surroundings_.tokens.remove(id_);
  send_output();
  state_ = State::kLingering;
  update_gauges();
  if (!ends_in_order(reason, session_.said_goodbye())) return finish();
  linger_until_ = now() + kLingerTimeout;
  linger();
}

void Connection::count_end(CloseReason reason) {
  const ReceiverMetrics& metrics = surroundings_.metrics;
  metrics.count_closed(reason);
  if (connected_) return;
  (session_.said_goodbye() ? metrics.connects_refused : metrics.connects_abandoned).increment();
}

void Connection::log_end(CloseReason reason) {
  log::Logger& log = surroundings_.platform.log;
  if (!connected_ && session_.said_goodbye()) {
    log.warning_limited("refused a connection", {{"peer", peer_}, {"reason", name(reason)}});
    return;
  }
  if (is_protocol_error(reason)) {
    log.warning_limited("closed a connection that broke the protocol",
                        {{"peer", peer_}, {"reason", name(reason)}});
    return;
  }
  switch (reason) {
    case CloseReason::kUploadUnavailable:
    case CloseReason::kSlowReader:
    case CloseReason::kResponsesUnacknowledged:
    case CloseReason::kMemoryExhausted:
      log.warning_limited("closed a connection that could not be served",
                          {{"peer", peer_}, {"reason", name(reason)}});
      return;
    default:
      log.debug("connection ended", {{"peer", peer_}, {"reason", name(reason)}});
  }
}

// Closing a socket with bytes unread resets it, and a reset may overtake what was sent: so the end
// is announced, and what still comes is thrown away until the peer ends too.
void Connection::linger() {
  send_output();
  if (pending_output() == 0) {
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
  }
  arm_timer();
  wait_readable();
}

void Connection::discard_available() {
  std::vector<char>& buffer = surroundings_.read_buffer;
  error_code error;
  socket_.read_some(asio::buffer(buffer), error);
  if (error && !would_block(error)) return finish();
  wait_readable();
}

void Connection::finish() {
  if (state_ == State::kEnded) return;
  state_ = State::kEnded;
  surroundings_.budget.update(budgeted_bytes_, 0);
  error_code ignored;
  socket_.close(ignored);
  timer_.cancel();
  surroundings_.on_end(id_);
}

}  // namespace millrace::mqtt_receiver
