// DIMSE services through DCMTK's dcmnet: C-ECHO, C-FIND, C-GET, C-MOVE and C-STORE as user, C-ECHO and C-STORE as provider. Objects
// are received bit for bit into a file in memory and never parsed here: the decoder processes do that, on the other side
// of the de-identifying door. File names come from no data set.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmnet/dstorscu.h>
#include <dcmtk/dcmnet/scp.h>
#include <dcmtk/dcmnet/scu.h>
#include <dcmtk/dcmtls/tlslayer.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "archive/protocol.h"
#include "base/error.h"
#include "base/threads.h"
#include "image/limits.h"

namespace lingshu {
namespace {

constexpr const char* kSyntaxes[] = {
    UID_LittleEndianExplicitTransferSyntax, UID_LittleEndianImplicitTransferSyntax, UID_BigEndianExplicitTransferSyntax,
    UID_JPEGProcess1TransferSyntax, UID_JPEGProcess2_4TransferSyntax, UID_JPEGProcess14TransferSyntax,
    UID_JPEGProcess14SV1TransferSyntax, UID_JPEGLSLosslessTransferSyntax, UID_JPEGLSLossyTransferSyntax,
    UID_JPEG2000LosslessOnlyTransferSyntax, UID_JPEG2000TransferSyntax, UID_RLELosslessTransferSyntax,
    UID_DeflatedExplicitVRLittleEndianTransferSyntax};
constexpr size_t kMaxGetClasses = 100;  // an association has at most 128 presentation contexts

OFList<OFString> Syntaxes(bool is_plain) {
  OFList<OFString> syntaxes;
  for (const char* uid : kSyntaxes) {
    syntaxes.push_back(uid);
    if (is_plain && syntaxes.size() == 2) break;
  }
  return syntaxes;
}

// DCMTK's own log may quote data sets; disk files of a peer's making stop at our limit.
void PrepareOnce() {
  OFLog::configure(OFLogger::OFF_LOG_LEVEL);
  signal(SIGXFSZ, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  const rlimit bound{static_cast<rlim_t>(kMaxFileBytes), RLIM_INFINITY};
  setrlimit(RLIMIT_FSIZE, &bound);
}

[[noreturn]] void Fail(const char* what, const OFCondition& status) {
  throw Error(ErrorCode::kUnavailable, fmt::format("the DICOM peer: {} failed: {}.", what, status.text()));
}

// dicom://AE@host:port, or dicoms:// for TLS. Throws Error(kUsage).
struct Address {
  std::string ae_title, host;
  int port = 0;
};
Address ParseAddress(const std::string& text) {
  const std::string rest = text.substr(text.find("//") + 2);
  const size_t at = rest.find('@'), colon = rest.rfind(':');
  Address address;
  if (at != std::string::npos && colon != std::string::npos && colon > at) {
    address = {rest.substr(0, at), rest.substr(at + 1, colon - at - 1), std::atoi(rest.c_str() + colon + 1)};
  }
  if (address.ae_title.empty() || address.ae_title.size() > 16 || address.host.empty() || address.port < 1 ||
      address.port > 65535)
    throw Error(ErrorCode::kUsage, "a DICOM peer is dicom://AE@host:port, its AE title of 1 to 16 characters.");
  return address;
}

void Configure(DcmSCU& scu, const Peer& peer) {
  const Address address = ParseAddress(peer.address);
  scu.setAETitle(peer.ae_title.c_str());
  scu.setPeerAETitle(address.ae_title.c_str());
  scu.setPeerHostName(address.host.c_str());
  scu.setPeerPort(static_cast<Uint16>(address.port));
  scu.setConnectionTimeout(peer.timeout_s);
  scu.setACSETimeout(static_cast<Uint32>(peer.timeout_s));
  scu.setDIMSETimeout(static_cast<Uint32>(peer.timeout_s));
  scu.setDIMSEBlockingMode(DIMSE_NONBLOCKING);
}

// PS3.15 B.9 (BCP 195): the peer's certificate is always checked. Lives as long as the association.
std::unique_ptr<DcmTLSTransportLayer> MakeTls(const Peer& peer) {
  DcmTLSTransportLayer::initializeOpenSSL();
  auto layer = std::make_unique<DcmTLSTransportLayer>(NET_REQUESTOR, nullptr, OFFalse);
  layer->setTLSProfile(TSP_Profile_BCP195);
  layer->activateCipherSuites();
  layer->setCertificateVerification(DCV_requireCertificate);
  const bool is_trusted = peer.ca_file.empty()
                              ? layer->addTrustedCertificateDir("/etc/ssl/certs", DCF_Filetype_PEM).good()
                              : layer->addTrustedCertificateFile(peer.ca_file.c_str(), DCF_Filetype_PEM).good();
  if (!is_trusted) throw Error(ErrorCode::kUsage, "--ca-file holds no certificate that can be read.");
  if (!peer.certificate_file.empty() &&
      (layer->setPrivateKeyFile(peer.key_file.c_str(), DCF_Filetype_PEM).bad() ||
       layer->setCertificateFile(peer.certificate_file.c_str(), DCF_Filetype_PEM).bad()))
    throw Error(ErrorCode::kUsage, "--certificate and --private-key cannot be read, or do not go together.");
  return layer;
}

using Tls = std::unique_ptr<DcmTLSTransportLayer>;

template <typename Scu>
class Securable : public Scu {
 public:
  using Scu::useSecureConnection;
};

// An association; what it returns has to outlive it.
template <typename Scu>
[[nodiscard]] Tls Connect(Scu& scu, const Peer& peer) {
  OFCondition status = scu.initNetwork();
  Tls tls;
  if (status.good() && peer.address.starts_with("dicoms://")) {
    tls = MakeTls(peer);
    status = scu.useSecureConnection(tls.get());
  }
  if (status.good()) status = scu.negotiateAssociation();
  if (status.bad()) Fail("the association", status);
  return tls;
}

// A file in memory under a name that DCMTK can open.
class MemoryFile {
 public:
  MemoryFile() : fd_(::memfd_create("object", MFD_CLOEXEC)) { CHECK(fd_ >= 0) << "no file in memory"; }
  ~MemoryFile() { ::close(fd_); }
  MemoryFile(MemoryFile&&) = delete;
  OFString name() const { return fmt::format("/proc/self/fd/{}", fd_).c_str(); }
  std::string Bytes() const {
    std::string bytes(static_cast<size_t>(std::max<off_t>(0, ::lseek(fd_, 0, SEEK_END))), '\0');
    for (size_t done = 0; done < bytes.size();) {
      const ssize_t got = ::pread(fd_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
      CHECK(got > 0) << "a file in memory cannot be read";
      done += static_cast<size_t>(got);
    }
    return bytes;
  }

 private:
  int fd_;
};

class Getter : public Securable<DcmSCU> {
 public:
  explicit Getter(Door& door) : door_(door) { setStorageMode(DCMSCU_STORAGE_BIT_PRESERVING); }

  // The name that DCMTK makes of the object's own UID is not used.
  OFCondition handleSTORERequestFile(T_ASC_PresentationContextID* context, const OFString&,
                                     T_DIMSE_C_StoreRQ* request) override {
    const MemoryFile file;
    const OFCondition status = DcmSCU::handleSTORERequestFile(context, file.name(), request);
    if (status.good()) door_.Take(file.Bytes());
    return status;
  }

 private:
  Door& door_;
};

class Provider : public DcmSCP {
 public:
  Provider(const Listener& listener, Door& door) : listener_(listener), door_(door) {
    setPort(static_cast<Uint16>(listener.port));
    setAETitle(listener.ae_title.c_str());
    setMaxReceivePDULength(ASC_MAXIMUMPDUSIZE);
    setACSETimeout(static_cast<Uint32>(listener.timeout_s));
    setDIMSETimeout(static_cast<Uint32>(listener.timeout_s));
    setDIMSEBlockingMode(DIMSE_NONBLOCKING);
    setHostLookupEnabled(OFFalse);
    addPresentationContext(UID_VerificationSOPClass, Syntaxes(/*is_plain=*/true));
    for (int i = 0; i < numberOfDcmAllStorageSOPClassUIDs; ++i)
      addPresentationContext(dcmAllStorageSOPClassUIDs[i], Syntaxes(/*is_plain=*/false));
  }

 protected:
  OFCondition handleIncomingCommand(T_DIMSE_Message* message, const DcmPresentationContextInfo& context) override {
    if (message->CommandField == DIMSE_C_ECHO_RQ)
      return handleECHORequest(message->msg.CEchoRQ, context.presentationContextID);
    if (message->CommandField != DIMSE_C_STORE_RQ) return DIMSE_BADCOMMANDTYPE;
    if (door_.IsFull()) {
      sendSTOREResponse(context.presentationContextID, message->msg.CStoreRQ, STATUS_STORE_Refused_OutOfResources);
      return DIMSE_OUTOFRESOURCES;
    }
    const MemoryFile file;
    const OFCondition received = receiveSTORERequest(message->msg.CStoreRQ, context.presentationContextID, file.name());
    if (received.bad()) return received;
    const bool is_kept = door_.Take(file.Bytes());
    return sendSTOREResponse(context.presentationContextID, message->msg.CStoreRQ,
                             is_kept ? STATUS_Success : STATUS_STORE_Error_CannotUnderstand);
  }
  OFBool checkCallingAETitleAccepted(const OFString& title) override {
    if (listener_.allowed.empty()) return OFTrue;
    for (const std::string& allowed : listener_.allowed)
      if (title == allowed.c_str()) return OFTrue;
    return OFFalse;
  }
  OFBool checkCalledAETitleAccepted(const OFString& title) override { return title == listener_.ae_title.c_str(); }
  OFBool stopAfterCurrentAssociation() override { return OFTrue; }

 private:
  const Listener& listener_;
  Door& door_;
};

// A listening socket on one address: DCMTK itself would listen on all of them.
class ListeningSocket {
 public:
  ListeningSocket(const std::string& host, int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int yes = 1;
    ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
      ::close(fd_);
      throw Error(ErrorCode::kUsage, fmt::format("--host \"{}\" is not an IPv4 address.", host));
    }
    if (fd_ < 0 || ::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 || ::listen(fd_, 16) != 0) {
      const std::string reason = std::strerror(errno);
      ::close(fd_);
      throw Error(ErrorCode::kIo, fmt::format("cannot listen on {}:{}: {}.", host, port, reason));
    }
  }
  ~ListeningSocket() { ::close(fd_); }
  ListeningSocket(ListeningSocket&&) = delete;
  // A connection, or -1 after a second without one.
  int Accept() const {
    pollfd one{fd_, POLLIN, 0};
    return ::poll(&one, 1, 1000) > 0 ? ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC) : -1;
  }

 private:
  int fd_;
};

DcmTagKey Key(const QueryKey& key) {
  return DcmTagKey(static_cast<Uint16>(key.tag >> 16), static_cast<Uint16>(key.tag & 0xFFFF));
}

void Put(DcmDataset& dataset, const QueryKey& key, const std::string& value) {
  dataset.putAndInsertString(DcmTag(Key(key), DcmVR(key.vr)), value.c_str());
}

const QueryKey& FindKey(const char* name) {
  for (const QueryKey& key : QueryKeys())
    if (std::string(key.name) == name) return key;
  throw Error(ErrorCode::kInternal, "no such query key.");
}

// The attributes that each level is asked for.
std::vector<const char*> ReturnKeys(const std::string& level) {
  if (level == "study")
    return {"StudyInstanceUID", "ModalitiesInStudy", "NumberOfStudyRelatedInstances", "PatientID", "PatientName", "StudyDate",
            "StudyDescription"};
  if (level == "series")
    return {"StudyInstanceUID", "SeriesInstanceUID", "Modality", "NumberOfSeriesRelatedInstances", "SeriesDescription"};
  return {"StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "InstanceNumber"};
}

Json ToJson(DcmDataset& found, const Query& query) {
  Json one = Json::object();
  for (const QueryKey& key : QueryKeys()) {
    OFString value;
    if (found.findAndGetOFStringArray(Key(key), value).bad() || value.empty()) continue;
    if (!key.is_identity || query.should_show_identities) one[key.name] = std::string(value.c_str());
  }
  return one;
}

Json Echo(const Peer& peer) {
  PrepareOnce();
  const auto start = std::chrono::steady_clock::now();
  Securable<DcmSCU> scu;
  Configure(scu, peer);
  scu.addPresentationContext(UID_VerificationSOPClass, Syntaxes(/*is_plain=*/true));
  const Tls tls = Connect(scu, peer);
  if (const OFCondition status = scu.sendECHORequest(0); status.bad()) Fail("C-ECHO", status);
  scu.releaseAssociation();
  return {{"ok", true}, {"seconds", std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count()}};
}

Json Find(const Peer& peer, const Query& query) {
  PrepareOnce();
  Securable<DcmSCU> scu;
  Configure(scu, peer);
  scu.addPresentationContext(UID_FINDStudyRootQueryRetrieveInformationModel, Syntaxes(/*is_plain=*/true));
  const Tls tls = Connect(scu, peer);
  DcmDataset dataset;
  dataset.putAndInsertString(DCM_QueryRetrieveLevel, query.level == "study" ? "STUDY" : query.level == "series" ? "SERIES" : "IMAGE");
  for (const char* name : ReturnKeys(query.level)) Put(dataset, FindKey(name), "");
  for (const std::string& attribute : query.attributes) {
    const auto [key, value] = ParseAttribute(attribute);
    Put(dataset, key, value);
  }
  OFList<QRResponse*> responses;
  const OFCondition status = scu.sendFINDRequest(
      scu.findPresentationContextID(UID_FINDStudyRootQueryRetrieveInformationModel, ""), &dataset, &responses);
  Json found = Json::array();
  for (QRResponse* response : responses) {
    if (response->m_dataset != nullptr) found.push_back(ToJson(*response->m_dataset, query));
    delete response;
  }
  if (status.bad()) Fail("C-FIND", status);
  scu.releaseAssociation();
  return found;
}

// The identifier of C-GET and C-MOVE.
DcmDataset RetrieveIdentifier(const std::string& study_uid, const std::string& series_uid) {
  DcmDataset dataset;
  dataset.putAndInsertString(DCM_QueryRetrieveLevel, series_uid.empty() ? "STUDY" : "SERIES");
  Put(dataset, FindKey("StudyInstanceUID"), study_uid);
  if (!series_uid.empty()) Put(dataset, FindKey("SeriesInstanceUID"), series_uid);
  return dataset;
}

// The sub-operations that the last response counts; the responses are deleted. Throws Error(kUnavailable) when it is neither success nor
// success in part.
struct SubOperations {
  int completed = 0, failed = 0;
};
SubOperations TakeLast(OFList<RetrieveResponse*>& responses, const OFCondition& status, const char* service) {
  Uint16 last = STATUS_Success;
  SubOperations counts;
  for (RetrieveResponse* response : responses) {
    last = response->m_status;
    counts = {response->m_numberOfCompletedSubops + response->m_numberOfWarningSubops, response->m_numberOfFailedSubops};
    delete response;
  }
  if (status.bad()) Fail(service, status);
  constexpr Uint16 kSomeFailed = STATUS_GET_Warning_SubOperationsCompleteOneOrMoreFailures;  // B000, of C-MOVE as well
  if (last != STATUS_Success && last != kSomeFailed)
    throw Error(ErrorCode::kUnavailable, fmt::format("the DICOM peer: {} ended with status {:04X}.", service, last));
  return counts;
}

void Get(const Peer& peer, const std::string& study_uid, const std::string& series_uid, Door& door) {
  PrepareOnce();
  Getter scu(door);
  Configure(scu, peer);
  scu.addPresentationContext(UID_GETStudyRootQueryRetrieveInformationModel, Syntaxes(/*is_plain=*/true));
  for (size_t i = 0; i < std::min<size_t>(kMaxGetClasses, static_cast<size_t>(numberOfDcmLongSCUStorageSOPClassUIDs)); ++i)
    scu.addPresentationContext(dcmLongSCUStorageSOPClassUIDs[i], Syntaxes(/*is_plain=*/false), ASC_SC_ROLE_SCP);
  const Tls tls = Connect(scu, peer);
  DcmDataset dataset = RetrieveIdentifier(study_uid, series_uid);
  OFList<RetrieveResponse*> responses;
  const OFCondition status =
      scu.sendCGETRequest(scu.findPresentationContextID(UID_GETStudyRootQueryRetrieveInformationModel, ""), &dataset, &responses);
  TakeLast(responses, status, "C-GET");
  scu.releaseAssociation();
}

Json Move(const Peer& peer, const std::string& study_uid, const std::string& series_uid, const std::string& to) {
  PrepareOnce();
  Securable<DcmSCU> scu;
  Configure(scu, peer);
  scu.addPresentationContext(UID_MOVEStudyRootQueryRetrieveInformationModel, Syntaxes(/*is_plain=*/true));
  const Tls tls = Connect(scu, peer);
  DcmDataset dataset = RetrieveIdentifier(study_uid, series_uid);
  OFList<RetrieveResponse*> responses;
  const OFCondition status = scu.sendMOVERequest(scu.findPresentationContextID(UID_MOVEStudyRootQueryRetrieveInformationModel, ""),
                                                 to.c_str(), &dataset, &responses);
  const SubOperations counts = TakeLast(responses, status, "C-MOVE");
  scu.releaseAssociation();
  return {{"completed", counts.completed}, {"failed", counts.failed}};
}

Json Send(const Peer& peer, const std::vector<std::filesystem::path>& files) {
  PrepareOnce();
  Securable<DcmStorageSCU> scu;
  Configure(scu, peer);
  int64_t unreadable = 0;
  for (const auto& file : files) unreadable += scu.addDicomFile(file.c_str(), ERM_fileOnly, OFFalse).bad();
  OFCondition status = EC_Normal;
  while (scu.getNumberOfSOPInstancesToBeSent() > 0) {  // as many associations as the presentation contexts take
    CheckInterrupt("sending");
    status = scu.addPresentationContexts();
    if (status.bad()) break;
    const Tls tls = Connect(scu, peer);
    status = scu.sendSOPInstances();
    scu.releaseAssociation();
    if (status.bad()) break;
  }
  const auto sent = static_cast<int64_t>(scu.getNumberOfSOPInstances() - scu.getNumberOfSOPInstancesToBeSent());
  if (status.bad() && status != NET_EC_NoPresentationContextsDefined) Fail("C-STORE", status);
  return {{"sent", sent}, {"refused", static_cast<int64_t>(files.size()) - sent}, {"unreadable", unreadable}};
}

void Receive(const Listener& listener, Door& door, const std::function<bool()>& should_stop) {
  PrepareOnce();
  const ListeningSocket socket(listener.host, listener.port);
  while (!should_stop()) {
    const int connection = socket.Accept();
    if (connection < 0) continue;
    dcmExternalSocketHandle.set(connection);  // dcmnet takes the connection, and closes it
    Provider(listener, door).listen();        // what a peer did wrong is its own affair: the next one is served
    dcmExternalSocketHandle.set(-1);
  }
}

const Register<PeerProtocol> kDimse(
    {.name = "dimse",
     .help = "dicom://AE@host:port or dicoms:// (DICOM PS3.7, PS3.8)",
     .accepts = [](const std::string& address) { return address.starts_with("dicom://") || address.starts_with("dicoms://"); },
     .echo = &Echo,
     .find = &Find,
     .get = &Get,
     .send = &Send,
     .receive = &Receive,
     .move = &Move});

}  // namespace
}  // namespace lingshu
