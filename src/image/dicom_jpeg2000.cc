// JPEG 2000 and HTJ2K frames of DICOM (ISO/IEC 15444-1 and -15) through OpenJPEG.
#include <algorithm>
#include <cstring>
#include <memory>

#include <fmt/format.h>
#include <openjpeg.h>

#include "base/error.h"
#include "base/registry.h"
#include "image/byte_order.h"
#include "image/dicom_frame.h"

namespace lingshu {
namespace {

struct Source {
  std::string_view bytes;
  size_t position = 0;
};

OPJ_SIZE_T ReadBytes(void* out, OPJ_SIZE_T n, void* user) {
  auto* source = static_cast<Source*>(user);
  n = std::min(n, source->bytes.size() - source->position);
  if (n == 0) return static_cast<OPJ_SIZE_T>(-1);
  std::memcpy(out, source->bytes.data() + source->position, n);
  source->position += n;
  return n;
}

OPJ_OFF_T SkipBytes(OPJ_OFF_T n, void* user) {
  auto* source = static_cast<Source*>(user);
  if (n < 0) return -1;
  const size_t step = std::min<size_t>(n, source->bytes.size() - source->position);
  source->position += step;
  return static_cast<OPJ_OFF_T>(step);
}

OPJ_BOOL SeekBytes(OPJ_OFF_T position, void* user) {
  auto* source = static_cast<Source*>(user);
  if (position < 0 || static_cast<size_t>(position) > source->bytes.size()) return OPJ_FALSE;
  source->position = static_cast<size_t>(position);
  return OPJ_TRUE;
}

void Quiet(const char*, void*) {}

using Stream = std::unique_ptr<opj_stream_t, void (*)(opj_stream_t*)>;
using Codec = std::unique_ptr<opj_codec_t, void (*)(opj_codec_t*)>;
using Picture = std::unique_ptr<opj_image_t, void (*)(opj_image_t*)>;

Stream OpenStream(Source& source) {
  Stream stream(opj_stream_create(1 << 16, OPJ_TRUE), &opj_stream_destroy);
  opj_stream_set_user_data(stream.get(), &source, nullptr);
  opj_stream_set_user_data_length(stream.get(), source.bytes.size());
  opj_stream_set_read_function(stream.get(), &ReadBytes);
  opj_stream_set_skip_function(stream.get(), &SkipBytes);
  opj_stream_set_seek_function(stream.get(), &SeekBytes);
  return stream;
}

void CheckPicture(const opj_image_t& picture, const PixelModule& module, const std::string& where) {
  RequireStreamSize(static_cast<int>(picture.y1 - picture.y0), static_cast<int>(picture.x1 - picture.x0),
                    static_cast<int>(picture.numcomps), module, where);
  for (OPJ_UINT32 c = 0; c < picture.numcomps; ++c) {
    const opj_image_comp_t& component = picture.comps[c];
    if (component.dx != 1 || component.dy != 1)
      throw Error(ErrorCode::kUnsupported, fmt::format("{}: JPEG 2000 with subsampled components.", where));
    if (component.prec < 1 || static_cast<int>(component.prec) > std::min(8 * module.BytesPerSample(), 31))
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: JPEG 2000 of {} bits in {} allocated.", where, component.prec,
                                                   module.bits_allocated));
  }
}

// Writes a component as two's complement of the allocated width. The data set, not the stream, says whether values are
// signed: some senders mark only one of the two.
void StoreComponent(const opj_image_comp_t& component, const PixelModule& module, int index, StoredFrame& out) {
  const int width = module.BytesPerSample(), unused = 32 - static_cast<int>(component.prec);
  const int64_t pixels = int64_t{module.rows} * module.columns;
  uint8_t* to = out.samples.data() + index * width;
  for (int64_t i = 0; i < pixels; ++i, to += width * module.samples_per_pixel) {
    const uint32_t shifted = static_cast<uint32_t>(component.data[i]) << unused;
    const uint32_t value =
        module.is_signed ? static_cast<uint32_t>(static_cast<int32_t>(shifted) >> unused) : shifted >> unused;
    WriteUint(to, width, value);
  }
}

bool Accepts(std::string_view syntax, std::string_view) {
  static constexpr std::string_view kKnown[] = {"1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91",
                                                "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202",
                                                "1.2.840.10008.1.2.4.203"};
  return std::find(std::begin(kKnown), std::end(kKnown), syntax) != std::end(kKnown);
}

void Decode(std::string_view stream, const PixelModule& module, std::string_view, StoredFrame& out,
            const std::string& where) {
  Source source{stream};
  const Stream input = OpenStream(source);
  const bool is_boxed =
      stream.size() > 8 && stream.substr(4, 4) == "jP  ";  // a JP2 file; not allowed in DICOM, but written by some
  const Codec codec(opj_create_decompress(is_boxed ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K), &opj_destroy_codec);
  opj_set_error_handler(codec.get(), &Quiet, nullptr);
  opj_set_warning_handler(codec.get(), &Quiet, nullptr);
  opj_set_info_handler(codec.get(), &Quiet, nullptr);
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  opj_image_t* raw = nullptr;
  const bool has_header =
      opj_setup_decoder(codec.get(), &parameters) && opj_read_header(input.get(), codec.get(), &raw);
  const Picture picture(raw, &opj_image_destroy);
  if (!has_header || picture == nullptr)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: a DICOM frame that is no JPEG 2000 stream.", where));
  CheckPicture(*picture, module, where);
  if (!opj_decode(codec.get(), input.get(), picture.get()) || !opj_end_decompress(codec.get(), input.get()))
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{}: the JPEG 2000 stream of a DICOM frame is damaged or cut.", where));
  for (int c = 0; c < module.samples_per_pixel; ++c) {
    const opj_image_comp_t& component = picture->comps[c];
    if (component.data == nullptr || static_cast<int>(component.w) != module.columns ||
        static_cast<int>(component.h) != module.rows)
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: a JPEG 2000 component without data.", where));
    StoreComponent(component, module, c, out);
    out.precision = static_cast<int>(component.prec);
    out.is_sign_extended = true;
  }
  // The inverse colour transform is the decoder's own; YBR_FULL means that the stream has none.
  if (module.photometric == "YBR_ICT" || module.photometric == "YBR_RCT") out.photometric = "RGB";
}

const Register<FrameCodec> kJpeg2000(
    {.name = "jpeg2000", .help = "JPEG 2000 and HTJ2K", .accepts = &Accepts, .decode = &Decode});

}  // namespace
}  // namespace lingshu
