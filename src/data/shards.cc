// Shards and blobs on disk. The format's version stands in the manifest; another one is refused.
#include "data/shards.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/strings.h"

namespace lingshu {
namespace {

constexpr const char* kFormat = "lingshu-shards";
constexpr int64_t kVersion = 1;
constexpr std::string_view kBlobPrefix = "blob:";
// The kinds of blob; the reference has the hash alone, so that looking one up probes these few names.
constexpr std::array kExtensions = {"jpg", "png", "jpeg", "webp", "tif", "tiff", "bmp", "svs", "dcm", "nii", "nii.gz"};

fs::path BlobFile(const fs::path& folder, const std::string& sha256, const std::string& extension) {
  return folder / "blobs" / sha256.substr(0, 2) / (sha256 + "." + extension);
}

// The hash in "blob:<hash>", or "".
std::string Sha256OfBlob(const ImageRef& ref) {
  if (!ref.path.starts_with(kBlobPrefix)) return "";
  std::string sha256 = ref.path.substr(kBlobPrefix.size());
  return sha256.size() == 64 && sha256.find_first_not_of("0123456789abcdef") == std::string::npos ? sha256 : "";
}

fs::path FindBlob(const fs::path& folder, const std::string& sha256) {
  for (const char* extension : kExtensions)
    if (fs::path file = BlobFile(folder, sha256, extension); fs::exists(file)) return file;
  return {};
}

std::string ShardName(int64_t index) { return fmt::format("shard-{:05}.jsonl", index); }

// One flush for all files written below a folder, instead of two for each of millions of blobs.
void SyncAll(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) throw Error(ErrorCode::kIo, fmt::format("cannot open the folder {}.", folder.string()));
  const int result = ::syncfs(fd);
  ::close(fd);
  if (result != 0) throw Error(ErrorCode::kIo, fmt::format("cannot flush {} to the disk.", folder.string()));
}

// A shard that is not part of the set yet.
fs::path NextShard(const fs::path& folder, int64_t index) { return folder / (ShardName(index) + ".next"); }

// From here to the new manifest there is none, so that no reader sees half of each.
void ReplaceShards(const fs::path& folder, int64_t count) {
  fs::remove(folder / "manifest.json");
  for (int64_t i = 0; i < count; ++i) fs::rename(NextShard(folder, i), folder / ShardName(i));
  for (int64_t i = count; fs::remove(folder / ShardName(i)); ++i) {
  }
}

std::vector<std::pair<std::string, Json>> ShardEntries(const Json& manifest, const fs::path& folder) {
  const std::string where = (folder / "manifest.json").string();
  std::vector<std::pair<std::string, Json>> entries;
  for (const Json& entry : At(manifest, "shards", where)) {
    const std::string expected = ShardName(static_cast<int64_t>(entries.size()));
    if (const std::string name = StringAt(entry, "file", where); name != expected)
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected the shard {}, found {}.", where, expected, name));
    entries.emplace_back(expected, entry);
  }
  return entries;
}

}  // namespace

ImageRef PutBlob(const fs::path& folder, std::string_view bytes, const std::string& extension) {
  if (std::find(kExtensions.begin(), kExtensions.end(), extension) == kExtensions.end())
    throw Error(ErrorCode::kUnsupported, fmt::format("no blob has the extension \"{}\"; known are {}.", extension,
                                                     JoinStrings({kExtensions.begin(), kExtensions.end()}, ", ")));
  const std::string sha256 = Sha256Hex(bytes);
  const fs::path file = BlobFile(folder, sha256, extension);
  if (fs::exists(file)) return {std::string(kBlobPrefix) + sha256, sha256};
  MakeFolder(file.parent_path());
  // Named by process and count: two threads may store the same bytes, and the second rename changes nothing.
  static std::atomic<uint64_t> count{0};
  const fs::path temporary = file.parent_path() / fmt::format("tmp-{}-{}", ::getpid(), count++);
  std::ofstream out(temporary, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  std::error_code error;
  if (out) fs::rename(temporary, file, error);
  if (!out || error) {
    fs::remove(temporary, error);
    const bool is_full = fs::space(file.parent_path(), error).available < bytes.size() + (1 << 16);
    throw Error(is_full ? ErrorCode::kNoSpace : ErrorCode::kIo,
                fmt::format("cannot write {} ({} bytes): {}.\nHINT: {} and run the same command again.", file.string(), bytes.size(),
                            is_full ? "No space left on device" : "the folder refuses it",
                            is_full ? "free some space" : "make the folder writable"));
  }
  return {std::string(kBlobPrefix) + sha256, sha256};
}

fs::path BlobPath(const fs::path& folder, const ImageRef& ref) {
  const std::string sha256 = Sha256OfBlob(ref);
  if (sha256.empty())
    throw Error(ErrorCode::kCorrupt,
                fmt::format("expected \"blob:\" and 64 hexadecimal digits, found \"{}\".", ref.path));
  fs::path file = FindBlob(folder, sha256);
  if (file.empty())
    throw Error(ErrorCode::kNotFound, fmt::format("{}: no blob {}.\nHINT: the curated folder is not whole; curate again.",
                                                  (folder / "blobs").string(), sha256));
  return file;
}

bool HasBlob(const fs::path& folder, const ImageRef& ref) {
  const std::string sha256 = Sha256OfBlob(ref);
  return !sha256.empty() && !FindBlob(folder, sha256).empty();
}

struct ShardWriter::State {
  fs::path folder;
  int64_t samples_per_shard = 0;
  int64_t total = 0;
  std::string rows;  // of the shard that is being filled
  int64_t num_rows = 0;
  Json shards = Json::array();

  void WriteShard() {
    if (num_rows == 0) return;
    const std::string name = ShardName(static_cast<int64_t>(shards.size()));
    WriteFileAtomic(NextShard(folder, static_cast<int64_t>(shards.size())), rows);
    shards.push_back({{"file", name}, {"rows", num_rows}, {"bytes", rows.size()}, {"sha256", Sha256Hex(rows)}});
    total += num_rows;
    rows.clear();
    num_rows = 0;
  }
};

ShardWriter::ShardWriter(const fs::path& folder, int64_t samples_per_shard) : state_(std::make_unique<State>()) {
  CHECK(samples_per_shard > 0);
  state_->folder = folder;
  state_->samples_per_shard = samples_per_shard;
  MakeFolder(folder);
  for (int64_t i = 0; fs::remove(NextShard(folder, i)); ++i) {
  }
}

ShardWriter::~ShardWriter() = default;

void ShardWriter::Add(const Sample& sample) {
  state_->rows += DumpJson(SampleToJson(sample));
  state_->rows += '\n';
  if (++state_->num_rows == state_->samples_per_shard) state_->WriteShard();
}

std::string ShardWriter::Finish(const Json& about) {
  state_->WriteShard();
  std::string hashes;
  for (const Json& shard : state_->shards) hashes += shard["sha256"].get<std::string>() + "\n";
  const std::string sha256 = Sha256Hex(hashes);
  Json manifest = {{"format", kFormat},
                   {"version", kVersion},
                   {"samples", state_->total},
                   {"sha256", sha256},
                   {"shards", state_->shards}};
  if (about.is_object())
    for (const auto& [key, value] : about.items()) {
      CHECK(!manifest.contains(key)) << "the manifest's own key " << key;
      manifest[key] = value;
    }
  SyncAll(state_->folder);
  ReplaceShards(state_->folder, static_cast<int64_t>(state_->shards.size()));
  WriteFileAtomic(state_->folder / "manifest.json", manifest.dump(2) + "\n");
  return sha256;
}

std::string WriteShards(const fs::path& folder, const std::vector<Sample>& samples, const Json& about,
                        int64_t samples_per_shard) {
  ShardWriter writer(folder, samples_per_shard);
  for (const Sample& sample : samples) writer.Add(sample);
  return writer.Finish(about);
}

Json ReadManifest(const fs::path& folder) {
  const fs::path path = folder / "manifest.json";
  if (!fs::exists(path))
    throw Error(ErrorCode::kNotFound,
                fmt::format("{}: no manifest.\nHINT: its curation was not finished; run the same command again.",
                            path.string()));
  Json manifest = ParseJson(ReadFile(path, uint64_t{1} << 28), path.string());
  const std::string format = StringAt(manifest, "format", path.string());
  const int64_t version = IntAt(manifest, "version", path.string());
  if (format != kFormat || version != kVersion)
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: expected {} version {}, found {} version {}.", path.string(),
                                                     kFormat, kVersion, format, version));
  return manifest;
}

void ForEachSample(const fs::path& folder, const std::function<bool(Sample)>& each) {
  const Json manifest = ReadManifest(folder);
  for (const auto& [name, entry] : ShardEntries(manifest, folder)) {
    const std::string where = (folder / name).string();
    const std::string text = ReadFile(folder / name);
    const std::string expected = StringAt(entry, "sha256", (folder / "manifest.json").string());
    if (const std::string found = Sha256Hex(text); found != expected)
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: its SHA-256 is {}, the manifest says {}.\nHINT: curate again.",
                                                   where, found, expected));
    int64_t number = 0;
    for (std::string_view rest = text; !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      const std::string row = fmt::format("{}:{}", where, ++number);
      if (!each(SampleFromJson(ParseJson(line, row), row))) return;
    }
  }
}

std::vector<Sample> ReadShards(const fs::path& folder) {
  std::vector<Sample> samples;
  ForEachSample(folder, [&](Sample sample) {
    samples.push_back(std::move(sample));
    return true;
  });
  return samples;
}

}  // namespace lingshu
