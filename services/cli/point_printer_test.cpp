// SPDX-License-Identifier: Apache-2.0
#include "cli/point_printer.h"

#include <sstream>

#include <gtest/gtest.h>

namespace millrace::cli {
namespace {

query::v1::DataPointsChunk chunk() {
  query::v1::DataPointsChunk chunk;
  chunk.set_endpoint_id("ep,1");
  chunk.set_time_series_name("s");
  chunk.add_timestamps_us(0);
  chunk.add_timestamps_us(1'000'001);
  query::v1::ValueColumn& number = *chunk.add_columns();
  number.set_name("n");
  number.set_type(query::v1::VALUE_TYPE_NUMBER);
  number.add_numbers(0.5);
  number.add_numbers(0);
  number.add_present(true);
  number.add_present(false);
  query::v1::ValueColumn& text = *chunk.add_columns();
  text.set_name("t");
  text.set_type(query::v1::VALUE_TYPE_STRING);
  text.add_strings("a\nb");
  text.add_strings("");
  query::v1::ValueColumn& boolean = *chunk.add_columns();
  boolean.set_name("b");
  boolean.set_type(query::v1::VALUE_TYPE_BOOLEAN);
  boolean.add_booleans(true);
  boolean.add_booleans(false);
  return chunk;
}

std::string printed(Format format, int chunks) {
  std::ostringstream out;
  Output output(out, format);
  PointPrinter printer(output, {"ep,1"}, {"s"});
  for (int i = 0; i < chunks; ++i) EXPECT_TRUE(printer.add(chunk()).ok());
  EXPECT_TRUE(printer.end().ok());
  return out.str();
}

TEST(PointPrinter, CsvHasALineForEachValueThatIsThere) {
  EXPECT_EQ(printed(Format::kCsv, 1),
            "timestamp,endpoint_id,series,value_name,value\r\n"
            "1970-01-01T00:00:00Z,\"ep,1\",s,n,0.5\r\n"
            "1970-01-01T00:00:00Z,\"ep,1\",s,t,\"a\nb\"\r\n"
            "1970-01-01T00:00:00Z,\"ep,1\",s,b,true\r\n"
            "1970-01-01T00:00:01.000001Z,\"ep,1\",s,t,\r\n"
            "1970-01-01T00:00:01.000001Z,\"ep,1\",s,b,false\r\n");
}

TEST(PointPrinter, TheTableIsAlignedBeforeAllPointsAreKnown) {
  EXPECT_EQ(printed(Format::kTable, 1),
            "TIMESTAMP                    ENDPOINT ID  SERIES  VALUE NAME  VALUE\n"
            "1970-01-01T00:00:00Z         ep,1         s       n           0.5\n"
            "1970-01-01T00:00:00Z         ep,1         s       t           a\\x0ab\n"
            "1970-01-01T00:00:00Z         ep,1         s       b           true\n"
            "1970-01-01T00:00:01.000001Z  ep,1         s       t\n"
            "1970-01-01T00:00:01.000001Z  ep,1         s       b           false\n");
}

TEST(PointPrinter, JsonIsAnArrayOfChunksOneALine) {
  EXPECT_EQ(printed(Format::kJson, 0), "[]\n");
  const std::string two = printed(Format::kJson, 2);
  EXPECT_TRUE(two.starts_with("[\n{\"endpointId\":\"ep,1\",")) << two;
  EXPECT_NE(two.find("},\n{"), std::string::npos) << two;
  EXPECT_TRUE(two.ends_with("}\n]\n")) << two;
}

TEST(PointPrinter, WithoutPointsThereIsTheHeading) {
  EXPECT_EQ(printed(Format::kCsv, 0), "timestamp,endpoint_id,series,value_name,value\r\n");
}

TEST(PointPrinter, NothingIsPrintedBeforeTheFirstChunk) {
  std::ostringstream out;
  Output output(out, Format::kTable);
  const PointPrinter printer(output, {"ep"}, {"s"});
  EXPECT_EQ(out.str(), "");
}

TEST(PointPrinter, AColumnOfAnotherLengthIsRefused) {
  std::ostringstream out;
  Output output(out, Format::kCsv);
  PointPrinter printer(output, {}, {});
  query::v1::DataPointsChunk broken = chunk();
  broken.mutable_columns(0)->clear_numbers();
  EXPECT_EQ(printer.add(broken).code(), absl::StatusCode::kDataLoss);
}

TEST(PointPrinter, AClosedOutputIsAFailure) {
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  Output output(out, Format::kCsv);
  PointPrinter printer(output, {}, {});
  EXPECT_EQ(printer.add(chunk()).code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace millrace::cli
