// lingshu quantize: a Hugging Face folder as a pair of GGUF files, the language model and its mmproj, for us and
// llama.cpp.
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/progress.h"
#include "base/threads.h"
#include "checkpoint/gguf_quantize.h"
#include "cli/command.h"

namespace lingshu {
namespace {

struct QuantizeFlags {
  std::string model, out, type = "Q4_K_M", mmproj_type, name;
  int threads = 0;
  bool is_json = false;
};

// The folder's own name, also for "models/tiny/" and ".".
std::string NameOfFolder(const fs::path& folder) {
  const std::string name = fs::weakly_canonical(folder).filename().string();
  return name.empty() ? "model" : name;
}

int Quantize(const QuantizeFlags& flags) {
  SetNumThreads(flags.threads);
  if (IsFile(flags.model)) throw Error(ErrorCode::kUsage, fmt::format("{} is a file: quantize takes a Hugging Face folder, and a GGUF file is quantized already.", flags.model));
  const QuantizeRecipe& language = FindQuantizeRecipe(flags.type);
  const QuantizeRecipe& vision = flags.mmproj_type.empty() ? VisionRecipeFor(language) : FindQuantizeRecipe(flags.mmproj_type);
  const std::string name = flags.name.empty() ? NameOfFolder(flags.model) : flags.name;
  const fs::path folder = flags.out.empty() ? fs::path(flags.model) : fs::path(flags.out);
  MakeFolder(folder);
  Progress progress("quantize", 1000);
  const QuantizePair pair = {
      .model_folder = flags.model,
      .language = folder / fmt::format("{}-{}.gguf", name, language.name),
      .vision = folder / fmt::format("mmproj-{}-{}.gguf", name, vision.name),
      .language_recipe = language,
      .vision_recipe = vision,
      .name = name,
      .progress = [&](uint64_t done, uint64_t total) { progress.Update(static_cast<int64_t>(done * 1000 / total)); }};
  QuantizeToGguf(pair);
  progress.Done();
  const auto facts = [](const fs::path& file, const QuantizeRecipe& recipe) -> Json {
    return {{"file", file.string()}, {"type", recipe.name}, {"bytes", fs::file_size(file)}};
  };
  const Json out = {{"language", facts(pair.language, language)}, {"vision", facts(pair.vision, vision)}};
  if (flags.is_json) fmt::print("{}\n", DumpJson(out));
  else fmt::print("{}\n{}\n", pair.language.string(), pair.vision.string());
  return 0;
}

const Register<Command> kQuantize(
    {.name = "quantize", .help = "write a model folder as a pair of GGUF files", .attach = [](CLI::App& app) {
       auto flags = std::make_shared<QuantizeFlags>();
       std::string known;
       for (const QuantizeRecipe& recipe : QuantizeRecipes()) known += (known.empty() ? "" : ", ") + recipe.name;
       app.add_option("--model", flags->model, "Hugging Face folder")->required();
       app.add_option("--type", flags->type, "of the language model: " + known)->capture_default_str();
       app.add_option("--mmproj-type", flags->mmproj_type, "of the vision tower; Q8_0 when --type is quantized");
       app.add_option("--out", flags->out, "folder for both files; the model's own when not given");
       app.add_option("--name", flags->name, "in file names and metadata; the folder's own when not given");
       app.add_option("--threads", flags->threads, "0 is all cores")->check(CLI::NonNegativeNumber);
       app.add_flag("--json", flags->is_json, "one JSON object: files, types, bytes");
       return [flags] { return Quantize(*flags); };
     }});

}  // namespace
}  // namespace lingshu
