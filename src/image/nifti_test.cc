// Facts of NIfTI: every datatype and byte order, affines, slices the right way round, hostile headers.

#include <cmath>
#include <cstring>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "image/deflate_testing.h"
#include "image/inspect.h"
#include "image/reader.h"
#include "image/testing.h"

namespace lingshu {
namespace {

using testing::ErrorOf;

// A NIfTI file made field by field. Example: NiftiBuilder({3, 4, 5}, 2).Sform({…}).File()
class NiftiBuilder {
 public:
  NiftiBuilder(const std::vector<int>& shape, int datatype, bool is_2 = false, bool is_swapped = false)
      : is_2_(is_2), is_swapped_(is_swapped), header_(is_2 ? 544 : 352, '\0') {
    Put<int32_t>(0, is_2 ? 540 : 348);
    std::memcpy(header_.data() + (is_2 ? 4 : 344), is_2 ? "n+2\0\r\n\x1A\n" : "n+1", is_2 ? 8 : 4);
    Int(40, 16, 0, static_cast<int>(shape.size()));
    for (size_t i = 0; i < shape.size(); ++i) Int(40, 16, i + 1, shape[i]);
    Put<int16_t>(is_2 ? 12 : 70, static_cast<int16_t>(datatype));
    for (int i = 0; i < 4; ++i) Real(76, 104, i, i == 0 ? 1 : i);  // voxels of 1 x 2 x 3 mm
    if (is_2) Put<int64_t>(168, 544);
    else Put<float>(108, 352);
  }
  template <typename T>
  NiftiBuilder& Put(size_t at, T value) {
    char raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof value);
    if (is_swapped_) std::reverse(raw, raw + sizeof raw);
    std::memcpy(header_.data() + at, raw, sizeof raw);
    return *this;
  }
  NiftiBuilder& Int(size_t at1, size_t at2, size_t i, int value) {
    return is_2_ ? Put<int64_t>(at2 + 8 * i, value) : Put<int16_t>(at1 + 2 * i, static_cast<int16_t>(value));
  }
  NiftiBuilder& Real(size_t at1, size_t at2, size_t i, double value) {
    return is_2_ ? Put<double>(at2 + 8 * i, value) : Put<float>(at1 + 4 * i, static_cast<float>(value));
  }
  NiftiBuilder& Scale(double slope, double inter) { return Real(112, 176, 0, slope).Real(116, 184, 0, inter); }
  NiftiBuilder& Sform(const std::vector<double>& rows) {
    is_2_ ? Put<int32_t>(348, 1) : Put<int16_t>(254, 1);
    for (size_t i = 0; i < 12; ++i) Real(280, 400, i, rows[i]);
    return *this;
  }
  NiftiBuilder& Qform(const std::vector<double>& values) {
    is_2_ ? Put<int32_t>(344, 1) : Put<int16_t>(252, 1);
    for (size_t i = 0; i < 6; ++i) Real(256, 352, i, values[i]);
    return *this;
  }
  template <typename T>
  NiftiBuilder& Voxels(const std::vector<T>& values) {
    for (const T value : values) {
      char raw[sizeof(T)];
      std::memcpy(raw, &value, sizeof value);
      if (is_swapped_) std::reverse(raw, raw + sizeof raw);
      voxels_.append(raw, sizeof raw);
    }
    return *this;
  }
  std::string File() const { return header_ + voxels_; }

 private:
  bool is_2_, is_swapped_;
  std::string header_, voxels_;
};

template <typename T>
void ExpectExtremes(int datatype, T low, T high) {
  for (const bool is_2 : {false, true})
    for (const bool is_swapped : {false, true}) {
      const std::string file = NiftiBuilder({2, 1, 1}, datatype, is_2, is_swapped).Voxels<T>({high, low}).File();
      const FileFacts facts = InspectBytes(file, "volume");
      EXPECT_EQ(facts.value_min, static_cast<double>(low)) << datatype << is_2 << is_swapped;
      EXPECT_EQ(facts.value_max, static_cast<double>(high)) << datatype << is_2 << is_swapped;
      EXPECT_EQ(InspectBytes(testing::Deflate(file, testing::kGzip), "volume").pixel_sha256, facts.pixel_sha256);
    }
}

TEST(Nifti, ReadsEveryDatatypeVersionAndByteOrder) {
  ExpectExtremes<uint8_t>(2, 0, 255);
  ExpectExtremes<int8_t>(256, -128, 127);
  ExpectExtremes<int16_t>(4, -1024, 3071);
  ExpectExtremes<uint16_t>(512, 1, 65535);
  ExpectExtremes<int32_t>(8, -2000000000, 2000000000);
  ExpectExtremes<uint32_t>(768, 5, 4000000000u);
  ExpectExtremes<int64_t>(1024, -5, int64_t{1} << 50);
  ExpectExtremes<uint64_t>(1280, 0, uint64_t{1} << 50);
  ExpectExtremes<float>(16, -1.5f, 2.5f);
  ExpectExtremes<double>(64, -1e300, 1e300);
}

TEST(Nifti, AppliesSlopeAndInterceptUnlessTheyMeanNothing) {
  EXPECT_EQ(InspectBytes(NiftiBuilder({1, 1, 1}, 2).Scale(2, -10).Voxels<uint8_t>({7}).File(), "v").value_min, 4);
  EXPECT_EQ(InspectBytes(NiftiBuilder({1, 1, 1}, 2).Scale(0, -10).Voxels<uint8_t>({7}).File(), "v").value_min, 7);
  EXPECT_EQ(InspectBytes(NiftiBuilder({1, 1, 1}, 2).Scale(NAN, 1).Voxels<uint8_t>({7}).File(), "v").value_min, 7);
}

TEST(Nifti, PrefersSformThenQformThenVoxelSizes) {
  NiftiBuilder builder({3, 3, 3}, 2);
  builder.Voxels(std::vector<uint8_t>(27, 1));
  const auto affine = [](const NiftiBuilder& b) { return *InspectBytes(b.File(), "v").affine; };
  EXPECT_EQ(affine(builder), (std::array<double, 16>{-1, 0, 0, 1, 0, 2, 0, -2, 0, 0, 3, -3, 0, 0, 0, 1}));
  builder.Qform({0, 0, 1, 10, 20, 30});  // half a turn about z
  EXPECT_EQ(affine(builder), (std::array<double, 16>{-1, 0, 0, 10, 0, -2, 0, 20, 0, 0, 3, 30, 0, 0, 0, 1}));
  builder.Sform({0, 0, 3, 1, 1, 0, 0, 2, 0, 2, 0, 3});
  EXPECT_EQ(affine(builder), (std::array<double, 16>{0, 0, 3, 1, 1, 0, 0, 2, 0, 2, 0, 3, 0, 0, 0, 1}));
}

// One bright voxel at the patient's left, anterior, superior corner must be found at the right place of every view,
// however the voxel axes run: at the right (the patient's left) and top of axial and coronal views, at the left and top
// of sagittal ones.
TEST(Nifti, ShowsEveryPlaneTheRadiologicalWay) {
  const std::vector<std::vector<int>> axes = {{0, 1, 2}, {2, 0, 1}, {1, 2, 0}, {1, 0, 2}};
  for (const std::vector<int>& world_of_axis : axes)
    for (int signs = 0; signs < 8; ++signs) {
      const int size[3] = {2, 3, 4};  // of x, y, z
      std::vector<int> shape;
      std::vector<double> rows(12, 0);
      int64_t bright = 0, stride = 1;
      for (int axis = 0; axis < 3; ++axis) {
        const int world = world_of_axis[axis], n = size[world];
        const bool is_positive = signs >> axis & 1;
        shape.push_back(n);
        rows[4 * world + axis] = is_positive ? 1 : -1;
        // Left is -x, anterior +y, superior +z.
        const bool wants_high = world == 0 ? !is_positive : is_positive;
        bright += stride * (wants_high ? n - 1 : 0);
        stride *= n;
      }
      std::vector<uint8_t> voxels(24, 0);
      voxels[bright] = 200;
      const std::string file = NiftiBuilder(shape, 2).Sform(rows).Voxels(voxels).File();
      const Window window{.center = 100, .width = 200};
      const Image axial = DecodeImage(file, "v", {.plane = Plane::kAxial, .slice = 3, .window = window});
      EXPECT_EQ(axial.width, 2);
      EXPECT_EQ(axial.height, 3);
      EXPECT_EQ(*axial.Pixel(1, 0), 255) << signs;
      const Image coronal = DecodeImage(file, "v", {.plane = Plane::kCoronal, .slice = 2, .window = window});
      EXPECT_EQ(*coronal.Pixel(1, 0), 255) << signs;
      const Image sagittal = DecodeImage(file, "v", {.plane = Plane::kSagittal, .slice = 0, .window = window});
      EXPECT_EQ(sagittal.width, 3);
      EXPECT_EQ(sagittal.height, 4);
      EXPECT_EQ(*sagittal.Pixel(0, 0), 255) << signs;
    }
}

TEST(Nifti, WindowsHounsfieldUnitsAsSoftTissueAndOthersByPercentiles) {
  const Image ct = DecodeImage(NiftiBuilder({4, 1, 1}, 4).Voxels<int16_t>({-1024, -160, 240, 1500}).File(), "ct");
  EXPECT_EQ(*ct.Pixel(0, 0), 0);
  EXPECT_NE(ct.operations.back().find("Hounsfield"), std::string::npos);
  const Image mr = DecodeImage(NiftiBuilder({3, 1, 1}, 4).Voxels<int16_t>({0, 500, 1000}).File(), "mr");
  EXPECT_NE(mr.operations.back().find("percentiles"), std::string::npos);
  EXPECT_EQ(*mr.Pixel(1, 0), 128);
}

TEST(Nifti, PicksAVolumeOfASeries) {
  const std::string file = NiftiBuilder({1, 1, 1, 2}, 2).Voxels<uint8_t>({10, 90}).File();
  EXPECT_EQ(InspectBytes(file, "v").frames, 2);
  const Window window{.center = 50, .width = 100};
  EXPECT_EQ(*DecodeImage(file, "v", {.volume = 1, .window = window}).Pixel(0, 0), 230);
  EXPECT_NE(ErrorOf([&] { DecodeImage(file, "v", {.volume = 2}); }).find("volumes 0 to 1"), std::string::npos);
  EXPECT_NE(ErrorOf([&] { DecodeImage(file, "v", {.slice = 1}); }).find("slices 0 to 0"), std::string::npos);
}

TEST(Nifti, RefusesHostileHeaders) {
  const auto error = [](const NiftiBuilder& builder) {
    return ErrorOf([&] { InspectBytes(builder.File(), "hostile"); });
  };
  const auto expect = [&](const NiftiBuilder& builder, const char* words) {
    EXPECT_NE(error(builder).find(words), std::string::npos) << error(builder);
  };
  expect(NiftiBuilder({2, 2, 2}, 2), "voxels take 8 bytes, 0 are there");
  expect(NiftiBuilder({0, 2, 2}, 2), "axis of 0 voxels");
  expect(NiftiBuilder({-5, 2, 2}, 2), "axis of -5 voxels");
  expect(NiftiBuilder({32767, 32767, 32767, 32767, 32767}, 64), "more than");
  expect(NiftiBuilder({1, 1, 1}, 32), "datatype 32");
  expect(NiftiBuilder({1, 1, 1}, 2).Put<float>(108, 1e30f), "begin at byte");
  expect(NiftiBuilder({1, 1, 1}, 2).Put<float>(108, NAN), "begin at byte");
  expect(NiftiBuilder({1, 1, 1}, 2).Put<float>(108, -5), "begin at byte");
  expect(NiftiBuilder({1, 1, 1}, 2).Put<int16_t>(40, 9), "9 axes");
  expect(NiftiBuilder({1, 1, 1}, 2).Sform({NAN, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0}).Voxels<uint8_t>({1}), "not finite");
  Rng rng(1);
  std::vector<uint8_t> noise(512);
  for (uint8_t& voxel : noise) voxel = static_cast<uint8_t>(rng.Below(256));
  const std::string file = testing::Deflate(NiftiBuilder({8, 8, 8}, 2).Voxels(noise).File(), testing::kGzip);
  for (size_t n = 0; n + 12 < file.size(); ++n)
    EXPECT_NE(ErrorOf([&] { InspectBytes(file.substr(0, n), "cut"); }), "") << n;
}

}  // namespace
}  // namespace lingshu
