// Hostile files of every format: an error of the expected words or the right pixels, quickly and with little memory.
//
// Hostile files written down as data (tests/cases/image-hostile): a small language of bytes.
//   "text"                          its UTF-8
//   {"hex": "FFD8"}                 bytes
//   {"le": [2, 1, 700]}             little-endian integers of the first number's width; "be" big-endian
//   {"float": [1, "nan"]}           little-endian float32; "double" float64
//   {"repeat": [PART, 1000]}        a part again and again
//   {"zlib": PART}, {"gzip": PART}, {"raw deflate": PART}   compressed
//   {"png chunk": ["IHDR", PART]}   with length and CRC
//   {"at": [PART, offset, PART]}    the first with the second written over it
//   {"cut": [PART, bytes]}          the first bytes of it
//   {"dicom": {"00280010": ["US", [2]], …}, "syntax": "1.2…"}   a 2 x 2 picture with elements replaced
//   {"png": [w, h]}                 a whole grey PNG
//   [PART, …]                       one after the other
#include <malloc.h>
#include <sys/resource.h>

#include <chrono>
#include <cstring>
#include <limits>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/registry.h"
#include "image/deflate_testing.h"
#include "image/dicom_testing.h"
#include "image/reader.h"
#include "image/testing.h"
#include "image/volume.h"

namespace lingshu {
namespace testing {

std::string HostileBytes(const Json& part);  // throws Error(kInternal) for what it does not know

namespace {

void AppendInteger(std::string& bytes, int64_t value, int width, bool is_big) {
  for (int i = 0; i < width; ++i) bytes += static_cast<char>(value >> (8 * (is_big ? width - 1 - i : i)));
}

// An array whose first entry is the width.
std::string Integers(const Json& list, bool is_big) {
  std::string bytes;
  for (size_t i = 1; i < list.size(); ++i) AppendInteger(bytes, list[i].get<int64_t>(), list[0], is_big);
  return bytes;
}

template <typename T>
std::string Reals(const Json& list) {
  std::string bytes;
  for (const Json& one : list) {
    const T value = one.is_string() ? one == "nan" ? std::numeric_limits<T>::quiet_NaN() : std::numeric_limits<T>::infinity()
                                    : one.get<T>();
    char raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof raw);
    bytes.append(raw, sizeof raw);
  }
  return bytes;
}

std::string PngChunk(const std::string& name, const std::string& data) {
  std::string chunk;
  AppendInteger(chunk, static_cast<int64_t>(data.size()), 4, /*is_big=*/true);
  chunk += name + data;
  const auto crc = crc32(0, reinterpret_cast<const Bytef*>(chunk.data()) + 4, static_cast<uInt>(chunk.size() - 4));
  AppendInteger(chunk, static_cast<int64_t>(crc), 4, /*is_big=*/true);
  return chunk;
}

std::string Png(int64_t width, int64_t height, const std::string& extra) {
  std::string header, rows;
  AppendInteger(header, width, 4, true);
  AppendInteger(header, height, 4, true);
  header += std::string("\x08\0\0\0\0", 5);
  for (int64_t y = 0; y < height && width * height < 1'000'000; ++y) rows += std::string(static_cast<size_t>(width) + 1, '\0');
  return "\x89PNG\r\n\x1A\n" + PngChunk("IHDR", header) + extra + PngChunk("IDAT", Deflate(rows, kZlib)) + PngChunk("IEND", "");
}

std::string Dicom(const Json& elements, const std::string& syntax) {
  DicomBuilder builder = DicomBuilder::Picture(2, 2, {0, 1, 2, 3});
  for (const auto& [name, element] : elements.items()) {
    const auto tag = static_cast<uint32_t>(std::stoul(name, nullptr, 16));
    if (element.is_null()) builder.Remove(tag);
    else if (element[0] == "fragments") {
      std::vector<std::string> fragments;
      for (const Json& fragment : element[1]) fragments.push_back(HostileBytes(fragment));
      builder.Fragments(fragments);
    } else if (element[1].is_array() && !element[1].empty() && element[1][0].is_number()) {
      builder.Set(tag, element[0], builder.Words(element[1].get<std::vector<int>>()));
    } else if (element[1].is_string()) {
      builder.Text(tag, element[0], element[1]);
    } else {
      builder.Set(tag, element[0], HostileBytes(element[1]));
    }
  }
  return builder.File(syntax);
}

}  // namespace

std::string HostileBytes(const Json& part) {
  if (part.is_string()) return part;
  std::string bytes;
  if (part.is_array()) {
    for (const Json& one : part) bytes += HostileBytes(one);
    return bytes;
  }
  if (part.contains("dicom")) return Dicom(part["dicom"], part.value("syntax", "1.2.840.10008.1.2.1"));
  const std::string kind = part.begin().key();
  const Json& value = part.begin().value();
  if (kind == "hex") {
    const std::string digits = value;
    for (size_t i = 0; i + 1 < digits.size(); i += 2)
      bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
    return bytes;
  }
  if (kind == "le") return Integers(value, /*is_big=*/false);
  if (kind == "be") return Integers(value, /*is_big=*/true);
  if (kind == "float") return Reals<float>(value);
  if (kind == "double") return Reals<double>(value);
  if (kind == "zlib") return Deflate(HostileBytes(value), kZlib);
  if (kind == "gzip") return Deflate(HostileBytes(value), kGzip);
  if (kind == "raw deflate") return Deflate(HostileBytes(value), kRawDeflate);
  if (kind == "png chunk") return PngChunk(value[0], HostileBytes(value[1]));
  if (kind == "png") return Png(value[0], value[1], value.size() > 2 ? HostileBytes(value[2]) : "");
  if (kind == "cut") return HostileBytes(value[0]).substr(0, value[1].get<size_t>());
  if (kind == "at") {
    bytes = HostileBytes(value[0]);
    const std::string over = HostileBytes(value[2]);
    return bytes.replace(value[1].get<size_t>(), over.size(), over);
  }
  CHECK(kind == "repeat") << "no part of bytes is called " << kind;
  const std::string one = HostileBytes(value[0]);
  for (int64_t i = 0; i < value[1].get<int64_t>(); ++i) bytes += one;
  return bytes;
}

}  // namespace testing

namespace {

using testing::ErrorOf;

int64_t PeakMiB() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::string ErrorOfOpening(const std::string& bytes) {
  return ErrorOf([&] {
    const ImageReader& reader = ReaderOf(bytes, "hostile");
    reader.open(bytes, {}, "hostile");
    reader.inspect(bytes, "hostile");
    if (reader.volume) reader.volume(bytes, "hostile");
  });
}

#if defined(__SANITIZE_ADDRESS__)
constexpr int kSlower = 20;
#else
constexpr int kSlower = 1;
#endif

// Every case: "error" must occur in the message; without it the file is read, and is "size" large.
TEST(Hostile, FilesAreRefusedOrReadRightQuicklyAndWithLittleMemory) {
  const Json cases = testing::ReadGolden("image-hostile/cases.json");
  ASSERT_GT(cases.size(), 60);
  for (const Json& one : cases) {
    const std::string name = one["name"];
    if (one.contains("reader") && Registry<ImageReader>::Get().FindOrNull(one["reader"].get<std::string>()) == nullptr)
      continue;  // its library is absent
    const std::string bytes = testing::HostileBytes(one["bytes"]);
    const int64_t peak_before = PeakMiB();
    const double cpu_before = CpuSeconds();
    const std::string error = ErrorOfOpening(bytes);
    EXPECT_LE(CpuSeconds() - cpu_before, one.value("seconds", 0.5) * kSlower) << name;
    if (kSlower == 1) {
      EXPECT_LE(PeakMiB() - peak_before, one.value("mib", 16)) << name;
    }
    if (one.contains("error")) {
      EXPECT_NE(error.find(one["error"].get<std::string>()), std::string::npos) << name << ": \"" << error << '"';
      continue;
    }
    EXPECT_EQ(error, "") << name;
    if (!error.empty()) continue;
    const Image image = DecodeImage(bytes, name);
    EXPECT_EQ(Json({image.width, image.height}), one["size"]) << name;
    if (one.contains("first_pixel")) {
      EXPECT_EQ(Json({image.rgb[0], image.rgb[1], image.rgb[2]}), one["first_pixel"]) << name;
    }
  }
}

// Orthanc's CVE-2026-5445: bytes of the heap in the picture. Whatever is read must not depend on what the heap held.
TEST(Hostile, NoByteOfTheHeapIsInAPicture) {
  const auto decode = [](const std::string& bytes, int fill) {
    mallopt(M_PERTURB, fill);
    std::string out;
    const std::string error = ErrorOf([&] {
      const Image image = DecodeImage(bytes, "hostile");
      out.assign(image.rgb.begin(), image.rgb.end());
      out += ToJson(InspectBytes(bytes, "hostile")).dump();
    });
    mallopt(M_PERTURB, 0);
    return out + error;
  };
  std::vector<std::pair<std::string, std::string>> files;
  for (const Json& one : testing::ReadGolden("image-hostile/cases.json"))
    if (one.value("mib", 16) <= 16) files.emplace_back(one["name"], testing::HostileBytes(one["bytes"]));
  for (const Json& one : testing::ReadGolden("image-rasters/golden.json")["cases"]) {
    const std::string bytes = testing::FromBase64(one["base64"]);
    files.emplace_back(one["name"], bytes);
    for (const size_t share : {2, 3, 5, 8}) {  // with a run of bytes bent in the pixels
      std::string bent = bytes;
      for (size_t i = bytes.size() / share; i < std::min(bytes.size(), bytes.size() / share + 6); ++i) bent[i] ^= 0x5A;
      files.emplace_back(one["name"].get<std::string>() + " bent", bent);
    }
  }
  for (const auto& [name, bytes] : files) EXPECT_EQ(decode(bytes, 0xA5), decode(bytes, 0x3C)) << name;
}

}  // namespace
}  // namespace lingshu
