// Dispatch by address, the door, and what all protocols ask for.
#include "archive/peer.h"

#include <algorithm>

#include <fmt/format.h>

#include "archive/protocol.h"
#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"

namespace lingshu {
namespace {

const PeerProtocol& ProtocolOf(const Peer& peer) {
  std::vector<std::string> known;
  for (const PeerProtocol& protocol : Registry<PeerProtocol>::Get().All()) {
    if (protocol.accepts(peer.address)) return protocol;
    known.push_back(protocol.name + ": " + protocol.help);
  }
  throw Error(ErrorCode::kUsage, fmt::format("a peer's address that this build does not know.\nKnown: {}.",
                                             known.empty() ? "none" : JoinStrings(known, "; ")));
}

void Count(Json& counts, const std::string& name) {
  counts[name] = (counts.contains(name) ? counts[name].get<int64_t>() : 0) + 1;
}

}  // namespace

const std::vector<QueryKey>& QueryKeys() {
  static const std::vector<QueryKey> keys = {{0x00080018, "SOPInstanceUID", "UI", false},
                                             {0x00080016, "SOPClassUID", "UI", false},
                                             {0x00080020, "StudyDate", "DA", true},
                                             {0x00080050, "AccessionNumber", "SH", true},
                                             {0x00080060, "Modality", "CS", false},
                                             {0x00080061, "ModalitiesInStudy", "CS", false},
                                             {0x00081030, "StudyDescription", "LO", true},
                                             {0x0008103E, "SeriesDescription", "LO", true},
                                             {0x00100010, "PatientName", "PN", true},
                                             {0x00100020, "PatientID", "LO", true},
                                             {0x0020000D, "StudyInstanceUID", "UI", false},
                                             {0x0020000E, "SeriesInstanceUID", "UI", false},
                                             {0x00200011, "SeriesNumber", "IS", false},
                                             {0x00200013, "InstanceNumber", "IS", false},
                                             {0x00201206, "NumberOfStudyRelatedSeries", "IS", false},
                                             {0x00201208, "NumberOfStudyRelatedInstances", "IS", false},
                                             {0x00201209, "NumberOfSeriesRelatedInstances", "IS", false}};
  return keys;
}

std::pair<QueryKey, std::string> ParseAttribute(const std::string& attribute) {
  const size_t equals = attribute.find('=');
  const std::string name = attribute.substr(0, equals);
  std::vector<std::string> names;
  for (const QueryKey& key : QueryKeys()) {
    if (equals != std::string::npos && (name == key.name || name == fmt::format("{:08X}", key.tag)))
      return {key, attribute.substr(equals + 1)};
    names.emplace_back(key.name);
  }
  throw Error(ErrorCode::kUsage, fmt::format("a query attribute is NAME=VALUE.{}\nKnown: {}.", DidYouMean(name, names),
                                             JoinStrings(names, ", ")));
}

void RequireUid(const std::string& uid, const char* what) {
  if (uid.empty() || uid.size() > 64 || uid.find_first_not_of("0123456789.") != std::string::npos)
    throw Error(ErrorCode::kUsage, fmt::format("{} is not a DICOM UID (digits and dots, at most 64).", what));
}

bool Door::Take(std::string_view bytes) {
  if (IsFull()) throw Error(ErrorCode::kTooLarge, fmt::format("the bound of {} objects or {} bytes is reached.",
                                                              intake_.max_objects, intake_.max_bytes));
  ++objects_;
  bytes_ += static_cast<int64_t>(bytes.size());
  Json report;
  std::string copy;
  try {
    copy = DeidentifyFile(bytes, intake_.rules, report, fmt::format("object {}", objects_));
  } catch (const Error& error) {  // a runner over samples: one object, one reason
    if (error.code() == ErrorCode::kInterrupted || error.code() == ErrorCode::kInternal) throw;
    Count(refused_, std::string(ErrorCodeName(error.code())));
    return false;
  }
  const std::filesystem::path to = intake_.out / report["path"].get<std::string>();
  MakeFolder(to.parent_path());
  WriteFileAtomic(to, copy);
  Count(kept_, to.parent_path().parent_path().parent_path().filename().string());
  return true;
}

Json Door::Report() const {
  int64_t kept = 0;
  for (const auto& [patient, count] : kept_.items()) kept += count.get<int64_t>();
  return {{"objects", objects_}, {"kept", kept}, {"patients", kept_.size()}, {"bytes", bytes_}, {"refused", refused_}};
}

Json EchoPeer(const Peer& peer) { return ProtocolOf(peer).echo(peer); }

Json FindAtPeer(const Peer& peer, const Query& query) {
  if (query.level != "study" && query.level != "series" && query.level != "image")
    throw Error(ErrorCode::kUsage, "--level is study, series or image.");
  return ProtocolOf(peer).find(peer, query);
}

void GetFromPeer(const Peer& peer, const std::string& study_uid, const std::string& series_uid, Door& door) {
  RequireUid(study_uid, "--study");
  if (!series_uid.empty()) RequireUid(series_uid, "--series");
  ProtocolOf(peer).get(peer, study_uid, series_uid, door);
}

Json MoveFromPeer(const Peer& peer, const std::string& study_uid, const std::string& series_uid, const std::string& to) {
  RequireUid(study_uid, "--study");
  if (!series_uid.empty()) RequireUid(series_uid, "--series");
  if (to.empty() || to.size() > 16) throw Error(ErrorCode::kUsage, "--to is an AE title of 1 to 16 characters.");
  const PeerProtocol& protocol = ProtocolOf(peer);
  if (!protocol.move) throw Error(ErrorCode::kUsage, "DICOMweb has no C-MOVE.\nHINT: lingshu archive get fetches from it.");
  return protocol.move(peer, study_uid, series_uid, to);
}

Json SendToPeer(const Peer& peer, const std::vector<std::filesystem::path>& files) {
  return ProtocolOf(peer).send(peer, files);
}

void ReceiveFromPeers(const Listener& listener, Door& door, const std::function<bool()>& should_stop) {
  for (const PeerProtocol& protocol : Registry<PeerProtocol>::Get().All())
    if (protocol.receive) return protocol.receive(listener, door, should_stop);
  throw Error(ErrorCode::kUnsupported, "this build has no protocol to receive by (DCMTK was absent).");
}

std::vector<std::string_view> SplitMultipart(std::string_view body, const std::string& boundary) {
  const std::string mark = "--" + boundary;
  std::vector<std::string_view> parts;
  size_t at = body.starts_with(mark) ? 0 : body.find("\r\n" + mark);
  const auto fail = [] { return Error(ErrorCode::kCorrupt, "a multipart body that does not end as it should."); };
  if (at == std::string_view::npos || boundary.empty() || boundary.size() > 70) throw fail();
  if (at != 0) at += 2;
  for (;;) {
    at += mark.size();
    if (body.substr(at, 2) == "--") return parts;
    const size_t headers_end = body.find("\r\n\r\n", at);
    if (headers_end == std::string_view::npos) throw fail();
    const size_t begin = headers_end + 4, end = body.find("\r\n" + mark, begin);
    if (end == std::string_view::npos) throw fail();
    parts.push_back(body.substr(begin, end - begin));
    at = end + 2;
  }
}

}  // namespace lingshu
