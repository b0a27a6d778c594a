// JPEG-LS frames of DICOM (ITU-T T.87), lossless and near-lossless, through CharLS.
#include <charls/charls.h>

#include <memory>

#include <fmt/format.h>

#include "base/error.h"
#include "base/registry.h"
#include "image/byte_order.h"
#include "image/dicom_frame.h"

namespace lingshu {
namespace {

using Decoder = std::unique_ptr<charls_jpegls_decoder, void (*)(const charls_jpegls_decoder*)>;

// CharLS' functions in C: they return codes where those in C++ throw.
void Check(charls_jpegls_errc code, const std::string& where) {
  if (code != charls::jpegls_errc::success)
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{}: JPEG-LS frame of DICOM: {}", where, charls_get_error_message(code)));
}

bool Accepts(std::string_view syntax, std::string_view) {
  return syntax == "1.2.840.10008.1.2.4.80" || syntax == "1.2.840.10008.1.2.4.81";
}

// From the decoder's order and width to interleaved samples of the allocated width.
void Store(const std::vector<uint8_t>& decoded, int from_width, bool is_planar, const PixelModule& module,
           StoredFrame& out) {
  const int width = module.BytesPerSample(), channels = module.samples_per_pixel;
  const int64_t pixels = int64_t{module.rows} * module.columns;
  for (int64_t pixel = 0; pixel < pixels; ++pixel)
    for (int c = 0; c < channels; ++c) {
      const int64_t from = is_planar ? c * pixels + pixel : pixel * channels + c;
      WriteUint(out.samples.data() + (pixel * channels + c) * width, width,
                ReadUint(decoded.data() + from * from_width, from_width));
    }
}

// JPEG-LS knows no sign: a negative value is stored as its low bits.
void ExtendSigns(const PixelModule& module, int precision, StoredFrame& out) {
  const int width = module.BytesPerSample(), unused = 64 - precision;
  if (!module.is_signed || precision == 8 * width) return;
  for (size_t i = 0; i < out.samples.size(); i += width) {
    const uint64_t bits = ReadUint(out.samples.data() + i, width) << unused;
    WriteUint(out.samples.data() + i, width, static_cast<uint64_t>(static_cast<int64_t>(bits) >> unused));
  }
}

// CharLS 2.4 looks for bits beyond the end of a stream that was cut, for ten seconds; before an end marker it gives up at
// once.
std::string WithEnd(std::string_view stream) {
  const bool has_end = stream.substr(stream.size() < 10 ? 0 : stream.size() - 10).find("\xFF\xD9") != std::string_view::npos;
  return std::string(stream) + (has_end ? "" : "\xFF\xD9");
}

void Decode(std::string_view cut_or_whole, const PixelModule& module, std::string_view, StoredFrame& out,
            const std::string& where) {
  const std::string stream = WithEnd(cut_or_whole);
  const Decoder decoder(charls_jpegls_decoder_create(), &charls_jpegls_decoder_destroy);
  CHECK(decoder != nullptr) << "CharLS could not start";
  Check(charls_jpegls_decoder_set_source_buffer(decoder.get(), stream.data(), stream.size()), where);
  Check(charls_jpegls_decoder_read_header(decoder.get()), where);
  charls_frame_info frame{};
  Check(charls_jpegls_decoder_get_frame_info(decoder.get(), &frame), where);
  RequireStreamSize(static_cast<int>(frame.height), static_cast<int>(frame.width), frame.component_count, module, where);
  if (frame.bits_per_sample > 8 * module.BytesPerSample())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: JPEG-LS of {} bits in {} allocated.", where, frame.bits_per_sample,
                                                 module.bits_allocated));
  charls_interleave_mode interleave{};
  Check(charls_jpegls_decoder_get_interleave_mode(decoder.get(), &interleave), where);
  size_t num_bytes = 0;
  Check(charls_jpegls_decoder_get_destination_size(decoder.get(), 0, &num_bytes), where);
  const int width = frame.bits_per_sample <= 8 ? 1 : 2;
  const bool is_planar = interleave == charls::interleave_mode::none && module.samples_per_pixel > 1;
  CHECK(static_cast<int64_t>(num_bytes) == module.NumSamples() * width) << "JPEG-LS of " << num_bytes << " bytes";
  if (width == module.BytesPerSample() && !is_planar) {
    Check(charls_jpegls_decoder_decode_to_buffer(decoder.get(), out.samples.data(), num_bytes, 0), where);
  } else {
    std::vector<uint8_t> decoded(num_bytes);
    Check(charls_jpegls_decoder_decode_to_buffer(decoder.get(), decoded.data(), num_bytes, 0), where);
    Store(decoded, width, is_planar, module, out);
  }
  ExtendSigns(module, frame.bits_per_sample, out);
  out.precision = frame.bits_per_sample;
  // Where the stream has more bits than the data set stores, the sign is at the latter's.
  out.is_sign_extended = frame.bits_per_sample <= module.bits_stored;
}

const Register<FrameCodec> kJpegLs({.name = "jpegls", .help = "JPEG-LS", .accepts = &Accepts, .decode = &Decode});

}  // namespace
}  // namespace lingshu
