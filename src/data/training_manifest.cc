#include "data/training_manifest.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/threads.h"
#include "data/source.h"

namespace lingshu {
namespace {

constexpr const char* kFormat = "lingshu-training-manifest";
constexpr int kVersion = 1;
constexpr size_t kHashDigits = 32;

// "" where the picture cannot be read.
std::string HashOf(const ImageRef& ref, const std::filesystem::path& folder) {
  try {
    return PixelHash(*LoadImage(ref, folder));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInterrupted || error.code() == ErrorCode::kInternal) throw;
    return "";
  }
}

}  // namespace

std::string PixelHash(const Image& image) {
  std::string bytes = fmt::format("{} {}\n", image.width, image.height);
  bytes.append(reinterpret_cast<const char*>(image.rgb.data()), image.rgb.size());
  return Sha256Hex(bytes).substr(0, kHashDigits);
}

int64_t TrainingManifest::num_samples() const {
  int64_t sum = 0;
  for (const auto& [source, count] : sources) sum += count;
  return sum;
}

void TrainingManifest::Merge(const TrainingManifest& other) {
  for (const auto& [source, count] : other.sources) sources[source] += count;
  images.insert(other.images.begin(), other.images.end());
}

void WriteTrainingManifest(const TrainingManifest& manifest, const std::filesystem::path& file) {
  std::string text = DumpJson({{"format", kFormat},
                               {"version", kVersion},
                               {"samples", manifest.num_samples()},
                               {"sources", manifest.sources},
                               {"images", manifest.images.size()}}) +
                     "\n";
  for (const std::string& image : manifest.images) text += fmt::format("{{\"image\": \"{}\"}}\n", image);
  WriteFileAtomic(file, text);
}

TrainingManifest ReadTrainingManifest(const std::filesystem::path& file) {
  TrainingManifest manifest;
  int64_t num_images = -1;
  ForEachLine(file, [&](std::string_view line, int64_t number) {
    const std::string where = fmt::format("{}:{}", file.string(), number);
    const Json json = ParseJson(line, where);
    if (num_images < 0) {
      if (StringOr(json, "format", "") != kFormat || IntAt(json, "version", where) != kVersion)
        throw Error(ErrorCode::kUnsupported, fmt::format("{}: expected format {} version {}.", where, kFormat, kVersion));
      num_images = IntAt(json, "images", where);
      const Json& sources = At(json, "sources", where);
      if (!sources.is_object())
        throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected an object \"sources\", found {}", where, sources.type_name()));
      for (const auto& [source, unused] : sources.items()) manifest.sources[source] = IntAt(sources, source, where);
      return;
    }
    const std::string image = StringAt(json, "image", where);
    if (image.size() != kHashDigits)
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected {} digits, found {}", where, kHashDigits, image.size()));
    manifest.images.insert(image);
  });
  if (num_images != static_cast<int64_t>(manifest.images.size()))
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected {} images, found {}", file.string(), num_images, manifest.images.size()));
  return manifest;
}

SeenImages MarkSeenImages(std::vector<Sample>& samples, const TrainingManifest& manifest, const std::filesystem::path& blob_folder) {
  std::map<std::string, std::string> hashes;  // by path
  for (const Sample& sample : samples)
    for (const ImageRef& ref : sample.images) hashes[ref.path];
  std::vector<std::pair<const std::string, std::string>*> entries;
  for (auto& entry : hashes) entries.push_back(&entry);
  ParallelFor(static_cast<int64_t>(entries.size()), [&](int64_t i) {
    auto& [path, hash] = *entries[static_cast<size_t>(i)];
    hash = HashOf({.path = path, .sha256 = ""}, blob_folder);
  });
  SeenImages seen{.num_images = static_cast<int64_t>(hashes.size())};
  for (const auto& [path, hash] : hashes) seen.num_seen += manifest.images.contains(hash), seen.num_unreadable += hash.empty();
  for (Sample& sample : samples) {
    bool is_seen = false, is_known = !sample.images.empty();
    for (const ImageRef& ref : sample.images) {
      const std::string& hash = hashes.at(ref.path);
      is_seen |= manifest.images.contains(hash);
      is_known &= !hash.empty();
    }
    if (is_seen || is_known) sample.meta[kSeenInTraining] = is_seen ? "yes" : "no";
  }
  return seen;
}

}  // namespace lingshu
