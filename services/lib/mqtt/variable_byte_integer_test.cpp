// SPDX-License-Identifier: Apache-2.0
#include "lib/mqtt/variable_byte_integer.h"

#include <gtest/gtest.h>

namespace millrace::mqtt {
namespace {

using State = VariableByteInteger::State;

TEST(VariableByteIntegerTest, IsReadAsItIsWrittenAtTheEdgesOfEachSize) {
  // MQTT 3.1.1, table 2.4; MQTT 5, table 1-1.
  const struct {
    std::size_t value;
    std::size_t bytes;
  } cases[] = {{0, 1},      {127, 1},       {128, 2},       {16'383, 2},
               {16'384, 3}, {2'097'151, 3}, {2'097'152, 4}, {kMaxVariableByteInteger, 4}};
  for (const auto& c : cases) {
    std::string out;
    append_variable_byte_integer(out, c.value);
    EXPECT_EQ(out.size(), c.bytes) << c.value;
    EXPECT_EQ(variable_byte_integer_bytes(c.value), c.bytes) << c.value;
    for (std::size_t cut = 0; cut < c.bytes; ++cut) {
      EXPECT_EQ(read_variable_byte_integer(out.substr(0, cut)).state, State::kCut) << c.value;
    }
    const VariableByteInteger read = read_variable_byte_integer(out + "more");
    EXPECT_EQ(read.state, State::kWhole) << c.value;
    EXPECT_EQ(read.value, c.value);
    EXPECT_EQ(read.bytes, c.bytes) << c.value;
    EXPECT_TRUE(read.minimal) << c.value;
  }
}

TEST(VariableByteIntegerTest, FourBytesAtMost) {
  EXPECT_EQ(read_variable_byte_integer("\xFF\xFF\xFF\xFF").state, State::kTooLong);
  EXPECT_EQ(read_variable_byte_integer("\x80\x80\x80\x80\x01").state, State::kTooLong);
}

TEST(VariableByteIntegerTest, ALongerFormThanNeededIsSeen) {  // [MQTT-1.5.5-1]
  for (const std::string& longer :
       {std::string("\x80\0", 2), std::string("\xFF\0", 2), std::string("\x80\x80\x80\0", 4)}) {
    const VariableByteInteger read = read_variable_byte_integer(longer);
    EXPECT_EQ(read.state, State::kWhole);
    EXPECT_EQ(read.bytes, longer.size());
    EXPECT_FALSE(read.minimal);
  }
}

}  // namespace
}  // namespace millrace::mqtt
