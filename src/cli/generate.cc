// lingshu generate: one question to one model. --json prints one object with prompt_ids, ids,
// text, finish_reason, image_grid_thw, timings, and top_logprobs with --logprobs.
#include <chrono>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "cli/command.h"
#include "engine/engine.h"
#include "image/reader.h"

namespace lingshu {
namespace {

struct GenerateFlags {
  std::string model, prompt, system, dtype = "float32";
  std::vector<std::string> images;
  Sampling sampling;
  int threads = 0;
  bool is_json = false;
};

DType ParseDType(const std::string& name) {
  DType dtype = DType::kFloat32;
  ConfigReader("--dtype").Read(Json(name), "dtype", dtype);
  return dtype;
}

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

int Generate(const GenerateFlags& flags) {
  ConfigureTorch(flags.threads);
  const auto start = std::chrono::steady_clock::now();
  const auto model = LoadModel(flags.model, ParseDType(flags.dtype));
  const auto tokenizer = Tokenizer::Load(flags.model);
  const double load_s = SecondsSince(start);
  Request request{.id = "prompt", .messages = {}, .sampling = flags.sampling};
  if (!flags.system.empty()) request.messages.push_back({"system", {{flags.system, nullptr}}});
  Message user{"user", {}};
  std::vector<EncodedImagePtr> images;
  for (const std::string& path : flags.images) {
    user.content.push_back({"", std::make_shared<const Image>(ReadImage(path))});
    images.push_back(EncodeImage(*user.content.back().image, model->config));
  }
  user.content.push_back({flags.prompt, nullptr});
  request.messages.push_back(std::move(user));

  Engine engine(model, tokenizer, {}, flags.model);
  const auto asked = std::chrono::steady_clock::now();
  const Answer answer = engine.Generate({{EncodeRequest(request, images, *tokenizer), flags.sampling}}).at(0);
  if (answer.finish_reason == FinishReason::kError) throw Error(ErrorCode::kTooLong, answer.error);
  if (!flags.is_json) {
    fmt::print("{}\n", answer.text);
    return 0;
  }
  Json grids = Json::array();
  for (const EncodedImagePtr& image : images) grids.push_back(image->grid_thw);
  Json out = {{"prompt_ids", answer.prompt_ids}, {"ids", answer.ids}, {"text", answer.text},
              {"finish_reason", FinishReasonName(answer.finish_reason)}, {"image_grid_thw", grids},
              {"timings", {{"load_s", load_s}, {"generate_s", SecondsSince(asked)}, {"prompt_tokens", answer.prompt_ids.size()},
                           {"new_tokens", answer.ids.size()}}}};
  if (flags.sampling.logprobs > 0) out["top_logprobs"] = answer.top_logprobs;
  fmt::print("{}\n", DumpJson(out));
  return 0;
}

const Register<Command> kGenerate({.name = "generate", .help = "answer one question about images or text", .attach = [](CLI::App& app) {
                                     auto flags = std::make_shared<GenerateFlags>();
                                     app.add_option("--model", flags->model, "Hugging Face folder")->required();
                                     app.add_option("--image", flags->images, "image file; may be given several times, shown in this order");
                                     app.add_option("--prompt", flags->prompt, "the user's text")->required();
                                     app.add_option("--system", flags->system, "system text instead of the template's default");
                                     app.add_option("--max-new-tokens", flags->sampling.max_new_tokens, "longest reply")->check(CLI::PositiveNumber);
                                     app.add_option("--temperature", flags->sampling.temperature, "0 is greedy")->check(CLI::NonNegativeNumber);
                                     app.add_option("--top-p", flags->sampling.top_p, "nucleus")->check(CLI::Range(0.0, 1.0));
                                     app.add_option("--top-k", flags->sampling.top_k, "0 is all")->check(CLI::NonNegativeNumber);
                                     app.add_option("--seed", flags->sampling.seed, "of sampling");
                                     app.add_option("--stop", flags->sampling.stop, "end before this text; may be given several times");
                                     app.add_flag("--ignore-eos", flags->sampling.should_ignore_eos, "always give max-new-tokens tokens");
                                     app.add_option("--logprobs", flags->sampling.logprobs, "K best log-probabilities of each new token")->check(CLI::Range(0, 1000));
                                     app.add_option("--dtype", flags->dtype, "float32 or bfloat16");
                                     app.add_option("--threads", flags->threads, "0 is all cores");
                                     app.add_flag("--json", flags->is_json, "one JSON object");
                                     return [flags] { return Generate(*flags); };
                                   }});

}  // namespace
}  // namespace lingshu
