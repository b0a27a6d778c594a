// Lossless JPEG frames of DICOM (ITU-T T.81 Annex H, process 14, Huffman): 2 to 16 bits, all seven predictors, point
// transform, restart intervals, components in one scan or one scan each. Ours, because libjpeg-turbo of Debian 12 knows
// none and DCMTK's wants exactly the bits that the data set says.
//
// A sample is its prediction from the neighbours a (left), b (above) and c (above left) plus a difference:
//   1 a   2 b   3 c   4 a + b - c   5 a + (b - c) / 2   6 b + (a - c) / 2   7 (a + b) / 2
// In the first line of an interval it is a, at the first column b, at the very first sample 2^(precision - Pt - 1).
#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "base/registry.h"
#include "image/byte_order.h"
#include "image/dicom_frame.h"

namespace lingshu {
namespace {

constexpr int kMarkerSof3 = 0xC3;

// Entropy-coded bits, most significant first; FF 00 is a byte FF, FF and anything else ends the data.
class BitReader {
 public:
  explicit BitReader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  // The next 16 bits, zeros beyond the end.
  uint32_t Peek16() {
    if (count_ < 16) Fill();
    return static_cast<uint32_t>(bits_ >> 48);
  }
  void Skip(int n) {
    bits_ <<= n;
    count_ -= n;
  }
  uint32_t Take(int n) {  // n: 1 to 16
    const uint32_t value = Peek16() >> (16 - n);
    Skip(n);
    return value;
  }
  bool IsOverrun() const { return num_missing_ * 8 > count_; }  // made-up bits have been used
  // Drops bits up to the next marker and returns where it is.
  const char* AtMarker() {
    bits_ = 0;
    count_ = 0;
    num_missing_ = 0;
    while (at_ + 1 < end_ && !(static_cast<uint8_t>(at_[0]) == 0xFF && at_[1] != 0)) ++at_;
    return at_;
  }
  void ContinueAt(const char* at) { at_ = at; }

 private:
  void Fill() {
    while (count_ <= 56) {
      uint64_t byte = 0;
      if (at_ < end_ && (static_cast<uint8_t>(*at_) != 0xFF || (at_ + 1 < end_ && at_[1] == 0))) {
        byte = static_cast<uint8_t>(*at_);
        at_ += byte == 0xFF ? 2 : 1;
      } else {
        ++num_missing_;
      }
      bits_ |= byte << (56 - count_);
      count_ += 8;
    }
  }

  const char* at_;
  const char* end_;
  uint64_t bits_ = 0;
  int count_ = 0;
  int64_t num_missing_ = 0;
};

// Category (0 to 16) and length of every 16-bit prefix; length 0 marks prefixes of no code.
struct HuffmanTable {
  struct Code {
    uint8_t category, length;
  };
  std::vector<Code> codes;
};

class LosslessJpeg {
 public:
  LosslessJpeg(std::string_view stream, const PixelModule& module, const std::string& where)
      : stream_(stream), module_(module), where_(where) {}

  int Decode(RawSamples& samples) {
    size_t at = 2;  // after SOI
    while (num_decoded_ < module_.samples_per_pixel) {
      while (Byte(at) == 0xFF && Byte(at + 1) == 0xFF) ++at;
      if (Byte(at) != 0xFF) Fail("no marker where one should be");
      const int marker = Byte(at + 1);
      const size_t length = Word(at + 2);
      if (length < 2 || at + 2 + length > stream_.size()) Fail("a segment longer than the stream");
      const std::string_view segment = stream_.substr(at + 4, length - 2);
      at += 2 + length;
      if (marker == 0xC4) ReadTables(segment);
      else if (marker == 0xDD && segment.size() >= 2) interval_ = Uint(segment, 0) << 8 | Uint(segment, 1);
      else if (marker == kMarkerSof3) ReadFrame(segment);
      else if (marker == 0xDA) at = ReadScan(segment, at, samples);
      else if (marker == 0xD9) Fail("the stream ends before the picture does");
    }
    return precision_;
  }

 private:
  struct Component {
    int id = 0;
    int index = 0;
    const HuffmanTable* table = nullptr;
  };

  [[noreturn]] void Fail(const char* what) const {
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: a lossless JPEG frame of DICOM: {}.", where_, what));
  }
  static int Uint(std::string_view bytes, size_t i) { return static_cast<uint8_t>(bytes[i]); }
  int Byte(size_t i) const {
    if (i >= stream_.size()) Fail("the stream ends early");
    return static_cast<uint8_t>(stream_[i]);
  }
  size_t Word(size_t i) const { return static_cast<size_t>(Byte(i)) << 8 | static_cast<size_t>(Byte(i + 1)); }

  void ReadTables(std::string_view segment) {
    while (!segment.empty()) {
      if (segment.size() < 17) Fail("a Huffman table cut short");
      const size_t slot = Uint(segment, 0) & 3;
      size_t num_values = 0;
      for (int i = 1; i <= 16; ++i) num_values += Uint(segment, i);
      if (segment.size() < 17 + num_values) Fail("a Huffman table cut short");
      HuffmanTable& table = tables_[slot];
      table.codes.assign(65536, {0, 0});
      uint32_t code = 0;
      size_t value = 17;
      for (int length = 1; length <= 16; ++length) {
        for (int i = 0; i < Uint(segment, length); ++i, ++code, ++value) {
          const int category = Uint(segment, value);
          if (category > 16 || code >= 1u << length) Fail("a Huffman table that cannot be");
          const uint32_t first = code << (16 - length);
          std::fill_n(table.codes.begin() + first, 1u << (16 - length),
                      HuffmanTable::Code{static_cast<uint8_t>(category), static_cast<uint8_t>(length)});
        }
        code <<= 1;
      }
      segment.remove_prefix(17 + num_values);
    }
  }

  void ReadFrame(std::string_view segment) {
    if (segment.size() < 6) Fail("a frame header cut short");
    precision_ = Uint(segment, 0);
    const int count = Uint(segment, 5);
    if (precision_ < 2 || precision_ > 8 * module_.BytesPerSample() || precision_ > 16)
      Fail("more bits than the data set allocates");
    if (count != module_.samples_per_pixel || segment.size() < 6 + 3 * static_cast<size_t>(count))
      Fail("other components than the data set says");
    for (int i = 0; i < count; ++i) {
      if (Uint(segment, 7 + 3 * i) != 0x11) Fail("subsampled components");
      components_.push_back({Uint(segment, 6 + 3 * i), i, nullptr});
    }
  }

  // Returns where the next marker is.
  size_t ReadScan(std::string_view segment, size_t at, RawSamples& samples) {
    const size_t count = segment.empty() ? 0 : Uint(segment, 0);
    if (count < 1 || count > components_.size() || segment.size() < 4 + 2 * count) Fail("a scan header that cannot be");
    std::vector<Component> scan;
    for (size_t i = 0; i < count; ++i) {
      const auto component = std::find_if(components_.begin(), components_.end(),
                                          [&](const Component& one) { return one.id == Uint(segment, 1 + 2 * i); });
      const HuffmanTable& table = tables_[Uint(segment, 2 + 2 * i) >> 4 & 3];
      if (component == components_.end() || table.codes.empty()) Fail("a scan of something that was not defined");
      scan.push_back({component->id, component->index, &table});
    }
    predictor_ = Uint(segment, 1 + 2 * count);
    shift_ = Uint(segment, 3 + 2 * count) & 15;
    if (predictor_ < 1 || predictor_ > 7 || shift_ >= precision_) Fail("a predictor that cannot be");
    num_decoded_ += static_cast<int>(count);
    return module_.BytesPerSample() == 1 ? DecodeScan<uint8_t>(scan, at, samples) : DecodeScan<uint16_t>(scan, at, samples);
  }

  int Difference(BitReader& bits, const HuffmanTable& table) const {
    const HuffmanTable::Code code = table.codes[bits.Peek16()];
    if (code.length == 0) Fail("a code of no table");
    bits.Skip(code.length);
    if (code.category == 0) return 0;
    if (code.category == 16) return 32768;
    const int value = static_cast<int>(bits.Take(code.category)), half = 1 << (code.category - 1);
    return value >= half ? value : value - 2 * half + 1;
  }

  int Predict(int a, int b, int c) const {
    switch (predictor_) {
      case 1: return a;
      case 2: return b;
      case 3: return c;
      case 4: return a + b - c;
      case 5: return a + ((b - c) >> 1);
      case 6: return b + ((a - c) >> 1);
      default: return (a + b) >> 1;
    }
  }

  // Samples are kept unshifted while they predict, in lines of their own.
  template <typename Sample>
  size_t DecodeScan(const std::vector<Component>& scan, size_t at, RawSamples& samples) const {
    const int columns = module_.columns, step = module_.samples_per_pixel * static_cast<int>(sizeof(Sample));
    if (interval_ % columns != 0) Fail("restart intervals that break a line");
    const int lines_an_interval = interval_ / columns;
    std::vector<std::vector<int>> above(scan.size(), std::vector<int>(columns + 1)), line = above;
    BitReader bits(stream_.substr(at));
    for (int y = 0; y < module_.rows; ++y) {
      const bool is_first = y == 0 || (lines_an_interval > 0 && y % lines_an_interval == 0);
      if (is_first && y > 0) {
        const char* marker = bits.AtMarker();
        if (marker + 1 >= stream_.data() + stream_.size() || (static_cast<uint8_t>(marker[1]) & 0xF8) != 0xD0)
          Fail("a restart marker is missing");
        bits.ContinueAt(marker + 2);
      }
      for (int x = 0; x < columns; ++x) {
        for (size_t k = 0; k < scan.size(); ++k) {
          int* now = line[k].data() + 1;
          const int* before = above[k].data() + 1;
          const int predicted = x == 0    ? (is_first ? 1 << (precision_ - shift_ - 1) : before[0])
                                : is_first ? now[x - 1]
                                           : Predict(now[x - 1], before[x], before[x - 1]);
          now[x] = (predicted + Difference(bits, *scan[k].table)) & 0xFFFF;
        }
      }
      for (size_t k = 0; k < scan.size(); ++k) {
        uint8_t* out = samples.data() + (int64_t{y} * columns * module_.samples_per_pixel + scan[k].index) * sizeof(Sample);
        for (int x = 0; x < columns; ++x, out += step)
          WriteUint(out, sizeof(Sample), static_cast<Sample>(line[k][x + 1] << shift_));
      }
      std::swap(above, line);
      if (bits.IsOverrun()) Fail("the stream ends before the picture does");
    }
    return static_cast<size_t>(bits.AtMarker() - stream_.data());
  }

  std::string_view stream_;
  const PixelModule& module_;
  const std::string& where_;
  std::array<HuffmanTable, 4> tables_;
  std::vector<Component> components_;
  int precision_ = 0, predictor_ = 0, shift_ = 0, interval_ = 0, num_decoded_ = 0;
};

bool Accepts(std::string_view syntax, std::string_view stream) {
  return syntax.starts_with("1.2.840.10008.1.2.4.") && syntax < "1.2.840.10008.1.2.4.80" &&
         ReadJpegHeader(stream).marker == kMarkerSof3;
}

void Decode(std::string_view stream, const PixelModule& module, std::string_view, StoredFrame& out,
            const std::string& where) {
  const JpegHeader header = ReadJpegHeader(stream);
  RequireStreamSize(header.rows, header.columns, header.components, module, where);
  if (module.bits_allocated != 8 && module.bits_allocated != 16)
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: lossless JPEG in DICOM with {} bits allocated; known are 8 and 16.",
                                                     where, module.bits_allocated));
  out.precision = LosslessJpeg(stream, module, where).Decode(out.samples);
}

const Register<FrameCodec> kLosslessJpeg(
    {.name = "jpeg_lossless", .help = "lossless JPEG (process 14)", .accepts = &Accepts, .decode = &Decode});

}  // namespace
}  // namespace lingshu
