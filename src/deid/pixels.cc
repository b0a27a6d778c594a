// Pixels are decoded by the image room and stored uncompressed where something had to be covered.
#include "deid/pixels.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/error.h"
#include "deid/text_detector.h"
#include "image/byte_order.h"
#include "image/dicom_dataset.h"
#include "image/dicom_frame.h"
#include "image/limits.h"

namespace lingshu {
namespace {

constexpr uint32_t kPixelData = 0x7FE00010;
constexpr int64_t kFramesLookedAt = 8;

// Frames one after the other, as DecodeFrame gives them.
struct Frames {
  PixelModule module;
  std::string photometric;
  std::string samples;
  char* Frame(int64_t i) { return samples.data() + i * module.FrameBytes(); }
};

std::string RiskOf(const DataSet& data_set) {
  const std::string modality = data_set.Text(0x00080060), sop_class = data_set.Text(0x00080016);
  if (data_set.Text(0x00280301) == "YES") return "declared";
  if (modality == "US" || modality == "IVUS") return "ultrasound";
  if (sop_class.starts_with("1.2.840.10008.5.1.4.1.1.7")) return "secondary capture";
  if (data_set.Find(0x00080064) != nullptr) return "converted from another source";
  if (data_set.Text(0x00080008).find("SCREEN") != std::string::npos) return "screen save";
  if (modality == "ES" || modality == "XC" || modality == "GM") return "camera with its own display";
  return "";
}

// Overlays of old files lie in the pixels' unused bits (PS3.3 of 2004, C.9.2).
bool HasEmbeddedOverlay(const DataSet& data_set) {
  for (uint32_t group = 0x6000; group < 0x6020; group += 2)
    if (data_set.Find(group << 16 | 0x0102) != nullptr && data_set.Find(group << 16 | 0x3000) == nullptr) return true;
  return false;
}

Frames DecodeAll(std::string_view bytes, const std::string& where) {
  const DicomFile file = ParseDicom(bytes, where);
  Frames frames{.module = ReadPixelModule(file, where)};
  const int64_t frame_bytes = frames.module.FrameBytes();
  if (frames.module.frames > kMaxVolumeBytes / frame_bytes)
    throw Error(ErrorCode::kTooLarge, fmt::format("{}: pixels of more than {} bytes.", where, kMaxVolumeBytes));
  for (int64_t i = 0; i < frames.module.frames; ++i) {
    const StoredFrame stored = DecodeFrame(file, frames.module, i, where);
    frames.photometric = stored.photometric;
    frames.samples.append(reinterpret_cast<const char*>(stored.samples.data()), stored.samples.size());
  }
  if (frames.photometric == "YBR_FULL_422") frames.photometric = "YBR_FULL";  // as it is when expanded
  return frames;
}

// One frame on 0…255: the brightest channel, since text may be coloured.
std::vector<uint8_t> GrayOf(Frames& frames, int64_t frame) {
  const PixelModule& module = frames.module;
  const int width = module.BytesPerSample(), channels = module.samples_per_pixel;
  const int used = frames.photometric.starts_with("YBR") ? 1 : channels;
  const char* from = frames.Frame(frame);
  const uint64_t sign = module.is_signed ? uint64_t{1} << (8 * width - 1) : 0;
  std::vector<uint64_t> values(static_cast<size_t>(module.rows) * module.columns);
  for (size_t i = 0; i < values.size(); ++i)
    for (int c = 0; c < used; ++c)
      values[i] = std::max(values[i], ReadUint(from + (i * channels + c) * width, width) ^ sign);
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const uint64_t least = *low, range = std::max<uint64_t>(*high - least, 1);
  std::vector<uint8_t> gray(values.size());
  for (size_t i = 0; i < values.size(); ++i)
    gray[i] = static_cast<uint8_t>(width <= 4 ? (values[i] - least) * 255 / range : 0);
  return gray;
}

// The pixel that covers: black in RGB and YBR, else the darkest of the frame, or the commonest index of a palette.
std::string CoverOf(Frames& frames, int64_t frame) {
  const PixelModule& module = frames.module;
  const int width = module.BytesPerSample();
  std::string cover(static_cast<size_t>(width) * module.samples_per_pixel, '\0');
  if (frames.photometric.starts_with("YBR")) {
    for (int c = 1; c < 3; ++c) WriteUint(cover.data() + c * width, width, uint64_t{1} << (module.bits_stored - 1));
    return cover;
  }
  if (module.samples_per_pixel != 1) return cover;
  std::map<uint64_t, int64_t> counts;
  const uint64_t sign = module.is_signed ? uint64_t{1} << (8 * width - 1) : 0;
  const char* from = frames.Frame(frame);
  for (int64_t i = 0; i < module.NumSamples(); ++i) ++counts[ReadUint(from + i * width, width) ^ sign];
  uint64_t value = counts.begin()->first;
  if (frames.photometric == "MONOCHROME1") value = counts.rbegin()->first;
  if (frames.photometric == "PALETTE COLOR")
    value = std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
              return a.second < b.second;
            })->first;
  WriteUint(cover.data(), width, value ^ sign);
  return cover;
}

// Ultrasound regions (PS3.3 C.8.5.5): what a scanner writes around them is name, date and settings.
std::vector<PixelBox> RegionsOf(const DataSet& data_set, const PixelModule& module) {
  std::vector<PixelBox> regions;
  const DataElement* sequence = data_set.Find(0x00186011);
  if (sequence == nullptr) return regions;
  for (const DataSet& item : sequence->items) {
    const auto number = [&](uint32_t tag) -> int64_t {
      const DataElement* element = item.Find(tag);
      return element != nullptr && element->value.size() == 4 ? static_cast<int64_t>(ReadUint(element->value.data(), 4))
                                                              : -1;
    };
    const int64_t x0 = number(0x00186018), y0 = number(0x0018601A), x1 = number(0x0018601C), y1 = number(0x0018601E);
    if (x0 < 0 || y0 < 0 || x1 < x0 || y1 < y0 || x0 >= module.columns || y0 >= module.rows) continue;
    regions.push_back({static_cast<int>(x0), static_cast<int>(y0),
                       static_cast<int>(std::min<int64_t>(x1 + 1, module.columns)),
                       static_cast<int>(std::min<int64_t>(y1 + 1, module.rows))});
  }
  return regions;
}

bool IsIn(const std::vector<PixelBox>& boxes, int x, int y) {
  return std::any_of(boxes.begin(), boxes.end(),
                     [&](const PixelBox& box) { return x >= box.x0 && x < box.x1 && y >= box.y0 && y < box.y1; });
}

// Covers text in every frame, and everything outside the regions where there are any.
void Cover(Frames& frames, const std::vector<PixelBox>& regions, const std::vector<PixelBox>& text) {
  const PixelModule& module = frames.module;
  std::vector<bool> is_covered(static_cast<size_t>(module.rows) * module.columns);
  for (int y = 0; y < module.rows; ++y)
    for (int x = 0; x < module.columns; ++x)
      is_covered[static_cast<size_t>(y) * module.columns + x] =
          IsIn(text, x, y) || (!regions.empty() && !IsIn(regions, x, y));
  for (int64_t frame = 0; frame < module.frames; ++frame) {
    const std::string cover = CoverOf(frames, frame);
    char* to = frames.Frame(frame);
    for (size_t i = 0; i < is_covered.size(); ++i)
      if (is_covered[i]) std::copy(cover.begin(), cover.end(), to + i * cover.size());
  }
}

std::string WordOf(int value) {
  std::string word(2, '\0');
  WriteUint(word.data(), 2, static_cast<uint64_t>(value));
  return word;
}

// The decoded frames in place of the stored ones.
void StoreNative(DicomObject& object, Frames frames) {
  const PixelModule& module = frames.module;
  DataSet& data_set = object.data_set;
  if (object.is_explicit) object.transfer_syntax = "1.2.840.10008.1.2.1";
  data_set.Set(0x00280004, "CS", frames.photometric);
  if (module.samples_per_pixel > 1) data_set.Set(0x00280006, "US", WordOf(0));
  data_set.Set(0x00280102, "US", WordOf(module.bits_stored - 1));
  data_set.Set(kPixelData, module.bits_allocated <= 8 ? "OB" : "OW", frames.samples);
  for (const uint32_t table : {0x7FE00001u, 0x7FE00002u})  // offsets of fragments that are no more
    std::erase_if(data_set.elements, [&](const DataElement& element) { return element.tag == table; });
}

// Unused bits become zero, or copies of the sign; bytes past the last frame go.
void TidyNative(DataElement& pixels, const PixelModule& module, PixelReport& report) {
  const bool is_422 = module.photometric == "YBR_FULL_422" || module.photometric == "YBR_PARTIAL_422";
  const int64_t bits = module.NumSamples() * module.bits_allocated * (is_422 ? 2 : 3) / 3 * module.frames;
  const auto size = static_cast<size_t>((bits + 7) / 8);
  if (pixels.value.size() > size) pixels.value.resize(size);
  if (module.is_float || module.bits_allocated == 1 || module.bits_stored == module.bits_allocated) return;
  const int width = module.BytesPerSample(), high = module.high_bit, low = high + 1 - module.bits_stored;
  const uint64_t mask = ((uint64_t{1} << module.bits_stored) - 1) << low;
  for (size_t i = 0; i + width <= pixels.value.size(); i += width) {
    const uint64_t before = ReadUint(pixels.value.data() + i, width);
    uint64_t after = before & mask;
    if (module.is_signed && (before >> high & 1)) after |= ~uint64_t{0} << (high + 1);
    if (width < 8) after &= (uint64_t{1} << (8 * width)) - 1;
    if (after == before) continue;
    WriteUint(pixels.value.data() + i, width, after);
    report.has_cleared_bits = true;
  }
}

}  // namespace

PixelReport CleanPixels(DicomObject& object, std::string_view bytes, DeidPixels policy, const std::string& where) {
  PixelReport report;
  DataElement* pixels = object.data_set.Find(kPixelData);
  if (pixels == nullptr) return report;
  report.risk = RiskOf(object.data_set);
  if (!report.risk.empty() && policy == DeidPixels::kRefuse)
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: text may be burned in ({}).", where, report.risk));
  const bool has_overlay = HasEmbeddedOverlay(object.data_set);
  const bool is_looked_at = !report.risk.empty() && policy == DeidPixels::kClean;
  const bool is_boxed = pixels->is_encapsulated && pixels->fragments.size() > 1 && pixels->fragments[1].size() > 8 &&
                        pixels->fragments[1].substr(4, 4) == "jP  ";  // boxes of JP2 hold XML and more
  // Bytes behind a run-length segment, or behind an encapsulated native frame, decode to nothing and may say anything.
  const bool has_slack = object.transfer_syntax == "1.2.840.10008.1.2.5" || object.transfer_syntax == "1.2.840.10008.1.2.1.98";
  const bool is_decoded = pixels->is_encapsulated && (has_overlay || is_boxed || has_slack);
  if (is_looked_at || is_decoded) {
    Frames frames = DecodeAll(bytes, where);
    std::vector<PixelBox> regions, text;
    if (is_looked_at) {
      regions = RegionsOf(object.data_set, frames.module);
      const int64_t step = std::max<int64_t>(1, frames.module.frames / kFramesLookedAt);
      for (int64_t frame = 0; frame < frames.module.frames && frames.module.bits_allocated > 1; frame += step) {
        const auto found = FindText(GrayOf(frames, frame), frames.module.columns, frames.module.rows);
        text.insert(text.end(), found.begin(), found.end());
      }
    }
    report.regions = static_cast<int>(regions.size());
    report.text_boxes = static_cast<int>(text.size());
    report.is_covered = !regions.empty() || !text.empty();
    if (report.is_covered) Cover(frames, regions, text);
    if (report.is_covered || has_overlay || is_decoded) {
      report.is_decompressed = pixels->is_encapsulated;
      StoreNative(object, std::move(frames));
      pixels = object.data_set.Find(kPixelData);
      report.has_cleared_bits = has_overlay;
    }
    if (report.is_covered) object.data_set.Set(0x00280301, "CS", "NO");
  }
  if (pixels->is_encapsulated) {
    ScrubFragments(*pixels, where);
    return report;
  }
  const DicomFile file = ParseDicom(bytes, where);
  if (!report.is_covered && !file.is_encapsulated) TidyNative(*pixels, ReadPixelModule(file, where), report);
  return report;
}

namespace {

// Walks a run of codestreams (ITU-T T.81 annex B, T.87, T.800 annex A) and overwrites what does not decode.
class Scrubber {
 public:
  explicit Scrubber(std::string& stream) : stream_(stream) {}

  // False when the bytes are of no stream that is known.
  bool Run() {
    if (!IsAt(0, 0xFF, 0xD8) && !IsAt(0, 0xFF, 0x4F)) return false;
    size_t at = 0;
    while (at < stream_.size()) {
      if (IsAt(at, 0xFF, 0xD8)) at = Jpeg(at + 2);
      else if (IsAt(at, 0xFF, 0x4F)) at = Jpeg2000(at + 2);
      else stream_[at++] = '\0';  // behind an end, before the next begin
    }
    return true;
  }

 private:
  size_t Byte(size_t at) const { return at < stream_.size() ? static_cast<uint8_t>(stream_[at]) : 0; }
  bool IsAt(size_t at, size_t first, size_t second) const { return Byte(at) == first && Byte(at + 1) == second; }

  void Clear(size_t from, size_t to) {
    from = std::min(from, stream_.size());
    to = std::min(to, stream_.size());
    if (from < to) std::fill(stream_.begin() + static_cast<int64_t>(from), stream_.begin() + static_cast<int64_t>(to), '\0');
  }

  // Past the marker segment whose two bytes end at `at`; its payload but for the first `kept` bytes is cleared.
  size_t Segment(size_t at, bool is_cleared, size_t kept) {
    const size_t length = std::max<size_t>(2, Byte(at) << 8 | Byte(at + 1));
    if (is_cleared) Clear(at + 2 + kept, at + length);
    return at + length;
  }

  // How much of an application segment says how to decode: JFIF, Adobe's and JPEG-LS' colour transforms.
  size_t KeptBytes(size_t at) const {
    const std::string_view payload = std::string_view(stream_).substr(std::min(at + 2, stream_.size()), 16);
    if (payload.starts_with(std::string_view("JFIF\0", 5)) || payload.starts_with("Adobe")) return 12;
    return payload.starts_with("mrfx") ? 5 : 0;
  }

  // From behind SOI to behind EOI. In entropy-coded data FF is followed by a stuffed byte below C0 or by RSTn.
  size_t Jpeg(size_t at) {
    while (at < stream_.size()) {
      if (Byte(at) != 0xFF) {
        ++at;
        continue;
      }
      const size_t marker = Byte(at + 1);
      if (marker == 0xFF) {
        ++at;
        continue;
      }
      at += 2;
      if (marker < 0xC0 || (marker >= 0xD0 && marker <= 0xD8)) continue;
      if (marker == 0xD9) return at;
      const bool is_application = marker >= 0xE0 && marker <= 0xEF;
      at = Segment(at, is_application || marker == 0xFE, is_application ? KeptBytes(at) : 0);
    }
    return at;
  }

  // From behind SOC to behind EOC: main header, then tile-parts whose lengths are given (Psot; 0 reaches to the end).
  size_t Jpeg2000(size_t at) {
    size_t part = 0, part_end = 0;
    while (at + 1 < stream_.size()) {
      const size_t marker = Byte(at) == 0xFF ? Byte(at + 1) : 0;
      if (marker == 0xD9) return at + 2;
      if (marker == 0x93) {  // data of the tile-part
        at = part_end > at ? part_end : stream_.size();
        continue;
      }
      if (marker < 0x4F) {  // no marker: nothing that a decoder would look at
        Clear(at, at + 1);
        ++at;
        continue;
      }
      if (marker == 0x90) {
        part = at;
        const size_t length = Byte(at + 6) << 24 | Byte(at + 7) << 16 | Byte(at + 8) << 8 | Byte(at + 9);
        part_end = length == 0 ? EndOfLastPart() : std::min(part + length, stream_.size());
      }
      at = Segment(at + 2, marker == 0x64, 2);
    }
    return stream_.size();
  }

  size_t EndOfLastPart() const {
    const size_t end = stream_.rfind("\xFF\xD9");
    return end == std::string::npos ? stream_.size() : end;
  }

  std::string& stream_;
};

}  // namespace

bool ScrubStream(std::string& stream) { return Scrubber(stream).Run(); }

void ScrubFragments(DataElement& pixels, const std::string& where) {
  // A frame may reach over several fragments: they are looked at as one.
  std::string all;
  for (size_t i = 1; i < pixels.fragments.size(); ++i) all += pixels.fragments[i];
  if (!all.empty() && !ScrubStream(all))
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: compressed pixels of a kind whose comments cannot be removed (video, JPEG XL, unknown).",
                            where));
  size_t at = 0;
  for (size_t i = 1; i < pixels.fragments.size(); ++i) {
    pixels.fragments[i] = all.substr(at, pixels.fragments[i].size());
    at += pixels.fragments[i].size();
  }
}

}  // namespace lingshu
