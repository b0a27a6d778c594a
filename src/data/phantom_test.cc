// Facts about the phantoms: determinism, truth against pixels, sides as displayed, specs.
#include "data/phantom.h"

#include <set>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/hash.h"
#include "data/phantom_model.h"
#include "data/phantom_paint.h"

namespace lingshu {
namespace {

// Phantoms with a finding; every modality gets the same seeds.
std::vector<PhantomTruth> AbnormalTruths(int each) {
  std::vector<PhantomTruth> truths;
  for (const std::string& modality : kModalities)
    for (int i = 0; i < each; ++i) truths.push_back(DrawTruth(modality, MixSeed({static_cast<uint64_t>(i), 3}) | 1));
  return truths;
}

double Grey(const Image& image, int x, int y) {
  const uint8_t* p = image.Pixel(x, y);
  return (p[0] + p[1] + p[2]) / 3.0;
}

double MeanGrey(const Image& image, int x0, int y0, int x1, int y1) {
  double sum = 0;
  for (int y = y0; y < y1; ++y)
    for (int x = x0; x < x1; ++x) sum += Grey(image, x, y);
  return sum / ((x1 - x0) * (y1 - y0));
}

// Mean absolute change of pixels by the finding, inside its mask and elsewhere.
struct Change {
  double inside = 0, outside = 0;
};
Change ChangeByFinding(const PhantomTruth& truth) {
  PhantomTruth healthy = truth;
  healthy.lesions.clear();
  const Image with = DrawPhantom(truth), without = DrawPhantom(healthy);
  const std::vector<uint8_t> mask = PhantomMask(truth);
  double sum[2] = {}, count[2] = {};
  for (size_t i = 0; i < mask.size(); ++i) {
    const int part = mask[i] != 0 ? 0 : 1;
    for (int channel = 0; channel < 3; ++channel)
      sum[part] += std::abs(with.rgb[3 * i + channel] - without.rgb[3 * i + channel]) / 3.0;
    ++count[part];
  }
  return {sum[0] / count[0], sum[1] / count[1]};
}

TEST(Phantom, EveryModalityHasAModelAndNoOther) {
  std::set<std::string> modelled;
  for (const PhantomModel& model : Registry<PhantomModel>::Get().All()) modelled.insert(model.modality);
  EXPECT_EQ(modelled, std::set<std::string>(kModalities.begin(), kModalities.end()));
  EXPECT_EQ(modelled.size(), 12);
}

TEST(Phantom, SameSeedGivesTheSameBytesAndAnotherSeedOthers) {
  for (const std::string& modality : kModalities) {
    std::set<std::string> hashes;
    for (const uint64_t seed : {4, 5, 6, 7}) {
      const Image once = DrawPhantom(DrawTruth(modality, seed)), again = DrawPhantom(DrawTruth(modality, seed));
      EXPECT_EQ(once.rgb, again.rgb) << modality;
      hashes.insert(Sha256Hex({reinterpret_cast<const char*>(once.rgb.data()), once.rgb.size()}));
    }
    EXPECT_EQ(hashes.size(), 4) << modality;
  }
}

TEST(Phantom, ImageHasTheSizeAndSpacingOfItsTruth) {
  for (const std::string& modality : kModalities)
    for (const int size : {112, 128, 160}) {
      const PhantomTruth truth = DrawTruth(modality, 11, size);
      const Image image = DrawPhantom(truth);
      EXPECT_EQ(image.width, size);
      EXPECT_EQ(image.height, size);
      EXPECT_EQ(image.rgb.size(), static_cast<size_t>(3) * size * size);
      EXPECT_EQ(image.modality, modality);
      EXPECT_EQ(image.pixel_spacing_mm[0], truth.pixel_spacing_mm);
    }
}

TEST(Phantom, LowestBitOfTheSeedDecidesPresence) {
  for (const std::string& modality : kModalities)
    for (uint64_t seed = 100; seed < 120; ++seed) {
      const PhantomTruth truth = DrawTruth(modality, seed);
      EXPECT_EQ(truth.finding.empty(), seed % 2 == 0);
      EXPECT_EQ(truth.count, static_cast<int>(truth.lesions.size()));
      EXPECT_EQ(truth.count > 0, !truth.finding.empty());
    }
}

// 12 of 255 grey levels is three times the strongest grain of the mean over the smallest masks (30 px). Elsewhere only
// what is displaced, shadowed or blurred into may change: drusen that push up the retina come nearest to the limit.
TEST(Phantom, FindingChangesPixelsWhereItsMaskIs) {
  for (const PhantomTruth& truth : AbnormalTruths(25)) {
    const Change change = ChangeByFinding(truth);
    EXPECT_GT(change.inside, 12) << PhantomSpec(truth) << " " << truth.finding;
    EXPECT_GT(change.inside, 2.5 * change.outside) << PhantomSpec(truth) << " " << truth.finding;
  }
}

TEST(Phantom, BoxEnclosesTheMaskExactly) {
  for (const PhantomTruth& truth : AbnormalTruths(10)) {
    const std::vector<uint8_t> mask = PhantomMask(truth);
    std::set<int> rows, columns;
    for (size_t i = 0; i < mask.size(); ++i)
      if (mask[i] != 0) rows.insert(i / truth.size), columns.insert(i % truth.size);
    ASSERT_FALSE(rows.empty()) << PhantomSpec(truth);
    EXPECT_EQ(truth.box.x, *columns.begin());
    EXPECT_EQ(truth.box.y, *rows.begin());
    EXPECT_EQ(truth.box.x + truth.box.width, *columns.rbegin() + 1);
    EXPECT_EQ(truth.box.y + truth.box.height, *rows.rbegin() + 1);
  }
}

TEST(Phantom, MaskHasAsManyPartsAsTheTruthCounts) {
  for (const PhantomTruth& truth : AbnormalTruths(25)) {
    std::vector<uint8_t> mask = PhantomMask(truth);
    int parts = 0;
    for (int start = 0; start < static_cast<int>(mask.size()); ++start) {
      if (mask[start] == 0) continue;
      ++parts;
      std::vector<int> open = {start};
      while (!open.empty()) {
        const int at = open.back(), x = at % truth.size;
        open.pop_back();
        if (mask[at] == 0) continue;
        mask[at] = 0;
        if (x > 0) open.push_back(at - 1);
        if (x + 1 < truth.size) open.push_back(at + 1);
        if (at >= truth.size) open.push_back(at - truth.size);
        if (at + truth.size < static_cast<int>(mask.size())) open.push_back(at + truth.size);
      }
    }
    EXPECT_EQ(parts, truth.count) << PhantomSpec(truth) << " " << truth.finding;
  }
}

TEST(Phantom, LargeFindingsAreLargerThanSmallOnesOfTheirKind) {
  std::map<std::string, double> largest_small, smallest_large;
  for (const PhantomTruth& truth : AbnormalTruths(150)) {
    const std::string kind = truth.modality + truth.organ + truth.plane + truth.finding;
    const double diameter_px = truth.size_mm / truth.pixel_spacing_mm;
    if (truth.size_class == "small") largest_small[kind] = std::max(largest_small[kind], diameter_px);
    if (truth.size_class == "large")
      smallest_large[kind] = smallest_large.contains(kind) ? std::min(smallest_large[kind], diameter_px) : diameter_px;
  }
  for (const auto& [kind, diameter_px] : smallest_large) EXPECT_GT(diameter_px, 1.25 * largest_small[kind]) << kind;
}

TEST(Phantom, PatientsLeftIsDisplayedOnTheRight) {
  int seen = 0;
  for (const PhantomTruth& truth : AbnormalTruths(60)) {
    if (SceneOf(truth).side_kind != SideKind::kPatient) continue;
    const double middle = truth.box.x + truth.box.width / 2.0;
    // Clear of the midline's own shift and tilt (5 % of the width).
    if (truth.side != "left" && truth.side != "right") continue;
    EXPECT_EQ(truth.side == "left", middle > 0.5 * truth.size) << PhantomSpec(truth);
    ++seen;
  }
  EXPECT_GT(seen, 100);
}

TEST(Phantom, SidesOfTheImageAreThoseOfItsPixels) {
  int seen = 0;
  for (const PhantomTruth& truth : AbnormalTruths(60)) {
    if (SceneOf(truth).side_kind != SideKind::kImage) continue;
    const double x = truth.box.x + truth.box.width / 2.0, y = truth.box.y + truth.box.height / 2.0,
                 middle = truth.size / 2.0;
    EXPECT_EQ(truth.side.find("left") != std::string::npos && x > middle, false) << PhantomSpec(truth);
    EXPECT_EQ(truth.side.find("right") != std::string::npos && x < middle, false) << PhantomSpec(truth);
    EXPECT_EQ(truth.side.find("upper") != std::string::npos && y > middle, false) << PhantomSpec(truth);
    EXPECT_EQ(truth.side.find("lower") != std::string::npos && y < middle, false) << PhantomSpec(truth);
    ++seen;
  }
  EXPECT_GT(seen, 100);
}

TEST(Phantom, HeartLiesOnTheRightOfAFrontalChest) {
  double difference = 0;
  int seen = 0;
  for (uint64_t seed = 0; seed < 120; seed += 2) {
    const PhantomTruth truth = DrawTruth("X-ray", seed);
    if (truth.organ != "chest" || truth.plane != "frontal") continue;
    const Image image = DrawPhantom(truth);
    // Mirrored strips beside the spine at heart level; the body's shift and tilt average out.
    difference += MeanGrey(image, 72, 70, 86, 86) - MeanGrey(image, 42, 70, 56, 86);
    ++seen;
  }
  ASSERT_GT(seen, 10);
  EXPECT_GT(difference / seen, 15);
}

TEST(Phantom, DiscOfARightEyeLiesOnTheRight) {
  for (uint64_t seed = 0; seed < 40; seed += 2) {
    const PhantomTruth truth = DrawTruth("fundus photography", seed);
    const Image image = DrawPhantom(truth);
    double best = 0;
    int at = 0;
    for (int x = 8; x + 8 < 128; ++x)
      if (const double grey = MeanGrey(image, x, 56, x + 8, 72); grey > best) best = grey, at = x + 4;
    EXPECT_EQ(at > 64, truth.plane == "right eye") << PhantomSpec(truth);
  }
}

TEST(Phantom, GreyModalitiesAreGreyAndOthersAreNot) {
  const std::set<std::string> coloured = {"fundus photography", "dermoscopy", "histopathology",
                                          "microscopy",         "endoscopy",  "digital photography"};
  for (const std::string& modality : kModalities) {
    const Image image = DrawPhantom(DrawTruth(modality, 8));
    bool is_grey = true;
    for (size_t i = 0; i < image.rgb.size(); i += 3)
      is_grey = is_grey && image.rgb[i] == image.rgb[i + 1] && image.rgb[i] == image.rgb[i + 2];
    EXPECT_EQ(is_grey, !coloured.contains(modality)) << modality;
  }
}

TEST(Phantom, EveryFindingOfEverySceneIsDrawn) {
  std::set<std::string> tables, drawn;
  for (const PhantomModel& model : Registry<PhantomModel>::Get().All())
    for (const PhantomScene& scene : model.scenes)
      for (const PhantomFinding& finding : scene.findings)
        tables.insert(model.modality + scene.organ + scene.plane + finding.name);
  for (const PhantomTruth& truth : AbnormalTruths(150))
    drawn.insert(truth.modality + truth.organ + truth.plane + truth.finding);
  EXPECT_EQ(tables, drawn);
}

TEST(Phantom, SpecNamesTheSamePhantom) {
  const PhantomTruth truth = DrawTruth("CT", 18446744073709551615u, 120);
  EXPECT_EQ(PhantomSpec(truth), "phantom:ct:18446744073709551615:120");
  EXPECT_EQ(DrawPhantomSpec(PhantomSpec(truth)).rgb, DrawPhantom(truth).rgb);
  EXPECT_EQ(PhantomSpec(TruthOfSpec("phantom:oct:7")), "phantom:oct:7");
}

void ExpectUsageError(const std::string& spec, const std::string& part) {
  try {
    TruthOfSpec(spec);
    FAIL() << spec;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    EXPECT_NE(error.message().find(part), std::string::npos) << error.message();
  }
}

TEST(Phantom, BadSpecsAreRefusedWithWhatWasExpected) {
  ExpectUsageError("phantom:ct", "phantom:<modality key>:<seed>");
  ExpectUsageError("phantom:mrt:1", "mri");
  ExpectUsageError("phantom:ct:-1", "whole numbers");
  ExpectUsageError("phantom:ct:1x", "whole numbers");
  ExpectUsageError("phantom:ct:99999999999999999999", "whole numbers");
  ExpectUsageError("blob:ct:1", "phantom:<modality key>:<seed>");
  EXPECT_THROW(TruthOfSpec("phantom:ct:1:4096"), Error);
  EXPECT_THROW(DrawTruth("sonography", 1), Error);
}

TEST(PhantomPaint, CoverOfACircleSumsToItsArea) {
  double area = 0;
  ForEachInside(PhantomShape{.x = 30.3, .y = 29.8, .radius_x = 12, .radius_y = 12}, 64, 1,
                [&](int, int, float cover) { area += cover; });
  EXPECT_NEAR(area, 3.14159265 * 144, 1);  // border pixels average out
}

TEST(PhantomPaint, BlurKeepsTheSumAndHasItsDeviation) {
  Field field(101);
  field(50, 50) = 1;
  Blur(field, 3);
  double sum = 0, square = 0;
  for (int y = 0; y < 101; ++y)
    for (int x = 0; x < 101; ++x) sum += field(x, y), square += field(x, y) * (x - 50) * (x - 50);
  EXPECT_NEAR(sum, 1, 1e-4);
  EXPECT_NEAR(std::sqrt(square), std::sqrt(8.0), 1e-3);  // the boxes 5, 5 and 7 wide have (24 + 24 + 48) / 12
}

TEST(PhantomPaint, PoissonHasEqualMeanAndVariance) {
  Rng rng(5);
  for (const double mean : {3.0, 60.0}) {
    double sum = 0, square = 0;
    for (int i = 0; i < 20000; ++i) {
      const double draw = Poisson(rng, mean);
      sum += draw;
      square += draw * draw;
    }
    const double average = sum / 20000, variance = square / 20000 - average * average;
    EXPECT_NEAR(average, mean, 5 * std::sqrt(mean / 20000));
    EXPECT_NEAR(variance / mean, 1, 0.06);  // 5 deviations of a sample variance: 5·sqrt(2/20000)
  }
}

}  // namespace
}  // namespace lingshu
