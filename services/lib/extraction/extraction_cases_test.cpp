// SPDX-License-Identifier: Apache-2.0
//
// The table of cases: a sample and rules, and what comes out.
#include <ostream>
#include <string>

#include "lib/extraction/extraction_fixture.h"

namespace millrace::extraction {
namespace {

// Rules that rows share; each may add to them.
const char* const kAuto = "auto_extract: true ";
const char* const kAutoAll = "auto_extract: true auto_extract_strings_and_booleans: true ";
const char* const kAutoOthers = "auto_extract_strings_and_booleans: true ";
const char* const kA = "series { name: 's' values { path: 'a' } } ";
const char* const kText = "series { name: 's' values { path: 'a' type: VALUE_TYPE_STRING } } ";
const char* const kFlag = "series { name: 's' values { path: 'a' type: VALUE_TYPE_BOOLEAN } } ";
const char* const kNested = "series { name: 's' values { path: 'a.b' } } ";
const char* const kElement = "series { name: 's' values { path: 'a[1]' } } ";
const char* const kDeep = "series { name: 's' values { path: '$.a.b[0].c' } } ";
const char* const kPlace =
    "series { name: 'place' values { path: 'gps.lat' name: 'lat' }"
    " values { path: 'gps.lon' name: 'lon' }"
    " values { path: 'gps.fix' name: 'fix' type: VALUE_TYPE_BOOLEAN }"
    " values { path: 'gps.name' name: 'name' type: VALUE_TYPE_STRING } } ";
const char* const kTwo =
    "series { name: 'p' values { path: 'a' } } series { name: 'q' values { path: 'b' } } ";
const char* const kShared =
    "series { name: 'n' values { path: 'a' } }"
    " series { name: 't' values { path: 'a' type: VALUE_TYPE_STRING } } ";
const char* const kParent =
    "series { name: 'whole' values { path: 'a' } }"
    " series { name: 'part' values { path: 'a.b' } } ";
const char* const kAt = "timestamp { path: 'at' } ";
const char* const kAtOrReceipt =
    "timestamp { path: 'at' fallback: TIMESTAMP_FALLBACK_SERVER_TIMESTAMP } ";
const char* const kMillis = "timestamp { path: 'at' format: TIMESTAMP_FORMAT_MILLIS_UNIX_EPOCH } ";
const char* const kNestedAt = "timestamp { path: 'meta.at' format: TIMESTAMP_FORMAT_UNIX_EPOCH } ";

struct Case {
  std::string rules;
  const char* sample;
  const char* told;  // see told() in extraction_fixture.h
};

void PrintTo(const Case& of, std::ostream* out) {
  *out << of.sample << " under " << of.rules;
}

class ExtractionCases : public testing::TestWithParam<Case> {};

TEST_P(ExtractionCases, ComeOutAsTheTableSays) {
  const auto rules = CompiledRules::compile(rules_of(GetParam().rules));
  ASSERT_TRUE(rules.ok()) << rules.status();
  Extraction extraction({.max_fields = 6, .max_name_bytes = 12, .max_string_bytes = 8});
  const absl::Status status = extraction.extract(GetParam().sample, 1, **rules);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(told(extraction), GetParam().told);
}

using testing::Values;

INSTANTIATE_TEST_SUITE_P(
    AutoNumbers, ExtractionCases,
    Values(Case{kAuto, R"({"a":1})", "a=1"}, Case{kAuto, R"({"a":1,"b":-2.5e3})", "a=1 b=-2500"},
           Case{kAuto, R"({"a":0.0})", "a=0"}, Case{kAuto, R"({"a":-0})", "a=0"},
           Case{kAuto, R"({"a":9007199254740993})", "a=9007199254740992"},
           Case{kAuto, R"({"a":1e-400})", "a=0"},
           Case{kAuto, R"({"a":1e400})", "!number_out_of_range(a:1e400)"},
           Case{kAuto, R"({"a":1e400,"b":2})", "b=2 !number_out_of_range(a:1e400)"},
           Case{kAuto, R"({"a":"1","b":true,"c":null,"d":{},"e":[]})", "-"},
           Case{kAuto, R"({"a":{"b":1},"c":[1]})", "-"},
           Case{kAuto, R"({"a b":1,"ü":2,"":3,"x.y":4,"ok":5})", "ok=5"},
           Case{kAuto, R"({"timestamp":1,"Timestamp":2})", "Timestamp=2"},
           Case{kAuto, R"({"a":1,"a":2})", "a=2"}, Case{kAuto, R"({"a":1,"a":"x"})", "-"},
           Case{kAuto, R"({"a":"x","a":1})", "a=1"}, Case{kAuto, R"({"a":1,"a":{"a":2}})", "-"},
           Case{kAuto, R"({"A":1,"a":2})", "A=1 a=2"}, Case{kAuto, R"({"\u0061":1})", "a=1"},
           Case{kAuto, R"({"a-b_C9":1})", "a-b_C9=1"},
           Case{kAuto, R"({"thirteen-long":1,"b":2})", "b=2 !name_too_long(thirteen-long:1)"},
           Case{kAuto, R"({"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7})", "!too_many_fields()"},
           Case{kAuto, R"({"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":"x"})",
                "a=1 b=2 c=3 d=4 e=5 f=6"},
           Case{kAuto, "17", "-"}, Case{kAuto, R"("x")", "-"}, Case{kAuto, "null", "-"},
           Case{kAuto, "[[85,34]]", "-"}, Case{kAuto, R"([{"a":1}])", "a=1"},
           Case{"", R"({"a":1})", "-"}));

INSTANTIATE_TEST_SUITE_P(
    AutoStringsAndBooleans, ExtractionCases,
    Values(Case{kAutoAll, R"({"a":1,"b":"x","c":true,"d":false})", R"(a=1 b="x" c=true d=false)"},
           Case{kAutoOthers, R"({"a":1,"b":"x","c":true})", R"(b="x" c=true)"},
           Case{kAutoAll, R"({"a":""})", R"(a="")"},
           Case{kAutoAll, R"({"a":"\u00e4\ud83d\ude00"})", "a=\"ä😀\""},
           Case{kAutoAll, R"({"a":"12345678"})", R"(a="12345678")"},
           Case{kAutoAll, R"({"a":"123456789","b":1})", R"(b=1 !string_too_long(a:"123456789"))"},
           Case{kAutoAll, R"({"a":"ääääb"})", R"(!string_too_long(a:"ääääb"))"},
           Case{kAutoAll, R"({"a":"x\u0000y"})", R"(!string_not_text(a:"x\u0000y"))"},
           Case{kAutoAll, R"({"a":null,"b":{},"c":[]})", "-"},
           Case{kAutoAll, R"({"a":"x","a":1})", "a=1"},
           Case{kAutoAll, R"({"a":1,"a":"x"})", R"(a="x")"},
           Case{kAutoAll, R"({"a":"x","a":null})", "-"},
           Case{kAutoOthers, R"({"a":"x","a":1})", "-"},
           Case{kAutoAll, R"({"timestamp":"x"})", "-"},
           Case{kAutoAll, R"({"a":"1","b":"true"})", R"(a="1" b="true")"},
           Case{kAutoAll, R"({"a":1,"b":2,"c":3,"d":"4","e":"5","f":true,"g":false})",
                "!too_many_fields()"}));

INSTANTIATE_TEST_SUITE_P(
    Exclusions, ExtractionCases,
    Values(Case{std::string(kAuto) + "auto_extract_exclusions: 'a'", R"({"a":1,"b":2})", "b=2"},
           Case{std::string(kAuto) + "auto_extract_exclusions: 'A'", R"({"a":1})", "a=1"},
           Case{std::string(kAuto) + "auto_extract_exclusions: 'a'", R"({"a":1,"a":2})", "-"},
           Case{std::string(kAuto) + "auto_extract_exclusions: 'a'" + kA, R"({"a":1,"b":2})",
                "b=2 s.value=1"},
           Case{std::string(kAutoAll) + "auto_extract_exclusions: ['a','b']",
                R"({"a":1,"b":"x","c":true})", "c=true"},
           Case{std::string(kAuto) + "auto_extract_exclusions: 'a.b'", R"({"a":1})", "a=1"},
           Case{std::string(kAuto) + "auto_extract_exclusions: 'a'", R"({"a":{"b":1},"c":2})",
                "c=2"}));

INSTANTIATE_TEST_SUITE_P(
    ConfiguredTypes, ExtractionCases,
    Values(
        Case{kA, R"({"a":1})", "s.value=1"}, Case{kA, R"({"a":98.5})", "s.value=98.5"},
        Case{kA, R"({"a":null})", "s.value=null"}, Case{kA, R"({"b":1})", "-"}, Case{kA, "{}", "-"},
        Case{kA, "1", "-"}, Case{kA, R"({"a":"23"})", R"(!wrong_type(a:"23"))"},
        Case{kA, R"({"a":true})", "!wrong_type(a:true)"},
        Case{kA, R"({"a":false})", "!wrong_type(a:false)"},
        Case{kA, R"({"a":{"b":[1,2]},"c":1})", R"(!wrong_type(a:{"b":[1,2]}))"},
        Case{kA, R"({"a": [ 1, "]" ] ,"c":1})", R"(!wrong_type(a:[ 1, "]" ]))"},
        Case{kA, R"({"a":1e999})", "!number_out_of_range(a:1e999)"},
        Case{kA, R"({"a":-1e999 , "b":2})", "!number_out_of_range(a:-1e999)"},
        Case{kText, R"({"a":"x"})", R"(s.value="x")"}, Case{kText, R"({"a":""})", R"(s.value="")"},
        Case{kText, R"({"a":null})", "s.value=null"}, Case{kText, R"({"a":1})", "!wrong_type(a:1)"},
        Case{kText, R"({"a":true})", "!wrong_type(a:true)"},
        Case{kText, R"({"a":"123456789"})", R"(!string_too_long(a:"123456789"))"},
        Case{kText, R"({"a":"\u0000"})", R"(!string_not_text(a:"\u0000"))"},
        Case{kText, R"({"a":"\"\\\n"})", "s.value=\"\"\\\n\""},
        Case{kFlag, R"({"a":true})", "s.value=true"},
        Case{kFlag, R"({"a":false})", "s.value=false"},
        Case{kFlag, R"({"a":null})", "s.value=null"}, Case{kFlag, R"({"a":1})", "!wrong_type(a:1)"},
        Case{kFlag, R"({"a":"true"})", R"(!wrong_type(a:"true"))"}));

INSTANTIATE_TEST_SUITE_P(
    Paths, ExtractionCases,
    Values(
        Case{kNested, R"({"a":{"b":1}})", "s.value=1"},
        Case{kNested, R"({"b":1,"a":{"c":2}})", "-"}, Case{kNested, R"({"a":1})", "-"},
        Case{kNested, R"({"a":[{"b":1}]})", "-"}, Case{kNested, R"({"a.b":1})", "-"},
        Case{kNested, R"({"a":{"b":null}})", "s.value=null"}, Case{kNested, R"({"a":null})", "-"},
        Case{kNested, R"({"x":{"a":{"b":1}}})", "-"},
        Case{kNested, R"({"a":{"x":{"b":9},"b":1,"y":[[{"b":8}]]}})", "s.value=1"},
        Case{kElement, R"({"a":[5,6,7]})", "s.value=6"}, Case{kElement, R"({"a":[5]})", "-"},
        Case{kElement, R"({"a":{"1":6}})", "-"}, Case{kElement, R"({"a":[[1,2],6]})", "s.value=6"},
        Case{kElement, R"({"a":[{"a":[1,2]},[3]]})", "!wrong_type(a[1]:[3])"},
        Case{kElement, R"({"a":[5,null]})", "s.value=null"},
        Case{kDeep, R"({"a":{"b":[{"c":3},{"c":4}]}})", "s.value=3"},
        Case{kDeep, R"({"a":{"b":{"c":3}}})", "-"}, Case{kDeep, R"({"a":{"b":[[{"c":3}]]}})", "-"},
        Case{"series { name: 's' values { path: 'a[0][2]' } }", R"({"a":[[1,2,3]]})", "s.value=3"},
        Case{"series { name: 's' values { path: 'a[2]' } values { path: 'a[0]' name: 'first' } }",
             R"({"a":[1,2,3,4]})", "s.value=3 s.first=1"},
        Case{"series { name: 's' values { path: 'wind speed' } }", R"({"wind speed":7})",
             "s.value=7"},
        Case{"series { name: 's' values { path: 'ä' } }", R"({"\u00e4":7})", "s.value=7"},
        Case{"series { name: 's' values { path: 'timestamp' } }", R"({"timestamp":7})",
             "s.value=7"}));

INSTANTIATE_TEST_SUITE_P(
    Points, ExtractionCases,
    Values(Case{kPlace, R"({"gps":{"lat":1,"lon":2,"fix":true,"name":"x"}})",
                R"(place.lat=1 place.lon=2 place.fix=true place.name="x")"},
           Case{kPlace, R"({"gps":{"name":"x","fix":false,"lon":2,"lat":1}})",
                R"(place.lat=1 place.lon=2 place.fix=false place.name="x")"},
           Case{kPlace, R"({"gps":{"lat":1}})", "place.lat=1"},
           Case{kPlace, R"({"gps":{"lat":null,"lon":2}})", "place.lat=null place.lon=2"},
           Case{kPlace, R"({"gps":{"lat":1,"lon":"2"}})", R"(!wrong_type(gps.lon:"2"))"},
           Case{kPlace, R"({"gps":{"lat":"1","lon":"2"}})", R"(!wrong_type(gps.lat:"1"))"},
           Case{kPlace, R"({"gps":{}})", "-"}, Case{kPlace, R"({"gps":7})", "-"},
           Case{kTwo, R"({"b":2,"a":1})", "p.value=1 q.value=2"},
           Case{kTwo, R"({"a":"x","b":2})", R"(q.value=2 !wrong_type(a:"x"))"},
           Case{kTwo, R"({"a":"x","b":true})", R"(!wrong_type(a:"x") !wrong_type(b:true))"},
           Case{kShared, R"({"a":1})", "n.value=1 !wrong_type(a:1)"},
           Case{kShared, R"({"a":"x"})", R"(t.value="x" !wrong_type(a:"x"))"},
           Case{kShared, R"({"a":null})", "n.value=null t.value=null"},
           Case{kParent, R"({"a":1})", "whole.value=1"},
           Case{kParent, R"({"a":{"b":2}})", R"(part.value=2 !wrong_type(a:{"b":2}))"},
           Case{std::string(kAuto) + kA, R"({"a":1,"b":2})", "a=1 b=2 s.value=1"},
           Case{std::string(kAuto) + kA, R"({"a":"x","b":2})", R"(b=2 !wrong_type(a:"x"))"},
           Case{std::string(kAutoAll) + kA, R"({"a":"x"})", R"(a="x" !wrong_type(a:"x"))"},
           Case{std::string(kAuto) + kNested, R"({"a":{"b":1},"b":2})", "b=2 s.value=1"},
           Case{std::string(kAuto) + kPlace,
                R"({"a":1,"b":2,"c":3,"gps":{"lat":1,"lon":2,"fix":true,"name":"x"}})",
                "!too_many_fields()"}));

INSTANTIATE_TEST_SUITE_P(
    GivenTwice, ExtractionCases,
    Values(Case{kA, R"({"a":1,"a":2})", "s.value=2"}, Case{kA, R"({"a":"x","a":2})", "s.value=2"},
           Case{kA, R"({"a":2,"a":"x"})", R"(!wrong_type(a:"x"))"},
           Case{kA, R"({"a":1e999,"a":1})", "s.value=1"},
           Case{kA, R"({"a":1,"a":null})", "s.value=null"},
           Case{kNested, R"({"a":{"b":1},"a":{"b":2}})", "s.value=2"},
           Case{kNested, R"({"a":{"b":1},"a":{"c":2}})", "-"},
           Case{kNested, R"({"a":{"b":1},"a":3})", "-"},
           Case{kNested, R"({"a":3,"a":{"b":1}})", "s.value=1"},
           Case{kNested, R"({"a":{"b":1},"a":{},"a":{"b":4}})", "s.value=4"},
           Case{kNested, R"({"a":{"b":1,"b":{"b":2}}})", R"(!wrong_type(a.b:{"b":2}))"},
           Case{kElement, R"({"a":[1,2],"a":[3]})", "-"},
           Case{kElement, R"({"a":[1,2],"a":[3,4]})", "s.value=4"},
           Case{kDeep, R"({"a":{"b":[{"c":3}]},"a":{"b":[{}]}})", "-"},
           Case{kDeep, R"({"a":{"b":[{"c":3}],"b":[{"c":4}]}})", "s.value=4"},
           Case{kPlace, R"({"gps":{"lat":1,"lon":2},"gps":{"lon":3}})", "place.lon=3"},
           Case{std::string(kA) + kAt,
                R"({"at":"2020-01-01T00:00:00Z","a":1,"at":"1970-01-01T00:00:01Z"})",
                "s.value=1 @1000000"}));

INSTANTIATE_TEST_SUITE_P(
    Timestamps, ExtractionCases,
    Values(
        Case{std::string(kA) + kAt, R"({"at":"1970-01-01T00:00:01Z","a":1})", "s.value=1 @1000000"},
        Case{std::string(kA) + kAt, R"({"a":1,"at":"1970-01-01T00:00:00.0000019Z"})",
             "s.value=1 @1"},
        Case{std::string(kA) + kAt, R"({"a":1})", "!timestamp_missing(at)"},
        Case{std::string(kA) + kAt, R"({"a":1,"at":null})", "!timestamp_missing(at:null)"},
        Case{std::string(kA) + kAt, R"({"a":1,"at":"soon"})", R"(!timestamp_invalid(at:"soon"))"},
        Case{std::string(kA) + kAt, R"({"a":1,"at":1556293267})",
             "!timestamp_invalid(at:1556293267)"},
        Case{std::string(kA) + kAt, R"({"a":1,"at":{"x":"1970"}})",
             R"(!timestamp_invalid(at:{"x":"1970"}))"},
        Case{std::string(kA) + kAt, R"({"a":true,"at":1})", "!timestamp_invalid(at:1)"},
        Case{std::string(kA) + kAt, R"({"at":"soon"})", "-"},
        Case{std::string(kA) + kAt, "{}", "-"},
        Case{std::string(kA) + kAtOrReceipt, R"({"a":1})", "s.value=1"},
        Case{std::string(kA) + kAtOrReceipt, R"({"a":1,"at":"soon"})", "s.value=1"},
        Case{std::string(kA) + kAtOrReceipt, R"({"a":1,"at":null})", "s.value=1"},
        Case{std::string(kA) + kAtOrReceipt, R"({"a":1,"at":"1970-01-01T00:00:01Z"})",
             "s.value=1 @1000000"},
        Case{std::string(kA) + kMillis, R"({"a":1,"at":1556293267123})",
             "s.value=1 @1556293267123000"},
        Case{std::string(kA) + kMillis, R"({"a":1,"at":"1556293267123"})",
             "s.value=1 @1556293267123000"},
        Case{std::string(kA) + kMillis, R"({"a":1,"at":1e400})", "s.value=1 @4611686018427387904"},
        Case{std::string(kA) + kNestedAt, R"({"a":1,"meta":{"at":1.5}})", "s.value=1 @1500000"},
        Case{std::string(kA) + kNestedAt, R"({"a":1,"meta":{"at":1.5},"meta":{}})",
             "!timestamp_missing(meta.at)"},
        Case{std::string(kAuto) + kMillis, R"({"a":1,"at":1})", "a=1 @1000"},
        Case{std::string(kAuto) + kNestedAt, R"({"a":1,"meta":7})", "!timestamp_missing(meta.at)"},
        Case{std::string(kAutoAll) + kAt, R"({"a":1,"at":"1970-01-01"})", "a=1 @0"},
        Case{std::string(kMillis) + "series { name: 's' values { path: 'at' } }", R"({"at":5})",
             "s.value=5 @5000"},
        Case{std::string(kAuto) + kMillis, R"({"timestamp":3,"at":1,"b":2})", "b=2 @1000"}));

}  // namespace
}  // namespace millrace::extraction
