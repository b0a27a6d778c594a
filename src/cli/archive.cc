// lingshu archive: DICOM archives as peers, by DIMSE or DICOMweb. What comes in is de-identified before it touches a disk.
//   lingshu archive echo dicom://ORTHANC@127.0.0.1:4242
//   lingshu archive find https://pacs.example/dicom-web --where ModalitiesInStudy=CT
//   lingshu archive get dicom://ORTHANC@127.0.0.1:4242 --study 1.2.3 --out CLEAN --key site.key
//   lingshu archive move dicom://ORTHANC@127.0.0.1:4242 --study 1.2.3 --to LINGSHU     to a receiver that the peer knows
//   lingshu archive receive --port 11112 --out CLEAN --key site.key --count 100
//   lingshu archive send dicom://ORTHANC@127.0.0.1:4242 report.dcm
#include <chrono>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "archive/peer.h"
#include "base/error.h"
#include "base/files.h"
#include "base/threads.h"
#include "cli/command.h"
#include "cli/deid_key.h"

namespace lingshu {
namespace {

struct ArchiveFlags {
  Peer peer;
  Query query;
  Intake intake;
  Listener listener;
  std::string study, series, to, key_file;
  std::vector<std::string> files;
  int64_t count = 0;
  int seconds = 0;
  bool is_json = false;
  std::function<int()> chosen;
};

int Print(const ArchiveFlags& flags, const Json& answer) {
  if (flags.is_json) {
    fmt::print("{}\n", DumpJson(answer));
    return 0;
  }
  for (const Json& one : answer.is_array() ? answer : Json::array({answer})) {
    std::string line;
    for (const auto& [name, value] : one.items())
      line += fmt::format("{}{} {}", line.empty() ? "" : "  ", name, value.is_string() ? value.get<std::string>() : value.dump());
    fmt::print("{}\n", line);
  }
  return 0;
}

Intake IntakeOf(const ArchiveFlags& flags) {
  Intake intake = flags.intake;
  intake.rules.key = DeidKey(flags.key_file);
  MakeFolder(intake.out);
  return intake;
}

int Get(const ArchiveFlags& flags) {
  Door door(IntakeOf(flags));
  GetFromPeer(flags.peer, flags.study, flags.series, door);
  const Json report = door.Report();
  Print(flags, report);
  if (report["kept"] == 0) throw Error(ErrorCode::kNotFound, "the peer sent nothing that could be kept.");
  return 0;
}

int Receive(const ArchiveFlags& flags) {
  Door door(IntakeOf(flags));
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(flags.seconds);
  ReceiveFromPeers(flags.listener, door, [&] {
    return IsInterrupted() || door.IsFull() || (flags.count > 0 && door.objects() >= flags.count) ||
           (flags.seconds > 0 && std::chrono::steady_clock::now() >= end);
  });
  return Print(flags, door.Report());
}

void AddPeer(CLI::App& app, ArchiveFlags& flags) {
  app.add_option("peer", flags.peer.address, "dicom://AE@host:port, dicoms:// (TLS), or a DICOMweb address")->required();
  app.add_option("--ae-title", flags.peer.ae_title, "ours");
  app.add_option("--timeout", flags.peer.timeout_s, "seconds of a connection, and of silence")->check(CLI::Range(1, 3600));
  app.add_option("--ca-file", flags.peer.ca_file, "certificates to trust in place of the system's");
  app.add_option("--certificate", flags.peer.certificate_file, "ours, PEM, where the peer asks for one");
  app.add_option("--private-key", flags.peer.key_file, "of the certificate, PEM");
  app.add_option("--credentials-env", flags.peer.credentials_env, "environment variable with user:password (DICOMweb)");
}

void AddIntake(CLI::App& app, ArchiveFlags& flags) {
  app.add_option("--out", flags.intake.out, "folder for the de-identified objects")->required();
  app.add_option("--key", flags.key_file, "file of the key of pseudonyms, made if absent; without it every run has its own");
  app.add_option("--max-objects", flags.intake.max_objects, "bound of what is taken in")->check(CLI::PositiveNumber);
  app.add_option("--max-bytes", flags.intake.max_bytes, "likewise")->check(CLI::PositiveNumber);
}

// A service of the verb; `add` puts its options, `run` is what it does.
void AddService(CLI::App& app, const std::shared_ptr<ArchiveFlags>& flags, const char* name, const char* help,
                const std::function<void(CLI::App&, ArchiveFlags&)>& add, std::function<int(const ArchiveFlags&)> run) {
  CLI::App* sub = app.add_subcommand(name, help);
  sub->fallthrough();
  sub->add_flag("--json", flags->is_json, "the answer as JSON");
  add(*sub, *flags);
  sub->callback([flags, run = std::move(run)] { flags->chosen = [flags, run] { return run(*flags); }; });
}

const Register<Command> kArchive(
    {.name = "archive",
     .help = "talk to DICOM archives: echo, find, get, move, receive (all comes in de-identified), send",
     .attach = [](CLI::App& app) {
       auto flags = std::make_shared<ArchiveFlags>();
       app.require_subcommand(1);
       AddService(app, flags, "echo", "ask whether a peer is there (C-ECHO, or a query)", &AddPeer,
                  [](const ArchiveFlags& f) { return Print(f, EchoPeer(f.peer)); });
       AddService(app, flags, "find", "search (C-FIND, QIDO-RS)",
                  [](CLI::App& sub, ArchiveFlags& f) {
                    AddPeer(sub, f);
                    sub.add_option("--level", f.query.level, "study, series or image");
                    sub.add_option("--where", f.query.attributes, "NAME=VALUE; may be given several times");
                    sub.add_flag("--identities", f.query.should_show_identities, "also print names, numbers, dates, descriptions");
                  },
                  [](const ArchiveFlags& f) { return Print(f, FindAtPeer(f.peer, f.query)); });
       AddService(app, flags, "get", "fetch a study or series (C-GET, WADO-RS), de-identified",
                  [](CLI::App& sub, ArchiveFlags& f) {
                    AddPeer(sub, f);
                    AddIntake(sub, f);
                    sub.add_option("--study", f.study, "Study Instance UID")->required();
                    sub.add_option("--series", f.series, "Series Instance UID");
                  },
                  &Get);
       AddService(app, flags, "move", "have the peer send a study or series to a receiver that it knows (C-MOVE)",
                  [](CLI::App& sub, ArchiveFlags& f) {
                    AddPeer(sub, f);
                    sub.add_option("--study", f.study, "Study Instance UID")->required();
                    sub.add_option("--series", f.series, "Series Instance UID");
                    sub.add_option("--to", f.to, "AE title of the receiver: that of lingshu archive receive, for one")->required();
                  },
                  [](const ArchiveFlags& f) {
                    const Json answer = MoveFromPeer(f.peer, f.study, f.series, f.to);
                    Print(f, answer);
                    if (answer["failed"] != 0)
                      throw Error(ErrorCode::kUnavailable, fmt::format("the peer could not send {} objects.", answer["failed"].get<int64_t>()));
                    return 0;
                  });
       AddService(app, flags, "receive", "listen for C-STORE; objects are de-identified",
                  [](CLI::App& sub, ArchiveFlags& f) {
                    AddIntake(sub, f);
                    sub.add_option("--host", f.listener.host, "IPv4 address to listen on");
                    sub.add_option("--port", f.listener.port, "to listen on")->check(CLI::Range(1, 65535));
                    sub.add_option("--ae-title", f.listener.ae_title, "that peers have to call");
                    sub.add_option("--allow", f.listener.allowed, "calling AE titles; all when not given");
                    sub.add_option("--timeout", f.listener.timeout_s, "seconds of silence that end an association")->check(CLI::Range(1, 3600));
                    sub.add_option("--count", f.count, "stop after so many objects");
                    sub.add_option("--seconds", f.seconds, "stop after so many seconds");
                  },
                  &Receive);
       AddService(app, flags, "send", "store files (C-STORE, STOW-RS) as they are",
                  [](CLI::App& sub, ArchiveFlags& f) {
                    AddPeer(sub, f);
                    sub.add_option("files", f.files, "DICOM files")->required();
                  },
                  [](const ArchiveFlags& f) {
                    const Json answer = SendToPeer(f.peer, {f.files.begin(), f.files.end()});
                    Print(f, answer);
                    if (answer["refused"] != 0)
                      throw Error(ErrorCode::kUnavailable, fmt::format("the peer refused {} of {} files.",
                                                                       answer["refused"].get<int64_t>(), f.files.size()));
                    return 0;
                  });
       return [flags] { return flags->chosen(); };
     }});

}  // namespace
}  // namespace lingshu
