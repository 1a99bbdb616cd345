// SPDX-License-Identifier: Apache-2.0
//
// The answers to questions about endpoint tokens, of one or of many: bytes in, bytes out.
#pragma once

#include <string>
#include <vector>

#include "lib/process/platform.h"
#include "registry/answer.h"
#include "registry/token_store.h"

#include "millrace/identity/v1/token.pb.h"

namespace millrace::registry {

// Tokens in one question at most.
inline constexpr int kMaxTokensInQuestion = 256;
// Bytes of such a question at most: longer ones cannot name what exists.
inline constexpr std::size_t kMaxTokensQuestionBytes = 64 << 10;

// The answer "cannot tell now" (503) to a question about one, and about many.
Answer token_unavailable(const std::string& reason);
Answer tokens_unavailable(const std::string& reason);

// Safe to use from any thread; each call waits for PostgreSQL.
class TokenLookUps {
 public:
  TokenLookUps(postgres::Pool& pool, process::Platform& platform)
      : tokens_(pool), platform_(platform) {}

  // EndpointTokenRequest → EndpointTokenResponse. An inactive token becomes active.
  Answer one(const std::string& request);
  // EndpointTokensRequest → EndpointTokensResponse, of one statement.
  Answer many(const std::string& request);

 private:
  using Requests = std::vector<const identity::v1::EndpointTokenRequest*>;
  using Responses = std::vector<identity::v1::EndpointTokenResponse>;

  // One for each request, in the same order.
  absl::StatusOr<Responses> responses_to(const Requests& requests);
  void mark_used(const std::vector<TokenMatch>& matches);
  void count(const Responses& responses);

  TokenStore tokens_;
  process::Platform& platform_;
};

}  // namespace millrace::registry
