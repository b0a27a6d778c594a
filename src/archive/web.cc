// DICOMweb through libcurl: QIDO-RS, WADO-RS and STOW-RS (PS3.18 chapter 10). One request at a time; no redirects, no
// proxies, certificates checked, answers bounded.
#include <chrono>
#include <fcntl.h>
#include <memory>

#include <curl/curl.h>
#include <fmt/format.h>

#include "archive/protocol.h"
#include "base/environment.h"
#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/threads.h"
#include "image/limits.h"

namespace lingshu {
namespace {

using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

constexpr uint64_t kMaxJsonBytes = uint64_t{64} << 20, kMaxBodyBytes = static_cast<uint64_t>(kMaxFileBytes);
constexpr int64_t kMaxStoreBytes = int64_t{256} << 20;  // of one STOW request

struct Reply {
  long status = 0;
  std::string type, body;
  uint64_t max_bytes = 0;
};

size_t TakeBody(char* data, size_t size, size_t count, void* to) {
  auto* reply = static_cast<Reply*>(to);
  if (reply->body.size() + size * count > reply->max_bytes) return 0;
  reply->body.append(data, size * count);
  return size * count;
}

int StopWhenInterrupted(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t) { return IsInterrupted() ? 1 : 0; }

void Append(Headers& headers, const std::string& line) {
  headers.reset(curl_slist_append(headers.release(), line.c_str()));
}

// A request; a body makes it a POST. Throws Error(kUnavailable).
Reply Ask(const Peer& peer, const std::string& path, const std::vector<std::string>& header_lines, uint64_t max_bytes,
          const std::string* body = nullptr) {
  const Easy easy(curl_easy_init(), &curl_easy_cleanup);
  Headers headers(nullptr, &curl_slist_free_all);
  for (const std::string& line : header_lines) Append(headers, line);
  Append(headers, "Expect:");
  Reply reply{.max_bytes = max_bytes};
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(easy.get(), option, value); };
  set(CURLOPT_URL, (peer.address + path).c_str());
  set(CURLOPT_HTTPHEADER, headers.get());
  set(CURLOPT_WRITEFUNCTION, &TakeBody);
  set(CURLOPT_WRITEDATA, &reply);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, "");
  set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(peer.timeout_s));
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);  // silence, not a long transfer, is what ends it
  set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(peer.timeout_s));
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &StopWhenInterrupted);
  if (!peer.ca_file.empty()) set(CURLOPT_CAINFO, peer.ca_file.c_str());
  if (!peer.certificate_file.empty()) {
    set(CURLOPT_SSLCERT, peer.certificate_file.c_str());
    set(CURLOPT_SSLKEY, peer.key_file.c_str());
  }
  if (!peer.credentials_env.empty()) {
    const auto credentials = EnvironmentVariable(peer.credentials_env);
    if (!credentials) throw Error(ErrorCode::kUsage, fmt::format("the environment variable {} is not set.", peer.credentials_env));
    set(CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    set(CURLOPT_USERPWD, credentials->c_str());
  }
  if (body != nullptr) {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDS, body->data());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
  }
  const CURLcode code = curl_easy_perform(easy.get());
  CheckInterrupt("a DICOMweb request");
  if (code == CURLE_WRITE_ERROR)
    throw Error(ErrorCode::kTooLarge, fmt::format("the DICOMweb peer answers with more than {} bytes.", max_bytes));
  if (code != CURLE_OK) throw Error(ErrorCode::kUnavailable, fmt::format("the DICOMweb peer: {}.", curl_easy_strerror(code)));
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &reply.status);
  const char* type = nullptr;
  curl_easy_getinfo(easy.get(), CURLINFO_CONTENT_TYPE, &type);
  if (type != nullptr) reply.type = type;
  return reply;
}

void RequireStatus(const Reply& reply, const char* what) {
  if (reply.status < 200 || reply.status > 299)
    throw Error(ErrorCode::kUnavailable, fmt::format("the DICOMweb peer: {} ended with HTTP status {}.", what, reply.status));
}

std::string Escape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';
    out += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<uint8_t>(c));
  }
  return out;
}

// boundary=… of a content type, quoted or not; "" when there is none.
std::string BoundaryOf(const std::string& type) {
  size_t at = type.find("boundary=");
  if (at == std::string::npos) return "";
  at += 9;
  if (type[at] == '"') return type.substr(at + 1, type.find('"', at + 1) - at - 1);
  return type.substr(at, type.find_first_of("; \t", at) - at);
}

Json ToJson(const Json& found, const Query& query) {
  Json one = Json::object();
  for (const QueryKey& key : QueryKeys()) {
    const std::string tag = fmt::format("{:08X}", key.tag);
    if ((key.is_identity && !query.should_show_identities) || !found.is_object() || !found.contains(tag)) continue;
    const Json& element = found[tag];
    if (!element.contains("Value") || !element["Value"].is_array() || element["Value"].empty()) continue;
    std::string text;
    for (const Json& value : element["Value"]) {
      const Json& plain = value.is_object() && value.contains("Alphabetic") ? value["Alphabetic"] : value;
      text += (text.empty() ? "" : "\\") + (plain.is_string() ? plain.get<std::string>() : plain.dump());
    }
    one[key.name] = text;
  }
  return one;
}

Json Echo(const Peer& peer) {
  const auto start = std::chrono::steady_clock::now();
  RequireStatus(Ask(peer, "/studies?limit=1", {"Accept: application/dicom+json"}, kMaxJsonBytes), "a query");
  return {{"ok", true}, {"seconds", std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count()}};
}

Json Find(const Peer& peer, const Query& query) {
  std::string path = query.level == "study" ? "/studies" : query.level == "series" ? "/series" : "/instances", separator = "?";
  for (const std::string& attribute : query.attributes) {
    const auto [key, value] = ParseAttribute(attribute);
    path += separator + fmt::format("{:08X}={}", key.tag, Escape(value));
    separator = "&";
  }
  for (const QueryKey& key : QueryKeys())
    if (!key.is_identity || query.should_show_identities) {
      path += separator + fmt::format("includefield={:08X}", key.tag);
      separator = "&";
    }
  const Reply reply = Ask(peer, path, {"Accept: application/dicom+json"}, kMaxJsonBytes);
  RequireStatus(reply, "the query");
  Json found = Json::array();
  if (reply.status == 204 || reply.body.empty()) return found;
  const Json answer = ParseJson(reply.body, "the DICOMweb peer's answer");
  if (!answer.is_array()) throw Error(ErrorCode::kCorrupt, "the DICOMweb peer's answer is not a list of data sets.");
  for (const Json& one : answer) found.push_back(ToJson(one, query));
  return found;
}

void Get(const Peer& peer, const std::string& study_uid, const std::string& series_uid, Door& door) {
  const std::string path = "/studies/" + study_uid + (series_uid.empty() ? "" : "/series/" + series_uid);
  const Reply reply =
      Ask(peer, path, {"Accept: multipart/related; type=\"application/dicom\"; transfer-syntax=*"}, kMaxBodyBytes);
  RequireStatus(reply, "the retrieval");
  for (const std::string_view part : SplitMultipart(reply.body, BoundaryOf(reply.type))) door.Take(part);
}

Json Send(const Peer& peer, const std::vector<std::filesystem::path>& files) {
  int64_t sent = 0, refused = 0;
  for (size_t next = 0; next < files.size();) {
    std::string parts;
    int64_t count = 0;
    const std::string boundary = "lingshu-" + Sha256Hex(files[next].string() + std::to_string(next)).substr(0, 32);
    while (next < files.size() && (count == 0 || static_cast<int64_t>(parts.size()) < kMaxStoreBytes)) {
      parts += "--" + boundary + "\r\nContent-Type: application/dicom\r\n\r\n" + ReadFile(files[next++], kMaxBodyBytes) + "\r\n";
      ++count;
    }
    parts += "--" + boundary + "--\r\n";
    const Reply reply = Ask(peer, "/studies",
                            {fmt::format("Content-Type: multipart/related; type=\"application/dicom\"; boundary={}", boundary),
                             "Accept: application/dicom+json"},
                            kMaxJsonBytes, &parts);
    if (reply.status != 409) RequireStatus(reply, "the storage");  // 409: some or all were refused
    int64_t failed = 0;
    if (const Json answer = reply.body.empty() ? Json::object() : ParseJson(reply.body, "the DICOMweb peer's answer");
        answer.is_object() && answer.contains("00081198") && answer["00081198"].contains("Value"))
      failed = static_cast<int64_t>(answer["00081198"]["Value"].size());
    sent += count - failed;
    refused += failed;
  }
  return {{"sent", sent}, {"refused", refused}};
}

const Register<PeerProtocol> kWeb(
    {.name = "dicomweb",
     .help = "http:// or https:// address of a DICOMweb service (PS3.18)",
     .accepts = [](const std::string& address) { return address.starts_with("http://") || address.starts_with("https://"); },
     .echo = &Echo,
     .find = &Find,
     .get = &Get,
     .send = &Send});

}  // namespace
}  // namespace lingshu
