// Fixtures shared by the tests of this room: a drawn picture, golden files, and errors as values.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "image/image.h"

namespace lingshu::testing {

// The picture of tools/golden/picture.py.
inline Image MakePicture(int width, int height) {
  Image image{.width = width, .height = height, .source = "test"};
  image.rgb.resize(static_cast<size_t>(width) * height * 3);
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x)
      for (int64_t c = 0; c < 3; ++c)
        image.Pixel(static_cast<int>(x), static_cast<int>(y))[c] =
            static_cast<uint8_t>((3 * x * x + 5 * y * y + 7 * (c + 1) * x * y) / 16 + 50 * c);
  return image;
}

// Tests run in the root of the repository.
inline Json ReadGolden(const std::string& path) { return ParseJson(ReadFile("tests/cases/" + path), path); }

// The folder of real data, or an empty path where it is absent.
inline fs::path RealData() {
  const char* folder = std::getenv("LINGSHU_DATA");
  const fs::path path = folder != nullptr ? fs::path(folder) : fs::path("../shared/data");
  return fs::is_directory(path) ? path : fs::path();
}

inline std::string FromBase64(const std::string& text) {
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  uint32_t bits = 0;
  int num_bits = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<uint32_t>(kDigits.find(c));
    num_bits += 6;
    if (num_bits >= 8) bytes += static_cast<char>(bits >> (num_bits -= 8));
  }
  return bytes;
}

// "" when `body` throws no Error, else "code: message".
template <typename Body>
std::string ErrorOf(Body body) {
  try {
    body();
    return "";
  } catch (const Error& error) {
    return std::string(ErrorCodeName(error.code())) + ": " + error.message();
  }
}

}  // namespace lingshu::testing
