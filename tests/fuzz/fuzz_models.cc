// libFuzzer harness of what a model folder brings along (tools/fuzz runs it):
//   fuzz_models --target=safetensors|gguf|tokenizer|jinja CORPUS SEEDS
// An Error is a fine answer; whatever else ends the process is a finding.
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "checkpoint/gguf.h"
#include "checkpoint/safetensors.h"
#include "text/jinja.h"
#include "text/tokenizer.h"

namespace lingshu {
namespace {

std::string g_target;
std::filesystem::path g_folder;  // of tokenizer.json, in memory

// Views have to lie in the file: the sanitizer sees it when they do not.
void Touch(std::span<const std::byte> bytes) {
  [[maybe_unused]] volatile std::byte byte{};
  if (bytes.empty()) return;
  byte = bytes.front();
  byte = bytes.back();
}

void Run(std::string_view bytes) {
  const std::span<const std::byte> file(reinterpret_cast<const std::byte*>(bytes.data()), bytes.size());
  if (g_target == "safetensors") {
    for (const TensorView& tensor : ParseSafetensors(file, "input").tensors) Touch(tensor.bytes);
  } else if (g_target == "gguf") {
    for (const GgufTensor& tensor : ParseGguf(file, "input").tensors) Touch(tensor.bytes);
  } else if (g_target == "tokenizer") {
    std::ofstream(g_folder / "tokenizer.json", std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    Tokenizer::Load(g_folder);
  } else {
    const Json messages = Json::array({{{"role", "user"}, {"content", "<|im_end|> hi {{ x }}"}}, {{"role", "assistant"}, {"content", "yes"}}});
    const JinjaLimits limits{.steps = 20'000, .text_bytes = 1 << 16};
    JinjaTemplate(bytes, "input").Render({{"bos_token", "<s>"}}, {{"messages", messages}, {"add_generation_prompt", true}}, limits);
  }
}

}  // namespace
}  // namespace lingshu

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  using namespace lingshu;
  for (int i = 1; i < *argc; ++i)
    if (std::strncmp((*argv)[i], "--target=", 9) == 0) g_target = (*argv)[i] + 9;
  if (g_target != "safetensors" && g_target != "gguf" && g_target != "tokenizer" && g_target != "jinja") {
    std::fprintf(stderr, "fuzz_models: --target=safetensors, gguf, tokenizer or jinja\n");
    std::exit(2);
  }
  g_folder = std::filesystem::path("/dev/shm") / ("lingshu_fuzz_" + std::to_string(getpid()));
  if (g_target == "tokenizer") std::filesystem::create_directories(g_folder);
  std::atexit([] {
    std::error_code ignored;
    std::filesystem::remove_all(g_folder, ignored);
  });
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    lingshu::Run({reinterpret_cast<const char*>(data), size});
  } catch (const lingshu::Error& error) {
    if (error.code() == lingshu::ErrorCode::kInternal) std::abort();  // a CHECK of ours
  }
  return 0;
}
