// lingshu generate: one question to one model. --json prints one object with prompt_ids, ids, text, finish_reason,
// image_grid_thw, shown, timings, and top_logprobs with --logprobs; video_grid_thw and second_per_grid_ts with --video.
#include <chrono>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "cli/command.h"
#include "cli/return_answer.h"
#include "cli/sampling_flags.h"
#include "cli/shown_study.h"
#include "cli/view_flags.h"

namespace lingshu {
namespace {

struct GenerateFlags {
  ModelFlags model;
  std::string prompt;
  std::optional<std::string> system;  // an empty one is a system message without text
  std::vector<std::string> images, videos;
  ViewFlags view;
  double fps = 2;
  Sampling sampling;
  ReturnOptions returns;
  EngineOptions engine;
  bool is_json = false;
};

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Room for this one answer and no more, however long the model's context is.
int64_t CacheTokens(int64_t prompt_tokens, int64_t max_new_tokens, const ModelConfig& config) {
  const int64_t context = config.text.max_position_embeddings;
  return std::max<int64_t>(64, prompt_tokens + std::min(max_new_tokens, context) + 16);
}

Json TimingsOf(const Answer& answer, double load_s, double image_s) {
  const AnswerTimings& timings = answer.timings;
  const auto new_tokens = static_cast<int64_t>(answer.ids.size());
  const auto rate = [](double count, double of) { return of > 0 ? Json(count / of) : Json(nullptr); };
  return {{"load_s", load_s},
          {"image_s", image_s},
          {"prefill_s", timings.prefill_s},
          {"decode_s", timings.decode_s},
          {"generate_s", answer.seconds},
          {"prompt_tokens", answer.prompt_ids.size()},
          {"new_tokens", new_tokens},
          {"prefill_tokens_per_s", rate(static_cast<double>(answer.prompt_ids.size()), timings.prefill_s)},
          {"decode_tokens_per_s", rate(static_cast<double>(std::max<int64_t>(0, new_tokens - 1)), timings.decode_s)},
          {"drafted_tokens", timings.drafted_tokens},
          {"accepted_tokens", timings.accepted_tokens},
          {"acceptance_rate", rate(static_cast<double>(timings.accepted_tokens), static_cast<double>(timings.drafted_tokens))}};
}

int Generate(const GenerateFlags& flags) {
  const auto start = std::chrono::steady_clock::now();
  const OpenedModel opened = OpenModelOf(flags.model);
  const auto& model = opened.model;
  const auto& tokenizer = opened.tokenizer;
  const double load_s = SecondsSince(start);
  const auto reading = std::chrono::steady_clock::now();
  Request request{.id = "prompt", .messages = {}, .sampling = flags.sampling};
  if (flags.system) request.messages.push_back({"system", {{*flags.system}}});
  Message user{"user", {}};
  if (!flags.images.empty() || !flags.videos.empty()) CheckVision(*model);
  ShownStudy shown;
  const StudyView view = ResolveView(flags.view);
  for (const std::string& path : flags.images) Append(ShowAsImages(path, view, model->config), shown);
  for (const std::string& path : flags.videos) Append(ShowAsVideo(path, view, flags.fps, model->config), shown);
  for (std::string& words : shown.words)
    if (words.empty()) words = "the picture as it is";
  user.content = shown.content;
  user.content.push_back({flags.prompt});
  request.messages.push_back(std::move(user));
  const double image_s = SecondsSince(reading);

  const Example example = EncodeRequest(request, shown.images, *tokenizer);
  EngineOptions options = flags.engine;
  options.kv_cache_tokens = CacheTokens(static_cast<int64_t>(example.prompt_ids.size()), flags.sampling.max_new_tokens, model->config);
  Engine engine(model, tokenizer, options, flags.model.model);
  const Answer answer = engine.Generate({{example, flags.sampling}}).at(0);
  if (answer.finish_reason == FinishReason::kError) throw Error(ErrorCode::kTooLong, answer.error);
  if (IsAsked(flags.returns))
    ReturnAnswer({.question = flags.prompt, .answer = answer.text, .model_name = fs::path(flags.model.model).filename().string(),
                  .model_version = FingerprintOf(flags.model.model, opened), .images = flags.images},
                 flags.returns);
  if (!flags.is_json) {
    fmt::print("{}\n", answer.text);
    for (const std::string& text : shown.words) fmt::print(stderr, "shown: {}\n", text);
    return 0;
  }
  Json grids = Json::array(), video_grids = Json::array(), seconds = Json::array();
  for (const EncodedImagePtr& image : shown.images) (image->is_video ? video_grids : grids).push_back(image->grid_thw);
  for (const EncodedImagePtr& image : shown.images)
    if (image->is_video) seconds.push_back(image->second_per_grid);
  Json out = {{"prompt_ids", answer.prompt_ids},
              {"ids", answer.ids},
              {"text", answer.text},
              {"finish_reason", FinishReasonName(answer.finish_reason)},
              {"image_grid_thw", grids},
              {"shown", shown.words},
              {"timings", TimingsOf(answer, load_s, image_s)}};
  if (!flags.videos.empty()) out["video_grid_thw"] = video_grids, out["second_per_grid_ts"] = seconds;
  if (flags.sampling.logprobs > 0) out["top_logprobs"] = answer.top_logprobs;
  fmt::print("{}\n", DumpJson(out));
  return 0;
}

const Register<Command> kGenerate({.name = "generate", .help = "answer one question about images or text", .attach = [](CLI::App& app) {
                                     auto flags = std::make_shared<GenerateFlags>();
                                     AddModelFlags(app, flags->model);
                                     app.add_option("--image", flags->images, "picture, DICOM file or folder, volume or slide; may be given several times, shown in this order");
                                     app.add_option("--video", flags->videos, "series, volume or file with several frames, shown as one video of --slices frames; after the images, may be given several times");
                                     app.add_option("--fps", flags->fps, "frames of a video in a second of the model's time")->check(CLI::PositiveNumber);
                                     app.add_option("--show", flags->view.layout, "of studies: single, montage or frames");
                                     AddViewFlags(app, flags->view);
                                     app.add_option("--prompt", flags->prompt, "the user's text")->required();
                                     app.add_option("--system", flags->system, "system text instead of the template's default");
                                     app.add_option("--sr", flags->returns.sr, "also write the answer as a DICOM structured report; images have to be DICOM");
                                     app.add_option("--fhir", flags->returns.fhir, "also write it as a FHIR R4 DiagnosticReport");
                                     app.add_option("--send", flags->returns.send, "send the structured report to a peer (see archive)");
                                     AddSamplingFlags(app, flags->sampling, flags->engine);
                                     app.add_flag("--ignore-eos", flags->sampling.should_ignore_eos, "always give max-new-tokens tokens");
                                     app.add_option("--logprobs", flags->sampling.logprobs, "K best log-probabilities of each new token")->check(CLI::Range(0, 1000));
                                     app.add_flag("--json", flags->is_json, "one JSON object");
                                     return [flags] { return Generate(*flags); };
                                   }});

}  // namespace
}  // namespace lingshu
