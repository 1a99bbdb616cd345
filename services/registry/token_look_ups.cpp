// SPDX-License-Identifier: Apache-2.0
#include "registry/token_look_ups.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/rpc/server.h"
#include "registry/field_rules.h"
#include "registry/token.h"

namespace millrace::registry {
namespace {

using identity::v1::EndpointTokenRequest;
using identity::v1::EndpointTokenResponse;
using identity::v1::EndpointTokensRequest;
using identity::v1::EndpointTokensResponse;

EndpointTokenResponse unknown(const std::string& reason) {
  EndpointTokenResponse response;
  response.set_status_code(kNotFound);
  response.set_reason_phrase(reason);
  return response;
}

// What no operator can create is unknown without a look: texts that PostgreSQL refuses, too.
std::optional<EndpointTokenResponse> known_without_look(const EndpointTokenRequest& request) {
  if (!check_name("app_version_name", request.app_version_name()).ok()) {
    return unknown("unknown application version");
  }
  // Of no token nothing is found but the version's application.
  if (!request.token().empty() && !check_token("token", request.token()).ok()) {
    return unknown("unknown endpoint token");
  }
  return std::nullopt;
}

EndpointTokenResponse response_of(const TokenMatch& match, const std::string& app_version_name) {
  if (match.application_name.empty()) {
    return unknown(fmt::format("unknown application version \"{}\"", app_version_name));
  }
  if (match.token_id == 0) {
    EndpointTokenResponse response = unknown("unknown endpoint token");
    response.set_application_name(match.application_name);
    return response;
  }
  EndpointTokenResponse response;
  response.set_application_name(match.application_name);
  response.set_endpoint_id(match.endpoint_id);
  response.set_token_id(match.token_id);
  if (match.state == v1::TOKEN_STATE_SUSPENDED || match.state == v1::TOKEN_STATE_REVOKED) {
    response.set_status_code(kForbidden);
    response.set_reason_phrase(fmt::format("the endpoint token is {}", name_of(match.state)));
    return response;
  }
  response.set_status_code(kOk);
  *response.mutable_upload_rules() = match.upload_rules;
  return response;
}

}  // namespace

Answer token_unavailable(const std::string& reason) {
  return refusal<EndpointTokenResponse>(kUnavailable, reason);
}

Answer tokens_unavailable(const std::string& reason) {
  return refusal<EndpointTokensResponse>(kUnavailable, reason);
}

Answer TokenLookUps::one(const std::string& bytes) {
  EndpointTokenRequest request;
  if (!request.ParseFromString(bytes)) {
    return refusal<EndpointTokenResponse>(kBadRequest, kNoRequest);
  }
  const absl::StatusOr<Responses> responses = responses_to({&request});
  if (!responses.ok()) return token_unavailable(kTryAgain);
  return answer_of(responses->front());
}

Answer TokenLookUps::many(const std::string& bytes) {
  EndpointTokensRequest request;
  if (!request.ParseFromString(bytes)) {
    return refusal<EndpointTokensResponse>(kBadRequest, kNoRequest);
  }
  if (request.tokens_size() < 1 || request.tokens_size() > kMaxTokensInQuestion) {
    return refusal<EndpointTokensResponse>(
        kBadRequest, fmt::format("cannot look up {} tokens at once: ask for 1 to {}",
                                 request.tokens_size(), kMaxTokensInQuestion));
  }
  Requests requests;
  for (const EndpointTokenRequest& token : request.tokens()) requests.push_back(&token);
  absl::StatusOr<Responses> responses = responses_to(requests);
  if (!responses.ok()) return tokens_unavailable(kTryAgain);
  EndpointTokensResponse response;
  response.set_status_code(kOk);
  for (EndpointTokenResponse& each : *responses) *response.add_answers() = std::move(each);
  return answer_of(response);
}

absl::StatusOr<TokenLookUps::Responses> TokenLookUps::responses_to(const Requests& requests) {
  Responses responses(requests.size());
  std::vector<SoughtToken> sought;
  std::vector<std::size_t> places;  // of those that are sought
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (std::optional<EndpointTokenResponse> known = known_without_look(*requests[i])) {
      responses[i] = *std::move(known);
      continue;
    }
    sought.push_back({requests[i]->app_version_name(), rpc::sha256(requests[i]->token())});
    places.push_back(i);
  }
  if (!sought.empty()) {
    const absl::StatusOr<std::vector<TokenMatch>> matches = tokens_.find(sought);
    if (!matches.ok()) {
      platform_.log.warning_limited("cannot look up tokens",
                                    {{"cause", error::message(matches.status())}});
      return matches.status();
    }
    for (std::size_t i = 0; i < places.size(); ++i) {
      responses[places[i]] = response_of((*matches)[i], sought[i].app_version_name);
    }
    mark_used(*matches);
  }
  count(responses);
  return responses;
}

void TokenLookUps::mark_used(const std::vector<TokenMatch>& matches) {
  std::vector<std::int64_t> unused;
  for (const TokenMatch& match : matches) {
    if (match.state == v1::TOKEN_STATE_INACTIVE) unused.push_back(match.token_id);
  }
  if (unused.empty()) return;
  const absl::StatusOr<std::vector<std::int64_t>> marked = tokens_.mark_used(unused);
  if (!marked.ok()) {
    // The tokens may be used all the same; the next look-up tries again.
    platform_.log.warning_limited(
        "cannot mark tokens as used",
        {{"tokens", unused.size()}, {"cause", error::message(marked.status())}});
    return;
  }
  for (const std::int64_t token_id : *marked) {
    const auto match = std::find_if(
        matches.begin(), matches.end(),
        [token_id](const TokenMatch& candidate) { return candidate.token_id == token_id; });
    platform_.log.info("token used for the first time", {{"token_id", token_id},
                                                         {"endpoint_id", match->endpoint_id},
                                                         {"application", match->application_name}});
  }
}

void TokenLookUps::count(const Responses& responses) {
  for (const int status : {kOk, kForbidden, kNotFound}) {
    const auto answered = std::count_if(
        responses.begin(), responses.end(),
        [status](const EndpointTokenResponse& each) { return each.status_code() == status; });
    if (answered == 0) continue;
    platform_.metrics
        .counter("millrace_registry_tokens_total",
                 "Tokens that were looked up, alone or many in a request, by what they are",
                 {{"status", std::to_string(status)}})
        .increment(static_cast<double>(answered));
  }
}

}  // namespace millrace::registry
