// SPDX-License-Identifier: Apache-2.0
#include "lib/csv/point_rows.h"

#include <gtest/gtest.h>

namespace millrace::csv {
namespace {

using query::v1::DataPointsChunk;
using query::v1::ValueColumn;

ValueColumn numbers(std::initializer_list<double> values) {
  ValueColumn column;
  column.set_type(query::v1::VALUE_TYPE_NUMBER);
  column.mutable_numbers()->Assign(values.begin(), values.end());
  return column;
}

TEST(PointRows, ValuesOfEachTypeHaveAText) {
  EXPECT_EQ(value_text(numbers({23, 0.1}), 1), "0.1");
  ValueColumn booleans;
  booleans.set_type(query::v1::VALUE_TYPE_BOOLEAN);
  booleans.add_booleans(false);
  EXPECT_EQ(value_text(booleans, 0), "false");
  ValueColumn strings;
  strings.set_type(query::v1::VALUE_TYPE_STRING);
  strings.add_strings("a,b");
  EXPECT_EQ(value_text(strings, 0), "a,b");
}

TEST(PointRows, PresentSaysWhereAValueIs) {
  ValueColumn column = numbers({1, 0});
  EXPECT_TRUE(is_present(column, 1));
  column.add_present(true);
  column.add_present(false);
  EXPECT_TRUE(is_present(column, 0));
  EXPECT_FALSE(is_present(column, 1));
}

TEST(PointRows, AColumnThatIsNotAsLongAsTheOthersIsUnsound) {
  DataPointsChunk chunk;
  chunk.add_timestamps_us(1);
  *chunk.add_columns() = numbers({1});
  EXPECT_TRUE(is_sound(chunk));
  chunk.mutable_columns(0)->add_present(true);
  EXPECT_TRUE(is_sound(chunk));
  chunk.mutable_columns(0)->add_present(true);
  EXPECT_FALSE(is_sound(chunk));
  *chunk.mutable_columns(0) = numbers({1, 2});
  EXPECT_FALSE(is_sound(chunk));
  // Its type says which list counts.
  *chunk.mutable_columns(0) = numbers({1});
  chunk.mutable_columns(0)->set_type(query::v1::VALUE_TYPE_STRING);
  EXPECT_FALSE(is_sound(chunk));
}

}  // namespace
}  // namespace millrace::csv
