// The ways to a peer, behind peer.h.
#pragma once

#include "archive/peer.h"
#include "base/registry.h"

namespace lingshu {

// "StudyInstanceUID" to 0x0020000D, or absent; also "0020000D".
struct QueryKey {
  uint32_t tag;
  const char* name;
  const char* vr;
  bool is_identity;
};
const std::vector<QueryKey>& QueryKeys();
// An attribute of a query as key and value. Throws Error(kUsage) that lists the known ones.
std::pair<QueryKey, std::string> ParseAttribute(const std::string& attribute);
void RequireUid(const std::string& uid, const char* what);

// One way to talk to a peer. A build without its library is a build without the protocol.
struct PeerProtocol {
  std::string name;  // "dimse"
  std::string help;
  std::function<bool(const std::string& address)> accepts;
  std::function<Json(const Peer&)> echo;
  std::function<Json(const Peer&, const Query&)> find;
  std::function<void(const Peer&, const std::string& study_uid, const std::string& series_uid, Door&)> get;
  std::function<Json(const Peer&, const std::vector<std::filesystem::path>&)> send;
  std::function<void(const Listener&, Door&, const std::function<bool()>& should_stop)> receive = nullptr;
  std::function<Json(const Peer&, const std::string& study_uid, const std::string& series_uid, const std::string& to)> move = nullptr;
};

}  // namespace lingshu
