// PNG (ISO/IEC 15948) through libpng: all colour types, 1 to 16 bits, tRNS, interlaced, eXIf orientation. Ancillary
// chunks other than tRNS and eXIf are skipped unread, so that text and profile bombs cost nothing.
#include "image/png.h"

#include <csetjmp>
#include <cstdio>
#include <cstring>

#include <fmt/format.h>
#include <png.h>

#include "base/error.h"
#include "base/registry.h"
#include "image/limits.h"
#include "image/orientation.h"
#include "image/raster.h"

namespace lingshu {
namespace {

struct Source {
  std::string_view bytes;
  std::string error;  // set by OnError before it jumps
};

void OnError(png_structp png, const char* message) {
  static_cast<Source*>(png_get_error_ptr(png))->error = message;
  std::longjmp(png_jmpbuf(png), 1);
}
void OnWarning(png_structp, const char*) {}

void ReadBytes(png_structp png, png_bytep out, size_t n) {
  auto* source = static_cast<Source*>(png_get_io_ptr(png));
  if (n > source->bytes.size()) png_error(png, "the data end before the picture does");
  std::memcpy(out, source->bytes.data(), n);
  source->bytes.remove_prefix(n);
}

void WriteBytes(png_structp png, png_bytep bytes, size_t n) {
  static_cast<std::string*>(png_get_io_ptr(png))->append(reinterpret_cast<const char*>(bytes), n);
}

class PngDecoder {
 public:
  PngDecoder(std::string_view bytes, const std::string& where) : where_(where), source_{bytes, ""} {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source_, &OnError, &OnWarning);
    info_ = png_ != nullptr ? png_create_info_struct(png_) : nullptr;
    CHECK(info_ != nullptr) << "libpng could not start";
  }
  ~PngDecoder() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngDecoder(PngDecoder&&) = delete;

  Raster Decode() {
    if (!ReadHeader()) Fail();
    Raster raster;
    const int64_t width = png_get_image_width(png_, info_), height = png_get_image_height(png_, info_);
    CheckDimensions(width, height, where_);
    raster.width = static_cast<int>(width);
    raster.height = static_cast<int>(height);
    raster.bits_stored = png_get_bit_depth(png_, info_);
    ChooseColours(raster);
    const size_t stride = size_t(width) * raster.Channels() * raster.BytesPerSample();
    CheckExpansion(stride * raster.height, source_.bytes.size(), where_);
    raster.samples.resize(stride * raster.height);
    std::vector<png_bytep> rows(raster.height);
    for (int y = 0; y < raster.height; ++y) rows[y] = raster.samples.data() + stride * y;
    if (!ReadRows(rows.data(), stride)) Fail();
    ReadTail();  // eXIf may follow the pixels; without a proper end the picture is whole all the same
    ReadExif(raster);
    return raster;
  }

 private:
  // No object with a destructor lives in the three functions that longjmp may leave.
  bool ReadHeader() {
    if (setjmp(png_jmpbuf(png_))) return false;
    png_set_read_fn(png_, &source_, &ReadBytes);
    // -1: all ancillary chunks but tRNS.
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_AS_DEFAULT, reinterpret_cast<png_const_bytep>("eXIf"), 1);
    // Limits are ours (CheckDimensions); libpng's own default would refuse long strips first.
    png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_read_info(png_, info_);
    return true;
  }

  bool ReadRows(png_bytepp rows, size_t stride) {
    if (setjmp(png_jmpbuf(png_))) return false;
    png_set_packing(png_);
    png_set_swap(png_);  // 16-bit samples little-endian
    png_set_interlace_handling(png_);
    if (should_expand_) png_set_tRNS_to_alpha(png_);
    png_read_update_info(png_, info_);
    if (png_get_rowbytes(png_, info_) != stride) png_error(png_, "unexpected row size");
    png_read_image(png_, rows);
    return true;
  }

  void ReadTail() {
    if (setjmp(png_jmpbuf(png_))) return;
    png_read_end(png_, info_);
  }

  void ChooseColours(Raster& raster) {
    const bool has_trns = png_get_valid(png_, info_, PNG_INFO_tRNS) != 0;
    switch (png_get_color_type(png_, info_)) {
      case PNG_COLOR_TYPE_GRAY:
        raster.colours = has_trns ? Colours::kGrayAlpha : Colours::kGray;
        break;
      case PNG_COLOR_TYPE_GRAY_ALPHA:
        raster.colours = Colours::kGrayAlpha;
        break;
      case PNG_COLOR_TYPE_RGB:
        raster.colours = has_trns ? Colours::kRgba : Colours::kRgb;
        break;
      case PNG_COLOR_TYPE_RGB_ALPHA:
        raster.colours = Colours::kRgba;
        break;
      default:
        raster.colours = Colours::kPalette;
        ReadPalette(raster);
        return;
    }
    should_expand_ = has_trns;
    // libpng's tRNS expansion of grey widens 1, 2 and 4 bits to 8.
    if (has_trns && raster.bits_stored < 8) raster.bits_stored = 8;
  }

  void ReadPalette(Raster& raster) {
    png_colorp colours = nullptr;
    png_bytep alpha = nullptr;
    int num_colours = 0, num_alpha = 0;
    png_get_PLTE(png_, info_, &colours, &num_colours);
    png_get_tRNS(png_, info_, &alpha, &num_alpha, nullptr);
    for (int i = 0; i < num_colours; ++i)
      raster.palette.insert(raster.palette.end(), {colours[i].red, colours[i].green, colours[i].blue,
                                                   alpha != nullptr && i < num_alpha ? alpha[i] : uint8_t{255}});
  }

  void ReadExif(Raster& raster) {
    png_bytep exif = nullptr;
    png_uint_32 length = 0;
    if (png_get_eXIf_1(png_, info_, &length, &exif) != 0)
      raster.orientation = ExifOrientation({reinterpret_cast<const char*>(exif), length});
  }

  [[noreturn]] void Fail() const {
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: not a readable PNG: {}.", where_, source_.error));
  }

  const std::string& where_;
  Source source_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  bool should_expand_ = false;
};

bool DetectPng(std::string_view prefix) { return prefix.starts_with("\x89PNG\r\n\x1A\n"); }

Raster DecodePng(std::string_view bytes, const ImageOptions& options, const std::string& where) {
  RequireFirstFrame(options, where);
  return PngDecoder(bytes, where).Decode();
}

bool WritePng(png_structp png, png_infop info, const Image& image, std::string* out) {
  if (setjmp(png_jmpbuf(png))) return false;
  png_set_write_fn(png, out, &WriteBytes, nullptr);
  png_set_IHDR(png, info, image.width, image.height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_compression_level(png, 6);
  png_set_filter(png, 0, PNG_FILTER_PAETH);  // one filter for all rows: a third of the time of trying all five
  png_write_info(png, info);
  for (int y = 0; y < image.height; ++y) png_write_row(png, image.Pixel(0, y));
  png_write_end(png, nullptr);
  return true;
}

const Register<ImageReader> kPng(RasterReader("png", "PNG, 1 to 16 bits, palette, alpha (ISO/IEC 15948)", &DetectPng,
                                              &DecodePng));

}  // namespace

std::string EncodePng(const Image& image) {
  CheckDimensions(image.width, image.height, "PNG writer");
  CHECK(image.rgb.size() == size_t(image.width) * image.height * 3)
      << "pixels do not match " << image.width << "x" << image.height;
  Source failure;
  std::string out;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &failure, &OnError, &OnWarning);
  png_infop info = png != nullptr ? png_create_info_struct(png) : nullptr;
  CHECK(info != nullptr) << "libpng could not start";
  const bool is_written = WritePng(png, info, image, &out);
  png_destroy_write_struct(&png, &info);
  if (!is_written) throw Error(ErrorCode::kInternal, fmt::format("PNG writer: {}.", failure.error));
  return out;
}

}  // namespace lingshu
