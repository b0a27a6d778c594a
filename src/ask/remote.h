// RemoteAnswerer: a teacher, judge or model behind an OpenAI-compatible server (/v1/chat/completions), ours included.
// Images travel as data: URLs of PNG. Many requests are under way at once, in one thread.
#pragma once

#include <memory>
#include <string>

#include "ask/ask.h"
#include "base/config.h"

namespace lingshu {

// Example: {.endpoint = "http://127.0.0.1:8000/v1", .model = "lingshu-7b", .api_key_env = "LINGSHU_API_KEY"}
struct RemoteConfig {
  std::string endpoint;
  std::string model;
  std::string api_key_env;
  int64_t max_concurrency = 8;
  int64_t max_retries = 5;
  double timeout_s = 120;
  double backoff_s = 0.5;
  double max_backoff_s = 30;

  template <typename V>
  void Visit(V& v) {
    v("endpoint", endpoint, "URL up to and with /v1");
    v("model", model, "the model's name at that server");
    v("api_key_env", api_key_env, "environment variable that holds the key; empty when none is needed");
    v("max_concurrency", max_concurrency, "requests under way at once", Between(1, 256));
    v("max_retries", max_retries, "further tries after 429, 5xx, a time-out or a lost connection", Between(0, 100));
    v("timeout_s", timeout_s, "longest wait for one try", Between(0.01, 86400));
    v("backoff_s", backoff_s, "wait before the first further try; it doubles each time", Between(0, 3600));
    v("max_backoff_s", max_backoff_s, "longest wait between tries, also when Retry-After asks for more", Between(0, 3600));
  }
};

// Throws Error(kUsage) for a malformed endpoint, an absent key, or a key that would cross a network in clear text. Each failure
// after that is a kError answer whose error says what the last try met; neither keys nor texts are in it.
std::unique_ptr<Answerer> MakeRemoteAnswerer(const RemoteConfig& config);

// The JSON body of one request, and the answer of one reply (status 200). Exposed for tests and the server's own tests.
// ReadReply throws Error(kCorrupt) when the reply is not a chat completion.
std::string RemoteBody(const Request& request, const std::string& model);
Answer ReadReply(const std::string& body, const std::string& id);

}  // namespace lingshu
