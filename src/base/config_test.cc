// Facts of Visit: reading, overriding, refusing.
#include "base/config.h"

#include <gtest/gtest.h>

namespace lingshu {
namespace {

enum class Colour { kRed, kGreen };
std::vector<std::string> EnumNames(Colour*) { return {"red", "green"}; }

struct Inner {
  double learning_rate = 0.5;
  template <typename V>
  void Visit(V& v) {
    v("learning_rate", learning_rate, "peak rate", Between(0, 1));
  }
};

struct Outer {
  int64_t steps = 3;
  bool is_packed = false;
  Colour colour = Colour::kRed;
  std::vector<std::string> names;
  Inner optimizer;
  template <typename V>
  void Visit(V& v) {
    v("steps", steps, "how many");
    v("is_packed", is_packed, "");
    v("colour", colour, "");
    v("names", names, "");
    v("optimizer", optimizer, "");
  }
};

std::string MessageOf(const std::vector<std::string>& overrides) {
  try {
    LoadConfig<Outer>("", overrides);
  } catch (const Error& e) {
    return e.message();
  }
  return "";
}

TEST(Config, OverridesNestedKeys) {
  const Outer config = LoadConfig<Outer>("", {"optimizer.learning_rate=2e-5", "colour=green", "names=[a, b]", "is_packed=true"});
  EXPECT_EQ(config.optimizer.learning_rate, 2e-5);
  EXPECT_EQ(config.colour, Colour::kGreen);
  EXPECT_EQ(config.names, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(config.is_packed);
  EXPECT_EQ(config.steps, 3);
}

TEST(Config, NamesTheNearestKnownKey) {
  EXPECT_NE(MessageOf({"optimizer.lerning_rate=1"}).find("Did you mean \"learning_rate\"?"), std::string::npos);
  EXPECT_NE(MessageOf({"colour=gren"}).find("Did you mean \"green\"?"), std::string::npos);
}

TEST(Config, RefusesValuesOutOfRangeAndOfTheWrongType) {
  EXPECT_NE(MessageOf({"optimizer.learning_rate=7"}).find("allowed is 0 to 1"), std::string::npos);
  EXPECT_NE(MessageOf({"steps=soon"}).find("should be an integer"), std::string::npos);
}

TEST(Config, WritesWhatItReads) {
  Outer config = LoadConfig<Outer>("", {"steps=9"});
  Outer again;
  ConfigReader("copy").Fill(ToJson(config), "", again);
  EXPECT_EQ(ToJson(again).dump(), ToJson(config).dump());
}

TEST(Config, RefusesYamlAliases) { EXPECT_THROW(ParseYaml("a: &x 1\nb: *x\n", "bomb.yaml"), Error); }

TEST(Config, ReadsYamlScalarsByTheCoreSchema) {
  const Json json = ParseYaml("a: 1\nb: 1e-5\nc: true\nd: \"1\"\ne: yes\n", "t");
  EXPECT_TRUE(json["a"].is_number_integer());
  EXPECT_EQ(json["b"].get<double>(), 1e-5);
  EXPECT_TRUE(json["c"].is_boolean());
  EXPECT_EQ(json["d"], "1");
  EXPECT_EQ(json["e"], "yes");
}

struct Seeded {
  uint64_t seed = 1;
  template <typename V>
  void Visit(V& v) {
    v("seed", seed, "of everything");
  }
};

TEST(ConfigReader, ANegativeSeedIsRefused) {
  EXPECT_THROW(LoadConfig<Seeded>("", {"seed=-1"}), Error);
  EXPECT_EQ(LoadConfig<Seeded>("", {"seed=18446744073709551"}).seed, 18446744073709551u);
}

TEST(ParseYaml, ReadsNumbersByTheCoreSchemaAndRefusesWhatCannotBeHeld) {
  const Json json = ParseYaml("{a: +3, b: -2.5e3, c: .5, d: 1.2.3, e: inf, f: 2026-01-02, g: -, h: '7', i: 5.}", "here");
  EXPECT_EQ(json.dump(), R"({"a":3,"b":-2500.0,"c":0.5,"d":"1.2.3","e":"inf","f":"2026-01-02","g":"-","h":"7","i":5.0})");
  EXPECT_THROW(ParseYaml("a: 1e999", "here"), Error);
  EXPECT_THROW(ParseYaml("a: " + std::string(300000, '9'), "here"), Error);
}

}  // namespace
}  // namespace lingshu
