// SPDX-License-Identifier: Apache-2.0
#include "cli/window_printer.h"

#include <sstream>

#include <gtest/gtest.h>

namespace millrace::cli {
namespace {

// Two windows: the average, which the second one does not have, and the last one, a string.
query::v1::AggregateChunk chunk() {
  query::v1::AggregateChunk chunk;
  chunk.set_endpoint_id("ep");
  chunk.set_time_series_name("s");
  chunk.set_value_name("v\n");
  chunk.add_window_starts_us(0);
  chunk.add_window_starts_us(3'600'000'000);
  query::v1::AggregateColumn& numbers = *chunk.add_columns();
  numbers.add_numbers(0.5);
  numbers.add_numbers(0);
  numbers.add_present(true);
  numbers.add_present(false);
  query::v1::AggregateColumn& strings = *chunk.add_columns();
  strings.add_strings("a,b");
  strings.add_strings("c");
  return chunk;
}

std::string printed(Format format, int chunks, const WindowNames& names) {
  std::ostringstream out;
  Output output(out, format);
  WindowPrinter printer(output, names);
  for (int i = 0; i < chunks; ++i) EXPECT_TRUE(printer.add(chunk()).ok());
  EXPECT_TRUE(printer.end().ok());
  return out.str();
}

TEST(WindowPrinter, CsvHasAColumnForEachFunction) {
  EXPECT_EQ(printed(Format::kCsv, 1, {{"ep"}, {"s"}, {"avg", "last"}}),
            "window,endpoint_id,series,value_name,avg,last\r\n"
            "1970-01-01T00:00:00Z,ep,s,\"v\n\",0.5,\"a,b\"\r\n"
            "1970-01-01T01:00:00Z,ep,s,\"v\n\",,c\r\n");
}

TEST(WindowPrinter, AcrossEndpointsThereIsNoColumnForThem) {
  EXPECT_EQ(printed(Format::kCsv, 0, {{}, {"s"}, {"avg"}}), "window,series,value_name,avg\r\n");
}

TEST(WindowPrinter, TheTableIsAlignedAndShowsWhatCannotBeSeen) {
  EXPECT_EQ(printed(Format::kTable, 1, {{}, {"s"}, {"avg", "last"}}),
            "WINDOW                       SERIES  VALUE NAME  AVG                 LAST\n"
            "1970-01-01T00:00:00Z         s       v\\x0a       0.5                 a,b\n"
            "1970-01-01T01:00:00Z         s       v\\x0a                           c\n");
}

TEST(WindowPrinter, JsonIsAnArrayOfChunks) {
  EXPECT_EQ(printed(Format::kJson, 0, {}), "[]\n");
  const std::string two = printed(Format::kJson, 2, {});
  EXPECT_TRUE(two.starts_with("[\n{\"endpointId\":\"ep\",")) << two;
  EXPECT_TRUE(two.ends_with("}\n]\n")) << two;
}

TEST(WindowPrinter, AChunkThatDoesNotFitIsRefused) {
  std::ostringstream out;
  Output output(out, Format::kCsv);
  WindowPrinter printer(output, {{}, {}, {"avg", "last"}});
  query::v1::AggregateChunk broken = chunk();
  broken.mutable_columns(0)->clear_numbers();
  EXPECT_EQ(printer.add(broken).code(), absl::StatusCode::kDataLoss);
  broken = chunk();
  broken.mutable_columns()->RemoveLast();
  EXPECT_EQ(printer.add(broken).code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace millrace::cli
