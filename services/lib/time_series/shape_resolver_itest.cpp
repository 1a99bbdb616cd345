// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "lib/time_series/itest_database.h"
#include "lib/time_series/shape_resolver.h"

namespace millrace::time_series {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ShapeResolverTest : public testing::Test {
 protected:
  // Adds a sample with these series to the batch; the index of its shape.
  std::uint32_t add(const std::string& application, const std::vector<std::string>& series) {
    std::string shape;
    for (const std::string& name : series) {
      append_value_name(shape, ValueType::kNumber, "", name);
    }
    const std::vector<double> numbers(series.size(), 1);
    batch_.begin_upload({application, "v1", "ep", "c", 1});
    batch_.add_sample({}, shape, numbers);
    return batch_.samples().back().shape;
  }
  ShapeResolver::Resolved resolve(const std::vector<std::uint32_t>& wanted) {
    auto resolved = resolver_.resolve(batch_, wanted);
    EXPECT_TRUE(resolved.ok()) << resolved.status();
    return *std::move(resolved);
  }

  std::unique_ptr<postgres::Connection> connection_ = itest_connect();
  SeriesCatalogue series_{*connection_, 4};
  LayoutCatalogue layouts_{*connection_, 2};
  ShapeResolver resolver_{series_, layouts_};
  SampleBatch batch_;
};

TEST_F(ShapeResolverTest, PutsNumbersIntoSlotsByKeyWhateverTheirOrderInTheSample) {
  const auto one = add("sr-order", {"a", "b", "c"});
  const auto other = add("sr-order", {"c", "a", "b"});
  const auto shapes = resolve({one, other});
  ASSERT_EQ(shapes[one]->parts.size(), 1U);
  EXPECT_THAT(shapes[one]->parts[0].slots, ElementsAre(0, 1, 2));
  EXPECT_THAT(shapes[other]->parts[0].slots, ElementsAre(1, 2, 0));
  EXPECT_EQ(shapes[one]->parts[0].layout_key, shapes[other]->parts[0].layout_key);
}

TEST_F(ShapeResolverTest, PutsStringsIntoSlotsOfTheirOwn) {
  std::string names;
  append_value_name(names, ValueType::kString, "", "t1");
  append_value_name(names, ValueType::kNumber, "", "n");
  append_value_name(names, ValueType::kString, "", "t2");
  append_value_name(names, ValueType::kBoolean, "", "b");
  batch_.begin_upload({"sr-strings", "v1", "ep", "c", 1});
  batch_.add_sample({}, names, std::vector<double>(2, 1), std::vector<std::string_view>(2, "x"));
  const std::uint32_t whole = batch_.samples().back().shape;
  const auto part = resolve({whole})[whole]->parts.at(0);
  EXPECT_THAT(part.slots, ElementsAre(0, 1));
  EXPECT_THAT(part.text_slots, ElementsAre(0, 1));
  const auto layout = connection_->execute(
      "SELECT number_keys = ARRAY(SELECT value_key FROM time_series.series_value"
      " WHERE series_name IN ('n', 'b') AND application_key = l.application_key ORDER BY 1),"
      " text_keys = ARRAY(SELECT value_key FROM time_series.series_value"
      " WHERE series_name IN ('t1', 't2') AND application_key = l.application_key ORDER BY 1),"
      " digest = sha256(convert_to(array_to_string(number_keys, ',') || '|' ||"
      " array_to_string(text_keys, ','), 'UTF8'))"
      " FROM time_series.layout l WHERE layout_key = $1",
      {postgres::to_param(part.layout_key)});
  for (int column = 0; column < 3; ++column) EXPECT_TRUE(layout->boolean(0, column)) << column;

  // Other ways to say the same, which have the same layout.
  names.clear();
  append_value_name(names, ValueType::kBoolean, "", "b");
  append_value_name(names, ValueType::kString, "", "t2");
  append_value_name(names, ValueType::kString, "", "t1");
  append_value_name(names, ValueType::kNumber, "", "n");
  batch_.add_sample({}, names, std::vector<double>(2, 1), std::vector<std::string_view>(2, "x"));
  const std::uint32_t turned = batch_.samples().back().shape;
  const auto other = resolve({turned})[turned]->parts.at(0);
  EXPECT_EQ(other.layout_key, part.layout_key);
  EXPECT_THAT(other.slots, ElementsAre(1, 0));
  EXPECT_THAT(other.text_slots, ElementsAre(1, 0));
}

TEST_F(ShapeResolverTest, GivesEachStringAFrameWhereThereAreTooManyLayouts) {
  LayoutCatalogue no_layouts(*connection_, 0);
  ShapeResolver resolver(series_, no_layouts);
  std::string names;
  append_value_name(names, ValueType::kString, "", "t1");
  append_value_name(names, ValueType::kNumber, "", "n");
  append_value_name(names, ValueType::kString, "", "t2");
  batch_.begin_upload({"sr-single-strings", "v1", "ep", "c", 1});
  batch_.add_sample({}, names, std::vector<double>(1, 1), std::vector<std::string_view>(2, "x"));
  const auto resolved = resolver.resolve(batch_, {batch_.samples().back().shape});
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  const auto& parts = resolved->back()->parts;
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_THAT(parts[0].text_slots, ElementsAre(0));
  EXPECT_THAT(parts[0].slots, IsEmpty());
  EXPECT_THAT(parts[1].slots, ElementsAre(0));
  EXPECT_THAT(parts[2].text_slots, ElementsAre(1));
}

TEST_F(ShapeResolverTest, AnswersTheSameFromMemory) {
  const auto shape = add("sr-memory", {"a", "b"});
  const auto first = resolve({shape})[shape];
  EXPECT_EQ(resolve({shape})[shape], first);
}

TEST_F(ShapeResolverTest, LeavesShapesThatNobodyAskedForAlone) {
  const auto one = add("sr-some", {"a"});
  const auto other = add("sr-some", {"b"});
  const auto shapes = resolve({other});
  EXPECT_EQ(shapes[one], nullptr);
  EXPECT_NE(shapes[other], nullptr);
}

TEST_F(ShapeResolverTest, FindsWhatExistsAndMakesNothing) {
  const auto known = add("sr-find", {"a", "b"});
  const auto of_known = add("sr-find", {"a"});
  const auto with_new = add("sr-find", {"a", "c"});
  resolve({known});
  ShapeResolver later(series_, layouts_);
  const auto found = later.find(batch_, {known, of_known, with_new});
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_NE((*found)[known], nullptr);
  EXPECT_THAT((*found)[known]->parts[0].slots, ElementsAre(0, 1));
  EXPECT_EQ((*found)[of_known], nullptr) << "no such layout";
  EXPECT_EQ((*found)[with_new], nullptr) << "no such value";
  EXPECT_EQ((*series_.application("sr-find"))->value_keys.size(), 2U);
}

TEST_F(ShapeResolverTest, StoresTheValuesOfARestrictedShapeApart) {
  const auto shape = add("sr-restricted", {"a", "b", "c"});
  std::shared_ptr<const ResolvedShape> answer;
  const std::vector<ShapeResolver::Restricted> restricted = {
      {single_names(batch_.shapes()[shape].names), {2, 0}, {1}, &answer}};
  ASSERT_TRUE(resolver_.resolve_restricted("sr-restricted", restricted).ok());
  ASSERT_EQ(answer->parts.size(), 2U);
  EXPECT_THAT(answer->parts[0].slots, ElementsAre(2));
  EXPECT_THAT(answer->refused, ElementsAre(1));
  EXPECT_EQ(answer->refused_names, "b");
  EXPECT_TRUE(answer->endpoint_is_full);
  EXPECT_EQ((*series_.application("sr-restricted"))->value_keys.size(), 2U);
}

TEST_F(ShapeResolverTest, StoresOneFrameAValueBeyondTheBoundOfLayouts) {
  resolve({add("sr-layouts", {"a", "b"}), add("sr-layouts", {"a", "c"})});
  const auto shape = add("sr-layouts", {"b", "c"});
  const auto resolved = resolve({shape})[shape];
  ASSERT_EQ(resolved->parts.size(), 2U);
  EXPECT_THAT(resolved->parts[0].slots, ElementsAre(0));
  EXPECT_THAT(resolved->parts[1].slots, ElementsAre(1));
  EXPECT_NE(resolved->parts[0].layout_key, resolved->parts[1].layout_key);
  EXPECT_THAT(resolved->refused, IsEmpty());
}

TEST_F(ShapeResolverTest, RefusesValuesBeyondTheBoundOfSeriesAndKeepsTheOthers) {
  resolve({add("sr-series", {"a", "b"})});
  const auto shape = add("sr-series", {"x", "a", "y", "z"});
  const auto resolved = resolve({shape})[shape];
  ASSERT_EQ(resolved->parts.size(), 1U);
  EXPECT_THAT(resolved->parts[0].slots, ElementsAre(1, 0, 2));
  EXPECT_THAT(resolved->refused, ElementsAre(3));
  EXPECT_EQ(resolved->refused_names, "z");
}

TEST_F(ShapeResolverTest, RefusesAShapeOfNothingButNewSeries) {
  resolve({add("sr-none", {"a", "b", "c", "d"})});
  std::vector<std::string> many;
  for (int i = 0; i < 15; ++i) many.push_back("new" + std::to_string(i));
  const auto shape = add("sr-none", many);
  const auto resolved = resolve({shape})[shape];
  EXPECT_THAT(resolved->parts, IsEmpty());
  EXPECT_EQ(resolved->refused.size(), 15U);
  EXPECT_EQ(resolved->refused_names,
            "new0, new1, new2, new3, new4, new5, new6, new7, new8, new9 and 5 more");
}

}  // namespace
}  // namespace millrace::time_series
