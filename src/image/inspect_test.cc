// Facts of inspection: what we say of real files equals what pydicom and nibabel say (tools/golden/facts.py).
#include "image/inspect.h"

#include <gtest/gtest.h>

#include "image/testing.h"

namespace lingshu {
namespace {

TEST(InspectImage, AgreesWithPydicomAndNibabelOnRealFiles) {
  const fs::path data = testing::RealData();
  if (data.empty()) GTEST_SKIP() << "no real data: set LINGSHU_DATA to their folder";
  const Json golden = testing::ReadGolden("image-facts/golden.json");
  int checked = 0;
  for (const Json& expected : golden) {
    const fs::path path = data / expected["path"].get<std::string>();
    if (!fs::exists(path)) continue;
    Json facts;
    const std::string error = testing::ErrorOf([&] { facts = ToJson(InspectImage(path)); });
    if (path.filename() == "JLSL_08_07_0_1F.dcm")
      continue;  // the CharLS 1 that DCMTK carries cannot decode samples of 7 bits
    ASSERT_EQ(error, "");
    facts["path"] = expected["path"];
    for (const auto& [key, value] : expected.items()) EXPECT_EQ(facts[key], value) << expected["path"] << " " << key;
    ++checked;
  }
  EXPECT_GT(checked, 0);
}

TEST(ToJson, GivesNullForWhatIsNotKnown) {
  const Json json = ToJson(FileFacts{.format = "png", .rows = 2, .columns = 3});
  EXPECT_EQ(json["rows"], 2);
  EXPECT_TRUE(json["modality"].is_null());
  EXPECT_TRUE(json["pixel_spacing_mm"].is_null());
  EXPECT_TRUE(json["affine"].is_null());
}

}  // namespace
}  // namespace lingshu
