// Archives of hospitals as peers: DICOM (PS3.7, PS3.8) by dicom://AE@host:port, or dicoms:// over TLS; DICOMweb (PS3.18) by http:// or https://.
// What comes in goes through the de-identifying door before it touches a disk; nothing of a patient is logged.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "deid/folder.h"

namespace lingshu {

// Example: {.address = "dicom://ORTHANC@127.0.0.1:4242"} or {.address = "https://pacs.example/dicom-web"}
struct Peer {
  std::string address;
  std::string ae_title = "LINGSHU";  // ours
  int timeout_s = 60;                // of a connection, and of silence
  std::string ca_file;               // TLS: certificates to trust in place of the system's
  std::string certificate_file, key_file;  // TLS: ours, where the peer asks for one (PEM)
  std::string credentials_env;       // https: the environment variable that holds user:password
};

// What to look for. Attributes go to the peer as they are: they may name a patient.
struct Query {
  std::string level = "study";             // study, series or image
  std::vector<std::string> attributes;     // "StudyInstanceUID=1.2.3", "ModalitiesInStudy=CT", "00100020=…"
  bool should_show_identities = false;     // names, numbers and dates in the answer
};

// Bounds of what is taken in, and where to.
struct Intake {
  std::filesystem::path out;
  DeidFolderOptions rules;
  int64_t max_objects = 100'000;
  int64_t max_bytes = int64_t{64} << 30;
};

// Objects as they arrive: de-identified, written below intake.out, counted.
class Door {
 public:
  explicit Door(const Intake& intake) : intake_(intake) {}
  // `bytes` are a DICOM file, or with `transfer_syntax` a bare data set. False when it was not kept, for a reason that is
  // counted. Throws Error(kTooLarge) at the bounds, Error(kIo | kNoSpace) from the disk.
  bool Take(std::string_view bytes);
  Json Report() const;
  int64_t objects() const { return objects_; }
  bool IsFull() const { return objects_ >= intake_.max_objects || bytes_ >= intake_.max_bytes; }

 private:
  Intake intake_;
  int64_t objects_ = 0, bytes_ = 0;
  Json kept_ = Json::object(), refused_ = Json::object();
};

// Each throws Error(kUnavailable) when the peer does not answer or refuses, Error(kUsage) for addresses and attributes
// that cannot be.
Json EchoPeer(const Peer& peer);                                       // {"ok": true, "seconds": 0.01}
Json FindAtPeer(const Peer& peer, const Query& query);                 // [{"StudyInstanceUID": "…", …}, …]
void GetFromPeer(const Peer& peer, const std::string& study_uid, const std::string& series_uid, Door& door);
// Asks the peer to send them itself to the AE title `to`, whose address it has to know: for archives that do not answer C-GET, with
// ReceiveFromPeers at the other end. Returns {"completed": 3, "failed": 0}. Throws Error(kUsage) for DICOMweb, which has no such service.
Json MoveFromPeer(const Peer& peer, const std::string& study_uid, const std::string& series_uid, const std::string& to);
// Files as they are: what leaves is the caller's choice. Returns {"sent": 3, "refused": 0}.
Json SendToPeer(const Peer& peer, const std::vector<std::filesystem::path>& files);

// Listens on `port` of `host` for C-STORE and C-ECHO until `should_stop` says so, which is asked about once a second.
// One association at a time; each is cut off after timeout_s of silence.
struct Listener {
  std::string host = "127.0.0.1";
  int port = 11112;
  std::string ae_title = "LINGSHU";
  std::vector<std::string> allowed;  // calling AE titles; empty: all
  int timeout_s = 60;
};
void ReceiveFromPeers(const Listener& listener, Door& door, const std::function<bool()>& should_stop);

// Parts of multipart/related bodies (RFC 2046 5.1). Throws Error(kCorrupt) for a body that does not end as it should.
std::vector<std::string_view> SplitMultipart(std::string_view body, const std::string& boundary);

}  // namespace lingshu
