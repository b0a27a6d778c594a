// RemoteAnswerer: a teacher, judge or model behind an OpenAI-compatible server (/v1/chat/completions), ours included.
// Images travel as data: URLs of PNG. Many requests are under way at once, in one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "ask/ask.h"
#include "base/config.h"
#include "base/registry.h"

namespace lingshu {

// Example: {.endpoint = "http://127.0.0.1:8000/v1", .model = "lingshu-7b", .api_key_env = "LINGSHU_API_KEY"}
struct RemoteConfig {
  std::string endpoint;
  std::string model;
  std::string api_key_env;
  std::string api_key_file;
  int64_t max_concurrency = 8;
  double requests_per_minute = 0;
  int64_t max_retries = 5;
  double timeout_s = 120;
  double backoff_s = 0.5;
  double max_backoff_s = 30;
  int64_t give_up_after = 16;

  template <typename V>
  void Visit(V& v) {
    v("endpoint", endpoint, "URL up to and with /v1");
    v("model", model, "the model's name at that server");
    v("api_key_env", api_key_env, "environment variable that holds the key; empty when none is needed");
    v("api_key_file", api_key_file, "file whose first line is the key, in place of a variable");
    v("max_concurrency", max_concurrency, "requests under way at once", Between(1, 256));
    v("requests_per_minute", requests_per_minute, "most requests started in a minute, tries included; 0 is no limit", Between(0, 1000000));
    v("max_retries", max_retries, "further tries after 429, 5xx, a time-out or a lost connection", Between(0, 100));
    v("timeout_s", timeout_s, "longest wait for one try", Between(0.01, 86400));
    v("backoff_s", backoff_s, "wait before the first further try; it doubles each time", Between(0, 3600));
    v("max_backoff_s", max_backoff_s, "longest wait between tries, also when Retry-After asks for more",
      Between(0, 3600));
    v("give_up_after", give_up_after,
      "requests that fail in a row, all tries used up, before the server is taken for dead and the rest fails at once",
      Between(1, 1000000));
  }
};

// A server that is taken for dead is asked one request of each further Ask, with one try, until it answers again.
// Throws Error(kUsage) for a malformed endpoint, an absent key, or a key that would cross a network in clear text. Each
// failure after that is a kError answer whose error says what the last try met; neither keys nor texts are in it.
std::unique_ptr<Answerer> MakeRemoteAnswerer(const RemoteConfig& config);

// What a build with libcurl registers, so that a build without it still links; OpenRemote is MakeRemoteAnswerer through it.
struct RemoteOpener {
  std::string name, help;
  std::function<std::unique_ptr<Answerer>(const RemoteConfig&)> open;
};
// Throws Error(kUnsupported) in a build without libcurl.
std::unique_ptr<Answerer> OpenRemote(const RemoteConfig& config);

// True when the URL's host is this machine by name or number: localhost, 127.x.x.x, [::1]. Anything unusual is not.
bool IsLoopbackEndpoint(const std::string& endpoint);

// The JSON body of one request, and the answer of one reply (status 200). Exposed for tests and the server's own tests.
// ReadReply throws Error(kCorrupt) when the reply is not a chat completion.
std::string RemoteBody(const Request& request, const std::string& model);
Answer ReadReply(const std::string& body, const std::string& id);

}  // namespace lingshu
