// GIF (GIF89a specification, 1990): the first picture on its logical screen; what it does not cover is transparent.
// Variable-length LZW with codes of up to 12 bits, packed least significant bit first.
#include <array>
#include <cstring>

#include <fmt/format.h>

#include "base/error.h"
#include "base/registry.h"
#include "image/limits.h"
#include "image/raster.h"

namespace lingshu {
namespace {

class GifParser {
 public:
  GifParser(std::string_view bytes, const std::string& where) : bytes_(bytes), where_(where) {}

  Raster Parse() {
    position_ = 6;
    Raster raster{.colours = Colours::kRgba};
    raster.width = Word();
    raster.height = Word();
    CheckDimensions(raster.width, raster.height, where_);
    CheckExpansion(int64_t{4} * raster.width * raster.height, static_cast<int64_t>(bytes_.size()), where_);
    const int flags = Byte();
    Skip(2);  // background index, which nobody paints, and aspect ratio
    std::string_view colours = flags & 0x80 ? Take(3 << ((flags & 7) + 1)) : std::string_view();
    raster.samples.assign(size_t(raster.width) * raster.height * 4, 0);
    while (true) {
      const int block = Byte();
      if (block == 0x21) ReadExtension();
      else if (block == 0x2C) break;
      else Fail("no picture in the file");
    }
    ReadPicture(colours, raster);
    return raster;
  }

 private:
  [[noreturn]] void Fail(const char* what) const {
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: not a readable GIF: {}.", where_, what));
  }
  std::string_view Take(size_t n) {
    if (n > bytes_.size() - position_) Fail("the data end early");
    position_ += n;
    return bytes_.substr(position_ - n, n);
  }
  void Skip(size_t n) { Take(n); }
  int Byte() { return static_cast<uint8_t>(Take(1)[0]); }
  int Word() {
    const int low = Byte();
    return low | Byte() << 8;
  }
  std::string Blocks() {
    std::string data;
    while (const int n = Byte()) data += Take(n);
    return data;
  }

  void ReadExtension() {
    const int label = Byte();
    const std::string data = Blocks();
    if (label == 0xF9 && data.size() >= 4 && (data[0] & 1) != 0) transparent_ = static_cast<uint8_t>(data[3]);
  }

  void ReadPicture(std::string_view colours, Raster& raster) {
    const int left = Word(), top = Word(), width = Word(), height = Word(), flags = Byte();
    if (left + width > raster.width || top + height > raster.height || width == 0 || height == 0)
      Fail("a picture beyond its screen");
    if (flags & 0x80) colours = Take(3 << ((flags & 7) + 1));
    if (colours.empty()) Fail("no colour table");
    const int min_code_size = Byte();
    if (min_code_size < 1 || min_code_size > 11) Fail("a code size that cannot be");
    const std::string data = Blocks();
    CheckExpansion(int64_t{width} * height, static_cast<int64_t>(data.size()), where_);
    const std::vector<uint8_t> indices = Unpack(data, min_code_size, size_t(width) * height);
    for (int row = 0; row < height; ++row) {
      const int y = top + (flags & 0x40 ? InterlacedRow(row, height) : row);
      for (int x = 0; x < width; ++x) {
        const int index = indices[size_t(row) * width + x];
        if (index == transparent_) continue;
        if (3 * size_t(index) + 3 > colours.size()) Fail("a colour beyond the table");
        uint8_t* out = raster.samples.data() + 4 * (size_t(y) * raster.width + left + x);
        std::memcpy(out, colours.data() + 3 * index, 3);
        out[3] = 255;
      }
    }
  }

  // Rows 0, 8, 16…; then 4, 12…; then 2, 6…; then 1, 3….
  static int InterlacedRow(int row, int height) {
    static constexpr int kFirst[] = {0, 4, 2, 1}, kStep[] = {8, 8, 4, 2};
    for (int pass = 0; pass < 4; ++pass) {
      const int rows = (height - kFirst[pass] + kStep[pass] - 1) / kStep[pass];
      if (row < rows) return kFirst[pass] + row * kStep[pass];
      row -= rows;
    }
    return 0;
  }

  std::vector<uint8_t> Unpack(const std::string& data, int min_code_size, size_t count) const {
    struct Entry {
      uint16_t prefix;
      uint8_t last, first;
      uint16_t length;
    };
    std::array<Entry, 4096> table;
    const int clear = 1 << min_code_size, end = clear + 1;
    for (int i = 0; i < clear; ++i) table[i] = {0, static_cast<uint8_t>(i), static_cast<uint8_t>(i), 1};
    std::vector<uint8_t> out;
    out.reserve(count);
    int code_size = min_code_size + 1, next = end + 1, previous = -1;
    uint32_t bits = 0;
    int num_bits = 0;
    size_t i = 0;
    while (out.size() < count) {
      while (num_bits < code_size) {
        if (i == data.size()) Fail("the data end early");
        bits |= uint32_t{static_cast<uint8_t>(data[i++])} << num_bits;
        num_bits += 8;
      }
      const int code = static_cast<int>(bits & ((1u << code_size) - 1));
      bits >>= code_size;
      num_bits -= code_size;
      if (code == clear) {
        code_size = min_code_size + 1;
        next = end + 1;
        previous = -1;
        continue;
      }
      if (code == end) Fail("the data end early");
      if (code > next || (code == next && previous < 0) || (previous < 0 && code > end))
        Fail("a code that was never defined");
      if (previous >= 0 && next < 4096) {  // the new entry: the previous string and the first letter of this one
        const Entry& before = table[previous];
        table[next] = {static_cast<uint16_t>(previous), code == next ? before.first : table[code].first, before.first,
                       static_cast<uint16_t>(before.length + 1)};
        ++next;
        if (next == 1 << code_size && code_size < 12) ++code_size;
      } else if (code >= next) {
        Fail("a code that was never defined");
      }
      Emit(table, code, count, out);
      previous = code;
    }
    return out;
  }

  // A string is stored last letter first; what reaches beyond the picture is cut.
  template <typename Table>
  static void Emit(const Table& table, int code, size_t count, std::vector<uint8_t>& out) {
    const size_t begin = out.size(), length = table[code].length;
    out.resize(begin + length);
    for (size_t k = length; k-- > 0; code = table[code].prefix) out[begin + k] = table[code].last;
    if (out.size() > count) out.resize(count);
  }

  std::string_view bytes_;
  const std::string& where_;
  size_t position_ = 0;
  int transparent_ = -1;
};

bool DetectGif(std::string_view prefix) { return prefix.starts_with("GIF87a") || prefix.starts_with("GIF89a"); }

Raster DecodeGif(std::string_view bytes, const ImageOptions& options, const std::string& where) {
  RequireFirstFrame(options, where);
  return GifParser(bytes, where).Parse();
}

const Register<ImageReader> kGif(RasterReader("gif", "GIF, its first picture", &DetectGif, &DecodeGif));

}  // namespace
}  // namespace lingshu
