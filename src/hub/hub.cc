#include "hub/hub.h"

#include <fnmatch.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <exception>
#include <fstream>
#include <memory>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/environment.h"
#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/progress.h"
#include "base/threads.h"
#include "hub/http.h"

namespace lingshu {
namespace {

constexpr const char* kRecord = ".lingshu-fetch.json";
constexpr int kMaxPages = 10000;

// Path segments of a URL: everything but the unreserved characters of RFC 3986, and '/', is escaped.
std::string Escaped(std::string_view path) {
  std::string escaped;
  for (const char c : path) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~' || c == '/';
    escaped += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<uint8_t>(c));
  }
  return escaped;
}

void CheckRepo(const std::string& repo) {
  const bool has_form = std::count(repo.begin(), repo.end(), '/') <= 1 && !repo.empty() && repo.front() != '/' && repo.back() != '/' &&
                        repo.find("..") == std::string::npos &&
                        std::all_of(repo.begin(), repo.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '/' || c == '-' || c == '_' || c == '.'; });
  if (!has_form) throw Error(ErrorCode::kUsage, fmt::format("expected a repository such as org/name, found \"{}\".", repo));
}

// A listing is hostile: a path must stay below the folder.
void CheckPath(const std::string& path, const std::string& where) {
  const fs::path parsed(path);
  if (path.empty() || parsed.is_absolute() || path.find('\\') != std::string::npos || path.find('\0') != std::string::npos ||
      std::find(parsed.begin(), parsed.end(), "..") != parsed.end())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: a file is called \"{}\".", where, path));
}

bool IsHex(const std::string& text, size_t length) {
  return text.size() == length && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

HttpOptions HttpOptionsOf(const HubConfig& config) {
  HttpOptions options{.max_retries = config.max_retries, .stall_s = config.stall_s, .backoff_s = config.backoff_s};
  if (!config.token_env.empty()) options.token = EnvironmentVariable(config.token_env).value_or("");
  return options;
}

std::string ApiUrl(const HubConfig& config, HubKind kind, const std::string& repo, const std::string& rest) {
  return fmt::format("{}/api/{}/{}/{}", config.endpoint, kind == HubKind::kModel ? "models" : "datasets", repo, rest);
}
std::string FileUrl(const HubConfig& config, HubKind kind, const std::string& repo, const std::string& commit, const std::string& path) {
  return fmt::format("{}/{}{}/resolve/{}/{}", config.endpoint, kind == HubKind::kModel ? "" : "datasets/", repo, commit, Escaped(path));
}

// <url>; rel="next"
std::string NextPage(const std::map<std::string, std::string>& headers) {
  const auto it = headers.find("link");
  if (it == headers.end() || it->second.find("rel=\"next\"") == std::string::npos) return "";
  const size_t begin = it->second.find('<'), end = it->second.find('>');
  return begin == std::string::npos || end == std::string::npos || end < begin ? "" : it->second.substr(begin + 1, end - begin - 1);
}

HubFile FileOf(const Json& entry, const std::string& where) {
  HubFile file{.path = StringAt(entry, "path", where), .size = static_cast<uint64_t>(std::max<int64_t>(0, IntAt(entry, "size", where))), .oid = StringOr(entry, "oid", "")};
  CheckPath(file.path, where);
  if (const auto lfs = entry.find("lfs"); lfs != entry.end() && lfs->is_object()) {
    file.sha256 = StringAt(*lfs, "oid", where);
    file.size = static_cast<uint64_t>(IntAt(*lfs, "size", where));
  }
  if (!IsHex(file.sha256, 64) && !IsHex(file.oid, 40)) throw Error(ErrorCode::kCorrupt, fmt::format("{}: no hash for {}.", where, file.path));
  return file;
}

// git's name of a blob: SHA-1 of "blob <size>\0" and the bytes.
std::string GitOid(const fs::path& path, uint64_t size) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_DigestInit_ex(context.get(), EVP_sha1(), nullptr);
  const std::string head = fmt::format("blob {}", size);
  EVP_DigestUpdate(context.get(), head.c_str(), head.size() + 1);
  std::ifstream stream(path, std::ios::binary);
  std::vector<char> chunk(1 << 20);
  while (stream.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || stream.gcount() > 0)
    EVP_DigestUpdate(context.get(), chunk.data(), static_cast<size_t>(stream.gcount()));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_DigestFinal_ex(context.get(), digest, &length);
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

const std::string& HashOf(const HubFile& file) { return file.sha256.empty() ? file.oid : file.sha256; }
std::string HashOnDisk(const HubFile& file, const fs::path& path) { return file.sha256.empty() ? GitOid(path, file.size) : Sha256HexOfFile(path); }

// What an earlier fetch found whole, so that gigabytes are not hashed again: path -> {hash, size, time of change}.
class Record {
 public:
  explicit Record(const fs::path& folder) : folder_(folder) {
    if (IsFile(folder / kRecord)) json_ = ParseJson(ReadFile(folder / kRecord, uint64_t{1} << 30), (folder / kRecord).string());
    if (!json_.contains("files") || !json_["files"].is_object()) json_["files"] = Json::object();
  }
  bool IsWhole(const HubFile& file) {
    const fs::path path = folder_ / file.path;
    std::error_code error;
    if (!IsFile(path) || fs::file_size(path, error) != file.size) return false;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      const auto it = json_["files"].find(file.path);
      if (it != json_["files"].end() && StringOr(*it, "hash", "") == HashOf(file) && StringOr(*it, "changed", "") == Changed(path)) return true;
    }
    if (HashOnDisk(file, path) != HashOf(file)) return false;
    Add(file);
    return true;
  }
  void Add(const HubFile& file) {
    const std::lock_guard<std::mutex> lock(mutex_);
    json_["files"][file.path] = {{"hash", HashOf(file)}, {"size", file.size}, {"changed", Changed(folder_ / file.path)}};
  }
  void Write(const std::string& repo, const std::string& commit) {
    const std::lock_guard<std::mutex> lock(mutex_);
    json_["repo"] = repo;
    json_["commit"] = commit;
    WriteFileAtomic(folder_ / kRecord, json_.dump(1));
  }

 private:
  static std::string Changed(const fs::path& path) {
    std::error_code error;
    return fmt::format("{}", fs::last_write_time(path, error).time_since_epoch().count());
  }
  fs::path folder_;
  std::mutex mutex_;
  Json json_ = Json::object();
};

// Fetches one file until its hash is right.
void FetchFile(const Http& http, const HubConfig& config, const std::string& url, const HubFile& file, const fs::path& folder,
               const std::function<void(int64_t)>& on_bytes) {
  const fs::path path = folder / file.path, part = folder / fmt::format("{}.{}.part", file.path, HashOf(file).substr(0, 12));
  MakeFolder(path.parent_path());
  std::string found;
  for (int64_t attempt = 0; attempt <= config.max_retries; ++attempt) {
    http.Download(url, part, file.size, on_bytes);
    found = HashOnDisk(file, part);
    if (found == HashOf(file)) {
      fs::rename(part, path);
      return;
    }
    on_bytes(-static_cast<int64_t>(file.size));
    fs::remove(part);
  }
  throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected the hash {}, found {} in {} tries; nothing was kept.", url, HashOf(file), found, config.max_retries + 1));
}

bool IsWanted(const HubFile& file, const std::vector<std::string>& patterns) {
  return patterns.empty() || std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) { return ::fnmatch(pattern.c_str(), file.path.c_str(), 0) == 0; });
}

}  // namespace

HubListing ListHub(const HubConfig& config, HubKind kind, const std::string& repo) {
  CheckRepo(repo);
  const Http http(HttpOptionsOf(config));
  const std::string head = ApiUrl(config, kind, repo, "revision/" + Escaped(config.revision));
  HubListing listing{.commit = StringAt(ParseJson(http.Get(head).body, head), "sha", head)};
  if (!IsHex(listing.commit, 40)) throw Error(ErrorCode::kCorrupt, fmt::format("{}: \"{}\" is no commit.", head, listing.commit));
  std::string url = ApiUrl(config, kind, repo, fmt::format("tree/{}?recursive=true", listing.commit));
  for (int page = 0; !url.empty(); ++page) {
    if (page == kMaxPages) throw Error(ErrorCode::kTooLarge, fmt::format("{}: more than {} pages of files.", repo, kMaxPages));
    const Http::Reply reply = http.Get(url);
    for (const Json& entry : ParseJson(reply.body, url))
      if (StringAt(entry, "type", url) == "file") listing.files.push_back(FileOf(entry, url));
    url = NextPage(reply.headers);
  }
  std::sort(listing.files.begin(), listing.files.end(), [](const HubFile& a, const HubFile& b) { return a.path < b.path; });
  return listing;
}

FetchTotals FetchRepo(const HubConfig& config, HubKind kind, const std::string& repo, const std::vector<std::string>& patterns, const fs::path& folder) {
  HubListing listing = ListHub(config, kind, repo);
  std::erase_if(listing.files, [&](const HubFile& file) { return !IsWanted(file, patterns); });
  FetchTotals totals{.commit = listing.commit, .files = static_cast<int64_t>(listing.files.size())};
  for (const HubFile& file : listing.files) totals.bytes += file.size;
  MakeFolder(folder);
  Record record(folder);
  const Http http(HttpOptionsOf(config));
  std::atomic<size_t> next = 0;
  std::atomic<int64_t> done_bytes = 0, fetched = 0, fetched_bytes = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  Progress progress("fetch " + repo, static_cast<int64_t>(totals.bytes >> 20));
  const auto on_bytes = [&](int64_t bytes) {
    done_bytes += bytes;
    const std::lock_guard<std::mutex> lock(mutex);
    progress.Update(done_bytes >> 20, "MiB");
  };
  const auto work = [&] {
    for (size_t i = next++; i < listing.files.size(); i = next++) {
      const HubFile& file = listing.files[i];
      try {
        {
          const std::lock_guard<std::mutex> lock(mutex);
          if (failure) return;
        }
        if (record.IsWhole(file)) {
          on_bytes(static_cast<int64_t>(file.size));
          continue;
        }
        FetchFile(http, config, FileUrl(config, kind, repo, listing.commit, file.path), file, folder, on_bytes);
        record.Add(file);
        ++fetched;
        fetched_bytes += static_cast<int64_t>(file.size);
      } catch (...) {  // the first failure stops the others at their next file, and is thrown below
        const std::lock_guard<std::mutex> lock(mutex);
        if (!failure) failure = std::current_exception();
        return;
      }
    }
  };
  std::vector<std::thread> workers;
  for (int64_t i = 0; i < std::min<int64_t>(config.concurrency, totals.files); ++i) workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();
  record.Write(repo, listing.commit);
  if (failure) std::rethrow_exception(failure);
  progress.Done();
  totals.fetched = fetched;
  totals.fetched_bytes = static_cast<uint64_t>(fetched_bytes.load());
  return totals;
}

}  // namespace lingshu
