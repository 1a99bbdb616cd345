// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/listener.h"

#include <algorithm>

#include <fmt/format.h>
#include <sys/resource.h>

#include "lib/error/error.h"

namespace millrace::mqtt_receiver {

namespace {

// ALPN is not looked at: MQTT clients offer all sorts of names, or none.
constexpr char kAlpn[] = "";

// Descriptors the process needs besides connections: NATS, admin port, logs, event queues.
constexpr rlim_t kOtherDescriptors = 128;

// Raises the soft limit as far as the hard one allows. Returns the descriptors available.
rlim_t raise_descriptor_limit(rlim_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  if (limit.rlim_cur < wanted) {
    rlimit raised = limit;
    raised.rlim_cur = std::min(wanted, limit.rlim_max);
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return limit.rlim_cur;
}

std::vector<std::unique_ptr<IoWorker>> make_workers(const WorkerSurroundings& surroundings,
                                                    std::size_t count) {
  std::vector<std::unique_ptr<IoWorker>> workers;
  for (std::size_t i = 0; i < count; ++i) {
    workers.push_back(std::make_unique<IoWorker>(surroundings));
  }
  return workers;
}

}  // namespace

Listener::Listener(const ListenerOptions& options, process::Platform& platform)
    : options_(options),
      platform_(platform),
      metrics_(platform.metrics),
      budget_(std::make_shared<ByteBudget>(options.max_buffered_bytes, options.max_connections)),
      addresses_(options.max_connections_per_address),
      count_(options.max_connections),
      workers_(make_workers({.limits = options_.connection,
                             .platform = platform_,
                             .metrics = metrics_,
                             .clients = clients_,
                             .budget = *budget_,
                             .addresses = addresses_,
                             .count = count_},
                            options.io_threads)) {
  platform_.metrics.on_scrape([gauge = metrics_.buffered_bytes, budget = budget_] {
    gauge.set(static_cast<double>(budget->used_bytes()));
  });
}

Listener::~Listener() {
  stop(std::chrono::milliseconds{0});
}

absl::Status Listener::start(const ListenerDoors& doors) {
  const rlim_t wanted = options_.max_connections + kOtherDescriptors;
  const rlim_t available = raise_descriptor_limit(wanted);
  if (available < wanted) {
    platform_.log.warning("too few file descriptors for max-connections: raise ulimit -n",
                          {{"wanted", wanted}, {"available", available}});
  }
  MILLRACE_RETURN_IF_ERROR(open_acceptors());
  uploads_.emplace(doors.intake);
  authenticator_.emplace(doors.credentials);
  for (const auto& worker : workers_) worker->start(*uploads_, *authenticator_);
  started_ = true;
  for (const auto& acceptor : acceptors_) acceptor->start();
  return absl::OkStatus();
}

absl::Status Listener::open_acceptors() {
  MILLRACE_ASSIGN_OR_RETURN(
      certificate_,
      tls::ServerCertificate::load(options_.certificate, kAlpn, platform_, options_.clients));
  for (const ListenOptions& listen : options_.listens) {
    if (has_tls(listen.transport) && certificate_ == nullptr) {
      return absl::InvalidArgumentError(
          fmt::format("{} needs tls-certificate and tls-key", listen.setting));
    }
    acceptors_.push_back(std::make_unique<Acceptor>(
        listen.setting, listen.listen,
        TransportOptions{.transport = listen.transport,
                         .proxy_header = options_.proxy_header,
                         .certificate = certificate_},
        AcceptorSurroundings{
            .workers = workers_, .platform = platform_, .metrics = metrics_, .count = count_}));
    MILLRACE_RETURN_IF_ERROR(acceptors_.back()->open());
  }
  return absl::OkStatus();
}

void Listener::reload() {
  // What is wrong with the files is in the log; the old certificate stays.
  if (certificate_ != nullptr) (void)certificate_->reload();
}

void Listener::revoke(std::int64_t token_id) {
  for (const auto& worker : workers_) worker->mailbox().put_revoked_token(token_id);
}

void Listener::revoke_credentials(std::int64_t credentials_id) {
  for (const auto& worker : workers_) worker->mailbox().put_revoked_credentials(credentials_id);
}

void Listener::change_rules(const registry_client::AuthenticationRules& rules) {
  for (const auto& worker : workers_) worker->mailbox().put_rules(rules);
}

std::size_t Listener::stop(std::chrono::milliseconds deadline) {
  if (!started_) return 0;
  started_ = false;
  for (const auto& acceptor : acceptors_) acceptor->stop();
  for (const auto& worker : workers_) worker->begin_stop();
  count_.wait_for_none(platform_.clock, deadline);
  const std::size_t abandoned = count_.open();
  for (const auto& worker : workers_) worker->join();
  return abandoned;
}

}  // namespace millrace::mqtt_receiver
