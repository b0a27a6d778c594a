// Shards: curated samples as JSONL files of bounded size, with images as content-addressed blobs beside them.
//   <folder>/manifest.json            counts, hashes and the steps that made it; written last, so its presence means
//   whole <folder>/shard-00000.jsonl …      one Sample per line <folder>/blobs/9f/9f86d0….jpg     encoded bytes under
//   their SHA-256
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/sample.h"

namespace lingshu {

// Stores encoded bytes once; returns {"blob:<sha256>", sha256}. extension has no dot. Any thread may call it.
// Throws Error(kUnsupported) for an extension that no blob has.
ImageRef PutBlob(const std::filesystem::path& folder, std::string_view bytes, const std::string& extension);
// Throws Error(kNotFound | kCorrupt) when the reference is not a blob's or the blob is absent.
std::filesystem::path BlobPath(const std::filesystem::path& folder, const ImageRef& ref);
// False where BlobPath would throw.
bool HasBlob(const std::filesystem::path& folder, const ImageRef& ref);

// Writes rows as they come, in bounded memory, beside an earlier set, which stays whole until Finish puts the new one in its
// place: what fails or is interrupted before that changes nothing. Protocol: ShardWriter(folder) Add* Finish
class ShardWriter {
 public:
  explicit ShardWriter(const std::filesystem::path& folder, int64_t samples_per_shard = 10000);
  ~ShardWriter();
  void Add(const Sample& sample);
  // Writes the manifest with `about` merged in; returns the SHA-256 over all shards.
  std::string Finish(const Json& about);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// ShardWriter over a list.
std::string WriteShards(const std::filesystem::path& folder, const std::vector<Sample>& samples, const Json& about,
                        int64_t samples_per_shard = 10000);

// Streams the rows in order; `each` returns false to stop. Throws Error(kNotFound | kCorrupt) when the manifest is
// absent or a shard does not have its hash; the hash of a shard is checked before its first row is passed on.
void ForEachSample(const std::filesystem::path& folder, const std::function<bool(Sample)>& each);
std::vector<Sample> ReadShards(const std::filesystem::path& folder);
Json ReadManifest(const std::filesystem::path& folder);

}  // namespace lingshu
