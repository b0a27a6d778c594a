// Picks the reader by content.
#include "image/reader.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/registry.h"
#include "image/limits.h"

namespace lingshu {

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

Image DecodeImage(std::string_view bytes, const std::string& where, const ImageOptions& options) {
  return ReaderOf(bytes, where).open(bytes, options, where);
}

Image ReadImage(const fs::path& path, const ImageOptions& options) {
  return DecodeImage(ReadFile(path, kMaxFileBytes), path.string(), options);
}

}  // namespace lingshu
