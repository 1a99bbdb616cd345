// SPDX-License-Identifier: Apache-2.0
#include "registry/dashboard_rules.h"

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "lib/error/error.h"

namespace millrace::registry {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

v1::Dashboard dashboard() {
  v1::Dashboard made;
  made.set_title("Pumps");
  v1::Widget& widget = *made.add_widgets();
  widget.mutable_placement()->set_columns(12);
  widget.mutable_placement()->set_rows(4);
  widget.add_sources()->set_time_series_name("auto~temperature");
  widget.mutable_chart()->set_range_seconds(3600);
  return made;
}

using Change = std::function<void(v1::Dashboard&, v1::Widget&, v1::SeriesSource&)>;

absl::Status checked(const Change& change) {
  v1::Dashboard one = dashboard();
  change(one, *one.mutable_widgets(0), *one.mutable_widgets(0)->mutable_sources(0));
  return check_dashboard(one).status();
}

std::string text_of(std::size_t characters) {
  std::string text;
  for (std::size_t i = 0; i < characters; ++i) text += "ü";
  return text;
}

TEST(DashboardRules, KeepsTitleAndWidgetsAndWhatItKnows) {
  v1::Dashboard given = dashboard();
  given.set_dashboard_id("id");
  given.set_application_name("app");
  given.set_version(7);
  given.set_updated_by("somebody");
  given.mutable_created_at()->set_seconds(1);
  google::protobuf::UnknownFieldSet& unknown = *given.GetReflection()->MutableUnknownFields(&given);
  unknown.AddVarint(77, 1);
  v1::Widget& widget = *given.mutable_widgets(0);
  widget.GetReflection()->MutableUnknownFields(&widget)->AddVarint(78, 1);
  const auto kept = check_dashboard(given);
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->SerializeAsString(), dashboard().SerializeAsString());
}

TEST(DashboardRules, TakesEveryKindOfWidgetAtItsBounds) {
  const Change changes[] = {
      [](auto& one, auto&, auto&) { one.clear_widgets(); },
      [](auto& one, auto&, auto&) { one.set_title(text_of(200)); },
      [](auto&, auto& widget, auto&) { widget.set_title(text_of(200)); },
      [](auto&, auto& widget, auto&) {
        widget.mutable_placement()->set_column(11);
        widget.mutable_placement()->set_columns(1);
        widget.mutable_placement()->set_row(9999);
        widget.mutable_placement()->set_rows(100);
      },
      [](auto&, auto& widget, auto&) { widget.clear_sources(); },
      [](auto&, auto&, auto& source) {
        source.set_endpoint_id("A.b_c~d-9");
        source.set_value_name("latitude");
        source.set_label(text_of(100));
        source.set_unit(text_of(32));
        source.set_color("#00fFaA");
        source.set_time_series_name("auto~" + std::string(256, 'x'));
      },
      [](auto&, auto& widget, auto&) { widget.mutable_chart()->set_range_seconds(0); },
      [](auto&, auto& widget, auto&) { widget.mutable_chart()->set_range_seconds(60); },
      [](auto&, auto& widget, auto&) { widget.mutable_chart()->set_range_seconds(315'360'000); },
      [](auto&, auto& widget, auto&) { widget.mutable_gauge(); },
      [](auto&, auto& widget, auto&) {
        widget.mutable_gauge()->set_minimum(-40);
        widget.mutable_gauge()->set_maximum(-39.5);
        for (int i = 0; i < 20; ++i) {
          v1::Threshold& threshold = *widget.mutable_gauge()->add_thresholds();
          threshold.set_value(i);
          threshold.set_color("#112233");
        }
      },
      [](auto&, auto& widget, auto&) { widget.mutable_tiles(); },
      [](auto&, auto& widget, auto&) { widget.mutable_table()->set_rows(1000); },
      [](auto&, auto& widget, auto&) { widget.mutable_map(); },
      [](auto&, auto& widget, auto&) { widget.mutable_map()->set_latitude_value_name("breadth"); },
      [](auto& one, auto& widget, auto&) {
        while (widget.sources_size() < 100) *widget.add_sources() = widget.sources(0);
        const v1::Widget copy = dashboard().widgets(0);
        while (one.widgets_size() < 100) *one.add_widgets() = copy;
      },
  };
  int number = 0;
  for (const Change& change : changes) {
    const absl::Status status = checked(change);
    EXPECT_TRUE(status.ok()) << "case " << number << ": " << status;
    ++number;
  }
}

// A change that goes beyond a bound of a field.
struct Case {
  std::string field;
  Change change;
};

void expect_refused(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    const absl::Status status = checked(one.change);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << one.field;
    EXPECT_THAT(error::message(status),
                StartsWith(fmt::format("cannot use field dashboard.{}", one.field)));
  }
}

TEST(DashboardRules, NamesTheFieldOfTheDashboardThatIsBeyondABound) {
  expect_refused({{"title", [](auto& one, auto&, auto&) { one.clear_title(); }},
                  {"title", [](auto& one, auto&, auto&) { one.set_title(text_of(201)); }},
                  {"title", [](auto& one, auto&, auto&) { one.set_title("two\nlines"); }},
                  {"title", [](auto& one, auto&, auto&) { one.set_title(std::string("a\0", 2)); }},
                  {"widgets", [](auto& one, auto& widget, auto&) {
                     const v1::Widget copy = widget;
                     while (one.widgets_size() <= 100) *one.add_widgets() = copy;
                   }}});
}

TEST(DashboardRules, NamesTheFieldOfAWidgetThatIsBeyondABound) {
  expect_refused(
      {{"widgets[0].title", [](auto&, auto& widget, auto&) { widget.set_title(text_of(201)); }},
       {"widgets[0].placement.columns",
        [](auto&, auto& widget, auto&) { widget.clear_placement(); }},
       {"widgets[0].placement.column",
        [](auto&, auto& widget, auto&) { widget.mutable_placement()->set_column(-1); }},
       {"widgets[0].placement.column",
        [](auto&, auto& widget, auto&) { widget.mutable_placement()->set_column(12); }},
       {"widgets[0].placement.columns",
        [](auto&, auto& widget, auto&) { widget.mutable_placement()->set_column(1); }},
       {"widgets[0].placement.columns",
        [](auto&, auto& widget, auto&) { widget.mutable_placement()->set_columns(INT32_MAX); }},
       {"widgets[0].placement.row",
        [](auto&, auto& widget, auto&) { widget.mutable_placement()->set_row(10'000); }},
       {"widgets[0].placement.rows",
        [](auto&, auto& widget, auto&) { widget.mutable_placement()->set_rows(101); }},
       {"widgets[0].placement.rows",
        [](auto&, auto& widget, auto&) { widget.mutable_placement()->set_rows(0); }},
       {"widgets[0].sources", [](auto&, auto& widget, auto&) {
          while (widget.sources_size() <= 100) *widget.add_sources() = widget.sources(0);
        }}});
}

TEST(DashboardRules, NamesTheFieldOfASourceThatIsBeyondABound) {
  expect_refused(
      {{"widgets[0].sources[0].endpoint_id",
        [](auto&, auto&, auto& source) { source.set_endpoint_id("a/b"); }},
       {"widgets[0].sources[0].time_series_name",
        [](auto&, auto&, auto& source) { source.clear_time_series_name(); }},
       {"widgets[0].sources[0].time_series_name",
        [](auto&, auto&, auto& source) { source.set_time_series_name("a b"); }},
       {"widgets[0].sources[0].time_series_name",
        [](auto&, auto&, auto& source) { source.set_time_series_name(std::string(513, 'x')); }},
       {"widgets[0].sources[0].value_name",
        [](auto&, auto&, auto& source) { source.set_value_name("a=b"); }},
       {"widgets[0].sources[0].label",
        [](auto&, auto&, auto& source) { source.set_label(text_of(101)); }},
       {"widgets[0].sources[0].unit",
        [](auto&, auto&, auto& source) { source.set_unit(text_of(33)); }},
       {"widgets[0].sources[0].color", [](auto&, auto&, auto& source) { source.set_color("red"); }},
       {"widgets[0].sources[0].color",
        [](auto&, auto&, auto& source) { source.set_color("#12345g"); }}});
}

TEST(DashboardRules, NamesTheFieldOfAKindThatIsBeyondABound) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  expect_refused(
      {{"widgets[0]: it must have one of chart",
        [](auto&, auto& widget, auto&) { widget.clear_chart(); }},
       {"widgets[0].chart.range_seconds",
        [](auto&, auto& widget, auto&) { widget.mutable_chart()->set_range_seconds(59); }},
       {"widgets[0].chart.range_seconds",
        [](auto&, auto& widget, auto&) { widget.mutable_chart()->set_range_seconds(INT64_MIN); }},
       {"widgets[0].gauge.minimum",
        [](auto&, auto& widget, auto&) { widget.mutable_gauge()->set_minimum(kNan); }},
       {"widgets[0].gauge.maximum",
        [](auto&, auto& widget, auto&) { widget.mutable_gauge()->set_maximum(kInfinity); }},
       {"widgets[0].gauge.maximum",
        [](auto&, auto& widget, auto&) { widget.mutable_gauge()->set_minimum(1); }},
       {"widgets[0].gauge.thresholds",
        [](auto&, auto& widget, auto&) {
          for (int i = 0; i < 21; ++i) widget.mutable_gauge()->add_thresholds();
        }},
       {"widgets[0].gauge.thresholds[0].color",
        [](auto&, auto& widget, auto&) { widget.mutable_gauge()->add_thresholds(); }},
       {"widgets[0].gauge.thresholds[1].value",
        [](auto&, auto& widget, auto&) {
          for (int i = 0; i < 2; ++i) {
            widget.mutable_gauge()->add_thresholds()->set_color("#000000");
          }
        }},
       {"widgets[0].gauge.thresholds[0].value",
        [](auto&, auto& widget, auto&) {
          widget.mutable_gauge()->add_thresholds()->set_value(-kInfinity);
        }},
       {"widgets[0].table.rows",
        [](auto&, auto& widget, auto&) { widget.mutable_table()->set_rows(1001); }},
       {"widgets[0].table.rows",
        [](auto&, auto& widget, auto&) { widget.mutable_table()->set_rows(-1); }},
       {"widgets[0].map.latitude_value_name",
        [](auto&, auto& widget, auto&) { widget.mutable_map()->set_latitude_value_name("a\nb"); }},
       {"widgets[0].map.longitude_value_name",
        [](auto&, auto& widget, auto&) { widget.mutable_map()->set_longitude_value_name("time"); }},
       {"widgets[0].map.range_seconds",
        [](auto&, auto& widget, auto&) { widget.mutable_map()->set_range_seconds(1); }}});
}

TEST(DashboardRules, ADashboardHasABoundAsAWhole) {
  v1::Dashboard large = dashboard();
  v1::Widget& widget = *large.mutable_widgets(0);
  widget.mutable_sources(0)->set_time_series_name(std::string(500, 'x'));
  while (widget.sources_size() < 100) *widget.add_sources() = widget.sources(0);
  const v1::Widget copy = widget;
  for (int i = 0; i < 4; ++i) *large.add_widgets() = copy;
  ASSERT_LT(large.ByteSizeLong(), kMaxDashboardBytes);
  EXPECT_TRUE(check_dashboard(large).ok());
  *large.add_widgets() = copy;
  EXPECT_THAT(error::message(check_dashboard(large).status()),
              HasSubstr("at most 262144 are allowed"));
}

TEST(DashboardRules, MessagesNameTheValueAndTheRule) {
  const absl::Status status =
      checked([](auto&, auto& widget, auto&) { widget.mutable_placement()->set_column(1); });
  EXPECT_EQ(error::message(status),
            "cannot use field dashboard.widgets[0].placement.columns 12: it must be 1 to 11");
}

TEST(DashboardRules, Ids) {
  EXPECT_TRUE(check_dashboard_id("f", "6f1c9d4e-0000-4000-8000-00000000000A").ok());
  for (const char* bad :
       {"", "x", "6f1c9d4e00004000800000000000000a", "6f1c9d4e-0000-4000-8000-00000000000g",
        "{6f1c9d4e-0000-4000-8000-0000000000}", "6f1c9d4e-0000-4000-8000-00000000000aa"}) {
    EXPECT_EQ(check_dashboard_id("f", bad).code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace millrace::registry
