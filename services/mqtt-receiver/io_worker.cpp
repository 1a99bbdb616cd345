// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/io_worker.h"

#include <absl/container/flat_hash_set.h>
#include <boost/asio/post.hpp>

namespace millrace::mqtt_receiver {

namespace asio = boost::asio;

IoWorker::IoWorker(const WorkerSurroundings& surroundings)
    : surroundings_(surroundings),
      context_(1),  // one thread runs it
      work_(asio::make_work_guard(context_)),
      mailbox_([this] { asio::post(context_, [this] { read_mail(); }); }) {}

IoWorker::~IoWorker() {
  join();
}

void IoWorker::start(UploadHandler& uploads, Authenticator& authenticator) {
  connection_surroundings_ = std::make_unique<ConnectionSurroundings>(
      ConnectionSurroundings{.limits = surroundings_.limits,
                             .platform = surroundings_.platform,
                             .metrics = surroundings_.metrics,
                             .uploads = uploads,
                             .authenticator = authenticator,
                             .clients = surroundings_.clients,
                             .budget = surroundings_.budget,
                             .addresses = surroundings_.addresses,
                             .mailbox = mailbox_,
                             .on_end = [this](ConnectionId id) { close(id); }});
  thread_ = std::jthread([this] { context_.run(); });
}

void IoWorker::adopt(Arrival arrival) {
  asio::post(context_, [this, moved = std::move(arrival)]() mutable { open(std::move(moved)); });
}

void IoWorker::open(Arrival arrival) {
  const auto connection =
      std::make_shared<Connection>(++last_id_, std::move(arrival), *connection_surroundings_);
  connections_.emplace(connection->id(), connection);
  surroundings_.metrics.connections(connection->transport()).add(1);
  connection->start();
  if (stopping_) connection->begin_stop();
}

void IoWorker::close(ConnectionId id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  surroundings_.metrics.connections(found->second->transport()).add(-1);
  connections_.erase(found);
  surroundings_.count.leave();
}

void IoWorker::read_mail() {
  mailbox_.take(mail_);
  if (connection_surroundings_ != nullptr) {
    take_receipts();
    for (const ConnectionId id : mail_.taken_over) end(id, CloseReason::kTakenOver);
    for (const std::int64_t token_id : mail_.revoked_tokens) {
      for (const ConnectionId id : connection_surroundings_->tokens.using_token(token_id)) {
        end(id, CloseReason::kTokenRevoked);
      }
    }
    // After the verdicts: one from before a revocation is not current, and is made anew.
    take_verdicts();
    cut_revoked();
    if (mail_.rules) cut_unmet(*mail_.rules);
  }
  mail_.clear();
}

void IoWorker::take_verdicts() {
  for (CheckedCredentials& checked : mail_.checked) {
    const auto found = connections_.find(checked.connection);
    if (found == connections_.end()) continue;
    // Kept while it may end: ending takes it out of connections_.
    const std::shared_ptr<Connection> connection = found->second;
    connection->take_verdict(std::move(checked));
  }
}

// Goes through all connections: revocations are acts of people, and an index would cost memory for
// each connection.
void IoWorker::cut_revoked() {
  if (mail_.revoked_credentials.empty()) return;
  const absl::flat_hash_set<std::int64_t> revoked(mail_.revoked_credentials.begin(),
                                                  mail_.revoked_credentials.end());
  for (const auto& connection : connections()) {
    const registry_client::ShownCredentials& shown = connection->shown();
    if (revoked.contains(shown.basic_id) || revoked.contains(shown.certificate_id)) {
      connection->end(CloseReason::kCredentialsRevoked);
    }
  }
}

void IoWorker::cut_unmet(const registry_client::AuthenticationRules& rules) {
  for (const auto& connection : connections()) {
    // Who is not let in yet will be checked by these rules.
    if (!connection->connected()) continue;
    if (rules.of(connection->transport()).met_by(connection->shown())) continue;
    connection->end(CloseReason::kAuthenticationChanged);
  }
}

void IoWorker::take_receipts() {
  for (const UploadReceipt& receipt : mail_.receipts) {
    // Receipts of one connection come in runs.
    if (answered_.empty() || answered_.back()->id() != receipt.connection) {
      const auto found = connections_.find(receipt.connection);
      if (found == connections_.end()) continue;
      answered_.push_back(found->second);
    }
    answered_.back()->take_receipt(receipt);
  }
  for (const std::shared_ptr<Connection>& connection : answered_) connection->flush();
  answered_.clear();
}

void IoWorker::end(ConnectionId id, CloseReason reason) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  // Kept while it ends: ending takes it out of connections_.
  const std::shared_ptr<Connection> connection = found->second;
  connection->end(reason);
}

std::vector<std::shared_ptr<Connection>> IoWorker::connections() const {
  std::vector<std::shared_ptr<Connection>> all;
  all.reserve(connections_.size());
  for (const auto& [id, connection] : connections_) all.push_back(connection);
  return all;
}

void IoWorker::begin_stop() {
  asio::post(context_, [this] {
    stopping_ = true;
    for (const auto& connection : connections()) connection->begin_stop();
  });
}

void IoWorker::join() {
  if (!thread_.joinable()) return;
  asio::post(context_, [this] {
    for (const auto& connection : connections()) connection->end(CloseReason::kShutdown);
    // Those that linger do so no longer.
    for (const auto& connection : connections()) connection->end(CloseReason::kShutdown);
    work_.reset();
  });
  thread_.join();
}

}  // namespace millrace::mqtt_receiver
