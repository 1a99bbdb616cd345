// SPDX-License-Identifier: Apache-2.0
#include "cli/tail_printer.h"

#include <algorithm>
#include <sstream>

#include <gmock/gmock.h>

namespace millrace::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

query::v1::SubscribeResponse points() {
  query::v1::SubscribeResponse answer;
  query::v1::DataPointsChunk& chunk = *answer.mutable_data_points();
  chunk.set_endpoint_id("ep");
  chunk.set_time_series_name("s");
  chunk.add_timestamps_us(1'000'000);
  query::v1::ValueColumn& column = *chunk.add_columns();
  column.set_name("value");
  column.set_type(query::v1::VALUE_TYPE_NUMBER);
  column.add_numbers(7);
  return answer;
}

query::v1::SubscribeResponse caught_up() {
  query::v1::SubscribeResponse answer;
  answer.mutable_caught_up()->mutable_at()->set_seconds(2);
  return answer;
}

std::string printed(Format format) {
  std::ostringstream out;
  Output output(out, format);
  TailPrinter printer(output, {}, {});
  for (const auto& answer : {points(), caught_up(), points()}) {
    EXPECT_TRUE(printer.add(answer).ok());
  }
  return out.str();
}

TEST(TailPrinter, LinesHaveOneHeadingAndPointsAlone) {
  EXPECT_EQ(printed(Format::kCsv),
            "timestamp,endpoint_id,series,value_name,value\r\n"
            "1970-01-01T00:00:01Z,ep,s,value,7\r\n"
            "1970-01-01T00:00:01Z,ep,s,value,7\r\n");
}

TEST(TailPrinter, JsonIsAnAnswerALineWithoutAnEnd) {
  const std::string text = printed(Format::kJson);
  EXPECT_THAT(text, StartsWith("{\"dataPoints\":{\"endpointId\":\"ep\""));
  EXPECT_THAT(text, HasSubstr("\n{\"caughtUp\":"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
}

TEST(TailPrinter, AReaderThatHasGoneEndsIt) {
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  Output output(out, Format::kCsv);
  TailPrinter printer(output, {}, {});
  EXPECT_EQ(printer.add(points()).code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace millrace::cli
