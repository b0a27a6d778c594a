// libFuzzer harness of everything that reads pictures, volumes and DICOM (tools/fuzz runs it):
//   fuzz_images --target=png -max_total_time=600 CORPUS SEEDS
// The target is a reader's name, or "deidentify". An Error is a fine answer; whatever else ends the process is a finding.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/registry.h"
#include "base/threads.h"
#include "deid/folder.h"
#include "image/reader.h"
#include "image/volume.h"

namespace lingshu {
namespace {

std::string g_target;

// Each option that a user may ask for is reached by the last byte.
void ReadWithOptions(const ImageReader& reader, std::string_view bytes) {
  const uint8_t choice = bytes.empty() ? 0 : static_cast<uint8_t>(bytes.back());
  ImageOptions options{.frame = choice & 1, .plane = static_cast<Plane>((choice >> 1) % 3), .slice = (choice >> 3 & 3) - 1};
  if (choice & 0x20) options.window = Window{.center = 40, .width = 80};
  if (choice & 0x40) options.preset = "ct_lung";
  reader.open(bytes, options, "input");
}

template <typename Body>
void Try(Body body) {
  try {
    body();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInternal) std::abort();  // a CHECK of ours
  }
}

}  // namespace
}  // namespace lingshu

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  for (int i = 1; i < *argc; ++i)
    if (std::strncmp((*argv)[i], "--target=", 9) == 0) lingshu::g_target = (*argv)[i] + 9;
  if (lingshu::g_target != "deidentify" &&
      lingshu::Registry<lingshu::ImageReader>::Get().FindOrNull(lingshu::g_target) == nullptr) {
    std::fprintf(stderr, "fuzz_images: --target=deidentify, or one of the readers:");
    for (const auto& reader : lingshu::Registry<lingshu::ImageReader>::Get().All())
      std::fprintf(stderr, " %s", reader.name.c_str());
    std::fprintf(stderr, "\n");
    std::exit(2);
  }
  lingshu::SetNumThreads(1);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lingshu;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (g_target == "deidentify") {
    Try([&] {
      Json report;
      const DeidFolderOptions options{.key = "a key for fuzzing, 32 bytes of it"};
      const std::string once = DeidentifyFile(bytes, options, report, "input");
      DeidentifyFile(once, options, report, "output");  // what is written can be read
    });
    return 0;
  }
  const ImageReader& reader = *Registry<ImageReader>::Get().FindOrNull(g_target);
  if (!reader.detect(bytes.substr(0, 4096))) return -1;  // not for the corpus
  Try([&] { ReadWithOptions(reader, bytes); });
  Try([&] { reader.inspect(bytes, "input"); });
  if (reader.volume) Try([&] { reader.volume(bytes, "input"); });
  return 0;
}
