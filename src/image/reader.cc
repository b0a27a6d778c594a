// Picks the reader by content.
#include "image/reader.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/registry.h"
#include "image/decoder.h"
#include "image/detached.h"
#include "image/image_wire.h"
#include "image/limits.h"
#include "image/slide.h"

namespace lingshu {
namespace {

Image OpenHere(std::string_view bytes, const ImageOptions& options, const std::string& where) {
  return ReaderOf(bytes, where).open(bytes, options, where);
}

const Decoder kOpen("open", kPictureLimits, &OpenHere);

}  // namespace

const ImageReader& ReaderOf(std::string_view bytes, const std::string& where) {
  if (bytes.empty()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: the file is empty.", where));
  const std::string_view prefix = bytes.substr(0, 4096);
  std::vector<std::string> names;
  for (const ImageReader& reader : Registry<ImageReader>::Get().All()) {
    if (reader.detect(prefix)) return reader;
    names.push_back(reader.name);
  }
  throw Error(ErrorCode::kUnsupported,
              fmt::format("{}: the bytes are of no picture format that this build reads.\nKnown: {}.", where,
                          JoinStrings(names, ", ")));
}

int64_t NumFrames(const ImageReader& reader, std::string_view bytes, const std::string& where) {
  return reader.num_frames ? reader.num_frames(bytes, where) : reader.inspect(bytes, where).frames;
}

Image DecodeImage(std::string_view bytes, const std::string& where, const ImageOptions& options) {
  return kOpen(bytes, options, where);
}

Image ReadImage(const fs::path& path, const ImageOptions& options) {
  if (const std::optional<Slide> slide = OpenIfSlide(path)) return slide->Thumbnail(kSlideOverviewSide);
  if (const auto joined = JoinDetached(path)) return DecodeImage(*joined, path.string(), options);
  return kOpen.OfFile(path, options, path.string());
}

}  // namespace lingshu
