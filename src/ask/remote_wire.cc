// The wire form of chat completions: Request to JSON, JSON to Answer.
#include <fmt/format.h>

#include "ask/remote.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "image/png.h"

namespace lingshu {
namespace {

Json ContentJson(const Message& message) {
  if (message.content.size() == 1 && !message.content[0].image) return message.content[0].text;
  Json parts = Json::array();
  for (const Content& content : message.content) {
    if (content.image)
      parts.push_back({{"type", "image_url"},
                       {"image_url", {{"url", "data:image/png;base64," + Base64(EncodePng(*content.image))}}}});
    else parts.push_back({{"type", "text"}, {"text", content.text}});
  }
  return parts;
}

}  // namespace

std::string RemoteBody(const Request& request, const std::string& model) {
  const Sampling& sampling = request.sampling;
  Json body = {{"model", model},
               {"messages", Json::array()},
               {"max_tokens", sampling.max_new_tokens},
               {"temperature", sampling.temperature},
               {"top_p", sampling.top_p},
               {"seed", static_cast<int64_t>(sampling.seed >> 1)}};  // servers read it as signed
  for (const Message& message : request.messages)
    body["messages"].push_back({{"role", message.role}, {"content", ContentJson(message)}});
  if (!sampling.stop.empty()) body["stop"] = sampling.stop;
  // Not in OpenAI's own interface, and so sent only when asked for; vLLM, SGLang and our server know them.
  if (sampling.top_k > 0) body["top_k"] = sampling.top_k;
  if (sampling.min_p > 0) body["min_p"] = sampling.min_p;
  if (sampling.repetition_penalty != 1) body["repetition_penalty"] = sampling.repetition_penalty;
  if (sampling.should_ignore_eos) body["ignore_eos"] = true;
  return DumpJson(body);
}

std::unique_ptr<Answerer> OpenRemote(const RemoteConfig& config) {
  const RemoteOpener* opener = Registry<RemoteOpener>::Get().FindOrNull("curl");
  if (opener == nullptr) throw Error(ErrorCode::kUnsupported, "this build asks no servers: libcurl was absent (lingshu parts).");
  return opener->open(config);
}

bool IsLoopbackEndpoint(const std::string& endpoint) {
  const size_t scheme = endpoint.find("://");
  if (scheme == std::string::npos || endpoint.find('@') != std::string::npos) return false;
  std::string_view host = std::string_view(endpoint).substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/?#\\"));
  if (host == "[::1]" || host.starts_with("[::1]:")) return true;
  host = host.substr(0, host.find(':'));
  const bool is_number = host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
  return host == "localhost" || is_number;
}

Answer ReadReply(const std::string& body, const std::string& id) {
  const std::string where = "the server's reply";
  const Json json = ParseJson(body, where);
  const Json& choices = At(json, "choices", where);
  if (!choices.is_array() || choices.empty()) throw Error(ErrorCode::kCorrupt, where + ": no choices.");
  const Json& content = At(At(choices[0], "message", where), "content", where);
  if (!content.is_string()) throw Error(ErrorCode::kCorrupt, where + ": the message has no text.");
  Answer answer{.id = id, .text = content.get<std::string>()};
  if (StringOr(choices[0], "finish_reason", "stop") == "length") answer.finish_reason = FinishReason::kLength;
  return answer;
}

}  // namespace lingshu
