// Hub: models and data sets from a server that speaks the HTTP layout of the Hugging Face hub:
//   GET /api/{models,datasets}/ORG/NAME/revision/REV                  {"sha": "40 hex"}: what a branch or tag is now
//   GET /api/{models,datasets}/ORG/NAME/tree/SHA?recursive=true       [{"type": "file", "path", "size", "oid": SHA-1 of the git
//       blob, "lfs": {"oid": SHA-256, "size"}}], further pages by the header Link: <…>; rel="next"
//   GET /[datasets/]ORG/NAME/resolve/SHA/PATH                         the bytes, often by way of a redirect; Range is understood
// Each file is checked against the hash of the listing, and appears under its name when it is whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/config.h"

namespace lingshu {

enum class HubKind { kModel, kDataset };

struct HubConfig {
  std::string endpoint = "https://huggingface.co";
  std::string revision = "main";
  std::string token_env = "HF_TOKEN";
  int64_t concurrency = 4;
  int64_t max_retries = 5;
  double stall_s = 60;
  double backoff_s = 0.5;

  template <typename V>
  void Visit(V& v) {
    v("endpoint", endpoint, "the hub, or a mirror that speaks its layout");
    v("revision", revision, "branch, tag or commit");
    v("token_env", token_env, "environment variable with a token; none is sent where it is not set");
    v("concurrency", concurrency, "files under way at once", Between(1, 64));
    v("max_retries", max_retries, "tries in a row that bring no byte", Between(0, 100));
    v("stall_s", stall_s, "a connection that brings nothing for so long is given up", Between(1, 86400));
    v("backoff_s", backoff_s, "wait before the first further try; it doubles each time", Between(0, 3600));
  }
};

struct HubFile {
  std::string path;
  uint64_t size = 0;
  std::string sha256;  // of the bytes, for files in large file storage
  std::string oid;     // SHA-1 of the git blob, for the others
};

struct HubListing {
  std::string commit;
  std::vector<HubFile> files;  // by path
};

struct FetchTotals {
  std::string commit;
  int64_t files = 0, fetched = 0;  // of all that are wanted; those that were not there already
  uint64_t bytes = 0, fetched_bytes = 0;
};

// Throws Error(kNotFound | kUsage | kUnavailable | kCorrupt).
HubListing ListHub(const HubConfig& config, HubKind kind, const std::string& repo);

// Brings the files whose paths match one of `patterns` (all when empty; '*' stands for any part of a path) below `folder`,
// and writes folder/.lingshu-fetch.json with repo, commit and hashes. What is whole already is not fetched again, what is
// begun is gone on with. A file whose hash is wrong is fetched anew as often as there are retries, then Error(kCorrupt).
FetchTotals FetchRepo(const HubConfig& config, HubKind kind, const std::string& repo, const std::vector<std::string>& patterns, const std::filesystem::path& folder);

}  // namespace lingshu
