// Shards: curated samples as JSONL files of bounded size, with images as content-addressed blobs beside them.
//   <folder>/manifest.json            counts, hashes and the steps that made it; written last, so its presence means whole
//   <folder>/shard-00000.jsonl …      one Sample per line
//   <folder>/blobs/9f/9f86d0….jpg     encoded bytes under their SHA-256
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "data/sample.h"

namespace lingshu {

// Stores encoded bytes once; returns {"blob:<sha256>", sha256}. extension has no dot.
ImageRef PutBlob(const std::filesystem::path& folder, std::string_view bytes, const std::string& extension);
std::filesystem::path BlobPath(const std::filesystem::path& folder, const ImageRef& ref);

// Writes samples into shards of at most samples_per_shard rows, then the manifest (with `about` merged in). Atomic: an
// interrupted write leaves no manifest. Returns the SHA-256 over all shards.
std::string WriteShards(const std::filesystem::path& folder, const std::vector<Sample>& samples, const Json& about,
                        int64_t samples_per_shard = 10000);

// Throws Error(kNotFound | kCorrupt) when the manifest is absent or a shard does not have its hash.
std::vector<Sample> ReadShards(const std::filesystem::path& folder);
Json ReadManifest(const std::filesystem::path& folder);

}  // namespace lingshu
