// SPDX-License-Identifier: Apache-2.0
#include "cli/dashboard_document.h"

#include <gmock/gmock.h>

#include "cli/output.h"
#include "lib/error/error.h"

namespace millrace::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(DashboardDocument, IsWhatWasPrinted) {
  registry::v1::Dashboard dashboard;
  dashboard.set_title("Pumps");
  dashboard.set_version(3);
  dashboard.mutable_created_at()->set_seconds(1'700'000'000);
  registry::v1::Widget& widget = *dashboard.add_widgets();
  widget.mutable_placement()->set_columns(6);
  widget.add_sources()->set_time_series_name("auto~temperature");
  widget.mutable_gauge()->set_maximum(1.5);
  const auto read = read_dashboard("d.json", to_json(dashboard, JsonStyle::kPretty).value());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->SerializeAsString(), dashboard.SerializeAsString());
}

TEST(DashboardDocument, SaysWhatIsWrongAndWhere) {
  for (const char* json : {"", "no json", "[]", "{\"title\": 5, \"tittle\": 1}",
                           "{\"widgets\": [{\"placement\": {\"column\": \"left\"}}]}"}) {
    const auto read = read_dashboard("d.json", json);
    EXPECT_EQ(read.status().code(), absl::StatusCode::kInvalidArgument) << json;
    EXPECT_THAT(error::message(read.status()), StartsWith("cannot use d.json: it is no dashboard"));
  }
  EXPECT_THAT(error::message(read_dashboard("d", "{\"tittle\": \"x\"}").status()),
              HasSubstr("tittle"));
}

}  // namespace
}  // namespace millrace::cli
