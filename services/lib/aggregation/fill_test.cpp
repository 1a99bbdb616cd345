// SPDX-License-Identifier: Apache-2.0
#include "lib/aggregation/fill.h"

#include <gmock/gmock.h>

namespace millrace::aggregation {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

time::UnixMicros at(std::int64_t second) {
  return time::UnixMicros{seconds{second}};
}

// Windows of ten seconds; the range begins and ends within one.
const Windows kWindows(FixedWindows{seconds{10}}, {at(5), at(55)}, absl::UTCTimeZone());

Row row(std::int64_t second, Cell cell) {
  return {at(second), {std::move(cell)}, true};
}

// As in "10:1.5" and, without a value, "10:".
void take(Filling& filling, std::vector<std::string>& rows) {
  while (const auto next = filling.next()) {
    std::string text = std::to_string(time::to_unix_us(next->start) / 1'000'000) + ":";
    if (const auto* number = std::get_if<double>(&next->cells[0])) {
      text += std::to_string(*number).substr(0, 3);
    }
    if (const auto* string = std::get_if<std::string>(&next->cells[0])) text += *string;
    if (!next->has_points) text += "*";
    rows.push_back(text);
  }
}

std::vector<std::string> filled(Fill fill, const std::vector<Row>& given) {
  Filling filling(fill, kWindows, 1);
  std::vector<std::string> rows;
  take(filling, rows);
  for (const Row& one : given) {
    filling.push(one);
    take(filling, rows);
  }
  filling.end();
  take(filling, rows);
  return rows;
}

const std::vector<Row> kGiven = {row(10, 1.0), row(40, 7.0)};

TEST(Filling, NoneGivesWhatIsThere) {
  EXPECT_THAT(filled(Fill::kNone, kGiven), ElementsAre("10:1.0", "40:7.0"));
}

TEST(Filling, EachWindowOfTheRangeHasARow) {
  EXPECT_THAT(filled(Fill::kNull, kGiven),
              ElementsAre("0:*", "10:1.0", "20:*", "30:*", "40:7.0", "50:*"));
}

TEST(Filling, PreviousRepeatsWhatWasBefore) {
  EXPECT_THAT(filled(Fill::kPrevious, kGiven),
              ElementsAre("0:*", "10:1.0", "20:1.0*", "30:1.0*", "40:7.0", "50:7.0*"));
}

TEST(Filling, LinearDrawsALineBetweenWindowsWithPoints) {
  EXPECT_THAT(filled(Fill::kLinear, kGiven),
              ElementsAre("0:*", "10:1.0", "20:3.0*", "30:5.0*", "40:7.0", "50:*"));
}

TEST(Filling, ThereIsNoLineBetweenStringsOrToNothing) {
  EXPECT_THAT(filled(Fill::kLinear, {row(10, "a"), row(30, "b")}),
              ElementsAre("0:*", "10:a", "20:*", "30:b", "40:*", "50:*"));
  EXPECT_THAT(filled(Fill::kLinear, {row(10, 1.0), row(30, Cell{}), row(50, 2.0)}),
              ElementsAre("0:*", "10:1.0", "20:*", "30:", "40:*", "50:2.0"));
  EXPECT_THAT(filled(Fill::kPrevious, {row(10, "a"), row(30, "b")}),
              ElementsAre("0:*", "10:a", "20:a*", "30:b", "40:b*", "50:b*"));
}

TEST(Filling, AValueWithoutAnyPointHasNoRows) {
  for (const Fill fill : {Fill::kNone, Fill::kNull, Fill::kPrevious, Fill::kLinear}) {
    EXPECT_THAT(filled(fill, {}), IsEmpty());
  }
}

// Cut behind each row and gone on from where it says, the rest is the same.
TEST(Filling, GoesOnBehindAnyRow) {
  for (const Fill fill : {Fill::kNone, Fill::kNull, Fill::kPrevious, Fill::kLinear}) {
    const std::vector<std::string> whole = filled(fill, kGiven);
    for (std::size_t cut = 1; cut < whole.size(); ++cut) {
      Filling first(fill, kWindows, 1);
      std::size_t given = 0;
      std::size_t pushed = 0;
      Row last;
      while (given < cut) {
        if (auto next = first.next()) {
          last = *std::move(next);
          ++given;
        } else if (pushed < kGiven.size()) {
          first.push(kGiven[pushed++]);
        } else {
          first.end();
        }
      }
      const time::UnixMicros from = first.reread_from(last);

      const Windows rest(FixedWindows{seconds{10}}, {from, at(55)}, absl::UTCTimeZone());
      Filling second(fill, rest, 1);
      second.go_on_from(from);
      std::vector<std::string> rows;
      for (const Row& one : kGiven) {
        if (one.start < from) continue;
        second.push(one);
        take(second, rows);
      }
      second.end();
      take(second, rows);
      std::erase_if(rows, [&last](const std::string& text) {
        return std::stoll(text) <= time::to_unix_us(last.start) / 1'000'000;
      });
      EXPECT_EQ(rows, std::vector<std::string>(whole.begin() + static_cast<std::ptrdiff_t>(cut),
                                               whole.end()))
          << "fill " << static_cast<int>(fill) << ", cut behind row " << cut;
    }
  }
}

}  // namespace
}  // namespace millrace::aggregation
