// SPDX-License-Identifier: Apache-2.0
#include "lib/status/status_responder.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include <rapidjson/document.h>

#include "lib/bus/subjects.h"
#include "lib/bus/unique_id.h"
#include "lib/error/error.h"

namespace millrace::status {
namespace {

// No request of ours comes near it.
constexpr std::size_t kMaxRequestBytes = 4096;

std::string text_of(const rapidjson::Value& object, const char* name) {
  const auto member = object.FindMember(name);
  if (member == object.MemberEnd() || !member->value.IsString()) return "";
  return {member->value.GetString(), member->value.GetStringLength()};
}

// The very words of /readyz, so that the two can never say different things.
void add_conditions(const std::string& readyz, v1::ServiceStatus& status) {
  rapidjson::Document document;
  document.Parse(readyz.data(), readyz.size());
  if (document.HasParseError() || !document.IsObject()) return;
  const rapidjson::Value& body = document;
  const auto conditions = body.FindMember("conditions");
  if (conditions == body.MemberEnd() || !conditions->value.IsObject()) return;
  for (const auto& member : conditions->value.GetObject()) {
    if (!member.value.IsObject()) continue;
    const auto holds = member.value.FindMember("holds");
    v1::Condition& condition = *status.add_conditions();
    condition.set_name(member.name.GetString(), member.name.GetStringLength());
    condition.set_met(holds != member.value.MemberEnd() && holds->value.IsTrue());
    condition.set_detail(text_of(member.value, "detail"));
  }
}

// Lines of /metrics: name{labels} value.
void add_figures(const std::string& exposed, const std::vector<std::string>& names,
                 v1::ServiceStatus& status) {
  for (std::string_view rest = exposed; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const std::string_view name = line.substr(0, line.find_first_of("{ "));
    if (std::find(names.begin(), names.end(), name) == names.end()) continue;
    const std::size_t space = line.rfind(' ');
    if (space == std::string_view::npos) continue;
    double number = 0;
    const std::string_view digits = line.substr(space + 1);
    if (std::from_chars(digits.data(), digits.data() + digits.size(), number).ec != std::errc()) {
      continue;
    }
    if (static_cast<std::size_t>(status.figures_size()) == kMaxFigures) return;
    (*status.mutable_figures())[std::string(line.substr(0, space))] = number;
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<StatusResponder>> StatusResponder::start(
    bus::Connection& connection, Self self, const RefusalRing* refusals,
    process::Platform& platform) {
  std::unique_ptr<StatusResponder> responder(
      new StatusResponder(connection, std::move(self), refusals, platform));
  MILLRACE_RETURN_IF_ERROR(responder->subscribe());
  return responder;
}

StatusResponder::StatusResponder(bus::Connection& connection, Self self,
                                 const RefusalRing* refusals, process::Platform& platform)
    : connection_(connection),
      self_(std::move(self)),
      refusals_(refusals),
      platform_(platform),
      instance_id_(bus::random_token()),
      started_at_(platform.clock.now()) {}

absl::Status StatusResponder::subscribe() {
  const auto answer = [this](const bus::Message& question, const auto& request,
                             const auto& make_answer) {
    auto parsed = request;
    if (question.reply_to.empty() || question.payload.size() > kMaxRequestBytes ||
        !parsed.ParseFromArray(question.payload.data(),
                               static_cast<int>(question.payload.size()))) {
      return;
    }
    // A lost answer is a process that does not answer, to the one who asked.
    (void)connection_.publish(std::string(question.reply_to),
                              make_answer(parsed).SerializeAsString());
  };
  MILLRACE_ASSIGN_OR_RETURN(
      auto on_status,
      connection_.subscribe(bus::subjects::kStatusRequest, "",
                            [this, answer](const bus::Message& question) {
                              answer(question, v1::StatusRequest{},
                                     [this](const v1::StatusRequest&) { return status(); });
                            }));
  subscriptions_.push_back(std::move(on_status));
  if (refusals_ == nullptr) return absl::OkStatus();
  MILLRACE_ASSIGN_OR_RETURN(
      auto on_refusals,
      connection_.subscribe(
          bus::subjects::kRefusalsRequest, "", [this, answer](const bus::Message& question) {
            answer(question, v1::RefusalsRequest{},
                   [this](const v1::RefusalsRequest& request) { return refusals(request); });
          }));
  subscriptions_.push_back(std::move(on_refusals));
  return absl::OkStatus();
}

v1::ServiceStatus StatusResponder::status() const {
  v1::ServiceStatus status;
  status.set_service(self_.service);
  status.set_instance_name(self_.instance_name);
  status.set_instance_id(instance_id_);
  status.set_version(MILLRACE_VERSION);
  status.set_started_at_us(time::to_unix_us(started_at_));
  add_conditions(platform_.readiness.to_json(), status);
  if (self_.further_conditions) {
    for (v1::Condition& condition : self_.further_conditions()) {
      *status.add_conditions() = std::move(condition);
    }
  }
  if (!self_.figures.empty()) add_figures(platform_.metrics.expose(), self_.figures, status);
  return status;
}

v1::RefusalsResponse StatusResponder::refusals(const v1::RefusalsRequest& request) const {
  v1::RefusalsResponse response = refusals_->find(request);
  response.set_service(self_.service);
  response.set_instance_id(instance_id_);
  return response;
}

}  // namespace millrace::status
