// JPEG (ITU-T T.81) through libjpeg-turbo: grey, YCbCr, RGB, CMYK and YCCK, baseline and progressive, Exif orientation.
// Pixels equal Pillow's: the same library at its defaults (accurate integer IDCT, fancy upsampling).
#include "image/jpeg.h"

#include <csetjmp>
#include <cstdio>

#include <fmt/format.h>
#include <jpeglib.h>
#include <jerror.h>

#include "base/error.h"
#include "base/registry.h"
#include "image/limits.h"
#include "image/orientation.h"

namespace lingshu {
namespace {

// A progressive file may hold any number of scans over the same pixels; real ones have about ten.
constexpr int kMaxScans = 200;

struct Failure : jpeg_error_mgr {
  std::jmp_buf jump;
  bool is_cut = false;
  char text[JMSG_LENGTH_MAX] = "";
};

// longjmp rather than throw: the library's C frames are not ours to unwind.
[[noreturn]] void OnError(j_common_ptr info) {
  auto* failure = static_cast<Failure*>(info->err);
  failure->format_message(info, failure->text);
  std::longjmp(failure->jump, 1);
}

// Warnings are kept quiet, as in Pillow; the one for an early end is noted.
void OnMessage(j_common_ptr info, int level) {
  if (level < 0 && info->err->msg_code == JWRN_JPEG_EOF) static_cast<Failure*>(info->err)->is_cut = true;
}

void OnProgress(j_common_ptr info) {
  const auto* decompress = reinterpret_cast<j_decompress_ptr>(info);
  if (decompress->input_scan_number > kMaxScans) {
    auto* failure = static_cast<Failure*>(info->err);
    std::snprintf(failure->text, sizeof failure->text, "more than %d scans", kMaxScans);
    std::longjmp(failure->jump, 1);
  }
}

class Decoder {
 public:
  Decoder(JpegColours colours, const std::string& where) : colours_(colours), where_(where) {
    info_.err = jpeg_std_error(&failure_);
    failure_.error_exit = &OnError;
    failure_.emit_message = &OnMessage;
    progress_.progress_monitor = &OnProgress;
  }
  ~Decoder() { jpeg_destroy_decompress(&info_); }
  Decoder(Decoder&&) = delete;

  Raster Decode(std::string_view bytes) {
    if (!ReadHeader(bytes)) Fail();
    CheckDimensions(info_.image_width, info_.image_height, where_);
    Raster raster{.width = static_cast<int>(info_.image_width), .height = static_cast<int>(info_.image_height)};
    ChooseColours(raster);
    for (const jpeg_marker_struct* marker = info_.marker_list; marker != nullptr; marker = marker->next) {
      const std::string_view data(reinterpret_cast<const char*>(marker->data), marker->data_length);
      if (raster.orientation == 1 && data.substr(0, 4) == "Exif") raster.orientation = ExifOrientation(data);
    }
    const size_t num_bytes = size_t{info_.image_width} * info_.image_height * raster.Channels();
    CheckExpansion(num_bytes, bytes.size(), where_);
    raster.samples.resize(num_bytes);
    if (!ReadRows(raster.samples.data(), raster.width * raster.Channels())) Fail();
    if (raster.colours == Colours::kCmyk)  // stored inverted, as Adobe does and Pillow takes for granted
      for (uint8_t& sample : raster.samples) sample = 255 - sample;
    return raster;
  }

 private:
  // No object with a destructor lives in the two functions that longjmp may leave.
  bool ReadHeader(std::string_view bytes) {
    if (setjmp(failure_.jump)) return false;
    jpeg_create_decompress(&info_);
    info_.progress = &progress_;
    jpeg_mem_src(&info_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_save_markers(&info_, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(&info_, TRUE);
    return true;
  }

  bool ReadRows(uint8_t* samples, size_t stride) {
    if (setjmp(failure_.jump)) return false;
    jpeg_start_decompress(&info_);
    while (info_.output_scanline < info_.output_height) {
      JSAMPROW row = samples + stride * info_.output_scanline;
      jpeg_read_scanlines(&info_, &row, 1);
    }
    return !failure_.is_cut;
  }

  void ChooseColours(Raster& raster) {
    if (info_.num_components == 1) {
      info_.out_color_space = JCS_GRAYSCALE;
      raster.colours = Colours::kGray;
    } else if (info_.num_components == 3) {
      if (colours_ == JpegColours::kAsStored && !info_.saw_Adobe_marker) info_.jpeg_color_space = JCS_RGB;
      info_.out_color_space = JCS_RGB;
      raster.colours = Colours::kRgb;
    } else if (info_.num_components == 4) {
      info_.out_color_space = JCS_CMYK;
      raster.colours = Colours::kCmyk;
    } else {
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("{}: JPEG with {} components; known are 1, 3 and 4.", where_, info_.num_components));
    }
  }

  [[noreturn]] void Fail() const {
    throw Error(ErrorCode::kCorrupt, failure_.is_cut || failure_.text[0] == 0
                                         ? fmt::format("{}: the JPEG data end before the picture does.", where_)
                                         : fmt::format("{}: not a readable JPEG: {}.", where_, failure_.text));
  }

  JpegColours colours_;
  const std::string& where_;
  jpeg_decompress_struct info_{};
  jpeg_progress_mgr progress_{};
  Failure failure_;
};

bool DetectJpeg(std::string_view prefix) { return prefix.starts_with("\xFF\xD8\xFF"); }

Raster DecodeJpeg(std::string_view bytes, const ImageOptions& options, const std::string& where) {
  RequireFirstFrame(options, where);
  return DecodeJpegRaster(bytes, JpegColours::kByMarkers, where);
}

const Register<ImageReader> kJpeg(RasterReader("jpeg", "JPEG, baseline and progressive, 8 bits (ITU-T T.81)",
                                               &DetectJpeg, &DecodeJpeg));

}  // namespace

Raster DecodeJpegRaster(std::string_view bytes, JpegColours colours, const std::string& where) {
  return Decoder(colours, where).Decode(bytes);
}

}  // namespace lingshu
