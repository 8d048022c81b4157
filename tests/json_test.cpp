// JSON as a value: what braces mean, how it is written, what is refused.
#include <doctest/doctest.h>

#include <limits>
#include <map>
#include <string>
#include <vector>

#include "rivulet/io/json.h"

using rivulet::io::Json;
using rivulet::io::JsonError;

namespace {

void refused(const std::string& text, const std::string& because,
             const rivulet::io::JsonLimits& limits = {}) {
  try {
    (void)Json::parse(text, limits);
    FAIL("read: " << text.substr(0, 60));
  } catch (const JsonError& error) {
    CAPTURE(error.what());
    CHECK(std::string(error.what()).find(because) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("json: braces nest as they do in the text") {
  const std::string name = "x";
  const Json json = {{"name", name}, {"shape", {2, 3}}, {"of", {{"width", 4U}, {"whole", true}}}};
  CHECK(json.dump() == R"({"name":"x","of":{"whole":true,"width":4},"shape":[2,3]})");
  CHECK(Json{{"points", Json::array()}}.dump() == R"({"points":[]})");
  CHECK(Json{{1, 2}, {3, 4}}.dump() == "[[1,2],[3,4]]");
  CHECK(Json(std::vector<std::string>{"a", "b"}).dump() == R"(["a","b"])");
  CHECK(Json(std::vector<std::vector<int>>{{1}, {}}).dump() == "[[1],[]]");
  CHECK(Json(std::map<std::string, std::string>{{"b", "2"}, {"a", "1"}}).dump() ==
        R"({"a":"1","b":"2"})");
}

TEST_CASE("json: built piece by piece") {
  Json json;
  CHECK(json.dump() == "null");
  json["rows"]["1"] = {{"seconds", 0.5}};
  json["list"] = Json::array();
  json["list"].push_back("x");
  CHECK(json.dump() == R"({"list":["x"],"rows":{"1":{"seconds":0.5}}})");
  CHECK(json.dump(2) ==
        "{\n  \"list\": [\n    \"x\"\n  ],\n  \"rows\": {\n    \"1\": {\n      \"seconds\": 0.5\n"
        "    }\n  }\n}");
  CHECK(Json::object().dump(2) == "{}");
  CHECK_THROWS_AS(json.push_back(1), JsonError);
  CHECK_THROWS_AS(json["list"]["x"] = 1, JsonError);
}

TEST_CASE("json: numbers and texts as they are written") {
  CHECK(Json{-1, 18446744073709551615ULL, 1.0, 1e-5, 0.1F}.dump() ==
        "[-1,18446744073709551615,1.0,1e-05,0.10000000149011612]");
  CHECK(Json(std::numeric_limits<double>::infinity()).dump() == "null");
  CHECK(Json("a\"\n\x01 \xc3\xa9").dump() == "\"a\\\"\\n\\u0001 \xc3\xa9\"");
  CHECK_THROWS_AS((void)Json("\xff").dump(), JsonError);
}

TEST_CASE("json: read back") {
  const Json json = Json::parse(R"( {"a": [1, -2, 2.5, "é\u00e9", null, false], "b": {}} )");
  CHECK(json.dump() == "{\"a\":[1,-2,2.5,\"\xc3\xa9\xc3\xa9\",null,false],\"b\":{}}");
  const Json::Array& values = json.at("a").values();
  CHECK(values[0].is_unsigned());
  CHECK(values[0].integer() == 1);
  CHECK(values[1].integer() == -2);
  CHECK_FALSE(values[1].is_unsigned());
  CHECK_THROWS_AS((void)values[2].integer(), JsonError);
  CHECK_THROWS_AS((void)values[0].text(), JsonError);
  CHECK_THROWS_AS((void)json.at("a").texts(), JsonError);
  CHECK_THROWS_AS((void)Json::parse("9223372036854775808").integer(), JsonError);
  CHECK(json.at("b").members().empty());
  CHECK(json.find("c") == nullptr);
  CHECK_THROWS_AS((void)json.at("c"), JsonError);
  CHECK_THROWS_AS((void)values[0].find("x"), JsonError);
}

TEST_CASE("json: hostile texts are refused with a reason") {
  for (const char* text : {"", "{", "[1,]", "{\"a\" 1}", "1 2", "nul", "'a'", "[NaN]", "01"}) {
    refused(text, "parse error");
  }
  refused("\"\xff\"", "ill-formed UTF-8");
  refused("1e999", "overflow");
  refused(R"({"a": 1, "b": {"a": 2}, "a": 3})", "\"a\" is there twice");
  refused(std::string(100000, '['), "nested more than 64 deep");
  refused("[[[1]]]", "nested more than 2 deep", {.depth = 2});
  CHECK(Json::parse("[[1]]", {.depth = 2}).dump() == "[[1]]");
  refused("[[1, 2, 3]]", "more than 2 values", {.array_size = 2});
}
