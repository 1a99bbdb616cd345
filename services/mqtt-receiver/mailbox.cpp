// SPDX-License-Identifier: Apache-2.0
#include "mqtt-receiver/mailbox.h"

#include <utility>

namespace millrace::mqtt_receiver {

template <typename Put>
void Mailbox::put(Put&& into) {
  bool was_empty = false;
  {
    concurrency::MutexLock lock(mutex_);
    was_empty = mail_.empty();
    into(mail_);
  }
  if (was_empty) waker_.wake();
}

void Mailbox::put_receipt(UploadReceipt receipt) {
  put([&](Mail& mail) { mail.receipts.push_back(std::move(receipt)); });
}

void Mailbox::put_revoked_token(std::int64_t token_id) {
  put([&](Mail& mail) { mail.revoked_tokens.push_back(token_id); });
}

void Mailbox::put_taken_over(ConnectionId connection) {
  put([&](Mail& mail) { mail.taken_over.push_back(connection); });
}

void Mailbox::put_checked(CheckedCredentials checked) {
  put([&](Mail& mail) { mail.checked.push_back(std::move(checked)); });
}

void Mailbox::put_revoked_credentials(std::int64_t credentials_id) {
  put([&](Mail& mail) { mail.revoked_credentials.push_back(credentials_id); });
}

void Mailbox::put_rules(const registry_client::AuthenticationRules& rules) {
  put([&](Mail& mail) { mail.rules = rules; });
}

void Mailbox::take(Mail& mail) {
  concurrency::MutexLock lock(mutex_);
  std::swap(mail_, mail);
}

}  // namespace millrace::mqtt_receiver
