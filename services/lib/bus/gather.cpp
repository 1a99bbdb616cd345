// SPDX-License-Identifier: Apache-2.0
#include "lib/bus/gather.h"

#include <algorithm>
#include <memory>

#include "lib/bus/unique_id.h"
#include "lib/bus/wire.h"
#include "lib/error/error.h"

namespace millrace::bus {

absl::StatusOr<std::vector<std::string>> gather(Connection& connection, const std::string& subject,
                                                std::string_view question,
                                                std::chrono::milliseconds wait,
                                                const time::Clock& clock) {
  MILLRACE_ASSIGN_OR_RETURN(Wire* const wire, Wire::of(connection));
  const std::string inbox_subject = "_INBOX." + random_token();
  MILLRACE_ASSIGN_OR_RETURN(const auto inbox, wire->open_inbox(inbox_subject));
  MILLRACE_RETURN_IF_ERROR(wire->send({.subject = subject,
                                       .payload = std::string(question),
                                       .reply_to = inbox_subject,
                                       .message_id = {}}));
  std::vector<std::string> answers;
  const time::Instant until = clock.instant() + wait;
  while (answers.size() < kMaxGatheredAnswers) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - clock.instant());
    if (left <= std::chrono::milliseconds{0}) break;
    MILLRACE_ASSIGN_OR_RETURN(const auto incoming, inbox->next(left));
    if (incoming == nullptr) break;
    if (incoming->status() == kNoResponders) break;
    answers.emplace_back(incoming->payload());
  }
  return answers;
}

}  // namespace millrace::bus
