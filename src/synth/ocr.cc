// Solve, keep what is right, render.
#include "synth/ocr.h"

#include <fmt/format.h>

#include "ask/prompt.h"
#include "base/strings.h"
#include "data/shards.h"
#include "image/png.h"
#include "score/score.h"
#include "synth/text_image.h"

namespace lingshu {
namespace {

constexpr int kColumns = 72;
constexpr std::string_view kClosing = "### Final Answer:";

// The question as it would be printed; the sentence that fixes the form of the answer stays out of the picture.
std::string PageText(const Sample& sample) {
  std::string text = sample.context.empty() ? "" : sample.context + "\n\n";
  text += sample.question;
  for (size_t i = 0; i < sample.options.size(); ++i)
    text += fmt::format("\n{}. {}", static_cast<char>('A' + i), sample.options[i]);
  return text;
}

std::string TakeSolution(Draft& draft, const std::string& reply) {
  const size_t closing = reply.rfind(kClosing);
  if (closing == std::string::npos) return "no final answer";
  const std::string answer(TrimAscii(std::string_view(reply).substr(closing + kClosing.size())));
  if (ScoreStrict(*draft.seed, answer).state != ScoreState::kCorrect) return "another answer";
  draft.texts["reasoning"] = TrimAscii(std::string_view(reply).substr(0, closing));
  return draft.texts["reasoning"].empty() ? "no reasoning" : "";
}

Sample OcrSample(const Draft& draft, const std::filesystem::path& blob_folder) {
  Sample sample = *draft.seed;
  sample.id += ":ocr";
  sample.kind = SampleKind::kOcr;
  sample.images = {PutBlob(blob_folder, EncodePng(RenderText(PageText(*draft.seed), kColumns)), "png")};
  sample.context = sample.question = "";  // they are in the picture
  sample.options.clear();
  sample.reasoning = draft.texts.at("reasoning");
  sample.meta["synthesis"] = "ocr";
  return sample;
}

}  // namespace

SynthResult SynthesizeOcr(const std::vector<Sample>& seeds, const std::filesystem::path& blob_folder,
                          Answerer& teacher) {
  const Stage solve{.name = "solve",
                    .prompt =
                        [](const Draft& draft) {
                          return PromptText(*draft.seed, PromptMode::kReasoning) +
                                 fmt::format(" Close with \"{} \".", kClosing);
                        },
                    .take = &TakeSolution};
  const auto run = [&](std::vector<Draft>& drafts, SynthReport& report) {
    std::erase_if(drafts, [&](const Draft& draft) {
      const bool is_text = draft.seed->images.empty() && IsRenderable(PageText(*draft.seed));
      if (!is_text) report.CountDrop("solve: cannot be drawn", draft.seed->id);
      return !is_text;
    });
    AskStage(solve, teacher, drafts, report);
  };
  return Synthesize(seeds, blob_folder, teacher,
                    {.stages = run, .finish = [&](const Draft& draft) { return OcrSample(draft, blob_folder); }});
}

}  // namespace lingshu
