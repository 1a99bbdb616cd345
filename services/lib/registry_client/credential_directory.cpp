// SPDX-License-Identifier: Apache-2.0
#include "lib/registry_client/credential_directory.h"

#include <atomic>
#include <utility>
#include <vector>

#include "lib/bus/subjects.h"
#include "lib/error/error.h"
#include "lib/registry_client/authentication_watch.h"
#include "lib/registry_client/call_gate.h"
#include "lib/registry_client/credential_questions.h"

#include "millrace/identity/v1/client_credentials.pb.h"

namespace millrace::registry_client {
namespace {

namespace subjects = bus::subjects;
using Done = std::function<void(const Verdict&)>;

// What anybody can register; more is wrong without a question.
constexpr std::size_t kMaxUserNameBytes = 512;
constexpr std::size_t kMaxIssuerBytes = 1024;

constexpr char kNoRules[] =
    "the registry has not said yet what clients have to show; try again in a few seconds";

// A check on its way.
struct Check {
  ClientCredentials credentials;
  ClientTransport transport = ClientTransport::kTcp;
  Requirements requirements;
  Verdict verdict;
  Done done;

  void end(Verdict::Result result, std::string reason) {
    verdict.result = result;
    verdict.reason = std::move(reason);
    if (result != Verdict::Result::kAccepted) verdict.shown = {};
    done(verdict);
  }
};

class CachedCredentialDirectory final : public CredentialDirectory {
 public:
  CachedCredentialDirectory(bus::Connection& connection, const CredentialDirectoryOptions& options,
                            CredentialEvents events, process::Platform& platform);
  ~CachedCredentialDirectory() override;
  CachedCredentialDirectory(const CachedCredentialDirectory&) = delete;
  CachedCredentialDirectory& operator=(const CachedCredentialDirectory&) = delete;

  absl::Status open();
  void check(const ClientCredentials& credentials, ClientTransport transport, Done done) override;
  bool is_current(const Verdict& verdict) const override {
    return verdict.generation == generation_.load();
  }
  void keep_up() override { watch_.keep_up(); }

 private:
  using Handler = void (CachedCredentialDirectory::*)(const bus::Message&);
  absl::Status subscribe(const char* subject, Handler handler);

  // Step by step, as far as an answer is at hand.
  void begin(const std::shared_ptr<Check>& check, bool may_wait);
  void check_certificate(const std::shared_ptr<Check>& check);
  void check_password(const std::shared_ptr<Check>& check);

  void on_revoked_event(const bus::Message& message);
  void on_activated_event(const bus::Message& /*message*/) { questions_.cache().drop_refusals(); }
  void on_updated_event(const bus::Message& /*message*/) { watch_.refresh(); }
  void revoke(const std::vector<std::int64_t>& credentials_ids);
  void change_rules(const AuthenticationRules& rules);
  void forget_all();

  bus::Connection& connection_;
  const CredentialEvents events_;
  log::Logger& log_;
  // Grows after the cache and the rules have changed, and before anybody is told: whoever reads it
  // first and then them has either what is new, or a number that is not current any more.
  std::atomic<std::uint64_t> generation_{1};
  const std::shared_ptr<CallGate> gate_;
  AuthenticationWatch watch_;
  CredentialQuestions questions_;
  std::vector<std::unique_ptr<bus::Subscription>> subscriptions_;
};

CachedCredentialDirectory::CachedCredentialDirectory(bus::Connection& connection,
                                                     const CredentialDirectoryOptions& options,
                                                     CredentialEvents events,
                                                     process::Platform& platform)
    : connection_(connection),
      events_(std::move(events)),
      log_(platform.log),
      gate_(std::make_shared<CallGate>()),
      watch_(connection,
             {.expiry = options.rules_expiry,
              .request_timeout = options.request_timeout,
              .max_wait = options.max_wait_for_rules,
              .max_waiting = options.max_waiting},
             {.on_rules = [this](const AuthenticationRules& rules) { change_rules(rules); },
              .on_revoked = [this](const std::vector<std::int64_t>& ids) { revoke(ids); },
              .on_forgotten = [this] { forget_all(); }},
             gate_, platform),
      questions_(connection,
                 {.cache = {.max_accepted = options.max_accepted,
                            .max_refused = options.max_refused,
                            .accepted_expiry = options.accepted_expiry,
                            .refused_expiry = options.refused_expiry},
                  .request_timeout = options.request_timeout,
                  .max_in_flight = options.max_in_flight,
                  .max_waiting = options.max_waiting,
                  .max_refused_per_second = options.max_refused_per_second,
                  .max_refused_per_second_per_name = options.max_refused_per_second_per_user_name},
                 gate_, platform) {}

CachedCredentialDirectory::~CachedCredentialDirectory() {
  subscriptions_.clear();
  gate_->close();
  // Those that wait for rules first: they find none, and ask no questions.
  watch_.close();
  questions_.close("the service is stopping");
}

absl::Status CachedCredentialDirectory::subscribe(const char* subject, Handler handler) {
  MILLRACE_ASSIGN_OR_RETURN(
      auto subscription, connection_.subscribe(subject, "", [this, handler](const bus::Message& m) {
        (this->*handler)(m);
      }));
  subscriptions_.push_back(std::move(subscription));
  return absl::OkStatus();
}

absl::Status CachedCredentialDirectory::open() {
  using Directory = CachedCredentialDirectory;
  const std::pair<const char*, Handler> handlers[] = {
      {subjects::kBasicCredentialsRevoked, &Directory::on_revoked_event},
      {subjects::kCertificateCredentialsRevoked, &Directory::on_revoked_event},
      {subjects::kBasicCredentialsActivated, &Directory::on_activated_event},
      {subjects::kCertificateCredentialsActivated, &Directory::on_activated_event},
      {subjects::kClientAuthenticationUpdated, &Directory::on_updated_event},
  };
  for (const auto& [subject, handler] : handlers) {
    MILLRACE_RETURN_IF_ERROR(subscribe(subject, handler));
  }
  connection_.on_reconnect([this, gate = gate_] {
    if (!gate->enter()) return;
    watch_.refresh();
    gate->leave();
  });
  watch_.keep_up();
  return absl::OkStatus();
}

void CachedCredentialDirectory::check(const ClientCredentials& credentials,
                                      ClientTransport transport, Done done) {
  auto check = std::make_shared<Check>();
  check->credentials = credentials;
  check->transport = transport;
  check->done = std::move(done);
  begin(check, true);
}

void CachedCredentialDirectory::begin(const std::shared_ptr<Check>& check, bool may_wait) {
  using Wait = AuthenticationWatch::Wait;
  check->verdict.generation = generation_.load();
  auto rules = watch_.rules();
  if (!rules.has_value() && may_wait) {
    const Wait wait = watch_.wait_for_rules([this, check] { begin(check, false); });
    if (wait == Wait::kWaiting) return;
    if (wait == Wait::kKnown) rules = watch_.rules();
  }
  if (!rules.has_value()) return check->end(Verdict::Result::kUnavailable, kNoRules);
  check->requirements = rules->of(check->transport);
  check_certificate(check);
}

void CachedCredentialDirectory::check_certificate(const std::shared_ptr<Check>& check) {
  if (!check->requirements.certificate) return check_password(check);
  const auto& certificate = check->credentials.certificate;
  if (!certificate.has_value()) {
    return check->end(Verdict::Result::kCertificateNotAccepted, "a client certificate is required");
  }
  if (certificate->issuer.size() > kMaxIssuerBytes) {
    return check->end(Verdict::Result::kCertificateNotAccepted, "unknown certificate");
  }
  questions_.ask({Credential::Kind::kCertificate, certificate->issuer, certificate->serial_number},
                 [this, check](const CredentialAnswer& answer) {
                   using Result = CredentialAnswer::Result;
                   switch (answer.result) {
                     case Result::kKnown:
                       check->verdict.shown.certificate_id = answer.credentials_id;
                       return check_password(check);
                     case Result::kUnknown:
                       return check->end(Verdict::Result::kCertificateNotAccepted, answer.reason);
                     case Result::kForbidden:
                       return check->end(Verdict::Result::kForbidden, answer.reason);
                     case Result::kUnavailable:
                       return check->end(Verdict::Result::kUnavailable, answer.reason);
                   }
                 });
}

void CachedCredentialDirectory::check_password(const std::shared_ptr<Check>& check) {
  if (!check->requirements.password) return check->end(Verdict::Result::kAccepted, "");
  const auto& user_name = check->credentials.user_name;
  const auto& password = check->credentials.password;
  if (!user_name.has_value() || !password.has_value()) {
    return check->end(Verdict::Result::kBadUserNameOrPassword,
                      "a user name and a password are required");
  }
  if (user_name->empty() || user_name->size() > kMaxUserNameBytes) {
    return check->end(Verdict::Result::kBadUserNameOrPassword,
                      "unknown user name or wrong password");
  }
  questions_.ask({Credential::Kind::kBasic, *user_name, password_digest(*user_name, *password)},
                 [check](const CredentialAnswer& answer) {
                   using Result = CredentialAnswer::Result;
                   switch (answer.result) {
                     case Result::kKnown:
                       check->verdict.shown.basic_id = answer.credentials_id;
                       return check->end(Verdict::Result::kAccepted, "");
                     case Result::kUnknown:
                       return check->end(Verdict::Result::kBadUserNameOrPassword, answer.reason);
                     case Result::kForbidden:
                       return check->end(Verdict::Result::kForbidden, answer.reason);
                     case Result::kUnavailable:
                       return check->end(Verdict::Result::kUnavailable, answer.reason);
                   }
                 });
}

void CachedCredentialDirectory::on_revoked_event(const bus::Message& message) {
  identity::v1::ClientCredentialsEvent event;
  if (event.ParseFromArray(message.payload.data(), static_cast<int>(message.payload.size()))) {
    return revoke({event.credentials_ids().begin(), event.credentials_ids().end()});
  }
  log_.warning_limited("cannot read an event about client credentials, asking what was revoked",
                       {{"subject", message.subject}});
  watch_.refresh();
}

void CachedCredentialDirectory::revoke(const std::vector<std::int64_t>& credentials_ids) {
  questions_.cache().drop(credentials_ids);
  ++generation_;
  if (!events_.on_revoked) return;
  for (const std::int64_t id : credentials_ids) events_.on_revoked(id);
}

void CachedCredentialDirectory::change_rules(const AuthenticationRules& rules) {
  ++generation_;
  if (events_.on_rules_changed) events_.on_rules_changed(rules);
}

void CachedCredentialDirectory::forget_all() {
  questions_.cache().drop_all();
  ++generation_;
}

}  // namespace

absl::StatusOr<std::unique_ptr<CredentialDirectory>> CredentialDirectory::create(
    bus::Connection& connection, CredentialDirectoryOptions options, CredentialEvents events,
    process::Platform& platform) {
  auto directory =
      std::make_unique<CachedCredentialDirectory>(connection, options, std::move(events), platform);
  MILLRACE_RETURN_IF_ERROR(directory->open());
  return directory;
}

}  // namespace millrace::registry_client
