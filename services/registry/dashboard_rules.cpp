// SPDX-License-Identifier: Apache-2.0
#include "registry/dashboard_rules.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

#include "lib/error/error.h"
#include "lib/series_rules/field.h"
#include "registry/field_rules.h"

namespace millrace::registry {
namespace {

constexpr int kGridColumns = 12;
constexpr int kMaxRow = 9'999;
constexpr int kMaxRows = 100;
constexpr std::int64_t kMinRangeSeconds = 60;
constexpr std::int64_t kMaxRangeSeconds = 315'360'000;
constexpr int kMaxTableRows = 1000;
// Longer than any name of a series that epts makes.
constexpr std::size_t kMaxSeriesNameBytes = 512;

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

absl::Status check_count(const std::string& field, int count, int max) {
  if (count <= max) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format(
      "cannot use field {}: it has {} entries, at most {} are allowed", field, count, max));
}

absl::Status check_finite(const std::string& field, double value) {
  if (std::isfinite(value)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("cannot use field {} {}: it must be a finite number", field, value));
}

absl::Status check_color(const std::string& field, const std::string& value) {
  if (value.size() == 7 && value[0] == '#' && std::all_of(value.begin() + 1, value.end(), is_hex)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(fmt::format(
      "cannot use field {} {}: it must be #rrggbb, as #1f77b4", field, series_rules::shown(value)));
}

// Those of series rules, and with the "~" those of auto-extraction.
absl::Status check_series_name(const std::string& field, const std::string& value) {
  const bool good = !value.empty() && value.size() <= kMaxSeriesNameBytes &&
                    std::all_of(value.begin(), value.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '~';
                    });
  if (good) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("cannot use field {} {}: it must have 1 to {} characters of A-Z a-z 0-9 - _ ~",
                  field, series_rules::shown(value), kMaxSeriesNameBytes));
}

// Empty where it may be left out.
absl::Status check_value_name(const std::string& field, const std::string& value) {
  if (value.empty() || series_rules::is_value_name(value)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("cannot use field {} {}: it must have 1 to {} bytes without control characters "
                  "and {}, and be none of the reserved names, or be left out",
                  field, series_rules::shown(value), series_rules::kMaxValueNameBytes,
                  series_rules::kNotInValueNames));
}

absl::Status check_placement(const std::string& field, const v1::Placement& placement) {
  MILLRACE_RETURN_IF_ERROR(
      check_number(field + ".column", placement.column(), {0, kGridColumns - 1}));
  MILLRACE_RETURN_IF_ERROR(check_number(field + ".row", placement.row(), {0, kMaxRow}));
  // No wider than what is right of its column.
  MILLRACE_RETURN_IF_ERROR(check_number(field + ".columns", placement.columns(),
                                        {1, kGridColumns - placement.column()}));
  return check_number(field + ".rows", placement.rows(), {1, kMaxRows});
}

absl::Status check_source(const std::string& field, const v1::SeriesSource& source) {
  if (!source.endpoint_id().empty()) {
    MILLRACE_RETURN_IF_ERROR(check_endpoint_id(field + ".endpoint_id", source.endpoint_id()));
  }
  MILLRACE_RETURN_IF_ERROR(
      check_series_name(field + ".time_series_name", source.time_series_name()));
  MILLRACE_RETURN_IF_ERROR(check_value_name(field + ".value_name", source.value_name()));
  MILLRACE_RETURN_IF_ERROR(check_text(field + ".label", source.label(), {0, 100}));
  MILLRACE_RETURN_IF_ERROR(check_text(field + ".unit", source.unit(), {0, 32}));
  if (source.color().empty()) return absl::OkStatus();
  return check_color(field + ".color", source.color());
}

absl::Status check_range(const std::string& field, std::int64_t seconds) {
  if (seconds == 0) return absl::OkStatus();
  return check_number(field + ".range_seconds", seconds, {kMinRangeSeconds, kMaxRangeSeconds});
}

absl::Status check_gauge(const std::string& field, const v1::GaugeWidget& gauge) {
  MILLRACE_RETURN_IF_ERROR(check_finite(field + ".minimum", gauge.minimum()));
  MILLRACE_RETURN_IF_ERROR(check_finite(field + ".maximum", gauge.maximum()));
  const bool is_default = gauge.minimum() == 0 && gauge.maximum() == 0;
  if (!is_default && gauge.minimum() >= gauge.maximum()) {
    return absl::InvalidArgumentError(
        fmt::format("cannot use field {}.maximum {}: it must be greater than minimum, which is {}; "
                    "both 0 stand for 0 to 100",
                    field, gauge.maximum(), gauge.minimum()));
  }
  MILLRACE_RETURN_IF_ERROR(
      check_count(field + ".thresholds", gauge.thresholds_size(), kMaxThresholds));
  for (int i = 0; i < gauge.thresholds_size(); ++i) {
    const std::string at = fmt::format("{}.thresholds[{}]", field, i);
    const double value = gauge.thresholds(i).value();
    MILLRACE_RETURN_IF_ERROR(check_finite(at + ".value", value));
    if (i > 0 && value <= gauge.thresholds(i - 1).value()) {
      return absl::InvalidArgumentError(
          fmt::format("cannot use field {}.value {}: it must be greater than the one before, which "
                      "is {}",
                      at, value, gauge.thresholds(i - 1).value()));
    }
    MILLRACE_RETURN_IF_ERROR(check_color(at + ".color", gauge.thresholds(i).color()));
  }
  return absl::OkStatus();
}

absl::Status check_table(const std::string& field, const v1::TableWidget& table) {
  if (table.rows() == 0) return absl::OkStatus();
  return check_number(field + ".rows", table.rows(), {1, kMaxTableRows});
}

absl::Status check_map(const std::string& field, const v1::MapWidget& map) {
  MILLRACE_RETURN_IF_ERROR(
      check_value_name(field + ".latitude_value_name", map.latitude_value_name()));
  MILLRACE_RETURN_IF_ERROR(
      check_value_name(field + ".longitude_value_name", map.longitude_value_name()));
  return check_range(field, map.range_seconds());
}

absl::Status check_kind(const std::string& field, const v1::Widget& widget) {
  switch (widget.kind_case()) {
    case v1::Widget::kChart:
      return check_range(field + ".chart", widget.chart().range_seconds());
    case v1::Widget::kGauge:
      return check_gauge(field + ".gauge", widget.gauge());
    case v1::Widget::kTiles:
      return absl::OkStatus();
    case v1::Widget::kTable:
      return check_table(field + ".table", widget.table());
    case v1::Widget::kMap:
      return check_map(field + ".map", widget.map());
    case v1::Widget::KIND_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError(fmt::format(
      "cannot use field {}: it must have one of chart, gauge, tiles, table and map", field));
}

absl::Status check_widget(const std::string& field, const v1::Widget& widget) {
  MILLRACE_RETURN_IF_ERROR(check_text(field + ".title", widget.title(), {0, 200}));
  MILLRACE_RETURN_IF_ERROR(check_placement(field + ".placement", widget.placement()));
  MILLRACE_RETURN_IF_ERROR(check_count(field + ".sources", widget.sources_size(), kMaxSources));
  for (int i = 0; i < widget.sources_size(); ++i) {
    MILLRACE_RETURN_IF_ERROR(
        check_source(fmt::format("{}.sources[{}]", field, i), widget.sources(i)));
  }
  return check_kind(field, widget);
}

}  // namespace

absl::StatusOr<v1::Dashboard> check_dashboard(const v1::Dashboard& given) {
  MILLRACE_RETURN_IF_ERROR(check_text("dashboard.title", given.title(), {1, 200}));
  MILLRACE_RETURN_IF_ERROR(check_count("dashboard.widgets", given.widgets_size(), kMaxWidgets));
  v1::Dashboard kept;
  kept.set_title(given.title());
  *kept.mutable_widgets() = given.widgets();
  kept.DiscardUnknownFields();
  const std::size_t bytes = kept.ByteSizeLong();
  if (bytes > kMaxDashboardBytes) {
    return absl::InvalidArgumentError(
        fmt::format("cannot use field dashboard: it has {} bytes, at most {} are allowed; make two "
                    "of it",
                    bytes, kMaxDashboardBytes));
  }
  for (int i = 0; i < kept.widgets_size(); ++i) {
    MILLRACE_RETURN_IF_ERROR(
        check_widget(fmt::format("dashboard.widgets[{}]", i), kept.widgets(i)));
  }
  return kept;
}

absl::Status check_dashboard_id(const std::string& field, const std::string& value) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  bool good = value.size() == kForm.size();
  for (std::size_t i = 0; good && i < kForm.size(); ++i) {
    good = kForm[i] == '-' ? value[i] == '-' : is_hex(value[i]);
  }
  if (good) return absl::OkStatus();
  return absl::InvalidArgumentError(
      fmt::format("cannot use field {} {}: it must be a UUID, as the registry made it", field,
                  series_rules::shown(value)));
}

}  // namespace millrace::registry
