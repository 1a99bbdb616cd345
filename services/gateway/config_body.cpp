// SPDX-License-Identifier: Apache-2.0
#include "gateway/config_body.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "gateway/answer.h"

namespace millrace::gateway {
namespace {

constexpr std::int32_t kRegistryPage = 100;

// Names of values by name of series.
class SeriesConfig {
 public:
  void add(const std::string& series, const std::string& value) {
    std::vector<std::string>& values = series_[series];
    if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
  }

  void write(std::string& text) const {
    bool is_first = true;
    for (const auto& [name, values] : series_) {
      if (!is_first) text += ',';
      is_first = false;
      text += R"({"name":)";
      text += json_quoted(name);
      text += R"(,"values":[)";
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (i > 0) text += ',';
        text += json_quoted(values[i]);
      }
      text += "]}";
    }
  }

 private:
  std::map<std::string, std::vector<std::string>> series_;
};

}  // namespace

ConfigBody::ConfigBody(std::shared_ptr<const EptsCalls> calls, const EptsConfigRequest& request)
    : calls_(std::move(calls)),
      applications_(request.application_names.begin(), request.application_names.end()),
      named_(applications_.size()),
      all_known_(named_ > 0) {
  written_.text() += '{';
}

void ConfigBody::next(Next done) {
  if (at_end()) return done(std::optional<std::string>());
  fill(std::move(done));
}

void ConfigBody::fill(Next done) {
  if (finished_ || written_.has_piece()) return done(std::optional(written_.take()));
  if (checked_ < named_) return check_next(std::move(done));
  if (!applications_.empty()) return ask_series(std::move(done));
  if (!all_known_) return list_applications(std::move(done));
  finished_ = true;
  written_.text() += '}';
  fill(std::move(done));
}

void ConfigBody::check_next(Next done) {
  registry::v1::GetApplicationRequest call;
  call.set_name(applications_[checked_]);
  calls_->ask_registry<registry::v1::Application>(
      "GetApplication", call,
      [self = shared_from_this(),
       done = std::move(done)](const absl::StatusOr<registry::v1::Application>& found) mutable {
        if (!found.ok()) return done(found.status());
        ++self->checked_;
        self->fill(std::move(done));
      });
}

void ConfigBody::list_applications(Next done) {
  registry::v1::ListApplicationsRequest call;
  call.set_page_size(kRegistryPage);
  call.set_page_token(page_token_);
  using Page = registry::v1::ListApplicationsResponse;
  calls_->ask_registry<Page>("ListApplications", call,
                             [self = shared_from_this(),
                              done = std::move(done)](const absl::StatusOr<Page>& page) mutable {
                               if (!page.ok()) return done(page.status());
                               for (const registry::v1::Application& one : page->applications()) {
                                 self->applications_.push_back(one.name());
                               }
                               self->page_token_ = page->next_page_token();
                               self->all_known_ = self->page_token_.empty();
                               self->fill(std::move(done));
                             });
}

void ConfigBody::ask_series(Next done) {
  query::v1::ListTimeSeriesRequest call;
  call.set_application_name(applications_.front());
  using Existing = query::v1::ListTimeSeriesResponse;
  calls_->ask_query<Existing>("ListTimeSeries", call,
                              [self = shared_from_this(),
                               done = std::move(done)](absl::StatusOr<Existing> existing) mutable {
                                if (!existing.ok()) return done(existing.status());
                                self->ask_rules(*std::move(existing), std::move(done));
                              });
}

void ConfigBody::ask_rules(query::v1::ListTimeSeriesResponse existing, Next done) {
  registry::v1::GetSeriesRulesRequest call;
  call.set_application_name(applications_.front());
  using Rules = registry::v1::SeriesRulesVersion;
  calls_->ask_registry<Rules>("GetSeriesRules", call,
                              [self = shared_from_this(), existing = std::move(existing),
                               done = std::move(done)](const absl::StatusOr<Rules>& rules) mutable {
                                if (!rules.ok()) return done(rules.status());
                                self->write(existing, *rules);
                                self->fill(std::move(done));
                              });
}

void ConfigBody::write(const query::v1::ListTimeSeriesResponse& existing,
                       const registry::v1::SeriesRulesVersion& rules) {
  SeriesConfig config;
  for (const query::v1::TimeSeries& series : existing.time_series()) {
    for (const query::v1::ValueDescription& value : series.values()) {
      config.add(series.name(), value.name());
    }
  }
  for (const configuration::v1::SeriesRule& series : rules.series_rules().series()) {
    for (const configuration::v1::ValueRule& value : series.values()) {
      config.add(series.name(), value.name().empty() ? "value" : value.name());
    }
  }
  std::string& text = written_.text();
  if (!is_first_) text += ',';
  is_first_ = false;
  text += json_quoted(applications_.front());
  text += ":[";
  config.write(text);
  text += ']';
  applications_.pop_front();
}

}  // namespace millrace::gateway
