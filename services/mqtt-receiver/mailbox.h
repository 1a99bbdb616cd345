// SPDX-License-Identifier: Apache-2.0
//
// What other threads have to tell the connections of one worker. Filled in any number, emptied in
// one go: a burst of receipts costs one wake-up of the worker, and one write per connection.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "lib/concurrency/mutex.h"
#include "lib/concurrency/waker.h"
#include "lib/intake/intake.h"
#include "lib/registry_client/credential_directory.h"

namespace millrace::mqtt_receiver {

// Unique within its worker, never given twice.
using ConnectionId = std::uint64_t;

struct UploadReceipt {
  ConnectionId connection = 0;
  std::uint64_t upload_id = 0;
  intake::Receipt receipt;
};

// What was found out about what a client has shown, which comes back with it: it may have to be
// checked again.
struct CheckedCredentials {
  ConnectionId connection = 0;
  registry_client::ClientCredentials credentials;
  registry_client::Verdict verdict;
};

struct Mail {
  std::vector<UploadReceipt> receipts;
  std::vector<std::int64_t> revoked_tokens;
  std::vector<ConnectionId> taken_over;  // their client ids connected anew
  std::vector<CheckedCredentials> checked;
  std::vector<std::int64_t> revoked_credentials;
  std::optional<registry_client::AuthenticationRules> rules;  // the newest, where they changed

  bool empty() const {
    return receipts.empty() && revoked_tokens.empty() && taken_over.empty() && checked.empty() &&
           revoked_credentials.empty() && !rules.has_value();
  }
  void clear() {
    receipts.clear();
    revoked_tokens.clear();
    taken_over.clear();
    checked.clear();
    revoked_credentials.clear();
    rules.reset();
  }
};

// Safe to use from any thread. Bounded by what it is about: a receipt each upload in flight, a
// notice and a check each connection, and revocations, which are acts of people.
class Mailbox {
 public:
  // `wake` runs on the thread that puts the first piece into an empty box, at the end of its
  // WakeScope where it has one; it must not block.
  explicit Mailbox(std::function<void()> wake) : waker_(std::move(wake)) {}
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  void put_receipt(UploadReceipt receipt);
  void put_revoked_token(std::int64_t token_id);
  void put_taken_over(ConnectionId connection);
  void put_checked(CheckedCredentials checked);
  void put_revoked_credentials(std::int64_t credentials_id);
  void put_rules(const registry_client::AuthenticationRules& rules);

  // Exchanges the content for `mail`, which must be empty: its memory is used again.
  void take(Mail& mail);

 private:
  template <typename Put>
  void put(Put&& into);

  concurrency::Waker waker_;
  concurrency::Mutex mutex_;
  Mail mail_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace millrace::mqtt_receiver
